"""What escrow and balances have of a person: money that is held of theirs or for them, and why it stood still."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from config.accounts.models import User
from config.erasure.contract import counted, rewrite
from payments.escrow.models import EscrowHold, HoldFreeze
from payments.ledger.models import PayeeBalance


def open_things(*, person: User) -> list[str]:
    """Holds of what they bought or sold that keep something, and a balance that is not nought."""
    held = EscrowHold.objects.filter(
        Q(payee=person) | Q(payment__order__buyer=person), status__in=("held", "frozen")
    ).count()
    owed = PayeeBalance.objects.filter(owner=person.public_id).exclude(
        payable_minor=0, reserve_minor=0, receivable_minor=0
    )
    return [
        *counted(held, "part of an order is in escrow", "parts of orders are in escrow"),
        *counted(owed.count(), "balance of theirs is not settled", "balances of theirs are not settled"),
    ]


def erase(*, person: User, batch: int, at: datetime) -> int:
    """What somebody wrote about why their money stood still."""
    del at
    notes = HoldFreeze.objects.filter(Q(hold__payee=person) | Q(hold__payment__order__buyer=person)).exclude(note="")
    return rewrite(notes, batch, note="")
