"""Hand-overs by hand pass the suite of transfer providers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from config.kernel.errors import Conflict
from orders.tickets.providers.contract import TransferProvider, TransferView
from orders.tickets.providers.guard import Guarded
from orders.tickets.providers.manual import services
from orders.tickets.providers.manual.adapter import ManualProvider
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.providers.tests.conformance.suite import TransferConformance

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


class ByHand:
    """See `Harness`: seller and buyer, and a clock that moves by a second with each look."""

    def __init__(self) -> None:
        self._at = AT
        self.provider: TransferProvider = Guarded(ManualProvider(now=self.now), observe=_unobserved)

    def now(self) -> datetime:
        self._at += timedelta(seconds=1)
        return self._at

    def accept(self, view: TransferView) -> None:
        self._say(lambda: services.confirm(reference=view.reference, actor="buyer", at=self.now()))

    def decline(self, view: TransferView) -> None:
        self._say(lambda: services.deny(reference=view.reference, actor="buyer", reason="no", at=self.now()))

    def pass_time_beyond(self, view: TransferView) -> None:
        assert view.expires_at is not None
        self._at = max(self._at, view.expires_at)
        self.provider.get(provider_id=view.provider_id)

    def transfers_made(self, reference: str) -> int:
        return HandOver.objects.filter(reference=reference).count()

    def _say(self, say: Callable[[], object]) -> None:
        try:
            with transaction.atomic():
                say()
        except Conflict:
            return  # too late


def _unobserved(*, gateway: str, operation: str, outcome: str, seconds: float) -> None:
    del gateway, operation, outcome, seconds


@pytest.mark.django_db
class TestManual(TransferConformance):
    @pytest.fixture
    def harness(self) -> ByHand:
        return ByHand()
