"""`manage.py drill`: one report, and an exit code that a machine can go by."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config.celery import app
from config.tests.ports import free_port
from orders.order.models import Order
from payments.drills.scenarios import dropped_webhooks
from payments.ledger.models import PayeeBalance
from payments.sandbox.testing import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


def drilled(*options: str) -> str:
    out = StringIO()
    call_command("drill", *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def refused(*options: str) -> str:
    """Why nothing was drilled; and nothing was."""
    with pytest.raises(CommandError, match="nothing is drilled") as refusal:
        drilled(*options)
    assert not Order.objects.exists()
    return str(refusal.value)


@pytest.mark.usefixtures("installation")
class TestDrill:
    def test_reports_a_scenario(self) -> None:
        lines = drilled("duplicates", "--inline", "--orders", "2", "--seed", "7").splitlines()
        assert lines[0].endswith("seed 7, worked inline")
        assert lines[-1] == "1 scenarios, 2 orders: nothing lost, nothing doubled, nothing unexplained."
        assert set(Order.objects.values_list("status", flat=True)) == {"completed", "cancelled"}

    def test_buys_the_same_with_the_same_seed_and_runs_again_and_again(self) -> None:
        totals = []
        for _ in range(2):
            told = json.loads(drilled("duplicates", "--inline", "--json", "--orders", "2", "--seed", "7"))
            assert told["ok"] is True
            orders = Order.objects.filter(cart_metadata__drill=told["run"]).order_by("pk")
            totals.append([(order.total_minor, order.cart_metadata["scenario"]) for order in orders])
        assert totals[0] == totals[1]
        assert len(totals[0]) == 2

    def test_leaves_nothing_for_sale_and_the_sandbox_calm(self, sandbox: Sandbox) -> None:
        sandbox.control.fault("refuse", path="/v1/files", count=None)
        sandbox.control.pause()
        drilled("reordered_day", "--inline", "--orders", "2")
        status = sandbox.control.get("")
        assert (status["paused"], status["clock"]["offset_s"], status["clock"]["signatures"]) == (False, 0, "wall")
        assert sandbox.control.get("faults")["faults"] == []
        product = Order.objects.latest("pk").lines.get().product
        assert not product.is_active

    def test_exits_with_1_and_says_what_is_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dropped_webhooks, "fetch_missed", lambda **_: None)
        out = StringIO()
        with pytest.raises(CommandError, match="lost, doubled or left unexplained") as failed:
            call_command("drill", "dropped_webhooks", "--inline", "--orders", "2", stdout=out, stderr=StringIO())
        assert failed.value.returncode == 1
        assert out.getvalue().splitlines()[-1] == "FAILED: dropped_webhooks."

    @pytest.mark.parametrize("number", ["1", "501"])
    def test_takes_no_number_of_orders_that_proves_nothing(self, number: str) -> None:
        with pytest.raises(CommandError, match="--orders"):
            drilled("duplicates", "--inline", "--orders", number)

    def test_knows_no_other_scenario(self) -> None:
        with pytest.raises(CommandError, match="invalid choice"):
            drilled("fire")


@pytest.mark.usefixtures("installation")
class TestRefuses:
    def test_where_debug_is_off(self, settings: Any) -> None:
        settings.DEBUG = False
        assert "DEBUG is off" in refused("all", "--inline")

    def test_where_another_gateway_is_a_real_one(self, settings: Any, sandbox: Sandbox) -> None:
        """Its test key is no protection: the drill would go through the real one's doors."""
        stripe = settings.GATEWAY_ACCOUNTS["stripe"]
        razorpay = replace(stripe, code="razorpay", gateway="razorpay", api_base="https://api.razorpay.com")
        settings.GATEWAY_ACCOUNTS = {"stripe": stripe, "razorpay": razorpay}
        before = sandbox.control.requests()["count"]
        assert "razorpay is not answered by a sandbox on this machine" in refused("all", "--inline")
        assert sandbox.control.requests()["count"] == before, "nothing was done"

    def test_where_nobody_answers_at_the_sites_address(self, settings: Any, sandbox: Sandbox) -> None:
        settings.PUBLIC_URL = f"http://127.0.0.1:{free_port()}"
        sandbox.control.stripe("webhook", url=f"{settings.PUBLIC_URL}/webhooks/stripe/")
        assert "does not answer" in refused("all", "--inline")

    def test_where_no_worker_works(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Nobody:
            def ping(self) -> None:
                return None

        monkeypatch.setattr(app.control, "inspect", lambda **_: Nobody())
        assert "no worker answers" in refused("all")

    @pytest.mark.broken_books
    def test_where_the_books_are_broken_before(self) -> None:
        PayeeBalance.objects.create(owner="usr_nobody", currency="USD", payable_minor=5)
        assert "broken before anything happened: payee balances" in refused("all", "--inline")
