"""Finds the adapter of a configured rail account, guarded, one per process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.conf import settings

from config.ops.metrics import observe_gateway_call
from payouts.rails.bank_file.adapter import BankFileRail
from payouts.rails.connect import adapter as connect_adapter
from payouts.rails.contract import Rail
from payouts.rails.guard import GuardedRail
from payouts.rails.razorpayx import adapter as razorpayx_adapter

if TYPE_CHECKING:
    from config.settings.rails import RailAccount

# Each rail's adapter, by the name that rail accounts and destinations know it by.
ADAPTERS: Final[Mapping[str, Callable[[RailAccount], Rail]]] = {
    "bank_file": lambda account: BankFileRail(),
    "razorpayx": razorpayx_adapter.build,
    "stripe_connect": connect_adapter.build,
}


class UnknownRailAccount(LookupError):
    """No such rail account is configured, so that nothing can be drawn on it."""


def rail_for(rail_account: str) -> Rail:
    """The rail of the account, as settings.RAIL_ACCOUNTS has it now. Raises UnknownRailAccount.

    Adapters are kept, for their connections, as long as the credentials stay the same; a forked process makes its own,
    because two processes must never write on one socket.
    """
    account = settings.RAIL_ACCOUNTS.get(rail_account)
    if account is None:
        raise UnknownRailAccount(rail_account)
    return _build(account, os.getpid())


def accounts_of(rail: str) -> tuple[str, ...]:
    """The codes of the configured accounts of one rail, in the order of their configuration."""
    return tuple(code for code, account in settings.RAIL_ACCOUNTS.items() if account.rail == rail)


@lru_cache(maxsize=64)
def _build(account: RailAccount, process: int) -> Rail:
    del process
    try:
        adapter = ADAPTERS[account.rail]
    except KeyError:
        raise UnknownRailAccount(f"{account.code}: no adapter for {account.rail!r}") from None
    return GuardedRail(adapter(account), observe=observe_gateway_call)
