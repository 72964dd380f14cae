"""Seeds the demo's debts: what was paid out and went back to buyers afterwards, and how that may end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.db.models import Count

from config.accounts.models import User
from config.kernel import clock
from config.kernel.errors import Refused
from orders.order.models import Order
from orders.order.states import OrderStatus
from payments.debts.models import DebtProposal
from payments.debts.services.settle import Kind, propose
from payments.demo.people import FINANCE
from payments.demo.waiting import Wait, until
from payments.ledger.models import PayeeBalance
from payments.sandbox.control_client import Control
from payouts.payees.models import PayeeKind
from payouts.payout.demo import ASHA, BRUNO
from payouts.payout.models import Payout
from payouts.payout.states import PayoutStatus

# Who was paid for which of their wares, in which currency: the bank has the one payout, the other went to Stripe.
SOLD = ((ASHA, "INR", "LP-KIND-OF-BLUE"), (BRUNO, "USD", "TKT-JAZZ-FRI"))


def seed_debts(*, control: Control, say: Callable[[str], None], wait: Wait = until) -> None:
    """Once. A debt of which a part was repaid, if another person agrees; and one that Stripe could give back."""
    if DebtProposal.objects.exists():
        return
    for email, currency, sku in SOLD:
        if _owes(email, currency):
            continue
        if not _pay_out(email, currency, control, wait):
            say(f"the payout of {email} in {currency} is not at their bank yet")
            continue
        _give_back(sku, currency, control)
        if not wait(partial(_owes, email, currency)):
            say(f"{email} does not owe anything in {currency} yet")
    row = _debt(ASHA, "INR")
    if row is None:
        return
    try:
        propose(
            balance_pk=row.pk, kind=Kind.REPAID, amount_minor=row.receivable_minor // 2, bank_account="main",
            reference="UTR-DEMO-7", bank_accounts=("main",), actor=User.objects.get(email=FINANCE).actor,
            reason="demo: half of it came by transfer today", at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        say(f"debts: {refusal.code}: {refusal.detail}")


def _pay_out(email: str, currency: str, control: Control, wait: Wait) -> bool:
    """Whether the bank has their payout; at Stripe it leaves and arrives because we say so."""
    found = Payout.objects.filter(payee__user__email=email, payee__kind=PayeeKind.SELLER, currency=currency)
    on_its_way = found.filter(status=PayoutStatus.IN_TRANSIT)
    if not wait(found.filter(status__in=(PayoutStatus.IN_TRANSIT, PayoutStatus.PAID)).exists):
        return False
    for rail_payout_id in on_its_way.filter(rail_account="stripe").values_list("rail_payout_id", flat=True):
        for _ in ("it leaves", "it arrives"):
            control.stripe(f"payouts/{rail_payout_id}/advance")
    return wait(found.filter(status=PayoutStatus.PAID).exists)


def _give_back(sku: str, currency: str, control: Control) -> None:
    """The buyer of a completed order of nothing else gets all of it back, from the gateway's own dashboard."""
    orders = Order.objects.filter(currency=currency, status=OrderStatus.COMPLETED).annotate(parts=Count("lines"))
    order = orders.filter(lines__product__sku=sku, parts=1).earliest("pk")
    charge_id = order.payments.exclude(charge_id="").latest("pk").charge_id
    control.stripe(f"charges/{charge_id}/refund", amount=order.total_minor)


def _owes(email: str, currency: str) -> bool:
    return _debt(email, currency) is not None


def _debt(email: str, currency: str) -> PayeeBalance | None:
    owner = User.objects.get(email=email).public_id
    return PayeeBalance.objects.filter(owner=owner, currency=currency, receivable_minor__gt=0).first()
