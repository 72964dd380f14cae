"""What seller and buyer say of a transfer that they do by hand, and what follows from it, in one commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from config.kernel.errors import Conflict
from config.kernel.faultpoints import reached
from orders.tickets.providers.contract import TransferCapability, TransferView
from orders.tickets.providers.manual import services as manual
from orders.tickets.providers.registry import provider_for
from orders.tickets.transfers.queries import lock_transfer
from orders.tickets.transfers.services.record import observe_transfer
from orders.tickets.transfers.states import OPEN, TransferStatus

_BUYER_MAY = (*OPEN, TransferStatus.CANCELLING, TransferStatus.REVIEW)


class NotByHand(Conflict):
    """The provider itself knows who has the tickets: nobody has to say it here."""

    code = "not_by_hand"


class NothingToSay(Conflict):
    """The transfer is decided, or the provider does not have it yet."""

    code = "transfer_not_open"


class NothingShown(Conflict):
    """The seller has shown nothing yet. Unless they do in time, the buyer's money goes back by itself."""

    code = "nothing_shown_yet"


def hand_in_proof(*, transfer_pk: int, name: str, content: bytes, actor: str, at: datetime) -> str:
    """The seller's proof; from then on nothing is taken back without the seller's word or a person's. Never once the
    transfer was called back: then nothing may leave any more. Returns the status of the transfer.

    Raises NotByHand, NothingToSay, ProofRefused, HandOverClosed.
    """
    return _say(
        transfer_pk,
        OPEN,
        lambda reference: manual.show_proof(reference=reference, name=name, content=content, actor=actor, at=at),
        actor=actor,
        at=at,
    )


def confirm_receipt(*, transfer_pk: int, actor: str, at: datetime) -> str:
    """The buyer has the tickets: also where they were called back meanwhile. Raises NotByHand, NothingToSay,
    HandOverClosed."""
    return _say(
        transfer_pk,
        _BUYER_MAY,
        lambda reference: manual.confirm(reference=reference, actor=actor, at=at),
        actor=actor,
        at=at,
    )


def deny_receipt(*, transfer_pk: int, actor: str, reason: str, at: datetime) -> str:
    """The buyer has nothing, whatever the proof shows: a person decides. Before a proof their word ends nothing: who
    got the tickets a minute ago would have them, and the money, before the seller could show it; and without a proof
    the money goes back in time anyway. Raises NotByHand, NothingToSay, NothingShown, HandOverClosed."""

    def say(reference: str) -> TransferView:
        view = manual.deny(reference=reference, actor=actor, reason=reason, at=at)
        if view.state.has_ended:
            raise NothingShown
        return view

    return _say(transfer_pk, (*OPEN, TransferStatus.CANCELLING), say, actor=actor, at=at)


def withdraw(*, transfer_pk: int, actor: str, reason: str, at: datetime) -> str:
    """The seller takes back what they say never left. Raises NotByHand, NothingToSay, HandOverClosed."""
    return _say(
        transfer_pk,
        _BUYER_MAY,
        lambda reference: manual.withdraw(reference=reference, actor=actor, reason=reason, at=at),
        actor=actor,
        at=at,
    )


def _say(
    transfer_pk: int,
    allowed: tuple[TransferStatus, ...],
    said: Callable[[str], TransferView],
    *,
    actor: str,
    at: datetime,
) -> str:
    with transaction.atomic():
        transfer = lock_transfer(transfer_pk)
        if TransferCapability.BY_HAND not in provider_for(transfer.provider).capabilities:
            raise NotByHand
        if transfer.status not in allowed:
            raise NothingToSay(f"the transfer is {transfer.status}")
        view = said(transfer.public_id)
        observe_transfer(transfer_pk=transfer.pk, view=view, actor=actor, at=at)
        transfer.refresh_from_db(fields=["status"])
    reached("transfer.said")
    return transfer.status
