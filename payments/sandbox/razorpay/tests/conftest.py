"""One engine for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from payments.sandbox.razorpay.tests.bench import Bench, bench


@pytest.fixture(name="bench")
def a_bench(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path / "state.sqlite3") as made:
        yield made
