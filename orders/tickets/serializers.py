"""What the API takes and shows of tickets. A barcode comes in, and goes out to its buyer alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from orders.fields import MaskedText
from orders.tickets.models import Ticket
from orders.tickets.rules import MAX_AT_ONCE
from orders.tickets.services.revealing import barcode_for_buyer
from orders.tickets.states import TicketStatus
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.queries import transfer_of

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


class NewTicketInput(serializers.Serializer):
    barcode = serializers.CharField(max_length=200, write_only=True, help_text="4 to 200 printable characters")
    section = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    row = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    seat = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    label = serializers.CharField(  # type: ignore[assignment]
        max_length=100, required=False, default="", allow_blank=True
    )


class TicketsInput(serializers.Serializer):
    listing = serializers.CharField(max_length=36, help_text="the id of the product that they are sold as")
    event_name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    event_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    tickets = serializers.ListField(child=NewTicketInput(), min_length=1, max_length=MAX_AT_ONCE)

    def validate_event_at(self, value: datetime | None) -> datetime | None:
        """Also in the zone of whoever looks it is a date: neither in the first year nor in the last one."""
        if value is not None and not EARLIEST <= value < LATEST:
            raise serializers.ValidationError(f"An event begins between {EARLIEST:%Y} and {LATEST:%Y}.", code="invalid")
        return value


class TicketQuery(serializers.Serializer):
    status = serializers.ChoiceField(choices=TicketStatus.values, required=False)
    listing = serializers.CharField(max_length=36, required=False)
    bought = serializers.BooleanField(required=False, default=False, help_text="what one bought, not what one sells")


class TicketReasonInput(serializers.Serializer):
    reason = MaskedText(max_length=500, required=False, default="", allow_blank=True)


class TransferInput(TicketReasonInput):
    provider = serializers.CharField(max_length=20, required=False, default="manual")


class ProofInput(serializers.Serializer):
    file = serializers.FileField(allow_empty_file=True, max_length=255)


class ReceiptInput(TicketReasonInput):
    received = serializers.BooleanField(required=False, default=True, help_text="false: I have not got them")


class TransferOutput(serializers.Serializer):
    id = serializers.CharField()
    provider = serializers.CharField()
    status = serializers.CharField()
    expires_at = serializers.DateTimeField()


class TicketOutput(serializers.Serializer):
    id = serializers.CharField()
    status = serializers.CharField()
    listing = serializers.CharField()
    sku = serializers.CharField()
    event_name = serializers.CharField()
    event_at = serializers.DateTimeField(allow_null=True)
    section = serializers.CharField()
    row = serializers.CharField()
    seat = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    barcode_masked = serializers.CharField()
    barcode = serializers.CharField(allow_null=True, help_text="to its buyer, once it was handed over by hand")
    order = serializers.CharField(allow_null=True)
    fulfilment = serializers.CharField(allow_null=True)
    transfer = TransferOutput(allow_null=True)
    created_at = serializers.DateTimeField()


class BarcodeOutput(serializers.Serializer):
    id = serializers.CharField()
    barcode = serializers.CharField()


def ticket_json(ticket: Ticket, *, for_buyer: bool = False) -> dict[str, Any]:
    """A ticket with its listing and its line loaded."""
    line = ticket.line
    transfer = transfer_of(line.fulfilment_id) if line else None
    return {
        "id": ticket.public_id,
        "status": ticket.status,
        "listing": ticket.product.public_id,
        "sku": ticket.product.sku,
        "event_name": ticket.event_name,
        "event_at": ticket.event_at,
        "section": ticket.section,
        "row": ticket.row,
        "seat": ticket.seat,
        "label": ticket.label,
        "barcode_masked": ticket.masked,
        "barcode": (barcode_for_buyer(ticket) or None) if for_buyer else None,
        "order": line.order.public_id if line else None,
        "fulfilment": line.fulfilment.public_id if line else None,
        "transfer": transfer_json(transfer) if transfer else None,
        "created_at": ticket.created_at,
    }


def transfer_json(transfer: TicketTransfer) -> dict[str, Any]:
    return {
        "id": transfer.public_id,
        "provider": transfer.provider,
        "status": transfer.status,
        "expires_at": transfer.expires_at,
    }
