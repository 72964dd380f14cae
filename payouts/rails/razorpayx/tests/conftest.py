"""One sandbox for all tests of the adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from payments.sandbox.testing import Sandbox, running_sandbox
from payouts.rails.razorpayx.tests.sandbox_harness import RazorpayXHarness


@pytest.fixture(scope="session")
def razorpayx_sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def harness(razorpayx_sandbox: Sandbox) -> RazorpayXHarness:
    return RazorpayXHarness(razorpayx_sandbox)
