"""Runs the outbox's due jobs until none is left, or one batch of each lane."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.outbox.runner import LANES, run_outbox


class Command(BaseCommand):
    help = "Run due outbox jobs, money first, until none is due; --once: one batch of each lane."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        done = sum(run_outbox(lane=lane, once=options["once"], budget_s=3600.0) for lane in LANES)
        self.stdout.write(f"{done} jobs had their turn")
