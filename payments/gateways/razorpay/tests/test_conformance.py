"""Razorpay's adapter passes the suite that every adapter must pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from payments.gateways.razorpay.tests.sandbox_harness import RazorpayHarness
from payments.gateways.tests.conformance import (
    Harness,
    ProvesAsking,
    ProvesBalanceTransactions,
    ProvesConfirmation,
    ProvesDisputes,
    ProvesManualCapture,
    ProvesPayments,
    ProvesRefundLists,
    ProvesSavedMethods,
    ProvesSettlements,
    ProvesStayingOpen,
    ProvesWebhooks,
)
from payments.sandbox.testing import Sandbox, running_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


class TestRazorpay(
    ProvesPayments,
    ProvesWebhooks,
    ProvesAsking,
    ProvesManualCapture,
    ProvesRefundLists,
    ProvesBalanceTransactions,
    ProvesConfirmation,
    ProvesStayingOpen,
    ProvesDisputes,
    ProvesSavedMethods,
    ProvesSettlements,
):
    @pytest.fixture
    def harness(self, sandbox: Sandbox) -> Harness:
        return RazorpayHarness(sandbox)
