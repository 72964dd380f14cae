"""Stripe's adapter passes the suite that every adapter must pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from payments.gateways.stripe.tests.sandbox_harness import StripeHarness
from payments.gateways.tests.conformance import (
    Harness,
    ProvesAsking,
    ProvesBalanceTransactions,
    ProvesCancelledCharges,
    ProvesCancelling,
    ProvesDisputes,
    ProvesEvents,
    ProvesHostedCheckout,
    ProvesKeys,
    ProvesLettingGo,
    ProvesPartialCapture,
    ProvesPayments,
    ProvesRefundLists,
    ProvesWebhooks,
)
from payments.sandbox.testing import Sandbox, running_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


class TestStripe(
    ProvesPayments,
    ProvesWebhooks,
    ProvesAsking,
    ProvesKeys,
    ProvesPartialCapture,
    ProvesLettingGo,
    ProvesCancelling,
    ProvesHostedCheckout,
    ProvesRefundLists,
    ProvesDisputes,
    ProvesCancelledCharges,
    ProvesBalanceTransactions,
    ProvesEvents,
):
    @pytest.fixture
    def harness(self, sandbox: Sandbox) -> Harness:
        return StripeHarness(sandbox)
