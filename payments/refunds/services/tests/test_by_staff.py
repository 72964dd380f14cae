"""Staff ask for a refund: it waits, its shares frozen, for a second person, or goes at once below the threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from config.audit.models import AuditEntry
from config.inbox.processor import process_inbox
from config.kernel.errors import NotFound, Refused
from config.outbox.models import OutboxJob
from config.settings.policy import Policy
from orders.order.models import Order
from payments.escrow.services.cancel import CannotCancel
from payments.escrow.services.release import HoldFrozen
from payments.escrow.services.sweeps import time_out_due
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.refunds.services.by_staff import cancel_by_staff, request_refund
from payments.refunds.services.decide import approve_refund, withdraw_refund
from payments.refunds.services.plan import Wish
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SUPPORT, FINANCE = "user:support", "user:finance"


def policy(**changes: Any) -> Policy:
    return replace(settings.POLICY, **changes)


def alone(minor: int = 10**9) -> Policy:
    return policy(refund_approval_threshold_minor={"USD": minor})


def ask(
    world: World, order: Order, amount_minor: int | None = None, *, by: str = SUPPORT, rules: Policy | None = None,
    **wish: str,
) -> Refund:  # fmt: skip
    (refund,) = request_refund(
        order_id=order.public_id, wish=Wish(amount_minor, **wish), reason="it is torn", requester=by,
        policy=rules or policy(), at=world.at,
    )  # fmt: skip
    return refund


def refused(world: World, order: Order, amount_minor: int | None = None, **given: Any) -> str:
    """The code with which it is refused; nothing moved, was posted or emitted."""
    before = everything()
    with pytest.raises(Refused) as raised:
        ask(world, order, amount_minor, **given)
    assert everything() == before
    return raised.value.code


def given_outside(world: World, order: Order, amount_minor: int) -> None:
    """Somebody gives it in the gateway's dashboard, and we hear of that before ours is sent."""
    world.refund_outside(order, amount_minor)
    world.deliver(world.new_events())
    process_inbox(now=world.now)


def shares(refund: Refund) -> list[tuple[str, int]]:
    return list(refund.shares.order_by("pk").values_list("pot", "amount_minor"))


