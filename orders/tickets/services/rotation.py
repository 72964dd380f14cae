"""Brings barcodes under the newest key, so that an older one can be taken away."""

from __future__ import annotations

import logging

from django.db import IntegrityError, transaction

from orders.tickets.barcodes import BarcodeUnreadable, barcode_digests, barcode_key, seal_barcode
from orders.tickets.models import Ticket

log = logging.getLogger(__name__)


def reseal_barcodes(*, batch: int = 500) -> int:
    """Seals anew, and digests anew, every barcode that is kept under an older key; each batch commits by itself, so
    that it can be interrupted anywhere. What somebody else has locked waits for the next run; what no key opens, and
    what was taken twice by processes that did not know each other's keys, stays as it is. Returns how many."""
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
                done += _reseal(ticket, barcode)
        if len(tickets) < batch:
            return done
        last = tickets[-1].pk


def _reseal(ticket: Ticket, barcode: str) -> bool:
    try:
        with transaction.atomic():
            Ticket.objects.filter(pk=ticket.pk).update(
                barcode_sealed=seal_barcode(barcode),
                barcode_digest=barcode_digests(barcode)[0],
                barcode_key=barcode_key(),
            )
    except IntegrityError as error:
        if "a_barcode_is_in_custody_once" not in str(error):
            raise
        # One of the two lets nobody in: a person finds out which. The others do not wait for that.
        log.error("a barcode is in custody twice, under two keys", extra={"ticket": ticket.public_id})
        return False
    return True


def left_to_reseal() -> int:
    """How many barcodes are kept under an older key: none before that key is taken away."""
    kept = Ticket.objects.filter(barcode_digest__isnull=False)
    return kept.exclude(barcode_key=barcode_key()).count()
