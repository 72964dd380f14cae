"""What the beat does for tickets."""

from __future__ import annotations

from celery import shared_task

from orders.tickets.services.rotation import reseal_barcodes


@shared_task(name="tickets.reseal")
def reseal() -> int:
    """Brings barcodes under the newest key after a rotation."""
    return reseal_barcodes()
