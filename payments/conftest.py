"""What every test of money may use: a sandbox gateway, a world around it, and books that are proved at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import stripe
from django.conf import settings as django_settings

from payments.ledger.checks import broken_truths
from payments.sandbox.testing import Sandbox, running_sandbox
from payments.tests.phonepe_world import PhonePeWorld, use_phonepe
from payments.tests.razorpay_world import RazorpayWorld, use_razorpay
from payments.tests.world import World


@pytest.fixture(autouse=True)
def _the_books_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test that may touch the database, all truths of the books are checked."""
    marked = request.node.get_closest_marker("django_db")
    if marked is None or request.node.get_closest_marker("broken_books"):
        yield
        return
    request.getfixturevalue("transactional_db" if marked.kwargs.get("transaction") else "db")
    yield
    assert broken_truths() == []


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    """One sandbox for all tests that neither kill nor restart it."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The shared sandbox, emptied, as the configured Stripe. The SDK's second try comes without its pause."""
    sandbox_process.control.reset()
    use_sandbox(sandbox_process, settings)
    monkeypatch.setattr(stripe.HTTPClient, "_sleep_time_seconds", lambda *_, **__: 0)
    return sandbox_process


def use_sandbox(sandbox: Sandbox, settings: Any) -> None:
    """Points the account `stripe` at a sandbox; its webhook secrets stay the settings' own."""
    account = replace(django_settings.GATEWAY_ACCOUNTS["stripe"], api_base=sandbox.stripe_base)
    settings.GATEWAY_ACCOUNTS = {**django_settings.GATEWAY_ACCOUNTS, "stripe": account}


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """A marketplace around the sandbox."""
    return World(sandbox=sandbox)


@pytest.fixture
def phonepe(sandbox: Sandbox, settings: Any) -> PhonePeWorld:
    """A marketplace around the sandbox's PhonePe."""
    use_phonepe(sandbox, settings)
    return PhonePeWorld(sandbox=sandbox)


@pytest.fixture
def razorpay(sandbox: Sandbox, settings: Any) -> RazorpayWorld:
    """A marketplace that is paid through the sandbox's Razorpay."""
    use_razorpay(sandbox, settings)
    return RazorpayWorld(sandbox=sandbox)
