"""What a gateway says of a dispute is booked once, and its label moves only to a younger one, whoever tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from config.inbox.models import WebhookEvent
from payments.charges.models import GatewayTransaction
from payments.disputes.models import Dispute, DisputeMovement
from payments.disputes.services.observe import observe_dispute
from payments.disputes.services.tests.deciding import balance, balances, decided, seen
from payments.gateways.dispute_views import DisputeState
from payments.gateways.registry import gateway_for
from payments.ledger.queries import balance_minor
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestObserveDispute:
    @pytest.mark.parametrize(("age", "status"), [(-1, "needs_response"), (1, "under_review")])
    def test_an_older_label_moves_nothing(self, world: World, age: int, status: str) -> None:
        _, gateway_id = world.disputed_order(10_000)
        dispute = Dispute.objects.get()
        view = gateway_for("stripe").get_dispute(dispute_id=gateway_id)
        assert view is not None
        told_at = dispute.label_at + timedelta(seconds=age)
        told = replace(view, state=DisputeState.UNDER_REVIEW)
        observe_dispute(payment=dispute.payment, view=told, told_at=told_at, actor="test", at=world.now())
        dispute.refresh_from_db()
        assert dispute.status == status


class TestOpened:
    def test_freezes_what_is_held_and_books_what_is_gone(self, world: World) -> None:
        order, gateway_id = world.disputed_order(6_667, 3_333)
        dispute = Dispute.objects.get()
        assert (dispute.gateway_dispute_id, dispute.status, dispute.reason) == (
            gateway_id, "needs_response", "fraudulent"
        )  # fmt: skip
        assert (dispute.withdrawn_minor, dispute.lost_minor, dispute.phase) == (10_000, 0, "chargeback")
        assert [(hold.status, hold.remaining_minor) for hold in world.holds(order)] == [
            ("frozen", 6_667),
            ("frozen", 3_333),
        ]
        assert seen(order) == ("paid", "disputed")
        assert balances("withdrawn", "dispute_fees", "escrow") == {
            "withdrawn": 10_000, "dispute_fees": 1_500, "escrow": -10_000
        }  # fmt: skip
        assert order.payments.get().disputed_minor == 10_000

    def test_by_the_test_card_it_comes_with_its_payment(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order), "pm_card_createDispute")
        world.hear()
        assert seen(order) == ("paid", "disputed")

    def test_keeps_the_movement_of_the_balance(self, world: World) -> None:
        world.disputed_order(10_000)
        movement, kept = DisputeMovement.objects.get(), GatewayTransaction.objects.get(type="adjustment")
        assert movement.transaction_id == kept.external_id
        assert (kept.amount_minor, kept.fee_minor, kept.net_minor) == (-10_000, 1_500, -11_500)

    def test_in_another_currency_than_our_balance_the_exchange_is_booked(self, world: World) -> None:
        world.sandbox.control.stripe("rules", settlement_currencies=["usd"])
        order = world.paid_order(10_000, currency="EUR")
        world.sandbox.control.stripe("settle")
        decided(world, world.dispute(order), "lose")
        movement = DisputeMovement.objects.get()
        assert (movement.amount_minor, movement.settled_currency) == (-10_000, "USD")
        assert movement.settled_minor < -10_000
        assert balance_minor("withdrawn", currency="EUR") == 0
        assert balance_minor("clearing", currency="EUR") == 0
        assert balance("dispute_fees") == 1_500


class TestDecided:
    def test_everything_is_as_before_but_the_fee(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "win")
        [hold] = world.holds(order)
        assert (dispute.status, dispute.withdrawn_minor) == ("won", 0)
        assert (hold.status, hold.remaining_minor) == ("held", 10_000)
        assert balances("withdrawn", "dispute_fees") == {"withdrawn": 0, "dispute_fees": 1_500}
        assert seen(order) == ("paid", "paid")
        assert order.payments.get().disputed_minor == 0

    def test_the_fee_may_come_back_too(self, world: World) -> None:
        _, gateway_id = world.disputed_order(10_000)
        decided(world, gateway_id, "win", fee=1_500)
        assert balances("withdrawn", "dispute_fees") == {"withdrawn": 0, "dispute_fees": 0}

    def test_what_we_won_and_they_take_again(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "win", "appeal")
        assert (dispute.status, dispute.withdrawn_minor) == ("needs_response", 10_000)
        assert world.holds(order)[0].status == "frozen"
        dispute = decided(world, gateway_id, "lose")
        assert (dispute.lost_minor, dispute.movements.count()) == (10_000, 3)
        assert balances("escrow", "dispute_fees") == {"escrow": 0, "dispute_fees": 1_500}


class TestTold:
    def test_told_again_in_any_order_they_change_nothing(self, world: World) -> None:
        _, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "lose", "appeal", "win")
        before = (dispute.status, dispute.losses, dispute.movements.count(), balance("clearing"))
        told = [event for event in world.all_events() if event["type"].startswith("charge.dispute.")]
        for number, event in enumerate(reversed(told)):
            world.hear([event | {"id": f"evt_again_{number}"}])
        dispute.refresh_from_db()
        assert (dispute.status, dispute.losses, dispute.movements.count(), balance("clearing")) == before

    def test_faster_than_its_payment_books_that_first(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order))
        charge = world.all_events()[-1]["data"]["object"]["latest_charge"]
        made = world.sandbox.control.stripe(f"charges/{charge}/dispute")["object"]
        world.hear([event for event in world.new_events() if event["type"].endswith("funds_withdrawn")])
        assert seen(order) == ("paid", "disputed")
        assert balance("chargeback_losses") == 0
        decided(world, made["id"], "lose")
        assert balances("chargeback_losses", "escrow") == {"chargeback_losses": 0, "escrow": 0}

    def test_of_nobodys_payment_is_foreign(self, world: World) -> None:
        world.disputed_order(10_000)
        event = next(event for event in world.all_events() if event["type"] == "charge.dispute.created")
        event["data"]["object"] |= {"id": "dp_other", "charge": "ch_other", "payment_intent": None}
        world.hear([event | {"id": "evt_other"}])
        assert WebhookEvent.objects.get(event_id="evt_other").state == "foreign"
        assert Dispute.objects.count() == 1
