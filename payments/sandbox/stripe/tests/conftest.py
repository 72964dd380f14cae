"""An engine in the test's own process, for what needs no HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from payments.sandbox.tests.in_process import Bench
from payments.sandbox.tests.in_process import bench as open_bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with open_bench(tmp_path / "state.sqlite3") as bench:
        yield bench
