"""Proves the books and names every truth that does not hold; exit code 1 then."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.ledger.checks import prove


class Command(BaseCommand):
    help = "Prove the books: every truth over one read-only snapshot. Exit code 1 and the broken truths named if not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--full", action="store_true", help="from the first line on, not from the last seal")

    def handle(self, *args: Any, **options: Any) -> None:
        truths = prove(full=options["full"])
        for truth in truths:
            self.stdout.write(f"{'BROKEN' if truth.broken else 'holds '}  {truth.name}")
            for row in truth.broken:
                self.stdout.write(f"        {row}")
        broken = [truth.name for truth in truths if truth.broken]
        if broken:
            raise CommandError(f"the books are broken: {'; '.join(broken)}", returncode=1)
        self.stdout.write(f"The books are proved: {len(truths)} truths hold.")
