"""Brings barcodes under the newest key, so that an older one can be taken away."""

from __future__ import annotations

import logging

from django.db import transaction

from orders.tickets.barcodes import BarcodeUnreadable, barcode_digests, barcode_key, seal_barcode
from orders.tickets.models import Ticket

log = logging.getLogger(__name__)


def reseal_barcodes(*, batch: int = 500) -> int:
    """Seals anew, and digests anew, every barcode that is kept under an older key; each batch commits by itself, so
    that it can be interrupted anywhere. What somebody else has locked waits for the next run, and what no key opens
    stays as it is. Returns how many."""
    done = last = 0
    while True:
        with transaction.atomic():
            old = Ticket.objects.filter(barcode_digest__isnull=False, pk__gt=last).exclude(barcode_key=barcode_key())
            tickets = list(old.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:batch])
            for ticket in tickets:
                try:
                    barcode = ticket.barcode
                except BarcodeUnreadable:
                    log.error("no configured key opens a barcode", extra={"ticket": ticket.public_id})
                    continue
                Ticket.objects.filter(pk=ticket.pk).update(
                    barcode_sealed=seal_barcode(barcode),
                    barcode_digest=barcode_digests(barcode)[0],
                    barcode_key=barcode_key(),
                )
                done += 1
        if len(tickets) < batch:
            return done
        last = tickets[-1].pk


def left_to_reseal() -> int:
    """How many barcodes are kept under an older key: none before that key is taken away."""
    kept = Ticket.objects.filter(barcode_digest__isnull=False)
    return kept.exclude(barcode_key=barcode_key()).count()
