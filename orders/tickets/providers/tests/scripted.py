"""A transfer provider that notes what reaches it and answers what it was told to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from config.calls.outcomes import Absence, Outcome
from orders.tickets.providers.contract import (
    ChangedPage,
    NewTransfer,
    TransferAnswer,
    TransferCapability,
    TransferEvent,
    TransferView,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Scripted:
    """See `TransferProvider`."""

    def __init__(self) -> None:
        self.name: str = "scripted"
        self.capabilities: frozenset[TransferCapability] = frozenset(TransferCapability)
        self.absent: Absence = Absence(after=timedelta(minutes=2), times=2, apart=timedelta(minutes=1))
        self.reached: list[str] = []
        self.outcome = Outcome.SUCCEEDED
        self.raises: Exception | None = None

    def _note(self, name: str) -> None:
        self.reached.append(name)
        if self.raises is not None:
            raise self.raises

    def initiate(self, new: NewTransfer) -> TransferAnswer:
        self._note("initiate")
        return TransferAnswer(self.outcome, request_id=new.reference)

    def get(self, *, provider_id: str) -> TransferView | None:
        self._note("get")
        return None

    def find_by_reference(self, *, reference: str) -> TransferView | None:
        self._note("find_by_reference")
        return None

    def cancel(self, *, key: str, provider_id: str) -> TransferAnswer:
        self._note("cancel")
        return TransferAnswer(self.outcome, request_id=f"{key} {provider_id}")

    def list_changed(self, *, since: datetime, cursor: str = "") -> ChangedPage:
        self._note("list_changed")
        return ChangedPage((), cursor=f"{since:%H} {cursor}")

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        self._note("verify_webhook")

    def parse_webhook(self, *, body: bytes) -> TransferEvent:
        self._note("parse_webhook")
        return TransferEvent(event_id=body.decode(), type="x", provider_id="p", occurred_at=AT, livemode=False)
