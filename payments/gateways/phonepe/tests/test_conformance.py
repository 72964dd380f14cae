"""PhonePe's adapter passes the suite that every adapter must pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from payments.gateways.phonepe.tests.sandbox_harness import PhonePeHarness
from payments.gateways.tests.conformance import Harness, ProvesAsking, ProvesPayments, ProvesRefunds, ProvesWebhooks
from payments.sandbox.testing import Sandbox, running_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


class TestPhonePe(ProvesPayments, ProvesWebhooks, ProvesAsking, ProvesRefunds):
    @pytest.fixture
    def harness(self, sandbox: Sandbox) -> Harness:
        return PhonePeHarness(sandbox)
