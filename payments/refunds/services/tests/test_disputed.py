"""A refund of a disputed payment is neither sent nor sent again, whoever wants it and however it came to be due."""

from __future__ import annotations

import pytest
from django.conf import settings

from config.calls.models import GatewayCall
from orders.order.models import Order
from payments.escrow.services.sweeps import time_out_due
from payments.refunds.models import Refund
from payments.refunds.services.again import send_again
from payments.refunds.services.by_staff import PaymentDisputed, request_refund
from payments.refunds.services.decide import approve_refund
from payments.refunds.services.plan import Wish
from payments.refunds.services.request import ExceedsRefundable
from payments.refunds.services.settle import Kind, decline, propose
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
REFUNDS = "/v1/refunds"
RAZORPAYS = "/v1/payments/*/refund"


def wait(world: World, *seconds: int) -> None:
    for each in seconds:
        world.later(seconds=each)
        world.work()


def fresh() -> Refund:
    return Refund.objects.get()


class TestOneOfWhichNobodyKnows:
    """Its request was lost on the way; asking would send it to the letter again."""

    @pytest.fixture
    def order(self, world: World) -> Order:
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.refuse(REFUNDS)
        world.work()
        assert (fresh().status, world.requests("POST", REFUNDS)) == ("sending", 2)
        return order

    def test_is_not_sent_again_while_its_payment_is_disputed(self, world: World, order: Order) -> None:
        dispute_id = world.dispute(order, inquiry=True)
        world.hear()
        wait(world, 11, 61, 301)
        assert (world.requests("POST", REFUNDS), world.moved(order, "refunded")) == (2, (0, 0))
        wait(world, 901, 1_801)
        assert fresh().status == "approved", "it never was made, and waits for the decision"
        world.decide(dispute_id, "lose")  # the inquiry is closed
        world.hear()
        assert (fresh().status, world.moved(order, "refunded")) == ("succeeded", (1, 10_000))

    def test_negative_control_without_a_dispute_it_is_sent_again(self, world: World, order: Order) -> None:
        wait(world, 11)
        assert (fresh().status, world.requests("POST", REFUNDS)) == ("succeeded", 3)

    def test_is_not_sent_again_where_the_bank_gave_it(self, world: World, order: Order) -> None:
        world.decide(world.dispute(order), "lose")
        world.hear()
        wait(world, 11, 61, 301, 901, 1_801)
        assert (fresh().status, fresh().failure_code) == ("failed", "charged_back")
        assert (world.requests("POST", REFUNDS), world.moved(order, "refunded")) == (2, (0, 0))


class TestOneThatFailed:
    @pytest.fixture
    def order(self, world: World) -> Order:
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.hear()
        world.sandbox.control.stripe(f"refunds/{fresh().gateway_refund_id}/fail")
        world.hear()
        assert fresh().status == "failed"
        return order

    def again(self, world: World) -> None:
        send_again(refund_pk=fresh().pk, actor="user:finance", reason="", at=world.at)

    def propose(self, world: World) -> None:
        propose(refund_pk=fresh().pk, kind=Kind.PAID_OTHERWISE, actor="user:support", reason="", at=world.at,
                bank_account="main", reference="UTR1", bank_accounts=["main"])  # fmt: skip

    def test_is_made_anew_after_the_decision(self, world: World, order: Order) -> None:
        dispute_id = world.dispute(order)
        world.hear()
        self.again(world)
        world.work()
        assert (fresh().status, world.moved(order, "refunded")) == ("failed", (1, 10_000))
        world.decide(dispute_id, "win")
        world.hear()
        assert (fresh().status, world.moved(order, "refunded")) == ("succeeded", (2, 20_000))
        assert world.moved(order, "refund_returned") == (1, 10_000)

    def test_is_not_made_anew_by_a_decision_where_nobody_wanted_that(self, world: World, order: Order) -> None:
        world.decide(world.dispute(order), "win")
        world.hear()
        assert (fresh().status, world.moved(order, "refunded")) == ("failed", (1, 10_000))

    def test_is_not_made_anew_while_a_person_may_have_paid_it(self, world: World, order: Order) -> None:
        """Somebody pressed both, and the job runs after the second one."""
        self.again(world)
        self.propose(world)
        world.work()
        assert (fresh().status, world.moved(order, "refunded")) == ("failed", (1, 10_000))
        decline(refund_pk=fresh().pk, actor="user:finance", reason="it never left our bank", at=world.at)
        self.again(world)
        world.work()
        assert (fresh().status, world.moved(order, "refunded")) == ("succeeded", (2, 20_000))


class TestOneThatIsAskedFor:
    def ask(self, world: World, order: Order, amount_minor: int) -> Refund:
        (refund,) = request_refund(order_id=order.public_id, wish=Wish(amount_minor), reason="", at=world.at,
                                   requester="user:support", policy=settings.POLICY)  # fmt: skip
        return refund

    def test_fits_beside_what_an_undecided_dispute_has_away(self, world: World) -> None:
        order, _ = world.disputed_order(10_000, amount=6_000)
        before = everything()
        with pytest.raises(PaymentDisputed, match=r"60.00 USD of .* 40.00 USD \(4000 minor units\) may go"):
            self.ask(world, order, 4_001)
        with pytest.raises(ExceedsRefundable):
            self.ask(world, order, 10_001)
        assert everything() == before
        assert self.ask(world, order, 4_000).amount_minor == 4_000

    def test_is_approved_only_where_it_still_fits(self, world: World) -> None:
        """The bank took it between the two persons."""
        order = world.paid_order(100_000)
        refund = self.ask(world, order, 70_000)
        assert refund.status == "requested"
        world.dispute(order, amount=40_000)
        world.hear()
        before = everything()
        with pytest.raises(ExceedsRefundable):
            approve_refund(refund_pk=refund.pk, actor="user:finance", reason="", at=world.at)
        assert everything() == before


class TestSeveralOfOnePayment:
    def test_those_at_the_gateway_count_beside_what_a_dispute_took(self, razorpay: RazorpayWorld) -> None:
        """It takes refunds of a charged-back payment, up to what was captured."""
        order = razorpay.paid_order(6_000, 4_000)
        razorpay.sandbox.control.razorpay("rules", refund_status="pending", refund_count=2)
        charge = razorpay.payment(order).charge_id
        assert time_out_due(at=razorpay.later(minutes=61)).done == 2
        made = razorpay.sandbox.control.razorpay(f"payments/{charge}/dispute", amount=4_000)
        razorpay.deliver(razorpay.new_events())
        razorpay.work()
        assert {refund.status for refund in Refund.objects.all()} == {"approved"}
        razorpay.sandbox.control.razorpay(f"disputes/{made['object']['id']}/decide", won=False)
        razorpay.hear()
        razorpay.hear()
        statuses = Refund.objects.order_by("pk").values_list("amount_minor", "status", "failure_code")
        assert list(statuses) == [(6_000, "pending", ""), (4_000, "failed", "charged_back")]
        assert razorpay.requests("POST", RAZORPAYS) == 1
        assert not GatewayCall.objects.filter(operation="refund.create", status="unknown").exists()
