"""Begins a transfer: our row and the job that sends it, in the commit of whoever wants it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from config.audit.services import record
from config.crypto import seal
from config.kernel.errors import Conflict, Unprocessable
from config.outbox.services import emit
from orders.fulfilment.models import Fulfilment
from orders.tickets.providers.masking import mask_email
from orders.tickets.providers.registry import UnknownTransferProvider, provider_for
from orders.tickets.transfers.models import TicketTransfer


class TransferExists(Conflict):
    """The tickets of this part are being transferred, or were."""

    code = "transfer_exists"


class ProviderNotOffered(Unprocessable):
    """There is no such transfer provider here."""

    code = "transfer_provider_not_offered"


class NothingToTransfer(Unprocessable):
    """A transfer has tickets, a recipient, and time for the recipient to accept."""

    code = "nothing_to_transfer"


def start_transfer(
    *,
    fulfilment: Fulfilment,
    ticket_ids: Sequence[str],
    provider: str,
    recipient_email: str,
    expires_at: datetime,
    actor: str,
    at: datetime,
) -> TicketTransfer:
    """Writes the transfer and orders it to be sent, in the caller's transaction, which has the part's tickets locked
    and moves them. `expires_at` is what the provider is asked to hold to.

    Raises TransferExists, ProviderNotOffered, NothingToTransfer.
    """
    try:
        provider_for(provider)
    except UnknownTransferProvider:
        raise ProviderNotOffered(f"no transfer provider is called {provider!r} here", field="provider") from None
    if not ticket_ids or "@" not in recipient_email or expires_at <= at:
        raise NothingToTransfer
    transfer = TicketTransfer(
        fulfilment=fulfilment,
        provider=provider,
        ticket_ids=list(ticket_ids),
        recipient_sealed=seal(recipient_email.encode()),
        recipient_masked=mask_email(recipient_email)[:80],
        expires_at=expires_at,
        started_by=actor,
        created_at=at,
    )
    try:
        with transaction.atomic():
            transfer.save(force_insert=True)
    except IntegrityError as error:
        if "one_transfer_of_a_part_that_may_still_reach_its_buyer" in str(error):
            raise TransferExists from None
        raise
    record(transfer, act="started", actor=actor, at=at, facts={"provider": provider, "tickets": len(ticket_ids)})
    emit("ticket_transfer.wanted", fact_key=transfer.public_id, payload={"transfer": transfer.public_id}, at=at)
    return transfer
