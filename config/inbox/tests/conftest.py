"""The toy source, configured anew for each test that asks for it."""

from __future__ import annotations

from typing import Any

import pytest

from config.inbox.tests import toy


@pytest.fixture
def script(settings: Any) -> toy.Script:
    """What the toy does; a test changes it as it likes."""
    return toy.configure(settings)
