"""Cancels and refunds what was paid and not delivered in time."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.kernel import clock
from payments.escrow.services.sweeps import time_out_due


class Command(BaseCommand):
    help = "Cancel and refund what was paid and not delivered in time."

    def handle(self, *args: Any, **options: Any) -> None:
        swept = time_out_due(at=clock.now())
        self.stdout.write(f"{swept.done} timed out, {swept.refused} not now, {swept.failed} failed")
        if swept.failed:
            raise CommandError("some fulfilments could not be timed out; see the log", returncode=1)
