"""A person decides what no provider could say, or what two words contradict."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from config.kernel.errors import Conflict
from orders.tickets.providers.contract import TransferCapability
from orders.tickets.providers.manual.services import end_by_person
from orders.tickets.providers.registry import provider_for
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.queries import lock_transfer
from orders.tickets.transfers.services.record import become
from orders.tickets.transfers.states import ENDED, TransferStatus


class TransferNotInReview(Conflict):
    """No person is waited for here: the provider's word counts."""

    code = "transfer_not_in_review"


def settle_transfer(*, transfer_pk: int, accepted: bool, actor: str, reason: str, at: datetime) -> bool:
    """Says for good who has the tickets: the buyer, or the seller again. In the caller's transaction or its own. False
    where that is so already. Raises TransferNotInReview."""
    to = TransferStatus.ACCEPTED if accepted else TransferStatus.CANCELLED
    with transaction.atomic():
        transfer = lock_transfer(transfer_pk)
        if transfer.status == to or (transfer.status in ENDED and not accepted):
            return False
        if transfer.status != TransferStatus.REVIEW:
            raise TransferNotInReview(f"the transfer is {transfer.status}")
        if TransferCapability.BY_HAND in provider_for(transfer.provider).capabilities:
            end_by_person(reference=transfer.public_id, accepted=accepted, actor=actor, reason=reason, at=at)
        become(transfer, to=to, why=reason, actor=actor, at=at)
    return True


def follow_review(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `fulfilment.reviewed`: a person says of the part whether the buyer has the tickets. What a provider
    says of its transfer from now on changes nothing."""
    transfer = TicketTransfer.objects.filter(
        fulfilment__public_id=payload["fulfilment"], status=TransferStatus.REVIEW
    ).first()
    if transfer is not None:
        actor, reason = "system:transfers", "a person said so of its part"
        arrived = bool(payload["arrived"])
        settle_transfer(transfer_pk=transfer.pk, accepted=arrived, actor=actor, reason=reason, at=at)


def leave_to_a_person(*, transfer_pk: int, why: str, actor: str, at: datetime) -> bool:
    """No answer came, in the caller's transaction. False where it is decided, or with a person already."""
    transfer = lock_transfer(transfer_pk)
    if transfer.status != TransferStatus.CANCELLING:
        return False
    return become(transfer, to=TransferStatus.REVIEW, why=why, actor=actor, at=at)
