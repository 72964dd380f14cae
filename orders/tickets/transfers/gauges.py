"""Transfers by state, for the metrics of operations."""

from __future__ import annotations

from datetime import datetime

from config.ops.counting import by_value
from config.ops.gauges import Readings, key
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import TransferStatus


def by_state(at: datetime) -> Readings:
    """How many are in each state: exact while there are few, estimated from there on."""
    del at
    found = by_value(TicketTransfer, "status", TransferStatus.values)
    return {key("holdfast_ticket_transfers", state=state): number for state, number in found.items()}
