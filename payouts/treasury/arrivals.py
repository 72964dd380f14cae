"""What came into a float, as its rail tells, against what people said that our bank sent there. Books nothing."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from config.audit.services import record
from config.kernel.errors import Conflict
from config.kernel.money import Money
from config.proposals.states import ProposalStatus
from payouts.treasury.models import FloatCredit, FloatMove
from payouts.treasury.rules import ARRIVES_WITHIN, Side, counterpart

MOST = 200


class NothingToFind(Conflict):
    """This movement of a float is explained, or somebody looked at it already."""

    code = "float_needs_no_look"


def observe_credit(
    *,
    rail_account: str,
    transaction_id: str,
    amount: Money,
    source: str,
    reference: str,
    came_at: datetime,
    at: datetime,
) -> FloatCredit:
    """Keeps what came to a float, once, with the movement of ours that it is, where somebody said so. Nothing is
    booked: that is done by the two people who say that our bank sent it."""
    with transaction.atomic():
        take_turns(rail_account, amount.currency)
        row, is_new = FloatCredit.objects.get_or_create(
            rail_account=rail_account,
            transaction_id=transaction_id,
            defaults={
                "currency": amount.currency,
                "amount_minor": amount.amount_minor,
                "source": source[:40],
                "reference": reference[:80],
                "came_at": came_at,
                "seen_at": at,
            },
        )
        if is_new:
            _join_credit(row)
    return row


def take_turns(rail_account: str, currency: str) -> None:
    """Who says that money was sent and who tells that it came take turns until their commits: the second sees the
    first, so that neither waits for the other for ever. Taken before any row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"float:{rail_account}:{currency}"])


def join_move(move: FloatMove) -> None:
    """Finds what came of a movement that somebody just proposed. The turn is taken."""
    came = FloatCredit.objects.filter(
        rail_account=move.rail_account, currency=move.currency, amount_minor=move.amount_minor, move=None
    ).order_by("pk")[:MOST]
    found = counterpart(_side_of_move(move), [_side_of_credit(each) for each in came])
    if found is not None:
        _join(FloatCredit.objects.get(pk=found), move)


def part(move: FloatMove) -> None:
    """A movement that was declined is nobody's other side: what came is explained by another one, or by none. The turn
    is taken."""
    credit = FloatCredit.objects.filter(move=move).first()
    if credit is None:
        return
    FloatCredit.objects.filter(pk=credit.pk).update(move=None)
    FloatMove.objects.filter(pk=move.pk).update(arrived_at=None)
    _join_credit(credit)


def _join_credit(credit: FloatCredit) -> None:
    said = FloatMove.objects.filter(
        rail_account=credit.rail_account,
        currency=credit.currency,
        amount_minor=credit.amount_minor,
        arrived_at=None,
        status__in=(ProposalStatus.PROPOSED, ProposalStatus.CONFIRMED),
    ).order_by("pk")[:MOST]
    found = counterpart(_side_of_credit(credit), [_side_of_move(each) for each in said])
    if found is not None:
        _join(credit, FloatMove.objects.get(pk=found))


def _join(credit: FloatCredit, move: FloatMove) -> None:
    FloatCredit.objects.filter(pk=credit.pk).update(move=move)
    FloatMove.objects.filter(pk=move.pk).update(arrived_at=credit.came_at)
    move.arrived_at = credit.came_at


def _side_of_move(move: FloatMove) -> Side[int]:
    return Side(move.pk, move.reference, move.proposed_at)


def _side_of_credit(credit: FloatCredit) -> Side[int]:
    return Side(credit.pk, credit.reference, credit.came_at)


def unexplained() -> QuerySet[FloatCredit]:
    """What came and nobody said that our bank sent it."""
    return FloatCredit.objects.filter(move=None, looked_at=None)


def is_unseen(move: FloatMove) -> bool:
    """Whether two people said that our bank sent it, its rail told nothing of it, and nobody found out why."""
    return _unseen().filter(pk=move.pk).exists()


def never_came(*, at: datetime) -> QuerySet[FloatMove]:
    """What two people said a day ago or earlier that our bank sent, and of which the rail told nothing."""
    return _unseen().filter(decided_at__lte=at - ARRIVES_WITHIN)


def _unseen() -> QuerySet[FloatMove]:
    """Of a rail that tells nothing of its float nobody can say that nothing came."""
    telling = [code for code, account in settings.RAIL_ACCOUNTS.items() if account.told_by]
    return FloatMove.objects.filter(
        status=ProposalStatus.CONFIRMED,
        arrived_at=None,
        looked_at=None,
        rail_account__in=telling,
    )


def look_at_credit(*, credit_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Somebody found out what it is: `reason` says so. It moves no money. Raises NothingToFind."""
    with transaction.atomic():
        row = FloatCredit.objects.select_for_update(of=("self",)).get(pk=credit_pk)
        if not row.is_unexplained:
            raise NothingToFind
        FloatCredit.objects.filter(pk=row.pk).update(looked_at=at)
        record(row, act="looked at", actor=actor, at=at, reason=reason)
    return True


def look_at_move(*, move_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """The same of one that was confirmed and was not seen to come. Raises NothingToFind."""
    with transaction.atomic():
        row = FloatMove.objects.select_for_update(of=("self",)).get(pk=move_pk)
        if not is_unseen(row):
            raise NothingToFind
        FloatMove.objects.filter(pk=row.pk).update(looked_at=at)
        record(row, act="looked at", actor=actor, at=at, reason=reason)
    return True
