"""The link to the pages on which an account is filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.settings.rails import RailAccount
from payments.sandbox.testing import API_KEY, Sandbox
from payouts.rails.connect.onboarding import AccountLetGo, Link, onboarding_link
from payouts.rails.connect.tests.conftest import World

SEEN: list[str] = []


def _observe(*, gateway: str, operation: str, outcome: str, seconds: float) -> None:
    SEEN.append(f"{gateway}.{operation}: {outcome}")


@pytest.fixture(autouse=True)
def account(settings: Any, sandbox: Sandbox) -> None:
    SEEN.clear()
    settings.RAIL_ACCOUNTS = {
        "stripe": RailAccount(
            code="stripe", rail="stripe_connect", livemode=False, secret_key=API_KEY, api_base=sandbox.stripe_base
        )
    }


def _link(account_id: str) -> Link:
    return onboarding_link(
        rail_account="stripe",
        account_id=account_id,
        return_url="https://shop.test/back",
        refresh_url="https://shop.test/again",
        observe=_observe,
    )


class TestOnboardingLink:
    def test_is_for_minutes_and_never_shown_in_a_log(self, world: World) -> None:
        link = _link(world.account)
        assert f"/setup/{world.account}/" in link.url
        assert link.url not in repr(link)
        assert timedelta(0) < link.expires_at - datetime.now(UTC) <= timedelta(minutes=5)
        assert SEEN == ["stripe_connect.onboarding_link: answered"]

    @pytest.mark.parametrize("verb", ["deauthorize", ""])
    def test_an_account_that_is_gone_has_none(self, world: World, verb: str) -> None:
        if verb:
            world.control.stripe(f"accounts/{world.account}/{verb}")
        with pytest.raises(AccountLetGo):
            _link(world.account if verb else "acct_none")
