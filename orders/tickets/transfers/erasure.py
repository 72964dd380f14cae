"""What transfers have of a person: to whom tickets went, what providers answered about it, and the seller's proof."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from config.accounts.models import User
from config.calls.erasure import empty as empty_calls
from config.calls.erasure import unanswered
from config.erasure.contract import counted, rewrite
from config.inbox.erasure import empty as empty_events
from config.inbox.erasure import waiting_for
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import LIVE


def _of(person: User) -> QuerySet[TicketTransfer]:
    """Bought or sold by them: the recipient is the buyer, and a proof may show either."""
    return TicketTransfer.objects.filter(Q(fulfilment__order__buyer=person) | Q(fulfilment__seller=person))


def _ids(person: User) -> list[str]:
    return list(_of(person).values_list("public_id", flat=True))


def _names(person: User) -> list[str]:
    return [each for each in _of(person).values_list("provider_id", flat=True) if each]


def open_things(*, person: User) -> list[str]:
    """Transfers that may still reach their buyer, and what is still to be heard of them."""
    live = _of(person).filter(status__in=LIVE).count()
    return [
        *counted(live, "transfer of tickets is not decided", "transfers of tickets are not decided"),
        *unanswered([("tickettransfer", _ids(person))]),
        *waiting_for(_names(person)),
    ]


def erase(*, person: User, batch: int, at: datetime) -> int:
    """Address, proofs, and what providers answered and told. That tickets were transferred stays."""
    del at
    mine = _of(person)
    gone = rewrite(
        mine.exclude(recipient_sealed=None, recipient_masked=""), batch, recipient_sealed=None, recipient_masked=""
    )
    handed = HandOver.objects.filter(reference__in=mine.values("public_id"))
    gone += rewrite(
        handed.exclude(proof_sealed=None, recipient="", proof_name=""),
        batch,
        proof_sealed=None,
        recipient="",
        proof_name="",
    )
    gone += empty_calls([("tickettransfer", _ids(person))], batch)
    return gone + empty_events(_names(person), batch)
