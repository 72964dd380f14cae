"""Reads of reversals and of the transfers that they take back."""

from __future__ import annotations

from django.db.models import F, QuerySet

from payments.ledger.models import PayeeBalance
from payouts.payout.models import Payout
from payouts.payout.queries import is_half_way
from payouts.payout.states import PayoutStatus
from payouts.reversals.models import Reversal, ReversalCause
from payouts.reversals.rules import Transferred
from payouts.reversals.states import OPEN, ReversalStatus

# How many of the newest transfers are looked at for a debt: older money has long left the payee's account.
NEWEST = 20


def lock_reversal(reversal_pk: int) -> Reversal:
    """The reversal, locked until the transaction ends; after its payout."""
    return (
        Reversal.objects.select_for_update(of=("self",))
        .select_related("payout__payee__user", "payout__destination")
        .get(pk=reversal_pk)
    )


def transferred(payout: Payout) -> Transferred:
    """How its transfer stands."""
    return Transferred(payout.net_minor, payout.transfer_returned_minor, payout.in_account_minor, is_half_way(payout))


def debt_minor(owner: str, currency: str) -> int:
    """What the payee owes us."""
    row = PayeeBalance.objects.filter(owner=owner, currency=currency).first()
    return row.receivable_minor if row is not None else 0


def is_debt_taken_back(owner: str, currency: str) -> bool:
    """Whether a rail was asked to take a debt of theirs back and has not answered yet, be it that the money is here.
    What waits to be sent is looked at once more then, under the lock of their balance."""
    sent = Reversal.objects.filter(cause=ReversalCause.DEBT, status=ReversalStatus.SENDING)
    return sent.filter(payout__owner=owner, currency=currency).exists()


def open_reversals(payout: Payout) -> QuerySet[Reversal]:
    return Reversal.objects.filter(payout=payout, status__in=OPEN)


def reversible(owner: str, currency: str) -> list[Payout]:
    """Payouts that the payee's bank has and whose transfers can be taken back, the newest first."""
    rows = Payout.objects.filter(
        owner=owner,
        currency=currency,
        status=PayoutStatus.PAID,
        rail_transfer_id__isnull=False,
        transfer_returned_minor__lt=F("net_minor"),
    )
    return list(rows.order_by("-pk")[:NEWEST])
