"""Fetches what a gateway made since an instant and what never came to our door, into the same inbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.kernel import clock
from config.management.options import instant
from payments.gateways.contract import Capability
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable, QuestionRefused, UnreadableObject
from payments.gateways.registry import gateway_for
from payments.health.services.missed import fetch_missed
from payments.watching.services import ask_now, ask_watched


class Command(BaseCommand):
    help = (
        "Fetch the events of one gateway account since an instant. What is here already is left alone, what is news is"
        " marked as fetched and worked off like any event."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--gateway", required=True, help="code of the account: stripe, …")
        parser.add_argument("--since", required=True, help="made from then on: 2026-11-20 or 2026-11-20T09:30Z (UTC)")

    def handle(self, *args: Any, **options: Any) -> None:
        account = options["gateway"]
        if account not in settings.GATEWAY_ACCOUNTS:
            raise CommandError(f"there is no gateway {account}")
        since = instant(options["since"], "--since")
        if Capability.LIST_EVENTS not in gateway_for(account).capabilities:
            self._ask(account, since)
            return
        try:
            found = fetch_missed(account=account, since=since, at=clock.now(), most=10**9)
        except (GatewayUnreachable, GatewayMisconfigured, QuestionRefused, UnreadableObject) as error:
            raise CommandError(f"{account} could not be asked: {error or type(error).__name__}") from error
        self.stdout.write(f"{found.listed} events listed, {found.new} of them were missed and are due now.")

    def _ask(self, account: str, since: datetime) -> None:
        """It does not list its events: each payment that waits there is asked about instead."""
        if gateway_for(account).schedule is None:
            raise CommandError(f"{account} does not list its events, and what waits there is not asked about")
        waiting = ask_now(account=account, since=since, at=clock.now())
        ask_watched(budget_s=10**9)
        self.stdout.write(f"{account} does not list its events: {waiting} payments that wait there were asked about.")
