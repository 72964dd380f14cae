"""An installation to drill: the real server and the sandbox's courier over the test database, worked inline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings

from payments.drills.hands import InlineHands
from payments.drills.report import Result
from payments.drills.runner import Drill, play
from payments.drills.scenarios import slow_gateway
from payments.drills.workers import OwnWorkers
from payments.gateways.stripe import adapter, client
from payments.sandbox.testing import Sandbox
from payments.tests.process import environment


@pytest.fixture
def installation(sandbox: Sandbox, settings: Any, live_server: Any) -> str:
    """The site's address, of which the sandbox knows. Nothing at the gateway's side waits for an order to settle."""
    base = str(live_server.url).replace("//localhost:", "//127.0.0.1:")
    settings.DEBUG, settings.PUBLIC_URL = True, base
    secrets = django_settings.GATEWAY_ACCOUNTS["stripe"].webhook_secrets
    sandbox.control.stripe("webhook", url=f"{base}/webhooks/stripe/", secrets=list(secrets))
    return base


@pytest.fixture
def drill(installation: str, sandbox: Sandbox) -> Drill:
    """A drill of two orders a scenario."""
    account = django_settings.GATEWAY_ACCOUNTS["stripe"]
    environ = environment(STRIPE_API_BASE=account.api_base, DEBUG="1", PUBLIC_URL=installation, SECURE_SSL_REDIRECT="0")
    return Drill(
        control=sandbox.control,
        hands=InlineHands(sandbox.control, within_s=2 * 3_600),
        workers=OwnWorkers(environ),
        base=installation,
        run="testrun",
        seed=1,
        orders=2,
        account="stripe",
        say=lambda text: None,
    )


@pytest.fixture
def played(drill: Drill) -> Callable[..., Result]:
    """Plays a scenario; `changes` are of the drill."""
    return lambda name, **changes: play(replace(drill, **changes), name)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, settings: Any) -> None:
    """Our calls listen for half a second and not for twenty, by a key of their own, because adapters are kept by it."""
    account = replace(django_settings.GATEWAY_ACCOUNTS["stripe"], secret_key="sk_test_" + "impatient" * 4)
    settings.GATEWAY_ACCOUNTS = {**django_settings.GATEWAY_ACCOUNTS, "stripe": account}
    monkeypatch.setattr(client, "READ_TIMEOUT_S", 0.5)
    monkeypatch.setattr(slow_gateway, "MARGIN_S", 0.5)
    monkeypatch.setattr(slow_gateway, "SLOW_S", 0.1)
    monkeypatch.setattr(adapter, "connect", lambda **given: client.connect(**given, read_timeout_s=0.5))
