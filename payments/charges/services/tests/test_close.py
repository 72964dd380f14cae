"""An order ends only when nothing at the gateway can take money for it any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.calls.models import GatewayCall
from config.kernel.faultpoints import armed
from orders.catalog.models import Product
from orders.order.models import Order
from orders.tests.factories import force
from payments.charges.models import Payment
from payments.charges.services.close import (
    AlreadyPaid,
    cancel_after_failure,
    cancel_unpaid,
    close_payment,
    expire_reservation,
    replace_payments,
)
from payments.charges.services.start import GatewayDown, OutcomeUnknown, PaymentInProgress, start_payment
from payments.charges.services.sweeps import expire_due
from payments.refunds.models import Refund
from payments.tests.razorpay_world import EMPTY, RazorpayWorld
from payments.tests.walking import everything
from payments.tests.world import BUYER, World

pytestmark = pytest.mark.django_db(transaction=True)
CANCEL = "/v1/payment_intents/*/cancel"


def stock() -> int:
    return Product.objects.get().stock


def expire(world: World, order: Order) -> bool:
    try:
        return expire_reservation(order_pk=order.pk, at=world.at)
    finally:
        order.refresh_from_db()


class TestExpireReservation:
    def test_closes_the_gateways_object_first_and_frees_the_stock_then(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order)
        assert stock() == 9
        world.later(minutes=30)
        assert expire(world, order)
        started.payment.refresh_from_db()
        assert (order.status, started.payment.status, stock()) == ("expired", "cancelled", 10)
        assert world.objects("payment_intent")[0]["status"] == "canceled"
        assert world.confirm(started.payment)["error"]["code"] == "payment_intent_unexpected_state"

    def test_a_payment_that_began_just_before_its_end_is_closed_first(self, world: World) -> None:
        """Its request came in time, and reached the order between the closing of what was open and the end."""
        order = world.order(10_000)
        world.start(order)
        in_time = world.at
        world.later(minutes=30)

        def begin_another(point: str) -> None:
            if point == "payment.cancel.recorded" and Payment.objects.count() == 1:
                start_payment(order_id=order.public_id, account="stripe", actor=BUYER, at=in_time)

        with armed(begin_another):
            assert not expire(world, order)
        assert (order.status, order.open_attempts, stock()) == ("pending_payment", 1, 9)
        assert expire(world, order)
        assert (order.status, stock()) == ("expired", 10)
        assert {each["status"] for each in world.objects("payment_intent")} == {"canceled"}

    def test_not_before_its_time_and_not_twice(self, world: World) -> None:
        order = world.order(10_000)
        world.later(minutes=29)
        before = everything()
        assert not expire(world, order)
        assert everything() == before
        world.later(minutes=1)
        assert expire(world, order)
        before = everything()
        assert not expire(world, order)
        assert everything() == before
        assert stock() == 10

    def test_a_customer_who_paid_in_that_moment_has_paid(self, world: World) -> None:
        """The gateway answers the closing with what it took; that is booked at once, without waiting for a webhook."""
        order = world.order(10_000)
        world.pay(world.start(order))
        world.later(minutes=31)
        assert not expire(world, order)
        assert (order.status, order.applied_minor, stock()) == ("paid", 10_000, 9)
        assert GatewayCall.objects.get(operation="payment.cancel").status == "declined"
        world.hear()
        assert Refund.objects.count() == 0

    def test_a_bank_that_works_on_it_is_waited_for_and_asked_now_and_then(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order)
        world.confirm(started.payment, "pm_usBankAccount")
        world.later(minutes=31)
        for _ in range(5):
            assert not expire(world, order)
            world.later(seconds=15)
        assert GatewayCall.objects.filter(operation="payment.cancel").count() == 1
        world.later(minutes=10)
        assert not expire(world, order)
        assert GatewayCall.objects.filter(operation="payment.cancel").count() == 2
        assert (order.status, stock()) == ("pending_payment", 9)
        world.at_gateway(started.payment, "finish", succeeds=False)
        world.hear()
        assert expire(world, order), "the bank has spoken: no need to wait until it is asked again"
        assert stock() == 10

    def test_a_bank_that_says_yes_pays_the_order_after_all(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order)
        world.confirm(started.payment, "pm_usBankAccount")
        world.later(minutes=31)
        assert not expire(world, order)
        world.at_gateway(started.payment, "finish", succeeds=True)
        world.hear()
        order.refresh_from_db()
        assert order.status == "paid"

    @pytest.mark.parametrize("executed", [True, False], ids=["executed", "not executed"])
    def test_a_lost_answer_is_asked_about_before_anything_else_happens(self, world: World, executed: bool) -> None:
        order = world.order(10_000)
        started = world.start(order)
        world.later(minutes=31)
        (world.lose_answer if executed else world.refuse)(CANCEL)
        assert not expire(world, order)
        assert (order.status, stock()) == ("pending_payment", 9)
        world.outlast(seconds=11)
        world.work()
        assert expire(world, order)
        started.payment.refresh_from_db()
        assert (started.payment.status, order.status, stock()) == ("cancelled", "expired", 10)

    def test_money_that_came_while_the_answer_was_lost_pays_the_order(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order)
        world.later(minutes=31)
        world.refuse(CANCEL)
        assert not expire(world, order)
        world.pay(started)
        world.outlast(seconds=11)
        world.work()
        order.refresh_from_db()
        assert (order.status, order.applied_minor) == ("paid", 10_000)

    def test_an_authorization_is_let_go(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order, capture_manually=True))
        world.hear()
        world.later(minutes=31)
        assert expire(world, order)
        world.hear()
        order.refresh_from_db()
        assert (order.status, world.payment(order).status) == ("expired", "cancelled")
        assert (world.moved(order, "released"), world.moved(order, "captured")) == ((1, 10_000), (0, 0))
        assert Refund.objects.count() == 0, "letting go of what was never captured is no refund of money"

    def test_a_declined_object_is_closed_as_well(self, world: World) -> None:
        """It could be tried again at the gateway for as long as it stands there."""
        order = world.order(10_000)
        started = world.start(order)
        world.confirm(started.payment, "pm_card_chargeDeclined")
        world.hear()
        world.later(minutes=31)
        assert expire(world, order)
        assert world.objects("payment_intent")[0]["status"] == "canceled"

    def test_a_page_of_the_gateways_own_is_closed_as_well(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order, hosted=True)
        world.later(minutes=31)
        assert expire(world, order)
        started.payment.refresh_from_db()
        assert (order.status, started.payment.status) == ("expired", "expired")
        assert world.objects("checkout.session")[0]["status"] == "expired"

    def test_an_order_that_was_never_tried_just_ends(self, world: World) -> None:
        order = world.order(10_000)
        world.later(minutes=31)
        assert expire(world, order)
        assert world.requests("POST", "*") == 0

    def test_nothing_is_sent_for_an_order_that_was_paid(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.later(minutes=31)
        sent = world.requests("POST", "*")
        assert not expire(world, order)
        assert world.requests("POST", "*") == sent


class TestSweep:
    def test_ends_what_is_over_and_leaves_the_rest(self, world: World) -> None:
        over = [world.order(10_000) for _ in range(3)]
        world.start(over[0])
        world.later(minutes=30)
        young = world.order(10_000)
        swept = expire_due(at=world.at)
        assert (swept.done, swept.refused, swept.failed) == (3, 0, 0)
        assert set(Order.objects.exclude(pk=young.pk).values_list("status", flat=True)) == {"expired"}
        assert expire_due(at=world.at).done == 0
        assert Order.objects.get(pk=young.pk).status == "pending_payment"

    def test_one_that_cannot_be_closed_yet_does_not_hold_up_the_others(self, world: World) -> None:
        stuck, free = world.order(10_000), world.order(10_000)
        world.refuse("/v1/payment_intents")
        with pytest.raises(OutcomeUnknown):
            world.start(stuck)
        world.later(minutes=30)
        swept = expire_due(at=world.at)
        assert (swept.done, swept.refused) == (1, 1)
        free.refresh_from_db()
        assert free.status == "expired"


class TestCancelUnpaid:
    def test_closes_first_and_frees_then(self, world: World) -> None:
        order = world.order(10_000)
        world.start(order)
        ended = cancel_unpaid(order_id=order.public_id, actor="user:buyer", reason="changed my mind", at=world.at)
        assert (ended.status, ended.open_attempts, stock()) == ("cancelled", 0, 10)
        assert world.objects("payment_intent")[0]["status"] == "canceled"

    def test_twice_is_once(self, world: World) -> None:
        order = world.order(10_000)
        cancel_unpaid(order_id=order.public_id, actor="user:buyer", reason="", at=world.at)
        before = everything()
        cancel_unpaid(order_id=order.public_id, actor="user:buyer", reason="", at=world.at)
        assert everything() == before

    def test_refuses_what_was_paid_meanwhile_and_books_it(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order))
        with pytest.raises(AlreadyPaid):
            cancel_unpaid(order_id=order.public_id, actor="user:buyer", reason="", at=world.at)
        order.refresh_from_db()
        assert (order.status, stock()) == ("paid", 9)

    @pytest.mark.parametrize("lose", ["create", "cancel"])
    def test_refuses_while_nobody_knows(self, world: World, lose: str) -> None:
        order = world.order(10_000)
        if lose == "create":
            world.lose_answer("/v1/payment_intents")
            with pytest.raises(OutcomeUnknown):
                world.start(order)
        else:
            world.start(order)
            world.lose_answer(CANCEL)
        for _ in range(2):
            with pytest.raises(PaymentInProgress):
                cancel_unpaid(order_id=order.public_id, actor="user:buyer", reason="", at=world.at)
        order.refresh_from_db()
        assert (order.status, stock()) == ("pending_payment", 9)
        world.outlast(seconds=11)
        world.work()
        ended = cancel_unpaid(order_id=order.public_id, actor="user:buyer", reason="", at=world.at)
        assert (ended.status, stock()) == ("cancelled", 10)

    def test_nothing_is_lost_when_its_failure_comes_after_its_end(self, world: World) -> None:
        order = world.order(10_000)
        force(order, "expired")
        before = everything()
        cancel_after_failure({"order": order.public_id}, world.at)
        assert everything() == before


class TestReplacePayments:
    def test_the_earlier_object_is_closed_so_that_two_cannot_both_be_paid(self, world: World) -> None:
        order = world.order(10_000)
        first = world.start(order)
        replace_payments(order=order, actor="user:buyer", at=world.at)
        second = world.start(order)
        assert world.confirm(first.payment)["error"] is not None
        world.pay(second)
        world.hear()
        order.refresh_from_db()
        assert (order.status, world.moved(order, "captured")) == ("paid", (1, 10_000))
        assert [payment.status for payment in Payment.objects.order_by("pk")] == ["cancelled", "captured"]

    def test_refuses_when_the_earlier_one_was_paid(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order))
        with pytest.raises(AlreadyPaid):
            replace_payments(order=order, actor="user:buyer", at=world.at)
        order.refresh_from_db()
        assert order.status == "paid"
        assert len(world.objects("payment_intent")) == 1

    def test_refuses_while_a_bank_works_on_the_earlier_one(self, world: World) -> None:
        order = world.order(10_000)
        world.confirm(world.start(order).payment, "pm_usBankAccount")
        with pytest.raises(PaymentInProgress):
            replace_payments(order=order, actor="user:buyer", at=world.at)

    def test_refuses_while_the_earlier_ones_outcome_is_unknown(self, world: World) -> None:
        order = world.order(10_000)
        world.refuse("/v1/payment_intents")
        with pytest.raises(OutcomeUnknown):
            world.start(order)
        with pytest.raises(PaymentInProgress):
            replace_payments(order=order, actor="user:buyer", at=world.at)
        assert Payment.objects.count() == 1


class TestClosePayment:
    def test_what_was_never_made_is_closed_without_asking(self, world: World) -> None:
        payment = world.start(world.order(10_000)).payment
        Payment.objects.update(gateway_payment_id=None, status="created")
        payment.refresh_from_db()
        sent = world.requests("POST", "*")
        assert close_payment(payment=payment, actor="test", at=world.at)
        payment.refresh_from_db()
        assert (payment.status, payment.closed_at) == ("cancelled", world.at)
        assert world.requests("POST", "*") == sent

    def test_what_somebody_else_closed_meanwhile_is_not_asked_for_again(self, world: World) -> None:
        payment = world.start(world.order(10_000)).payment
        stale = Payment.objects.get(pk=payment.pk)
        assert close_payment(payment=payment, actor="test", at=world.at)
        sent = world.requests("POST", "*")
        assert close_payment(payment=stale, actor="test", at=world.at + timedelta(seconds=1))
        assert world.requests("POST", "*") == sent
        assert GatewayCall.objects.filter(operation="payment.cancel").count() == 1


class TestGivingUp:
    """At Razorpay nothing closes an order."""

    def test_one_that_nobody_paid_is_given_up_with_the_reservation(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.start(order)
        assert expire_reservation(order_pk=order.pk, at=razorpay.later(days=1))
        payment = razorpay.payment(order)
        assert (payment.status, payment.closed_at) == ("cancelled", razorpay.at)
        assert razorpay.requests("POST", "/v1/*") == 1  # its making: nothing else was sent

    def test_one_that_failed_keeps_its_label(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order), EMPTY)
        razorpay.hear()
        assert expire_reservation(order_pk=order.pk, at=razorpay.later(days=1))
        payment = razorpay.payment(order)
        assert (payment.status, payment.closed_at) == ("failed", razorpay.at)

    @pytest.mark.parametrize("way", ["upi_collect", "netbanking"])
    def test_one_whose_bank_works_on_it_is_waited_for(self, razorpay: RazorpayWorld, way: str) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order), way)
        assert not expire_reservation(order_pk=order.pk, at=razorpay.later(hours=1))
        razorpay.at_charge(razorpay.payment(order), "fail")
        assert expire_reservation(order_pk=order.pk, at=razorpay.at)

    def test_one_that_its_customer_left_on_the_banks_page_is_given_up_after_a_day(
        self, razorpay: RazorpayWorld
    ) -> None:
        razorpay.sandbox.control.razorpay("rules", gives_up_after_s=10**9)
        order = razorpay.order(10_000)
        started = razorpay.start(order)
        razorpay.pay(started, "netbanking")
        assert not expire_reservation(order_pk=order.pk, at=razorpay.later(hours=23))
        assert expire_reservation(order_pk=order.pk, at=razorpay.later(hours=1))
        razorpay.at_charge(started.payment, "authorize")  # and what comes of it after all goes back
        razorpay.hear()
        razorpay.hear()
        assert (razorpay.moved(order, "captured"), razorpay.moved(order, "refunded")) == ((1, 10_000), (1, 10_000))

    def test_one_that_was_paid_meanwhile_is_booked(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order))
        assert not expire_reservation(order_pk=order.pk, at=razorpay.later(days=1))
        order.refresh_from_db()
        assert (order.status, razorpay.payment(order).captured_minor) == ("paid", 10_000)

    def test_a_gateway_that_cannot_be_asked_gives_nothing_up(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.start(order)
        razorpay.refuse("/v1/orders/*", method="GET")
        with pytest.raises(GatewayDown):
            expire_reservation(order_pk=order.pk, at=razorpay.later(days=1))
        order.refresh_from_db()
        assert (order.status, razorpay.payment(order).closed_at) == ("pending_payment", None)
        razorpay.sandbox.control.clear_faults()

    def test_a_new_attempt_gives_the_earlier_one_up_and_what_it_takes_goes_back(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        earlier = razorpay.start(order)
        replace_payments(order=order, actor="guest", at=razorpay.at)
        later = razorpay.start(order)
        razorpay.pay(later)
        razorpay.pay(earlier)
        razorpay.hear()
        razorpay.hear()
        assert razorpay.moved(order, "captured") == (2, 20_000)
        assert razorpay.moved(order, "refunded") == (1, 10_000)
        order.refresh_from_db()
        assert (order.status, order.applied_minor) == ("paid", 10_000)
