"""Who plays: payees with an account that will take the money or not, what they are owed, and our float."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from config.accounts.models import User
from config.accounts.roles import Role
from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.ledger.recipes import Line, draft
from payments.ledger.services import post
from payments.sandbox.razorpay.x.outcomes import account_number
from payouts.drills.stage import Due, Fate, Stage
from payouts.payees.models import Destination, PayeeKind
from payouts.payees.services.ensure import ensure_payee
from payouts.payees.services.propose import propose_destination
from payouts.treasury.services import confirm_float_move, propose_float_move

RAIL_ACCOUNT, CURRENCY = "razorpayx", "INR"
ACTOR, SECOND = "system:drill", "system:drill-second"
IFSC = "HDFC0000053"


def gather(stage: Stage) -> None:
    """So many payees, each known to the rail, each with money; and a float that suffices for all of them."""
    fates = list(Fate)
    for number in range(stage.number):
        _payee(stage, number, fates[number % len(fates)])
    _fund(stage, sum(each.amount_minor for each in stage.dues) + 2_000 * stage.number)


def _payee(stage: Stage, number: int, fate: Fate) -> None:
    at = stage.hands.now()
    email = f"drill-payee-{stage.run}-{number}@example.com"
    user = User.objects.create_user(email, None, roles=[Role.SELLER], name=f"Drill payee {number}")
    payee = ensure_payee(user=user, kind=PayeeKind.SELLER, actor=user.actor, at=at)
    details = {"holder": f"Drill payee {number}", "ifsc": IFSC, "account_number": _account_number(stage, fate)}
    destination = propose_destination(
        payee=payee, currency=CURRENCY, kind="bank_account", details=details, actor=user.actor, at=at
    )
    stage.wait(partial(_is_active, destination), f"{destination.public_id}: the rail knows it, and it is good")
    due = Due(owner=payee.owner, amount_minor=stage.chance.randint(10_000, 90_000), fate=fate)
    _owe(stage, due)
    stage.dues.append(due)


def _account_number(stage: Stage, fate: Fate) -> str:
    """Of this fate, and nobody else's."""
    serial = stage.chance.randrange(10_000)
    if fate is Fate.PAID:
        return f"7654{stage.chance.randrange(10**8):08d}"
    return account_number(fate.end.word, fate.end.reason, serial=serial)


def _is_active(destination: Destination) -> bool:
    return Destination.objects.filter(pk=destination.pk, status="active").exists()


def _owe(stage: Stage, due: Due) -> None:
    """Money for them that no sale stands behind: the drill gives it."""
    amount = Money(due.amount_minor, CURRENCY)
    gift = draft(
        f"drill:{stage.run}:{due.owner}",
        event="drill",
        subject_id="",
        lines=[Line(Account.GOODWILL, amount), Line(Account.PAYABLE, -amount, owner=due.owner)],
    )
    with transaction.atomic():
        post(gift, actor=ACTOR, at=stage.hands.now())


def _fund(stage: Stage, minor: int) -> None:
    """At the rail, and in the books by two people's word."""
    at = stage.hands.now()
    stage.control.razorpay("fund", amount=minor)
    sent = propose_float_move(
        rail_account=RAIL_ACCOUNT, bank_account="main", currency=CURRENCY, amount_minor=minor,
        reference=f"DRILL{stage.run}", actor=ACTOR, reason="for the payouts of the drill", at=at,
    )  # fmt: skip
    confirm_float_move(move_pk=sent.pk, actor=SECOND, reason="for the payouts of the drill", at=at)
