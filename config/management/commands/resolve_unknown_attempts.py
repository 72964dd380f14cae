"""Asks the gateways about every call whose outcome is unknown and due to be asked about."""

from typing import Any

from django.core.management.base import BaseCommand

from config.calls.models import GatewayCall
from config.calls.services import UNANSWERED, ask_due


class Command(BaseCommand):
    help = "Ask the gateways about calls whose outcome is unknown."

    def handle(self, *args: Any, **options: Any) -> None:
        asked = ask_due(budget_s=3600.0)
        left = GatewayCall.objects.filter(status__in=UNANSWERED).count()
        self.stdout.write(f"{asked} calls were asked about; {left} are still without an answer")
