"""`manage.py resolve_unknown_attempts`: what nobody answered is asked about by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from config.calls.tests import asking
from config.kernel.clock import now
from config.management.tests.saying import said

pytestmark = pytest.mark.django_db(transaction=True)


class TestResolveUnknownAttempts:
    @pytest.fixture(autouse=True)
    def gateway(self, settings: Any) -> Iterator[asking.Gateway]:
        yield from asking.configure(settings)

    def test_asks_and_says_how_many_are_left(self, gateway: asking.Gateway) -> None:
        long_ago = now() - timedelta(hours=1)
        first = asking.opened(at=long_ago)
        asking.opened(at=long_ago)
        asking.opened(at=now())

        def says(call: Any, at: Any) -> None:
            if call.pk == first.pk:
                asking.answered(call, "succeeded", at=at)

        gateway.says = says
        assert said("resolve_unknown_attempts") == "2 calls were asked about; 2 are still without an answer"
        assert asking.fresh(first).status == "succeeded"
