"""Seeds the demo's payouts by the verbs that production has: a float that is filled up, a run, and each a next step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from config.accounts.models import User
from config.kernel import clock
from config.kernel.errors import Refused
from payments.demo.people import ACTOR, ADMINISTRATOR, FINANCE
from payments.demo.waiting import Wait, until
from payments.sandbox.control_client import Control
from payouts.bankfile.services import collect, propose_paid
from payouts.payees.models import Destination, Payee, PayeeAccount, PayeeKind
from payouts.payees.services.ensure import ensure_account, ensure_payee
from payouts.payees.services.propose import propose_destination
from payouts.payees.states import DestinationStatus
from payouts.payout.models import Payout
from payouts.payout.services.decide import approve_payout
from payouts.payout.services.due import pay_due
from payouts.treasury.services import confirm_float_move, propose_float_move

FLOAT_MINOR = 50_000_000
ASHA, BRUNO, SCOUT = "asha@example.com", "bruno@example.com", "scout@example.com"
CONNECTED = "connected_account"


@dataclass(frozen=True)
class Way:
    """Where somebody is paid in one currency, and what people do with their first payout there."""

    email: str
    currency: str
    details: Mapping[str, str]
    then: str = ""
    kind: str = "bank_account"
    earns_as: PayeeKind = PayeeKind.SELLER


WAYS = (
    Way(ASHA, "INR", {"holder": "Asha Rao", "ifsc": "HDFC0001234", "account_number": "50100123456789"}, "approve"),
    Way(BRUNO, "INR", {"holder": "Bruno Lima", "ifsc": "ICIC0004321", "account_number": "000701555555"}),
    Way(ASHA, "USD", {"holder": "Asha Rao", "routing_number": "110000000", "account_number": "000555444333"}, "file"),
    Way(BRUNO, "USD", {}, "approve", kind=CONNECTED),
    Way(SCOUT, "INR", {"holder": "Kiran Das", "ifsc": "HDFC0004321", "account_number": "50100987654321"}, "approve",
        earns_as=PayeeKind.SCOUT),
)  # fmt: skip


def seed_payouts(*, control: Control, say: Callable[[str], None], wait: Wait = until) -> int:
    """Once. Returns how many payouts were frozen; `say` is told what could not be done, `wait` how long a condition is
    waited for that the running site brings about."""
    if Payout.objects.exists():
        return 0
    at, person = clock.now(), {name: User.objects.get(email=name) for name in (ADMINISTRATOR, FINANCE)}
    first, second = person[FINANCE].actor, person[ADMINISTRATOR].actor
    try:
        _fill_float(control, first=first, second=second, at=at)
        payees = [_payee(way, at=at) for way in WAYS]
        filled_in: set[str] = set()
        if not wait(lambda: _all_known(payees, filled_in, control)):
            say("some destinations are not known to their rail yet")
        # As if their day had come: the schedule of the demo's sellers is a week away.
        PayeeAccount.objects.filter(payee__in=payees).update(due_at=at)
        run = pay_due(at=clock.now(), made_by=ACTOR)
        for way in WAYS:
            _go_on(way, first=first, second=second)
    except Refused as refusal:
        say(f"payouts: {refusal.code}: {refusal.detail}")
        return 0
    return run.frozen


def _fill_float(control: Control, *, first: str, second: str, at: datetime) -> None:
    control.razorpay("fund", amount=FLOAT_MINOR)
    move = propose_float_move(
        rail_account="razorpayx",
        bank_account="main",
        currency="INR",
        amount_minor=FLOAT_MINOR,
        reference="UTR-DEMO-1",
        actor=first,
        reason="demo: for the payouts of this week",
        at=at,
    )
    confirm_float_move(move_pk=move.pk, actor=second, reason="demo: found on the statement", at=at)


def _payee(way: Way, *, at: datetime) -> Payee:
    person = User.objects.get(email=way.email)
    payee = ensure_payee(user=person, kind=way.earns_as, actor=person.actor, at=at)
    ensure_account(payee=payee, currency=way.currency, at=at)
    if not Destination.objects.filter(payee=payee, currency=way.currency).exists():
        propose_destination(
            payee=payee, currency=way.currency, kind=way.kind, details=way.details, actor=person.actor, at=at
        )
    return payee


def _all_known(payees: list[Payee], filled_in: set[str], control: Control) -> bool:
    """Who has an account at Stripe fills in what Stripe wants of them, once it is made."""
    made = Destination.objects.filter(payee__in=payees, kind=CONNECTED).exclude(account_id="")
    for account_id in set(made.values_list("account_id", flat=True)) - filled_in:
        control.stripe(f"accounts/{account_id}/complete")
        filled_in.add(account_id)
    found = Destination.objects.filter(payee__in=payees)
    return not found.exclude(status=DestinationStatus.ACTIVE).exists()


def _go_on(way: Way, *, first: str, second: str) -> None:
    """What people do with the payout of one person in one currency."""
    payout = Payout.objects.filter(
        payee__user__email=way.email, payee__kind=way.earns_as, currency=way.currency
    ).first()
    if payout is None or not way.then:
        return
    at = clock.now()
    approve_payout(payout_pk=payout.pk, actor=second, reason="demo: the account is theirs", at=at)
    if way.then == "file":
        file = collect(bank_account="main", currency=way.currency, actor=first, reason="demo: this week's", at=at)
        propose_paid(file_pk=file.pk, reference="WIRE-DEMO-1", actor=first, reason="demo: on the statement", at=at)
