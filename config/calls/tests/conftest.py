"""The asker of the tests, configured anew for each test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from config.calls.tests import asking


@pytest.fixture
def gateway(settings: Any) -> Iterator[asking.Gateway]:
    """What is asked and what is said; a test changes the answers."""
    yield from asking.configure(settings)
