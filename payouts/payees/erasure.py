"""What payees have of a person: their name in law, what identifies their accounts, and what rails answered about them.
What was paid, and to which ids of the rail, stays with the books."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from config.accounts.models import User
from config.audit.services import move
from config.calls import erasure as calls
from config.erasure.contract import counted, rewrite
from payments.ledger.models import PayeeBalance
from payouts.payees.models import Destination, Payee
from payouts.payees.queries import lock_destination, lock_payee
from payouts.payees.states import DESTINATION_STATES, DestinationStatus
from payouts.payout.models import Payout
from payouts.payout.states import FROZEN

ACTOR = "system:erasure"
ERASED = "erased"


def prepare(*, person: User, at: datetime) -> None:
    """Retires every destination of theirs once there is nothing that could still go there."""
    if open_money(person):
        return
    for key in Destination.objects.filter(payee__user=person).order_by("pk").values_list("pk", "payee_id"):
        with transaction.atomic():
            lock_payee(key[1])
            row = lock_destination(key[0])
            if DESTINATION_STATES.allows(row.status, DestinationStatus.RETIRED):
                move(row, to=DestinationStatus.RETIRED, actor=ACTOR, at=at, reason="the person is to be forgotten")


def open_money(person: User) -> list[str]:
    """Balances that are not even, and payouts that are not over."""
    owners = [person.public_id, *Payee.objects.filter(user=person).values_list("owner", flat=True)]
    uneven = ~Q(payable_minor=0) | ~Q(reserve_minor=0) | ~Q(receivable_minor=0)
    balances = PayeeBalance.objects.filter(uneven, owner__in=owners)
    payouts = Payout.objects.filter(payee__user=person, status__in=FROZEN)
    return [
        *counted(balances.count(), "balance of a payee is not even", "balances of a payee are not even"),
        *counted(payouts.count(), "payout is not over", "payouts are not over"),
    ]


def open_things(*, person: User) -> list[str]:
    """Money that is theirs or ours, destinations that money could go to, and rails that did not answer."""
    over = (DestinationStatus.RETIRED, DestinationStatus.REJECTED)
    standing = Destination.objects.filter(payee__user=person).exclude(status__in=over)
    return [
        *open_money(person),
        *counted(standing.count(), "destination of payouts stands", "destinations of payouts stand"),
        *calls.unanswered(_subjects(person)),
    ]


def erase(*, person: User, batch: int, at: datetime) -> int:
    """Names, account numbers, even masked ones, and answers. The digest goes too: numbers can be tried out."""
    del at
    named = Payee.objects.filter(user=person).exclude(legal_name__isnull=True)
    held = Payee.objects.filter(user=person).exclude(held_reason__in=("", ERASED))
    kept = Destination.objects.filter(payee__user=person).exclude(details__isnull=True, masked=ERASED, why="")
    return (
        calls.empty(_subjects(person), batch)
        + rewrite(named, batch, legal_name=None)
        + rewrite(held, batch, held_reason=ERASED)
        + rewrite(kept, batch, details=None, details_digest=b"", masked=ERASED, why="")
    )


def _subjects(person: User) -> list[tuple[str, list[str]]]:
    rows = Destination.objects.filter(payee__user=person).values_list("public_id", flat=True)
    return [("destination", list(rows))]