class TestRequest:
    def test_freezes_what_it_will_need_and_books_nothing(self, world: World) -> None:
        order = world.paid_order(10_000)
        entries = LedgerEntry.objects.count()
        refund = ask(world, order, 4_000)
        assert (refund.status, refund.amount_minor, refund.cause) == ("requested", 4_000, "requested")
        assert (refund.requested_by, refund.approved_by, refund.reason) == (SUPPORT, "", "it is torn")
        assert refund.review_code == "no_threshold"
        assert shares(refund) == [("escrow", 4_000)]
        (hold,) = world.holds(order)
        freeze = hold.freezes.get()
        assert (hold.status, hold.remaining_minor) == ("frozen", 10_000)
        assert (freeze.reason, freeze.ref, freeze.lifted_at) == ("refund_requested", refund.public_id, None)
        assert LedgerEntry.objects.count() == entries
        assert not OutboxJob.objects.filter(topic="refund.approved").exists()
        assert AuditEntry.objects.filter(subject_id=refund.public_id, act="requested", reason="it is torn").exists()

    def test_what_is_frozen_is_neither_released_nor_timed_out(self, world: World) -> None:
        order, other = world.paid_order(10_000), world.paid_order(5_000)
        world.hand_over(other)
        ask(world, order, 1)
        ask(world, other, 1)
        assert time_out_due(at=world.later(minutes=61)).done == 0
        with pytest.raises(HoldFrozen):
            world.complete(other)

    def test_several_at_once_share_what_is_left(self, world: World) -> None:
        order = world.paid_order(10_000)
        ask(world, order, 6_000)
        assert refused(world, order, 4_001) == "exceeds_refundable"
        ask(world, order, 4_000)
        assert refused(world, order) == "exceeds_refundable"
        assert world.holds(order)[0].freezes.count() == 2

    def test_all_that_is_left_where_no_amount_is_given(self, world: World) -> None:
        order = world.paid_order(6_667, 3_333)
        ask(world, order, 5_000)
        rest = ask(world, order)
        assert rest.amount_minor == 5_000
        assert sum(minor for _, minor in shares(rest)) == 5_000

    def test_falls_on_the_lines_by_largest_remainder(self, world: World) -> None:
        order = world.paid_order(3_333, 3_333, 3_334)
        assert shares(ask(world, order, 5_000)) == [("escrow", 1_667), ("escrow", 1_666), ("escrow", 1_667)]

    def test_of_one_part_alone(self, world: World) -> None:
        order = world.paid_order(6_667, 3_333)
        part = world.fulfilments(order)[1]
        refund = ask(world, order, fulfilment=part.public_id)
        assert (refund.amount_minor, refund.shares.get().hold.fulfilment_id) == (3_333, part.pk)
        assert [hold.status for hold in world.holds(order)] == ["held", "frozen"]
        assert refused(world, order, 1, fulfilment=part.public_id) == "exceeds_refundable"

    @pytest.mark.parametrize("amount", [0, -1, 10_001])
    def test_never_more_than_is_left_nor_nothing(self, world: World, amount: int) -> None:
        assert refused(world, world.paid_order(10_000), amount) == "exceeds_refundable"

    def test_not_of_an_order_that_has_no_money(self, world: World) -> None:
        assert refused(world, world.order(10_000)) == "order_not_paid"

    def test_not_of_another_orders_part(self, world: World) -> None:
        order, other = world.paid_order(10_000), world.paid_order(10_000)
        with pytest.raises(NotFound):
            ask(world, order, fulfilment=world.fulfilments(other)[0].public_id)

    def test_what_was_refunded_at_the_gateway_is_not_left(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.refund_outside(order, 4_000)
        world.hear()
        assert refused(world, order, 6_001) == "exceeds_refundable"
        assert ask(world, order).amount_minor == 6_000

    def test_after_release_it_waits_without_a_hold_to_freeze(self, world: World) -> None:
        order = world.released_order(10_000)
        refund = ask(world, order, 4_000)
        assert (refund.status, shares(refund)) == ("requested", [("released", 4_000)])
        assert world.holds(order)[0].status == "released"


def with_two_payments(world: World) -> Order:
    """An order whose two parts were paid by a payment each, made of two orders: no gateway of today splits one."""
    order, other = world.paid_order(6_667), world.paid_order(3_333)
    other.fulfilments.update(order=order)
    other.lines.update(order=order, position=2)
    other.payments.update(order=order, ref=order.public_id)
    Order.objects.filter(pk=other.pk).update(applied_minor=0)
    Order.objects.filter(pk=order.pk).update(total_minor=10_000, applied_minor=10_000)
    order.refresh_from_db()
    return order


class TestSeveralPayments:
    def test_each_gives_its_part_of_one_request(self, world: World) -> None:
        order = with_two_payments(world)
        refunds = request_refund(
            order_id=order.public_id, wish=Wish(5_000), reason="both are late", requester=SUPPORT, policy=policy(),
            at=world.at,
        )  # fmt: skip
        assert [refund.amount_minor for refund in refunds] == [3_334, 1_666]
        assert len({refund.payment_id for refund in refunds}) == 2
        assert {refund.request_id for refund in refunds} == {refunds[0].public_id}
        for refund in refunds:
            assert approve_refund(refund_pk=refund.pk, actor=FINANCE, reason="yes", at=world.at)
        world.hear()
        world.hear()
        order.refresh_from_db()
        assert (order.refunded_minor, order.payment_status) == (5_000, "partially_refunded")
        assert [hold.remaining_minor for hold in world.holds(order)] == [3_333, 1_667]

    def test_below_the_threshold_all_go_in_one_commit(self, world: World) -> None:
        order = with_two_payments(world)
        refunds = request_refund(
            order_id=order.public_id, wish=Wish(), reason="both are late", requester=SUPPORT, policy=alone(),
            at=world.at,
        )  # fmt: skip
        assert [refund.amount_minor for refund in refunds] == [6_667, 3_333]
        assert {refund.status for refund in refunds} == {"approved"}
        world.hear()
        world.hear()
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("cancelled", "refunded")

    def test_their_sum_counts_for_the_threshold(self, world: World) -> None:
        refunds = request_refund(
            order_id=with_two_payments(world).public_id, wish=Wish(), reason="late", requester=SUPPORT,
            policy=alone(9_999), at=world.at,
        )  # fmt: skip
        assert {refund.review_code for refund in refunds} == {"above_threshold_of_order"}


class TestThreshold:
    def test_below_it_nobody_else_is_needed(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = ask(world, order, 4_000, rules=alone(4_000))
        assert (refund.status, refund.approved_by, refund.review_code) == ("approved", "system:refunds", "")
        assert -balance_minor("refunds", currency="USD") == 4_000
        assert world.holds(order)[0].status == "held"
        world.hear()
        world.hear()
        order.refresh_from_db()
        assert (order.status, order.payment_status, order.refunded_minor) == ("paid", "partially_refunded", 4_000)
        assert world.moved(order, "refunded") == (1, 4_000)

    def test_small_ones_of_one_order_add_up_for_thirty_days(self, world: World) -> None:
        order = world.paid_order(10_000)
        assert ask(world, order, 2_000, by="user:a", rules=alone(4_000)).status == "approved"
        world.later(days=29)
        assert ask(world, order, 2_001, by="user:b", rules=alone(4_000)).review_code == "above_threshold_of_order"
        withdraw_refund(refund_pk=Refund.objects.latest("pk").pk, actor="user:b", reason="", at=world.at)
        world.later(days=2)
        assert ask(world, order, 4_000, by="user:b", rules=alone(4_000)).status == "approved"

    def test_small_ones_of_one_person_add_up_for_a_day(self, world: World) -> None:
        orders = [world.paid_order(10_000) for _ in range(3)]
        assert ask(world, orders[0], 3_000, rules=alone(4_000)).status == "approved"
        assert ask(world, orders[1], 1_001, rules=alone(4_000)).review_code == "above_threshold_of_requester"
        assert ask(world, orders[1], 1_000, by="user:other", rules=alone(4_000)).status == "approved"
        world.later(hours=25)
        assert ask(world, orders[2], 4_000, rules=alone(4_000)).status == "approved"

    def test_what_somebody_gave_at_the_gateway_in_its_place_counts_on(self, world: World) -> None:
        """Else a refund in the dashboard, which ends ours unsent, would let the same person choose as much again."""
        order = world.paid_order(10_000)
        assert ask(world, order, 4_000, rules=alone(4_000)).status == "approved"
        given_outside(world, order, 4_000)
        ours = Refund.objects.get(cause="requested")
        assert (ours.status, ours.amount_minor, ours.taken_over_minor) == ("cancelled", 4_000, 0)
        assert ask(world, order, 1, rules=alone(4_000)).review_code == "above_threshold_of_order"
        other = world.paid_order(10_000)
        assert ask(world, other, 1, rules=alone(4_000)).review_code == "above_threshold_of_requester"

    def test_what_was_asked_for_counts_where_a_part_of_it_was_given_at_the_gateway(self, world: World) -> None:
        order = world.paid_order(10_000)
        assert ask(world, order, 4_000, rules=alone(4_000)).status == "approved"
        given_outside(world, order, 3_000)
        ours = Refund.objects.get(cause="requested")
        assert (ours.status, ours.amount_minor, ours.taken_over_minor) == ("approved", 1_000, 3_000)
        assert ask(world, order, 3_000, rules=alone(4_000)).review_code == "above_threshold_of_order"
        world.hear()
        world.hear()
        assert world.moved(order, "refunded") == (2, 4_000), "the rest of it and the dashboard's"

    def test_what_was_never_approved_does_not_count(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = ask(world, order, 4_001, rules=alone(4_000))
        withdraw_refund(refund_pk=refund.pk, actor=SUPPORT, reason="too much", at=world.at)
        assert ask(world, order, 4_000, rules=alone(4_000)).status == "approved"

    def test_the_machines_own_do_not_count(self, world: World) -> None:
        order = world.paid_order(6_667, 3_333)
        part = world.fulfilments(order)[0]
        world.hand_over_part(part)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        assert ask(world, order, 100, rules=alone(100)).status == "approved"


class TestWhoBears:
    def test_the_platform_where_its_category_says_so(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.hand_over(order)
        refund = ask(world, order, 4_000, rules=replace(alone(), refund_platform_bears=frozenset({"*"})))
        assert (refund.status, shares(refund)) == ("approved", [("goodwill", 4_000)])
        assert balance_minor("goodwill", currency="USD") == 4_000
        assert (world.holds(order)[0].status, world.holds(order)[0].remaining_minor) == ("held", 10_000)
        assert [line.refunded_minor for line in order.lines.all()] == [0]
        world.hear()
        world.hear()
        order.refresh_from_db()
        assert (order.payment_status, order.refunded_minor) == ("partially_refunded", 4_000)
        # The buyer has that back, so that the seller's part can give only the rest.
        assert refused(world, order, 6_001) == "exceeds_refundable"
        world.complete(order)
        assert -balance_minor("payable", currency="USD") == 8_850

    def test_the_platform_on_request_is_never_decided_alone(self, world: World) -> None:
        order = world.released_order(10_000)
        refund = ask(world, order, 1_000, bearer="platform", rules=alone())
        assert (refund.status, refund.review_code) == ("requested", "platform_bears_it")
        assert approve_refund(refund_pk=refund.pk, actor=FINANCE, reason="a good customer", at=world.at)
        assert balance_minor("goodwill", currency="USD") == 1_000
        assert -balance_minor("payable", currency="USD") == 8_850, "the seller keeps theirs"

    def test_the_platform_bears_nothing_before_delivery(self, world: World) -> None:
        assert refused(world, world.paid_order(10_000), 1_000, bearer="platform") == "not_delivered_yet"

    def test_after_the_window_only_the_platform(self, world: World) -> None:
        order = world.released_order(10_000)
        world.later(days=31)
        assert refused(world, order, 1_000) == "refund_window_over"
        assert ask(world, order, 1_000, bearer="platform").status == "requested"

    def test_the_window_is_its_categorys(self, world: World) -> None:
        order = world.released_order(10_000)
        world.later(days=3)
        rules = policy(refund_window_days_by_category={"": 2})
        assert refused(world, order, 1_000, rules=rules) == "refund_window_over"


class TestCancelByStaff:
    def cancel(self, world: World, order: Order, rules: Policy) -> Refund | None:
        part = world.fulfilments(order)[0]
        return cancel_by_staff(
            fulfilment_pk=part.pk, requester=SUPPORT, reason="the buyer asked", policy=rules, at=world.at
        )

    def test_below_the_threshold_is_done_at_once(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = self.cancel(world, order, alone(10_000))
        assert refund is not None
        assert (refund.status, refund.cause, refund.amount_minor) == ("approved", "cancelled_by_staff", 10_000)
        assert (world.fulfilments(order)[0].status, world.holds(order)[0].status) == ("cancelled", "returned")
        assert order.lines.get().product.stock == 10
        world.hear()
        world.hear()
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("cancelled", "refunded")
        assert self.cancel(world, order, alone()) is None

    def test_above_it_waits_for_a_second_person_and_keeps_the_money_still(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = self.cancel(world, order, alone(9_999))
        assert refund is not None
        assert refund.status == "requested"
        assert (world.fulfilments(order)[0].status, world.holds(order)[0].status) == ("awaiting", "frozen")
        with pytest.raises(CannotCancel):
            self.cancel(world, order, alone())
        assert approve_refund(refund_pk=refund.pk, actor=FINANCE, reason="yes", at=world.at)
        assert (world.fulfilments(order)[0].status, world.holds(order)[0].status) == ("cancelled", "returned")

    def test_counts_as_their_request(self, world: World) -> None:
        self.cancel(world, world.paid_order(3_000), alone(4_000))
        refund = ask(world, world.paid_order(10_000), 1_001, rules=alone(4_000))
        assert refund.review_code == "above_threshold_of_requester"

    def test_is_not_approved_once_it_was_delivered(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = self.cancel(world, order, alone(0))
        assert refund is not None
        world.hand_over(order)
        before = everything()
        with pytest.raises(CannotCancel):
            approve_refund(refund_pk=refund.pk, actor=FINANCE, reason="yes", at=world.at)
        assert everything() == before

    def test_not_what_was_delivered_or_never_paid(self, world: World) -> None:
        delivered = world.paid_order(10_000)
        world.hand_over(delivered)
        for order in (delivered, world.order(10_000)):
            before = everything()
            with pytest.raises(CannotCancel):
                self.cancel(world, order, alone())
            assert everything() == before

    def test_where_the_money_went_back_already_only_the_pieces_come_back(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.refund_outside(order, 10_000)
        world.hear()
        assert self.cancel(world, order, alone()) is None
        assert world.fulfilments(order)[0].status == "cancelled"
        assert Refund.objects.count() == 1
