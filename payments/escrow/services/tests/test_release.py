"""A hold is released once, to its seller, less the frozen fees: what was refunded before counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.outbox.models import OutboxJob
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.tests.factories import policy
from payments.escrow.models import EscrowHold
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.freeze import freeze_hold
from payments.escrow.services.release import (
    HoldFrozen,
    HoldNotHeld,
    NotDelivered,
    RefundOpen,
    complete_fulfilment,
    release_draft,
)
from payments.escrow.services.sweeps import RELEASE_TIMER, release_due
from payments.ledger.models import LedgerEntry, PayeeBalance
from payments.ledger.queries import balance_minor
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def part_of(world: World, order: Order) -> Fulfilment:
    return world.fulfilments(order)[0]


def usd(account: str) -> int:
    return -balance_minor(account, currency="USD")


class TestComplete:
    def test_makes_the_rest_the_sellers_in_one_commit(self, world: World) -> None:
        """10,000: 1,000 platform fee, 150 gateway fee, 8,850 to the seller."""
        order = world.paid_order(10_000)
        world.hand_over(order)
        assert complete_fulfilment(fulfilment_pk=part_of(world, order).pk, actor="user:buyer", at=world.at)
        order.refresh_from_db()
        (hold,) = world.holds(order)
        assert (order.status, part_of(world, order).status) == ("completed", "completed")
        assert (hold.status, hold.remaining_minor, hold.released_at) == ("released", 0, world.at)
        assert (usd("escrow"), usd("platform_fees"), usd("fees_recovered"), usd("payable")) == (0, 1_000, 150, 8_850)
        assert PayeeBalance.objects.get(owner=hold.owner).payable_minor == 8_850

    def test_twice_is_once(self, world: World) -> None:
        order = world.released_order(10_000)
        before = everything()
        assert not complete_fulfilment(fulfilment_pk=part_of(world, order).pk, actor="user:buyer", at=world.at)
        assert everything() == before

    def test_each_part_of_an_order_is_released_by_itself(self, world: World) -> None:
        order = world.paid_order(10_000, 5_000)
        first, second = world.fulfilments(order)
        world.hand_over_part(first)
        world.complete_part(first)
        order.refresh_from_db()
        assert [hold.status for hold in world.holds(order)] == ["released", "held"]
        assert order.status == "paid"
        world.hand_over_part(second)
        world.complete_part(second)
        order.refresh_from_db()
        assert (order.status, LedgerEntry.objects.filter(event="release").count()) == ("completed", 2)

    def test_refuses_while_a_refund_of_its_money_is_owed(self, world: World) -> None:
        """Somebody gave a part back at the gateway, and the bank sent it back: it is still the buyer's."""
        order = world.paid_order(10_000)
        world.hand_over(order)
        refund_id = world.refund_outside(order, 4_000)
        world.hear()
        world.sandbox.control.stripe(f"refunds/{refund_id}/fail", reason="declined")
        world.hear()
        (hold,) = world.holds(order)
        assert (hold.status, hold.remaining_minor) == ("held", 6_000)
        before = everything()
        with pytest.raises(RefundOpen):
            world.complete_part(part_of(world, order))
        assert everything() == before

    def test_refuses_what_was_not_delivered(self, world: World) -> None:
        order = world.paid_order(10_000)
        before = everything()
        with pytest.raises(NotDelivered):
            complete_fulfilment(fulfilment_pk=part_of(world, order).pk, actor="user:buyer", at=world.at)
        assert everything() == before

    def test_refuses_what_was_not_paid(self, world: World) -> None:
        order = world.order(10_000)
        with pytest.raises(NotDelivered):
            complete_fulfilment(fulfilment_pk=part_of(world, order).pk, actor="user:buyer", at=world.at)

    def test_refuses_frozen_money(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.hand_over(order)
        freeze_hold(hold_pk=world.holds(order)[0].pk, reason="operator", actor="user:ops", note="odd", at=world.at)
        before = everything()
        with pytest.raises(HoldFrozen):
            complete_fulfilment(fulfilment_pk=part_of(world, order).pk, actor="user:buyer", at=world.at)
        assert everything() == before

    def test_refuses_while_a_refund_at_the_gateway_is_pending(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.sandbox.control.stripe("rules", refund_status="pending", refund_count=1)
        gateway_id = world.refund_outside(order, 4_000)
        world.hear()
        world.hand_over(order)
        before = everything()
        with pytest.raises(HoldFrozen):
            complete_fulfilment(fulfilment_pk=part_of(world, order).pk, actor="user:buyer", at=world.at)
        assert everything() == before
        world.sandbox.control.stripe(f"refunds/{gateway_id}/succeed")
        world.hear()
        assert complete_fulfilment(fulfilment_pk=part_of(world, order).pk, actor="user:buyer", at=world.at)

    def test_refuses_what_went_back(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.hand_over(order)
        world.refund_outside(order, 10_000)
        world.hear()
        with pytest.raises(HoldNotHeld):
            complete_fulfilment(fulfilment_pk=part_of(world, order).pk, actor="user:buyer", at=world.at)


class TestAfterPartialRefunds:
    @pytest.mark.parametrize(
        ("refunds", "fees", "seller"),
        [
            # 10,000 at 10 % and 1.5 %. What is left of each fee is the fee less floor(fee · refunded / amount).
            ([4_000], (600, 90), 5_310),
            ([3_333], (1_000 - 333, 150 - 49), 10_000 - 3_333 - 667 - 101),
            ([1, 1, 1], (1_000, 150), 10_000 - 3 - 1_150),
            ([199, 1], (980, 147), 9_800 - 980 - 147),
            ([9_998], (1, 1), 0),
        ],
    )  # fmt: skip
    def test_releases_sum_exactly(self, world: World, refunds: list[int], fees: tuple[int, int], seller: int) -> None:
        order = world.paid_order(10_000)
        for amount in refunds:
            world.refund_outside(order, amount)
        world.hear()
        world.hand_over(order)
        world.complete(order)
        assert sum(refunds) + sum(fees) + seller == 10_000
        assert (usd("platform_fees"), usd("fees_recovered"), usd("payable"), usd("escrow")) == (*fees, seller, 0)

    def test_a_last_unit_that_is_less_than_its_fees_is_owed_by_the_seller(self, world: World) -> None:
        """1 of 10,000 is left; 1,000 - 999 and 150 - 149 of fees are 2: the seller adds 1."""
        order = world.paid_order(10_000)
        world.refund_outside(order, 9_999)
        world.hear()
        world.hand_over(order)
        world.complete(order)
        assert (usd("platform_fees"), usd("fees_recovered"), usd("receivable"), usd("escrow")) == (1, 1, -1, 0)
        row = PayeeBalance.objects.get()
        assert (row.payable_minor, row.receivable_minor) == (0, 1)

    def test_or_taken_from_what_they_have(self, world: World) -> None:
        first = world.released_order(10_000)
        product = first.lines.get().product
        order = world.paid_order(product=product)
        world.refund_outside(order, 9_999)
        world.hear()
        world.hand_over(order)
        world.complete(order)
        assert PayeeBalance.objects.get().payable_minor == 8_850 - 1

    def test_the_preview_is_what_is_posted(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.refund_outside(order, 3_333)
        world.hear()
        world.hand_over(order)
        shown = release_draft(EscrowHold.objects.get())
        world.complete(order)
        posted = LedgerEntry.objects.get(event="release").lines.order_by("pk").values_list("account", "amount_minor")
        assert list(posted) == [(str(line.account), line.amount.amount_minor) for line in shown.lines]


class TestReleaseTimer:
    def test_completes_what_was_delivered_long_enough_ago(self, world: World, settings: object) -> None:
        order = world.paid_order(10_000)
        world.hand_over(order)
        part = part_of(world, order)
        assert part.release_at == world.at + timedelta(minutes=policy().release_delay_minutes)
        world.later(minutes=policy().release_delay_minutes - 1)
        assert release_due(at=world.at).done == 0
        world.later(minutes=1)
        assert release_due(at=world.at).done == 1
        order.refresh_from_db()
        assert order.status == "completed"
        assert LedgerEntry.objects.get(event="release").actor == RELEASE_TIMER
        assert release_due(at=world.at).done == 0

    def test_leaves_frozen_cancelled_and_undelivered_ones_alone(self, world: World) -> None:
        frozen, cancelled, undelivered = (world.paid_order(10_000) for _ in range(3))
        world.hand_over(frozen)
        freeze_hold(hold_pk=world.holds(frozen)[0].pk, reason="operator", actor="user:ops", note="", at=world.at)
        cancel_fulfilment(fulfilment_pk=part_of(world, cancelled).pk, actor="user:ops", reason="", at=world.at)
        world.later(days=30)
        swept = release_due(at=world.at)
        assert (swept.done, swept.refused, swept.failed) == (0, 0, 0)
        assert world.holds(undelivered)[0].status == "held"

    def test_one_that_refuses_does_not_hold_up_the_others(self, world: World) -> None:
        busy, free = world.paid_order(10_000), world.paid_order(10_000)
        world.sandbox.control.stripe("rules", refund_status="pending", refund_count=1)
        world.refund_outside(busy, 1_000)
        world.hear()
        for order in (busy, free):
            world.hand_over(order)
        world.later(days=2)
        swept = release_due(at=world.at)
        assert (swept.done, swept.failed) == (1, 0)
        assert world.holds(free)[0].status == "released"

    def test_emits_once(self, world: World) -> None:
        world.released_order(10_000)
        assert not OutboxJob.objects.filter(topic="hold.released").exists(), "nobody listens yet"
