"""Seeds the demo: people and catalogue, and with --orders also orders in every state through the running sandbox."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string

from config.kernel import clock
from payments.demo.orders import seed_orders
from payments.demo.people import ADMINISTRATOR, seed_catalogue, seed_people
from payments.ledger.checks import prove
from payments.sandbox.control_client import Control


class Command(BaseCommand):
    help = "Seed the demo (idempotent). --orders: also orders in every state, through the running sandbox."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("the demo is seeded with DEBUG on only")
        if options["orders"]:
            self._orders()
            return
        at = clock.now()
        made = seed_people(password=os.environ.get("DEMO_ADMIN_PASSWORD", ""), at=at)
        seed_catalogue(at=at)
        for path in settings.DEMO_SEEDS:
            import_string(path)(at=at)
        if made and "DEMO_ADMIN_PASSWORD" not in os.environ:
            self.stdout.write(f"{ADMINISTRATOR} has the password {made} (printed this once)")

    def _orders(self) -> None:
        base = urlsplit(settings.GATEWAY_ACCOUNTS["stripe"].api_base)
        if base.hostname not in ("127.0.0.1", "localhost") or base.port is None:
            raise CommandError("demo orders are placed through the sandbox only")
        control = Control(base.hostname, base.port)
        placed = seed_orders(control=control, say=self.stderr.write)
        for path in settings.DEMO_ORDER_SEEDS:
            import_string(path)(control=control, say=self.stderr.write)
        prove(full=True)  # beat does so within the hour; until then the overview would say that nobody ever did
        self.stdout.write(f"{placed} demo orders placed")
