"""`manage.py run_sandbox`: serves the sandbox gateways until it is told to stop."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from payments.sandbox.serve import serve


class Command(BaseCommand):
    help = "Serves the sandbox gateways (Stripe's API below /stripe, the control endpoint below /_control)."
    # The sandbox shares nothing with this project's database.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=int(os.environ.get("SANDBOX_PORT", "8010")))

    def handle(self, *args: Any, **options: Any) -> None:
        """Becomes the sandbox's server process; returns only when it cannot be started."""
        serve(bind=f"{options['host']}:{options['port']}")
