"""Finds the adapter of a configured gateway account, guarded, one per process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.conf import settings

from config.ops.metrics import observe_gateway_call
from payments.gateways.contract import Gateway
from payments.gateways.guard import Guarded
from payments.gateways.phonepe.adapter import build as build_phonepe
from payments.gateways.razorpay.adapter import build as build_razorpay
from payments.gateways.stripe.adapter import build as build_stripe

if TYPE_CHECKING:
    from config.settings.gateways import GatewayCredentials


class UnknownGatewayAccount(LookupError):
    """No credentials are configured for that account, so it can neither be charged nor asked."""


def _stripe(account: GatewayCredentials) -> Gateway:
    return build_stripe(secret_key=account.secret_key, api_base=account.api_base)


def _phonepe(account: GatewayCredentials) -> Gateway:
    return build_phonepe(
        account=account.code,
        client_id=account.client_id,
        client_secret=account.secret_key,
        client_version=account.client_version,
        api_base=account.api_base,
    )


def _razorpay(account: GatewayCredentials) -> Gateway:
    return build_razorpay(key_id=account.client_id, key_secret=account.secret_key, api_base=account.api_base)


ADAPTERS: Final[Mapping[str, Callable[[GatewayCredentials], Gateway]]] = {
    "phonepe": _phonepe,
    "razorpay": _razorpay,
    "stripe": _stripe,
}


def gateway_for(code: str) -> Gateway:
    """The gateway of the account `code`, as settings.GATEWAY_ACCOUNTS has it now. Raises UnknownGatewayAccount.

    Adapters are kept, for their connections, as long as the credentials stay the same; a forked process makes its own,
    because two processes must never write on one socket.
    """
    account = settings.GATEWAY_ACCOUNTS.get(code)
    if account is None:
        raise UnknownGatewayAccount(code)
    return _build(account, os.getpid())


@lru_cache(maxsize=64)
def _build(account: GatewayCredentials, process: int) -> Gateway:
    del process
    try:
        adapter = ADAPTERS[account.gateway]
    except KeyError:
        raise UnknownGatewayAccount(f"{account.code}: no adapter for {account.gateway!r}") from None
    return Guarded(adapter(account), observe=observe_gateway_call)
