"""What a movement of our balance cost, and its exchange, are booked once, whenever the gateway tells."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from orders.tests.factories import force, policy
from payments.charges.models import GatewayTransaction
from payments.charges.services.fee import record_transaction
from payments.escrow.services.sweeps import time_out_due
from payments.gateways.registry import gateway_for
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payments.tests.phonepe_world import PhonePeWorld
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def fees() -> list[LedgerEntry]:
    return list(LedgerEntry.objects.filter(event="gateway_fee").order_by("pk"))


class TestFee:
    def test_comes_late_and_is_ours(self, world: World) -> None:
        """2.9 % + 30 of 10,000: 290 + 30 = 320. The seller's part does not change by it."""
        order = world.paid_order(10_000)
        assert fees() == []
        world.sandbox.control.stripe("settle")
        world.hear()
        (entry,) = fees()
        movement = GatewayTransaction.objects.get()
        assert entry.key == f"fee:{movement.external_id}"
        assert (movement.amount_minor, movement.fee_minor, movement.net_minor) == (10_000, 320, 9_680)
        assert balance_minor("gateway_fees", currency="USD") == 320
        assert balance_minor("clearing", currency="USD") == 10_000 - 320
        assert [hold.remaining_minor for hold in world.holds(order)] == [10_000]

    def test_is_booked_once_however_often_it_is_told(self, world: World) -> None:
        world.paid_order(10_000)
        world.sandbox.control.stripe("settle")
        for _ in range(2):
            world.hear(world.all_events())
        assert len(fees()) == GatewayTransaction.objects.count() == 1

    def test_is_booked_once_whoever_brings_it(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.sandbox.control.stripe("settle")
        world.hear()
        movement = gateway_for("stripe").get_balance_transaction(
            transaction_id=GatewayTransaction.objects.get().external_id
        )
        assert movement is not None
        with transaction.atomic():
            payment = world.payment(order)
            assert not record_transaction(payment=payment, moved=payment.amount, view=movement, actor="x", at=world.at)
        assert len(fees()) == 1

    def test_is_asked_for_once(self, world: World) -> None:
        world.paid_order(10_000)
        world.sandbox.control.stripe("settle")
        world.hear()
        asked = world.requests("GET", "/v1/balance_transactions/*")
        world.hear(world.all_events())
        assert world.requests("GET", "/v1/balance_transactions/*") == asked

    def test_waits_until_the_gateway_can_be_asked(self, world: World) -> None:
        world.paid_order(10_000)
        world.sandbox.control.stripe("settle")
        world.refuse("/v1/balance_transactions/*", method="GET")
        world.hear()
        assert fees() == []
        world.later(seconds=30)
        world.work()
        assert len(fees()) == 1

    def test_that_is_nothing_is_no_entry(self, world: World) -> None:
        world.sandbox.control.stripe("rules", fee_bps=0, fee_fixed_minor=0)
        world.paid_order(10_000)
        world.sandbox.control.stripe("settle")
        world.hear()
        assert (fees(), GatewayTransaction.objects.count()) == ([], 1)


class TestExchange:
    @pytest.fixture(autouse=True)
    def _account_settles_in_dollars(self, world: World) -> None:
        world.sandbox.control.stripe("rules", settlement_currencies=["usd"], rates={"eur": "1.08"})

    def test_of_a_charge_that_settles_in_another_currency(self, world: World) -> None:
        """EUR 100.00 at 1.08 arrives as USD 108.00, less 2.9 % + 30 = 343."""
        world.paid_order(10_000, currency="EUR")
        assert balance_minor("clearing", currency="EUR") == 10_000
        world.sandbox.control.stripe("settle")
        world.hear()
        assert balance_minor("clearing", currency="EUR") == 0
        assert balance_minor("fx", currency="EUR") == 10_000
        assert balance_minor("fx", currency="USD") == -10_800
        assert balance_minor("gateway_fees", currency="USD") == 343
        assert balance_minor("clearing", currency="USD") == 10_800 - 343
        assert balance_minor("escrow", currency="EUR") == -10_000

    def test_of_its_refund_goes_back_through_the_same_account(self, world: World) -> None:
        """At another rate by then: what the exchange cost us stays on fx until it is closed."""
        order = world.paid_order(10_000, currency="EUR")
        world.sandbox.control.stripe("settle")
        world.hear()
        world.sandbox.control.stripe("rules", rates={"eur": "1.09"})
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.hear()
        world.sandbox.control.stripe("settle")
        world.hear()
        assert world.moved(order, "refunded") == (1, 10_000)
        assert balance_minor("clearing", currency="EUR") == 0
        assert balance_minor("fx", currency="EUR") == 0
        given = GatewayTransaction.objects.get(type="refund")
        assert balance_minor("fx", currency="USD") == -10_800 - given.amount_minor
        assert balance_minor("clearing", currency="USD") == 10_800 - 343 + given.amount_minor


class TestEstimate:
    """A gateway that shows no fees: what the policy reckons with is an expense at once, and owed until it is known."""

    def test_is_booked_with_the_capture_once(self, phonepe: PhonePeWorld, settings: Any) -> None:
        settings.POLICY = policy(fee_estimate_bps={"phonepe": 200})
        order = phonepe.paid_order(12_345)
        assert balance_minor("gateway_fees", currency="INR") == 246, "2 % of 12,345, floored"
        assert balance_minor("fees_accrued", owner="phonepe", currency="INR") == -246
        assert balance_minor("clearing", owner="phonepe", currency="INR") == 12_345, "nothing was taken yet"
        phonepe.poll()
        charge = phonepe.payment(order).charge_id
        assert LedgerEntry.objects.filter(key=f"fee_estimate:{charge}").count() == 1

    def test_of_what_nobody_may_keep_too_for_the_gateway_takes_it_all_the_same(
        self, phonepe: PhonePeWorld, settings: Any
    ) -> None:
        settings.POLICY = policy(fee_estimate_bps={"phonepe": 200})
        order = phonepe.order(10_000)
        started = phonepe.start(order)
        force(order, status="cancelled")
        phonepe.pay(started)
        phonepe.hear()
        assert balance_minor("fees_accrued", currency="INR") == -200

    @pytest.mark.parametrize("bps", [{}, {"phonepe": 0}, {"stripe": 200}])
    def test_without_a_policy_nothing_is_reckoned(
        self, phonepe: PhonePeWorld, settings: Any, bps: dict[str, int]
    ) -> None:
        settings.POLICY = policy(fee_estimate_bps=bps)
        phonepe.paid_order(10_000)
        assert not LedgerEntry.objects.filter(event="fee_estimated").exists()

    def test_a_gateway_that_shows_its_fees_is_not_estimated(self, world: World, settings: Any) -> None:
        settings.POLICY = policy(fee_estimate_bps={"stripe": 200})
        world.paid_order(10_000)
        assert not LedgerEntry.objects.filter(event="fee_estimated").exists()
