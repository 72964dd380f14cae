"""A teller at an engine of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from payments.sandbox.phonepe.tests.teller import Teller
from payments.sandbox.testing import PHONEPE
from payments.sandbox.tests.in_process import bench


@pytest.fixture
def teller(tmp_path: Path) -> Iterator[Teller]:
    environ = {**PHONEPE, "SANDBOX_PHONEPE_WEBHOOK_URL": "http://shop.test/webhooks/phonepe/"}
    with bench(tmp_path / "state.sqlite3", environ=environ) as opened:
        teller = Teller(opened.engine)
        teller.login()
        yield teller
