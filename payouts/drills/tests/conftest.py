"""An installation to drill: the real server and the sandbox's courier over the test database, worked inline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from payments.drills.workers import OwnWorkers
from payments.sandbox.testing import RAZORPAYX, Sandbox
from payments.tests.process import environment
from payouts.management.commands import drill_payouts
from payouts.tests.razorpayx_world import SECRETS, use_razorpayx


@pytest.fixture
def installation(sandbox: Sandbox, settings: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The site's address, of which the sandbox's RazorpayX knows; a worker that is killed has the same environment."""
    base = str(live_server.url).replace("//localhost:", "//127.0.0.1:")
    settings.DEBUG, settings.PUBLIC_URL = True, base
    use_razorpayx(sandbox.razorpay_base, settings, validates=True)
    stripe = replace(settings.RAIL_ACCOUNTS["stripe"], api_base=sandbox.stripe_base)
    settings.RAIL_ACCOUNTS = {**settings.RAIL_ACCOUNTS, "stripe": stripe}
    sandbox.control.razorpay("banking_webhook", url=f"{base}/webhooks/razorpay/", secrets=list(SECRETS))
    environ = environment(
        DEBUG="1", PUBLIC_URL=base, SECURE_SSL_REDIRECT="0", STRIPE_API_BASE=sandbox.stripe_base,
        RAZORPAY_API_BASE=sandbox.razorpay_base, RAZORPAYX_WEBHOOK_SECRET=",".join(SECRETS), **RAZORPAYX,
    )  # fmt: skip
    monkeypatch.setattr(drill_payouts, "OwnWorkers", lambda: OwnWorkers(environ))
    return base
