"""Whose a gateway's refund is, whatever of it is known, and what of a payment is still free."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from config.kernel.money import Money
from orders.order.models import Order
from payments.gateways.refund_views import RefundState, RefundView
from payments.refunds import queries
from payments.refunds.models import FormerRefund, Refund
from payments.refunds.services.tests.test_by_staff import FINANCE, SUPPORT, alone, ask
from payments.refunds.services.tests.test_decide import approve
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(world: World) -> Order:
    return world.paid_order(10_000)


@pytest.fixture
def refund(world: World, order: Order) -> Refund:
    """Given by the gateway."""
    refund = ask(world, order, 4_000)
    approve(world, refund)
    world.work()
    refund.refresh_from_db()
    return refund


def seen(world: World, refund: Refund, **changes: str) -> RefundView:
    """What the gateway says of it."""
    view = RefundView(
        refund_id=refund.gateway_refund_id or "re_x", our_id=queries.mark_of(refund), charge_id="",
        gateway_payment_id=refund.payment.gateway_payment_id or "", state=RefundState.SUCCEEDED,
        amount=Money(4_000, "USD"), at=world.at,
    )  # fmt: skip
    return replace(view, **changes)  # type: ignore[arg-type]


class TestMarks:
    def test_each_making_has_its_own_and_all_are_read(self, refund: Refund) -> None:
        assert queries.mark_of(refund) == refund.public_id
        refund.sendings = 12
        assert queries.mark_of(refund) == f"{refund.public_id}_12"
        for mark in (refund.public_id, f"{refund.public_id}_2", f"{refund.public_id}_x"):
            assert queries.is_known(mark)
        assert not queries.is_known("rf_nobody")

    def test_the_mark_is_an_id_like_any_other(self, refund: Refund) -> None:
        refund.sendings = 9_999
        assert len(queries.mark_of(refund)) <= 36


class TestFindRefund:
    def test_by_the_gateways_id_a_former_one_and_our_mark(self, world: World, refund: Refund) -> None:
        FormerRefund.objects.create(
            refund=refund, gateway_account=refund.gateway_account, gateway_refund_id="re_old", replaced_at=world.at
        )
        for view in (
            seen(world, refund, our_id=""),
            seen(world, refund, refund_id="re_old", our_id=""),
            seen(world, refund),
        ):
            assert queries.find_refund(account="stripe", view=view) == refund
            assert queries.find_refund(account="other", view=view) is None
        assert queries.find_refund(account="stripe", view=seen(world, refund, refund_id="re_other", our_id="")) is None

    def test_one_that_was_made_anew_is_past(self, world: World, refund: Refund) -> None:
        Refund.objects.filter(pk=refund.pk).update(sendings=2, gateway_refund_id=None)
        refund.refresh_from_db()
        assert queries.is_past(refund, seen(world, refund, refund_id="re_old", our_id=refund.public_id))
        assert not queries.is_past(refund, seen(world, refund, refund_id="re_new"))
        FormerRefund.objects.create(
            refund=refund, gateway_account=refund.gateway_account, gateway_refund_id="re_bare", replaced_at=world.at
        )
        assert queries.is_past(refund, seen(world, refund, refund_id="re_bare", our_id=""))

    def test_another_amount_under_our_mark_is_not_ours(self, world: World, refund: Refund) -> None:
        view = replace(seen(world, refund, refund_id="re_forged"), amount=Money(9_999, "USD"))
        assert queries.find_refund(account="stripe", view=view) is None


class TestWhatIsFree:
    def test_requests_count_until_they_are_decided(self, world: World, order: Order, refund: Refund) -> None:
        payment = world.payment(order)
        assert queries.refundable_of(payment) == 6_000
        ask(world, order, 1_000)
        assert queries.refundable_of(payment) == 5_000
        assert queries.refundable_of(payment, requested=False) == 6_000
        hold = world.holds(order)[0]
        assert queries.reserved_by_hold([hold.pk]) == {hold.pk: 1_000}
        assert queries.reserved_by_hold([hold.pk], requested=False) == {}

    def test_what_we_bore_is_not_the_parts_any_more(self, world: World) -> None:
        order = world.released_order(10_000)
        approve(world, ask(world, order, 2_500, bearer="platform"))
        (pot,) = queries.pots(world.payment(order))
        assert (pot.left_minor, queries.left_of(world.holds(order)[0])) == (7_500, 10_000)

    def test_sums_are_of_what_staff_chose_within_their_time(self, world: World, order: Order, refund: Refund) -> None:
        ask(world, order, 1_000, by=FINANCE, rules=alone())
        at, day = world.at, timedelta(days=1)
        assert queries.chosen_minor(currency="USD", at=at, order=order) == 5_000
        assert queries.chosen_minor(currency="USD", at=at, requester=SUPPORT) == 4_000
        assert queries.chosen_minor(currency="INR", at=at, order=order) == 0
        assert queries.chosen_minor(currency="USD", at=at + day, requester=SUPPORT) == 0
        assert queries.chosen_minor(currency="USD", at=at + 30 * day, order=order) == 0
        Refund.objects.filter(pk=refund.pk).update(status="rejected")
        assert queries.chosen_minor(currency="USD", at=at, order=order) == 1_000
        Refund.objects.filter(pk=refund.pk).update(status="succeeded")
