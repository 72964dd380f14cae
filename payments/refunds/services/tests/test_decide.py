"""A second person decides: approved it is posted and sent, rejected it is as if nobody had asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes, Refused
from config.outbox.models import OutboxJob
from orders.order.models import Order
from payments.escrow.services.freeze import freeze_hold
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.refunds.services.decide import NotYourRequest, approve_refund, reject_refund, withdraw_refund
from payments.refunds.services.request import ExceedsRefundable
from payments.refunds.services.tests.test_by_staff import FINANCE, SUPPORT, alone, ask, policy
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
Act = Callable[..., bool]


def approve(world: World, refund: Refund, *, by: str = FINANCE) -> bool:
    return approve_refund(refund_pk=refund.pk, actor=by, reason="seen the photo", at=world.at)


def told(world: World, order: Order) -> Order:
    """What the gateway makes of it, and says of it."""
    world.hear()
    world.hear()
    order.refresh_from_db()
    return order


class TestApproveRefund:
    def test_posts_it_frees_the_rest_and_sends_it(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = ask(world, order, 4_000)
        assert approve(world, refund)
        refund.refresh_from_db()
        assert (refund.status, refund.approved_by, refund.approved_at) == ("approved", FINANCE, world.at)
        entry = LedgerEntry.objects.get(key=f"refund:{refund.public_id}:allocated")
        assert sorted(entry.lines.values_list("account", "amount_minor")) == [("escrow", 4_000), ("refunds", -4_000)]
        (hold,) = world.holds(order)
        assert (hold.status, hold.remaining_minor) == ("held", 6_000)
        assert OutboxJob.objects.get(topic="refund.approved").payload == {"refund": refund.public_id}
        assert AuditEntry.objects.filter(to_state="approved", actor=FINANCE, reason="seen the photo").exists()
        told(world, order)
        assert (order.payment_status, world.moved(order, "refunded")) == ("partially_refunded", (1, 4_000))

    def test_refuses_the_person_who_requested_it(self, world: World) -> None:
        refund = ask(world, world.paid_order(10_000), 4_000)
        before = everything()
        with pytest.raises(FourEyes):
            approve(world, refund, by=SUPPORT)
        assert everything() == before

    @pytest.mark.broken_books
    def test_the_database_refuses_them_too(self, world: World) -> None:
        refund = ask(world, world.paid_order(10_000), 4_000)
        with pytest.raises(IntegrityError, match="nobody_approves_their_own_refund"), transaction.atomic():
            Refund.objects.filter(pk=refund.pk).update(status="approved", approved_by=SUPPORT)

    def test_twice_says_so_and_does_nothing(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = ask(world, order, 4_000)
        approve(world, refund)
        told(world, order)
        before = everything()
        assert approve(world, refund, by="user:third") is False
        assert everything() == before

    def test_gives_fees_back_to_the_minor_unit_over_several_of_an_order(self, world: World) -> None:
        order = world.released_order(3_333, 3_333, 3_334)
        for amount in (5_000, 1, 2_500, 2_499):
            approve(world, ask(world, order, amount))
            world.work()
        for account in ("platform_fees", "fees_recovered", "payable", "escrow", "refunds"):
            assert balance_minor(account, currency="USD") == 0, account
        told(world, order)
        assert (order.status, order.payment_status) == ("refunded", "refunded")

    def test_after_release_by_the_waterfall(self, world: World) -> None:
        order = world.released_order(10_000)
        refund = ask(world, order, 5_000)
        approve(world, refund)
        entry = LedgerEntry.objects.get(key=f"refund:{refund.public_id}:allocated")
        assert sorted(entry.lines.values_list("account", "amount_minor")) == [
            ("fees_recovered", 75), ("payable", 4_425), ("platform_fees", 500), ("refunds", -5_000),
        ]  # fmt: skip

    def test_a_part_that_was_not_delivered_is_cancelled_when_nothing_is_left_of_it(self, world: World) -> None:
        order = world.paid_order(6_667, 3_333)
        part = world.fulfilments(order)[0]
        approve(world, ask(world, order, fulfilment=part.public_id))
        assert [part.status for part in world.fulfilments(order)] == ["cancelled", "awaiting"]
        assert [hold.status for hold in world.holds(order)] == ["returned", "held"]
        assert part.lines.get().product.stock == 10

    def test_a_part_of_which_something_is_left_still_waits_for_its_delivery(self, world: World) -> None:
        order = world.paid_order(10_000)
        approve(world, ask(world, order, 9_999))
        assert (world.fulfilments(order)[0].status, world.holds(order)[0].status) == ("awaiting", "held")

    def test_leaves_a_hold_frozen_that_somebody_else_froze(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = ask(world, order, 4_000)
        freeze_hold(hold_pk=world.holds(order)[0].pk, reason="operator", actor="user:x", note="odd", at=world.at)
        approve(world, refund)
        assert (world.holds(order)[0].status, world.holds(order)[0].remaining_minor) == ("frozen", 6_000)

    def test_the_others_request_stays_frozen(self, world: World) -> None:
        order = world.paid_order(10_000)
        first, second = ask(world, order, 4_000), ask(world, order, 6_000)
        approve(world, first)
        assert (world.holds(order)[0].status, world.holds(order)[0].remaining_minor) == ("frozen", 6_000)
        approve(world, second)
        assert (world.holds(order)[0].status, world.fulfilments(order)[0].status) == ("returned", "cancelled")
        told(world, order)
        assert (order.status, order.payment_status) == ("cancelled", "refunded")

    def test_is_refused_when_the_money_went_back_meanwhile(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = ask(world, order, 8_000)
        world.refund_outside(order, 4_000)
        world.hear()
        before = everything()
        with pytest.raises(ExceedsRefundable):
            approve(world, refund)
        assert everything() == before
        assert reject_refund(refund_pk=refund.pk, actor=FINANCE, reason="given already", at=world.at)
        assert approve(world, ask(world, order, 6_000))

    def test_of_two_that_no_longer_fit_the_first_is_given(self, world: World) -> None:
        order = world.paid_order(10_000)
        first, second = ask(world, order, 5_000), ask(world, order, 5_000)
        world.refund_outside(order, 3_000)
        world.hear()
        assert approve(world, second)
        with pytest.raises(ExceedsRefundable):
            approve(world, first)


class TestRejectAndWithdraw:
    @pytest.mark.parametrize(
        ("act", "by", "status"), [(reject_refund, FINANCE, "rejected"), (withdraw_refund, SUPPORT, "cancelled")]
    )
    def test_frees_what_it_kept_still_and_books_nothing(self, world: World, act: Act, by: str, status: str) -> None:
        order = world.paid_order(10_000)
        entries = LedgerEntry.objects.count()
        refund = ask(world, order, 4_000)
        assert act(refund_pk=refund.pk, actor=by, reason="no photo", at=world.at)
        refund.refresh_from_db()
        assert (refund.status, world.holds(order)[0].status) == (status, "held")
        assert LedgerEntry.objects.count() == entries
        assert AuditEntry.objects.filter(to_state=status, actor=by, reason="no photo").exists()
        assert act(refund_pk=refund.pk, actor=by, reason="", at=world.at) is False
        assert ask(world, order).amount_minor == 10_000, "it may be asked for again"

    @pytest.mark.parametrize("act", [reject_refund, withdraw_refund, approve_refund])
    def test_only_while_it_waits(self, world: World, act: Act) -> None:
        order = world.paid_order(10_000)
        given = ask(world, order, 1_000, rules=alone())
        gone = ask(world, order, 1_000, rules=policy(refund_approval_threshold_minor={}))
        reject_refund(refund_pk=gone.pk, actor=FINANCE, reason="", at=world.at)
        for refund in [given, gone] if act is withdraw_refund else [given] if act is reject_refund else [gone]:
            before = everything()
            with pytest.raises(Refused) as raised:
                act(refund_pk=refund.pk, actor=SUPPORT, reason="", at=world.at)
            assert raised.value.code == "refund_decided"
            assert everything() == before

    def test_nobody_else_takes_it_back(self, world: World) -> None:
        refund = ask(world, world.paid_order(10_000), 1_000)
        before = everything()
        with pytest.raises(NotYourRequest):
            withdraw_refund(refund_pk=refund.pk, actor=FINANCE, reason="", at=world.at)
        assert everything() == before

    def test_what_is_frozen_for_another_reason_stays_so(self, world: World) -> None:
        order = world.paid_order(10_000)
        first, second = ask(world, order, 1_000), ask(world, order, 1_000)
        reject_refund(refund_pk=first.pk, actor=FINANCE, reason="", at=world.at)
        assert world.holds(order)[0].status == "frozen"
        reject_refund(refund_pk=second.pk, actor=FINANCE, reason="", at=world.at)
        assert world.holds(order)[0].status == "held"
