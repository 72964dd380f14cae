"""Whose webhooks we take: the accounts that take payments, and those that only tell us something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from config.settings.gateways import GatewayCredentials


def known() -> Mapping[str, GatewayCredentials]:
    """Every account that may sign a webhook, by its code."""
    return {**settings.LISTENING_ACCOUNTS, **settings.GATEWAY_ACCOUNTS}


def of_source(source: str) -> Iterator[GatewayCredentials]:
    """The accounts whose webhooks come in by the door of this source, and have a secret: an empty key never verifies
    anything."""
    for accounts in (settings.GATEWAY_ACCOUNTS, settings.LISTENING_ACCOUNTS):
        yield from (each for each in accounts.values() if each.gateway == source and each.webhook_secrets)


def routes_of(*, source: str, account: str, kind: str) -> Mapping[str, str]:
    """Who handles an event, and answers what the handler needs: of the account's own, by the longest beginning of the
    type that is named for it, else of its source."""
    ways: Mapping[str, Mapping[str, str]] = settings.WEBHOOK_ACCOUNTS.get(account, {})
    begins = max((each for each in ways if kind.startswith(each)), key=len, default=None)
    own = ways[begins] if begins is not None else {}
    return {**settings.WEBHOOK_SOURCES[source], **own}
