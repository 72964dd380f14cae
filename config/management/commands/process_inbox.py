"""Works the inbox off until nothing is due, or one batch."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.inbox.processor import process_inbox, unpark_due
from config.kernel import clock


class Command(BaseCommand):
    help = "Process due webhook events until none is due; --once: one batch."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        unpark_due(at=clock.now())
        self.stdout.write(f"{process_inbox(once=options['once'], budget_s=3600.0)} events had their turn")
