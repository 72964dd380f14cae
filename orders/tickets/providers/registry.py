"""Finds the adapter of a configured transfer provider, guarded, one per process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.conf import settings

from config.ops.metrics import observe_gateway_call
from orders.tickets.providers.contract import TransferProvider
from orders.tickets.providers.guard import Guarded
from orders.tickets.providers.manual.adapter import ManualProvider
from orders.tickets.providers.sandbox.adapter import SandboxProvider

if TYPE_CHECKING:
    from config.settings.gateways import GatewayCredentials


class UnknownTransferProvider(LookupError):
    """No provider of that name is configured, so that it can neither be given tickets nor asked about them."""


def _manual(account: GatewayCredentials) -> TransferProvider:
    del account
    return ManualProvider()


def _sandbox(account: GatewayCredentials) -> TransferProvider:
    return SandboxProvider(
        api_base=account.api_base, api_key=account.secret_key, webhook_secrets=account.webhook_secrets
    )


ADAPTERS: Final[Mapping[str, Callable[[GatewayCredentials], TransferProvider]]] = {
    "manual": _manual,
    "sandbox": _sandbox,
}


def account_of(name: str) -> GatewayCredentials:
    """Our account at the provider `name`, as settings.TRANSFER_PROVIDERS has it now. Raises UnknownTransferProvider."""
    account: GatewayCredentials | None = settings.TRANSFER_PROVIDERS.get(name)
    if account is None or name not in ADAPTERS:
        raise UnknownTransferProvider(name)
    return account


def provider_for(name: str) -> TransferProvider:
    """The provider `name`. Raises UnknownTransferProvider.

    Adapters are kept, for their connections, as long as the credentials stay the same; a forked process makes its own.
    """
    return _build(name, account_of(name), os.getpid())


@lru_cache(maxsize=16)
def _build(name: str, account: GatewayCredentials, process: int) -> TransferProvider:
    del process
    return Guarded(ADAPTERS[name](account), observe=observe_gateway_call)
