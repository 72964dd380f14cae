"""Gathers this app's sweeps for Celery."""

from orders.tickets.tasks import reseal
from orders.tickets.transfers.tasks import follow_transfers

__all__ = ["follow_transfers", "reseal"]
