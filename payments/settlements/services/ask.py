"""Asks gateways for the settlements of which no event came."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from payments.charges.models import GatewayAccount
from payments.gateways.contract import Capability
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable
from payments.gateways.registry import gateway_for
from payments.settlements.services.observe import KNOWN, observe_settlement

log = logging.getLogger(__name__)
# A webhook that was switched off is noticed within a day and mended within a week.
ASKED_BACK: Final = timedelta(days=7)
ACTOR: Final = "system:settlements"


def ask_settlements(*, at: datetime) -> int:
    """Reads the settlements of the last week of every account whose gateway lists them. Returns how many were news. One
    that cannot be asked now is asked the next time, and keeps no other from its turn."""
    return sum(_ask(account, at=at) for account in GatewayAccount.objects.order_by("pk") if _lists(account))


def _lists(account: GatewayAccount) -> bool:
    configured = account.code in settings.GATEWAY_ACCOUNTS
    return configured and Capability.SETTLEMENTS in gateway_for(account.code).capabilities


def _ask(account: GatewayAccount, *, at: datetime) -> int:
    news = 0
    try:
        for view in gateway_for(account.code).list_settlements(since=at - ASKED_BACK):
            news += observe_settlement(account=account, view=view, actor=ACTOR, at=at) != KNOWN
    except (GatewayUnreachable, GatewayMisconfigured):
        log.warning("settlements could not be asked for", extra={"account": account.code}, exc_info=True)
    return news
