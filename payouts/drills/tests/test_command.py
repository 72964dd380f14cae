"""`manage.py drill_payouts`: one report, and an exit code that a machine can go by."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from config.inbox.contract import Handled
from payments.ledger.models import LedgerEntry
from payments.sandbox.testing import Sandbox
from payouts.drills import playing
from payouts.payout.models import Payout
from payouts.payout.services import observe
from payouts.webhooks import razorpayx

pytestmark = pytest.mark.django_db(transaction=True)


def drilled(*options: str) -> str:
    out = StringIO()
    try:
        call_command("drill_payouts", "--inline", *options, stdout=out, stderr=StringIO())
    except CommandError as failed:
        if "nothing is drilled" in str(failed):
            raise
    return out.getvalue()


def refused(*options: str) -> str:
    with pytest.raises(CommandError, match="nothing is drilled") as refusal:
        drilled(*options)
    assert not Payout.objects.exists()
    assert not LedgerEntry.objects.exists()
    return str(refusal.value)


@pytest.mark.usefixtures("installation")
class TestDrill:
    def test_everybody_is_paid_once_or_not_at_all(self) -> None:
        lines = drilled("--payouts", "4", "--seed", "7").splitlines()
        assert lines[-1] == "4 payouts: nobody paid twice, nobody forgotten, nothing unexplained.", lines
        assert "  injected  a worker is killed -9 while it waits for the answer to a payout (×1)" in lines
        assert any("answers to payouts are lost after success (×2)" in line for line in lines)
        ended = Counter(Payout.objects.values_list("status", flat=True))
        assert (ended["paid"], ended["failed"] + ended["returned"]) == (1, 3)

    def test_says_who_was_not_paid(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The negative control: where nobody listens to what RazorpayX tells or asks it, the drill sees it."""
        monkeypatch.setattr(razorpayx, "_payout", lambda told: Handled.ignored("deaf"))
        monkeypatch.setitem(razorpayx.TRANSLATIONS, "payout.processed", lambda told: Handled.ignored("deaf"))
        monkeypatch.setattr(observe, "_book_fee", lambda *args, **kwargs: None)
        told = drilled("--payouts", "4", "--seed", "7")
        assert "PROBLEM" in told
        assert told.splitlines()[-1] == "4 payouts: FAILED."
        assert "the float changed by" in told


@pytest.mark.usefixtures("installation")
class TestRefuses:
    def test_where_debug_is_off(self, settings: Any) -> None:
        settings.DEBUG = False
        assert "DEBUG is off" in refused()

    def test_beside_live_keys(self, settings: Any) -> None:
        account = settings.RAIL_ACCOUNTS["razorpayx"]
        settings.RAIL_ACCOUNTS = {**settings.RAIL_ACCOUNTS, "razorpayx": replace(account, livemode=True)}
        assert "live keys" in refused()

    def test_without_razorpayx(self, settings: Any) -> None:
        settings.RAIL_ACCOUNTS = django_settings.RAIL_ACCOUNTS | {}
        settings.RAIL_ACCOUNTS.pop("razorpayx", None)
        assert "no gateway razorpayx" in refused()

    def test_where_the_sandbox_tells_somebody_else(self, sandbox: Sandbox) -> None:
        sandbox.control.razorpay("banking_webhook", url="http://127.0.0.1:1/webhooks/razorpay/")
        assert "sends RazorpayX's webhooks to" in refused()

    def test_where_its_secret_is_not_known(self, sandbox: Sandbox) -> None:
        sandbox.control.razorpay("banking_webhook", secrets=["of nobody that we know"])
        assert "signs RazorpayX's webhooks" in refused()

    def test_where_nobody_works(self) -> None:
        with pytest.raises(CommandError, match="no worker answers"):
            call_command("drill_payouts", stdout=StringIO(), stderr=StringIO())

    @pytest.mark.parametrize("number", ["3", "201"])
    def test_a_number_that_proves_nothing(self, number: str) -> None:
        with pytest.raises(CommandError, match="--payouts"):
            call_command("drill_payouts", "--inline", "--payouts", number)


def test_the_worker_is_met_before_the_rail_answers() -> None:
    assert playing.LOOK_S < playing.HELD_UP_S < playing.MET_WITHIN_S
