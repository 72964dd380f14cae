"""Refunds on request at the other gateways: in parts, approved by another person, and made anew where one failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from config.inbox.models import WebhookEvent
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.refunds.queries import mark_of
from payments.refunds.services.again import send_again
from payments.refunds.services.settle import Kind, confirm, propose
from payments.refunds.services.tests.test_by_staff import FINANCE, ask
from payments.refunds.services.tests.test_decide import approve
from payments.tests.phonepe_world import PhonePeWorld
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
Fail = Callable[[World, Refund], object]


def fail_at_razorpay(world: World, refund: Refund) -> object:
    return world.sandbox.control.razorpay(f"refunds/{refund.gateway_refund_id}/fail")


def fail_at_phonepe(world: World, refund: Refund) -> object:
    assert isinstance(world, PhonePeWorld)
    return world.at_refund(refund, "fail")


@pytest.fixture(params=["razorpay", "phonepe"])
def elsewhere(request: pytest.FixtureRequest) -> tuple[World, Fail]:
    world: Any = request.getfixturevalue(request.param)
    assert isinstance(world, (RazorpayWorld, PhonePeWorld))
    return world, fail_at_razorpay if request.param == "razorpay" else fail_at_phonepe


def given(world: World, refund: Refund) -> Refund:
    """Everything is told and worked off, and what nobody tells is asked about."""
    for _ in range(3):
        world.hear()
        world.later(hours=2)
    world.work()
    refund.refresh_from_db()
    return refund


class TestOtherGateways:
    def test_two_parts_go_back_and_fees_come_to_nothing(self, elsewhere: tuple[World, Fail]) -> None:
        world, _ = elsewhere
        order = world.paid_order(6_667, 3_333)
        world.hand_over(order)
        world.complete(order)
        for amount in (4_000, 6_000):
            refund = ask(world, order, amount)
            approve(world, refund)
            assert given(world, refund).status == "succeeded"
        order.refresh_from_db()
        assert (order.status, order.payment_status, order.refunded_minor) == ("refunded", "refunded", 10_000)
        for account in ("platform_fees", "fees_recovered", "payable", "escrow", "refunds"):
            assert balance_minor(account, currency="INR") == 0, account

    def test_one_that_failed_is_made_anew_under_a_mark_of_its_own(self, elsewhere: tuple[World, Fail]) -> None:
        world, fail = elsewhere
        order = world.paid_order(10_000)
        world.hand_over(order)
        refund = ask(world, order, 4_000)
        approve(world, refund)
        world.work()
        refund.refresh_from_db()
        former = refund.gateway_refund_id
        fail(world, refund)
        assert given(world, refund).status == "failed"
        send_again(refund_pk=refund.pk, actor=FINANCE, reason="the account is open again", at=world.at)
        assert given(world, refund).status == "succeeded"
        assert refund.gateway_refund_id != former
        assert mark_of(refund) == f"{refund.public_id}_2"
        world.hear(world.all_events())
        refund.refresh_from_db()
        assert (refund.status, Refund.objects.count()) == ("succeeded", 1)
        assert balance_minor("refunds", currency="INR") == 0

    def test_paid_from_our_bank_it_keeps_that_banks_reference(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.paid_order(10_000)
        razorpay.hand_over(order)
        refund = ask(razorpay, order, 4_000)
        approve(razorpay, refund)
        given(razorpay, refund)
        told = razorpay.all_events()
        fail_at_razorpay(razorpay, refund)
        assert given(razorpay, refund).status == "failed"
        propose(refund_pk=refund.pk, kind=Kind.PAID_OTHERWISE, actor=FINANCE, reason="", at=razorpay.at,
                bank_account="main", reference="UTR of ours", bank_accounts=["main"])  # fmt: skip
        confirm(refund_pk=refund.pk, actor="user:second", reason="", at=razorpay.at)
        WebhookEvent.objects.update(state="due", attempts=0)
        razorpay.hear(told[::-1])
        refund.refresh_from_db()
        assert (refund.status, refund.reference) == ("paid_otherwise", "UTR of ours")
