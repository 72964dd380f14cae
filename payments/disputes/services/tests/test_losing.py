"""What a lost dispute takes, and from whom, and how it comes back when the loss does.

A seller's part of 10,000 is 8,850: 1,000 platform fee, 150 gateway fee.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings

from payments.disputes.services.tests.deciding import balance, balances, decided, payee, refunded, seen
from payments.ledger.models import PayeeBalance
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestLost:
    def test_while_held_takes_the_hold(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "lose")
        [hold] = world.holds(order)
        assert (dispute.status, dispute.lost_minor, dispute.losses) == ("lost", 10_000, 1)
        assert (hold.status, hold.remaining_minor, hold.lost_minor) == ("returned", 0, 10_000)
        assert seen(order) == ("refunded", "charged_back")
        assert balances("withdrawn", "escrow", "chargeback_losses", "dispute_fees") == {
            "withdrawn": 0, "escrow": 0, "chargeback_losses": 0, "dispute_fees": 1_500
        }  # fmt: skip

    def test_in_part_takes_a_part_and_frees_the_rest(self, world: World) -> None:
        order, gateway_id = world.disputed_order(6_667, 3_333, amount=5_000)
        decided(world, gateway_id, "lose")
        assert [(hold.status, hold.remaining_minor) for hold in world.holds(order)] == [
            ("held", 3_333),
            ("held", 1_667),
        ]
        assert seen(order) == ("paid", "paid")
        world.hand_over(order)
        world.complete(order)
        assert balance("platform_fees") == -(666 + 333 - 333 - 166)  # floored as they were given back

    def test_after_the_release_falls_on_the_payee_and_gives_the_fees_back(self, world: World) -> None:
        order = world.released_order(10_000)
        assert payee() == (8_850, 0)
        decided(world, world.dispute(order), "lose")
        assert payee() == (0, 0)
        assert balances("platform_fees", "fees_recovered", "receivable", "chargeback_losses") == dict.fromkeys(
            ("platform_fees", "fees_recovered", "receivable", "chargeback_losses"), 0
        )
        assert seen(order) == ("refunded", "charged_back")

    def test_what_the_payee_does_not_have_they_owe(self, world: World) -> None:
        order = world.released_order(10_000)
        paid_out = PayeeBalance.objects.get().owner
        assert paid_out
        first, second = world.dispute(order, amount=6_000), world.dispute(order, amount=4_000)
        decided(world, first, "lose")
        decided(world, second, "lose")
        assert payee() == (0, 0)
        assert balance("withdrawn") == 0

    def test_more_than_a_refund_left_is_booked_as_our_loss(self, world: World) -> None:
        order = world.released_order(10_000)
        world.refund_outside(order, 4_000)
        world.hear()
        dispute = decided(world, world.dispute(order), "lose")
        assert {share.pot: share.amount_minor for share in dispute.shares.all()} == {"hold": 6_000, "loss": 4_000}
        assert balances("chargeback_losses", "platform_fees") == {"chargeback_losses": 4_000, "platform_fees": 0}
        assert payee() == (0, 0)
        assert seen(order) == ("refunded", "charged_back")

    def test_what_the_platform_gave_as_goodwill_is_not_left_of_the_sellers_part(self, world: World) -> None:
        order = world.released_order(10_000)
        refunded(world, order, 4_000, "platform")
        dispute = decided(world, world.dispute(order), "lose")
        assert dict(dispute.shares.values_list("pot", "amount_minor")) == {"hold": 6_000, "loss": 4_000}
        assert balances("goodwill", "chargeback_losses") == {"goodwill": 4_000, "chargeback_losses": 4_000}

    def test_after_everything_was_refunded_all_of_it_is_our_loss(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.refund_outside(order, 10_000)
        world.hear()
        decided(world, world.dispute(order), "lose")
        assert balance("chargeback_losses") == 10_000
        assert seen(order) == ("refunded", "refunded")

    def test_twice_over_is_our_loss_the_second_time(self, world: World) -> None:
        order = world.paid_order(10_000)
        first, second = world.dispute(order), world.dispute(order)
        decided(world, first, "lose")
        decided(world, second, "lose")
        assert balances("chargeback_losses", "escrow") == {"chargeback_losses": 10_000, "escrow": 0}

    def test_without_any_movement_nothing_is_lost(self, world: World) -> None:
        """An inquiry that is closed."""
        order, gateway_id = world.disputed_order(10_000, inquiry=True)
        dispute = decided(world, gateway_id, "lose")
        assert (dispute.status, dispute.lost_minor) == ("inquiry_closed", 0)
        assert world.holds(order)[0].status == "held"


class TestMadeGood:
    def test_won_after_it_was_lost_while_held(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        decided(world, gateway_id, "lose")
        dispute = decided(world, gateway_id, "appeal")
        [hold] = world.holds(order)
        assert (dispute.status, dispute.phase, dispute.lost_minor) == ("under_review", "appeal", 0)
        assert (hold.status, hold.remaining_minor) == ("frozen", 10_000)
        assert order.payments.get().open_disputes == 1
        assert seen(order) == ("paid", "disputed")
        decided(world, gateway_id, "win")
        assert seen(order) == ("paid", "paid")
        hold.refresh_from_db()
        assert (hold.status, hold.remaining_minor, hold.lost_minor) == ("held", 10_000, 0)
        assert balances("withdrawn", "escrow") == {"withdrawn": 0, "escrow": -10_000}

    def test_won_after_it_was_lost_after_the_release(self, world: World) -> None:
        order = world.released_order(10_000)
        gateway_id = world.dispute(order)
        decided(world, gateway_id, "lose")
        assert seen(order) == ("refunded", "charged_back")
        decided(world, gateway_id, "appeal", "win")
        assert seen(order) == ("completed", "paid")
        assert payee() == (8_850, 0)
        assert balances("platform_fees", "fees_recovered") == {"platform_fees": -1_000, "fees_recovered": -150}

    def test_lost_again(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "lose", "appeal", "lose")
        assert (dispute.lost_minor, dispute.losses) == (10_000, 3)
        assert seen(order)[1] == "charged_back"

    def test_it_repairs_our_loss_first(self, world: World) -> None:
        order = world.released_order(10_000)
        world.refund_outside(order, 4_000)
        world.hear()
        gateway_id = world.dispute(order)
        decided(world, gateway_id, "lose", "appeal", "win")
        assert balances("chargeback_losses", "withdrawn") == {"chargeback_losses": 0, "withdrawn": 0}
        assert payee() == (8_850 - 3_540, 0)

    def test_partly_reinstated_what_nothing_covered_comes_first(self, world: World) -> None:
        order = world.paid_order(10_000)
        gateway_id = world.dispute(order, amount=15_000)
        decided(world, gateway_id, "lose")
        dispute = decided(world, gateway_id, "reinstate", amount=4_000)
        assert dict(dispute.shares.values_list("pot", "amount_minor")) == {"hold": 10_000, "loss": 1_000}
        assert (balance("chargeback_losses"), balance("escrow")) == (1_000, 0)

    def test_partly_reinstated_after_it_was_lost(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "lose")
        world.decide(gateway_id, "reinstate", amount=2_500)
        world.hear()
        dispute.refresh_from_db()
        [hold] = world.holds(order)
        assert (dispute.status, dispute.withdrawn_minor, dispute.lost_minor) == ("lost", 7_500, 7_500)
        assert (hold.status, hold.remaining_minor) == ("held", 2_500)


class TestThePlatformBears:
    def by_policy(self, settings: Any, **policy: Any) -> None:
        settings.POLICY = replace(django_settings.POLICY, **policy)

    def test_what_was_delivered(self, world: World, settings: Any) -> None:
        self.by_policy(settings, dispute_bearer="platform")
        order = world.released_order(10_000)
        dispute = decided(world, world.dispute(order), "lose")
        assert [share.pot for share in dispute.shares.all()] == ["borne"]
        assert balance("chargeback_losses") == 10_000
        assert payee() == (8_850, 0)
        assert seen(order) == ("refunded", "charged_back")

    def test_and_not_what_waits_for_its_delivery(self, world: World, settings: Any) -> None:
        self.by_policy(settings, dispute_bearer="platform")
        order = world.paid_order(6_667, 3_333)
        world.hand_over_part(world.fulfilments(order)[0])
        dispute = decided(world, world.dispute(order), "lose")
        assert {share.pot: share.amount_minor for share in dispute.shares.all()} == {"borne": 6_667, "hold": 3_333}
        assert [hold.status for hold in world.holds(order)] == ["held", "returned"]

    def test_by_reason(self, world: World, settings: Any) -> None:
        self.by_policy(settings, dispute_platform_bears_reasons=frozenset({"fraudulent"}))
        order = world.released_order(10_000)
        first = world.dispute(order, amount=1_000, reason="fraudulent")
        second = world.dispute(order, amount=1_000, reason="product_not_received")
        decided(world, first, "lose")
        decided(world, second, "lose")
        assert balance("chargeback_losses") == 1_000
        assert payee() == (8_850 - 885, 0)

    def test_and_gets_it_back_when_the_appeal_is_won(self, world: World, settings: Any) -> None:
        self.by_policy(settings, dispute_bearer="platform")
        order = world.released_order(10_000)
        decided(world, world.dispute(order), "lose", "appeal", "win")
        assert balance("chargeback_losses") == 0
        assert payee() == (8_850, 0)
