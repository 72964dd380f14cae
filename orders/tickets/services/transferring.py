"""Transfers the tickets of one part to its buyer: custody, our transfer and the job that sends it, in one commit."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from orders.fulfilment.models import Fulfilment
from orders.tickets.services.sending import send_out
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.start import start_transfer

# The provider is asked to give the buyer as long as the seller has; a transfer that begins late has a little longer.
SHORTEST = timedelta(minutes=15)


def transfer_tickets(
    *, fulfilment: Fulfilment, provider: str, actor: str, at: datetime, reason: str = ""
) -> TicketTransfer:
    """From now on only the provider's word, or a person's, says who has the tickets.

    Raises what `send_out` and `start_transfer` do; then nothing moves.
    """
    with transaction.atomic():
        tickets = send_out(fulfilment=fulfilment, actor=actor, at=at, reason=reason)
        return start_transfer(
            fulfilment=fulfilment,
            ticket_ids=[ticket.public_id for ticket in tickets],
            provider=provider,
            recipient_email=fulfilment.order.email,
            expires_at=max(fulfilment.deliver_by or at, at + SHORTEST),
            actor=actor,
            at=at,
        )
