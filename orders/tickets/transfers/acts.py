"""What staff can do about a transfer: have its provider asked, and say who has the tickets where nobody knows."""

from __future__ import annotations

from config.admin.acts import Act, Asked, Effect, rehearsing
from config.admin.panel import Tone
from orders.fulfilment.states import FulfilmentStatus
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.asking import ASKABLE, ask_soon
from orders.tickets.transfers.services.settle import settle_transfer
from orders.tickets.transfers.states import TransferStatus


def _in_review(row: TicketTransfer) -> bool:
    return row.status == TransferStatus.REVIEW


def _buyer_has(row: TicketTransfer, asked: Asked) -> bool:
    return settle_transfer(transfer_pk=row.pk, accepted=True, **asked.said)


def _seller_has(row: TicketTransfer, asked: Asked) -> bool:
    return settle_transfer(transfer_pk=row.pk, accepted=False, **asked.said)


ASK = Act(
    name="ask",
    title="Ask the provider now…",
    confirm="Ask now",
    code="calls.settle",
    effect=lambda row, user, at: Effect(
        summary="The provider is asked within a minute what became of the transfer. Nothing else changes by it.",
        calls=(f"{row.provider}: how {row.provider_id or row.public_id} stands",),
    ),
    do=lambda row, asked: ask_soon(transfer_pk=row.pk, **asked.said),
    done="It is asked about within a minute.",
    fits=lambda row: row.status in ASKABLE,
    tone=Tone.GOOD,
)
_BUYER_HAS = (
    "You say for good that the buyer has the tickets: their part is delivered, and after the delay its money is the"
    " seller's. Whatever the provider says from now on changes nothing by itself."
)
# Its money was given back by the provider's word, and nothing of ours takes it from the buyer again.
_BUYER_HAS_BOTH = (
    "You say for good that the buyer has the tickets, whose part is cancelled and whose money was given back: what is"
    " left of them here becomes void. The buyer is to pay again or to give them back, which is between people: nobody"
    " is paid by this."
)
BUYER_HAS = Act(
    name="accepted",
    title="The buyer has the tickets…",
    confirm="Yes, the buyer has them",
    code="orders.deliver",
    effect=rehearsing(
        _buyer_has,
        lambda row: _BUYER_HAS_BOTH if row.fulfilment.status == FulfilmentStatus.CANCELLED else _BUYER_HAS,
    ),
    do=_buyer_has,
    done="The buyer has the tickets.",
    fits=_in_review,
    tone=Tone.GOOD,
)
_SELLER_HAS = {
    FulfilmentStatus.DELIVERED: (
        "You say for good that the buyer got nothing, though their part stands as delivered: as long as its money is"
        " held, a refund of all of it is asked for in your name, and above the threshold a second person approves it."
    ),
    FulfilmentStatus.COMPLETED: "Its part is completed: nothing moves by this. Ask for a refund of it yourself.",
    FulfilmentStatus.CANCELLED: "Its part is cancelled, and stays so. The seller may offer the tickets again.",
}
_SELLER_HAS_NOW = (
    "You say for good that the buyer got nothing: the tickets are their seller's again, and the buyer's money goes"
    " back. Be sure that the buyer cannot use them: who has both tickets and money keeps both."
)


SELLER_HAS = Act(
    name="ended",
    title="The seller has the tickets…",
    confirm="Yes, the seller has them",
    code="orders.cancel",
    effect=rehearsing(
        _seller_has, lambda row: _SELLER_HAS.get(FulfilmentStatus(row.fulfilment.status), _SELLER_HAS_NOW)
    ),
    do=_seller_has,
    done="The transfer is over: the seller has the tickets. What becomes of the money stands with its fulfilment.",
    fits=_in_review,
    tone=Tone.WARNING,
)
