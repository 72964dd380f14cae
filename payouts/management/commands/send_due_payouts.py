"""Freezes a payout for everybody whose time has come, and sends what waited."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.kernel import clock
from payouts.payees.services.ensure import find_earners
from payouts.payout.services.due import pay_due, send_waiting


class Command(BaseCommand):
    help = "Freeze a payout for every payee whose time has come, and send those that waited for something."

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        find_earners(at=at)
        run, waited = pay_due(at=at), send_waiting(at=at)
        name = run.batch.public_id if run.batch else "no run"
        self.stdout.write(f"{name}: {run.frozen} frozen, {run.not_paid} not paid; {waited.done} sent that waited")
        if run.failed or waited.failed:
            raise CommandError("some payouts could not be made; see the log", returncode=1)
