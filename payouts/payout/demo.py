"""Seeds the demo's payouts by the verbs that production has: a float that is filled up, a run, and each a next step."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from config.accounts.models import User
from config.kernel import clock
from config.kernel.errors import Refused
from payments.demo.people import ACTOR, ADMINISTRATOR, FINANCE
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

KNOWN_WITHIN_S = 20.0
FLOAT_MINOR = 50_000_000
ASHA, BRUNO = "asha@example.com", "bruno@example.com"
Wait = Callable[[Callable[[], bool]], bool]


@dataclass(frozen=True)
class Way:
    """Where a seller is paid in one currency, and what people do with their first payout there."""

    seller: str
    currency: str
    details: Mapping[str, str]
    then: str = ""


WAYS = (
    Way(ASHA, "INR", {"holder": "Asha Rao", "ifsc": "HDFC0001234", "account_number": "50100123456789"}, "approve"),
    Way(BRUNO, "INR", {"holder": "Bruno Lima", "ifsc": "ICIC0004321", "account_number": "000701555555"}),
    Way(ASHA, "USD", {"holder": "Asha Rao", "routing_number": "110000000", "account_number": "000555444333"}, "file"),
    Way(BRUNO, "USD", {"holder": "Bruno Lima", "routing_number": "110000000", "account_number": "000987654321"}),
)


def seed_payouts(*, control: Control, say: Callable[[str], None], wait: Wait | None = None) -> int:
    """Once. Returns how many payouts were frozen; `say` is told what could not be done, `wait` how long a condition is
    waited for that the running site brings about."""
    if Payout.objects.exists():
        return 0
    at, person = clock.now(), {name: User.objects.get(email=name) for name in (ADMINISTRATOR, FINANCE)}
    first, second = person[FINANCE].actor, person[ADMINISTRATOR].actor
    try:
        _fill_float(control, first=first, second=second, at=at)
        payees = [_payee(way, at=at) for way in WAYS]
        if not (wait or _until)(lambda: _all_known(payees)):
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
    seller = User.objects.get(email=way.seller)
    payee = ensure_payee(user=seller, kind=PayeeKind.SELLER, actor=seller.actor, at=at)
    ensure_account(payee=payee, currency=way.currency, at=at)
    if not Destination.objects.filter(payee=payee, currency=way.currency).exists():
        propose_destination(
            payee=payee, currency=way.currency, kind="bank_account", details=way.details, actor=seller.actor, at=at
        )
    return payee


def _all_known(payees: list[Payee]) -> bool:
    found = Destination.objects.filter(payee__in=payees)
    return not found.exclude(status=DestinationStatus.ACTIVE).exists()


def _until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + KNOWN_WITHIN_S
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def _go_on(way: Way, *, first: str, second: str) -> None:
    """What people do with the payout of one seller in one currency."""
    payout = Payout.objects.filter(payee__user__email=way.seller, currency=way.currency).first()
    if payout is None or not way.then:
        return
    at = clock.now()
    approve_payout(payout_pk=payout.pk, actor=second, reason="demo: the account is theirs", at=at)
    if way.then == "file":
        file = collect(bank_account="main", currency=way.currency, actor=first, reason="demo: this week's", at=at)
        propose_paid(file_pk=file.pk, reference="WIRE-DEMO-1", actor=first, reason="demo: on the statement", at=at)
