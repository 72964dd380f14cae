"""Stands before every transfer provider: no call inside a transaction, none in a dry run, each one timed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from config.calls.outcomes import Absence
from config.calls.timed import Observe, Timed
from orders.tickets.providers.contract import (
    ChangedPage,
    NewTransfer,
    TransferAnswer,
    TransferCapability,
    TransferEvent,
    TransferProvider,
    TransferView,
)


class Guarded:
    """A TransferProvider that stands before another one. What asks nobody passes unguarded: the webhook door and its
    handlers work inside transactions."""

    def __init__(self, adapter: TransferProvider, *, observe: Observe) -> None:
        self.name: str = adapter.name
        self.capabilities: frozenset[TransferCapability] = adapter.capabilities
        self.absent: Absence = adapter.absent
        self._adapter = adapter
        self._call = Timed(f"transfer-{adapter.name}", observe=observe).call

    def initiate(self, new: NewTransfer) -> TransferAnswer:
        return self._call("initiate", lambda: self._adapter.initiate(new))

    def get(self, *, provider_id: str) -> TransferView | None:
        return self._call("get", lambda: self._adapter.get(provider_id=provider_id))

    def find_by_reference(self, *, reference: str) -> TransferView | None:
        return self._call("find_by_reference", lambda: self._adapter.find_by_reference(reference=reference))

    def cancel(self, *, key: str, provider_id: str) -> TransferAnswer:
        return self._call("cancel", lambda: self._adapter.cancel(key=key, provider_id=provider_id))

    def list_changed(self, *, since: datetime, cursor: str = "") -> ChangedPage:
        return self._call("list_changed", lambda: self._adapter.list_changed(since=since, cursor=cursor))

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        self._adapter.verify_webhook(headers=headers, body=body, at=at)

    def parse_webhook(self, *, body: bytes) -> TransferEvent:
        return self._adapter.parse_webhook(body=body)
