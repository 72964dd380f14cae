"""The journal's task asks about what is overdue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.calls.tasks import ask
from config.calls.tests.asking import Gateway, opened
from config.kernel.clock import now


@pytest.mark.django_db(transaction=True)
class TestAsk:
    def test_asks_about_what_is_overdue_and_nothing_else(self, gateway: Gateway) -> None:
        overdue = opened(at=now() - timedelta(hours=1))
        opened(at=now())
        assert ask() == 1
        assert [call for call, _ in gateway.asked] == [overdue.public_id]
