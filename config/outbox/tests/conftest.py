"""The listeners of the tests, routed anew for each test that asks for them."""

from __future__ import annotations

from typing import Any

import pytest

from config.outbox.tests.listening import Heard, configure


@pytest.fixture
def heard(settings: Any) -> Heard:
    """What was told to whom; a test changes what they do about it."""
    return configure(settings)
