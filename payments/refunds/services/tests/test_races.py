"""Refunds that meet: two requests over the last unit, two approvals, a timeout, a cancel, a capture, the dashboard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from config.tests.together import TIMEOUT_S, together
from orders.order.models import Order
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.sweeps import time_out_due
from payments.ledger.models import LedgerEntry
from payments.refunds.models import Refund, RefundShare
from payments.refunds.services import by_staff
from payments.refunds.services.decide import approve_refund, reject_refund
from payments.refunds.services.plan import plan
from payments.refunds.services.request import ExceedsRefundable
from payments.refunds.services.tests.test_by_staff import FINANCE, alone, ask, policy
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(outcomes: list[Any]) -> list[str]:
    return sorted(outcome.code if hasattr(outcome, "code") else type(outcome).__name__ for outcome in outcomes)


def request(world: World, order: Order, amount: int | None, by: str, **rules: Any) -> Callable[[], Refund]:
    return lambda: ask(world, order, amount, by=by, rules=policy(**rules) if rules else None)


class TestTwoRequests:
    def test_over_the_last_unit_one_is_given(self, world: World) -> None:
        order = world.paid_order(10_000)
        ask(world, order, 9_999)
        outcomes = together([request(world, order, 1, f"user:{number}") for number in range(4)])
        assert kinds(outcomes) == ["Refund", *["exceeds_refundable"] * 3]
        assert sum(RefundShare.objects.values_list("amount_minor", flat=True)) == 10_000

    def test_negative_control_without_locks_both_are_given(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is left is read before the other's commit, and both find it free."""
        order = world.paid_order(10_000)
        ask(world, order, 9_999)
        both_have_read = threading.Barrier(2)

        def read_and_wait(*args: Any, **options: Any) -> Any:
            found = plan(*args, **options)
            both_have_read.wait(TIMEOUT_S)
            return found

        monkeypatch.setattr(by_staff, "lock_order", lambda public_id: Order.objects.get(public_id=public_id))
        monkeypatch.setattr(by_staff, "lock_fulfilments", lambda order: list(order.fulfilments.order_by("pk")))
        monkeypatch.setattr(by_staff, "lock_payments", lambda order: list(order.payments.order_by("pk")))
        monkeypatch.setattr(by_staff, "plan", read_and_wait)
        monkeypatch.setattr(by_staff, "refundable_of", lambda payment: 10_000)
        together([request(world, order, 1, f"user:{number}") for number in range(2)])
        assert sum(RefundShare.objects.values_list("amount_minor", flat=True)) == 10_001

    def test_of_one_person_over_two_orders_one_goes_alone(self, world: World) -> None:
        """Each order has a lock of its own; the person's day is one."""
        orders = [world.paid_order(10_000) for _ in range(4)]
        limit = {"refund_approval_threshold_minor": {"USD": 3_000}}
        refunds = together([request(world, order, 3_000, "user:one", **limit) for order in orders])
        assert sorted(refund.status for refund in refunds if isinstance(refund, Refund)) == [
            "approved", "requested", "requested", "requested",
        ]  # fmt: skip

    def test_negative_control_without_the_persons_lock_both_go_alone(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        orders = [world.paid_order(10_000) for _ in range(2)]
        both_have_summed = threading.Barrier(2)
        verdict = by_staff._verdict

        def sum_and_wait(*args: Any) -> Any:
            found = verdict(*args)
            both_have_summed.wait(TIMEOUT_S)
            return found

        monkeypatch.setattr(by_staff, "one_at_a_time", lambda requester: None)
        monkeypatch.setattr(by_staff, "_verdict", sum_and_wait)
        limit = {"refund_approval_threshold_minor": {"USD": 3_000}}
        together([request(world, order, 3_000, "user:one", **limit) for order in orders])
        assert list(Refund.objects.values_list("status", flat=True)) == ["approved", "approved"]


class TestTwoDecisions:
    def test_two_approvals_post_and_send_it_once(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = ask(world, order, 4_000)
        acts = [
            lambda by=by: approve_refund(refund_pk=refund.pk, actor=by, reason="yes", at=world.at)
            for by in (FINANCE, "user:second", "user:third")
        ]
        assert sorted(map(str, together(acts))) == ["False", "False", "True"]
        assert LedgerEntry.objects.filter(event="refund_allocated").count() == 1
        world.hear()
        assert world.moved(order, "refunded") == (1, 4_000)

    def test_an_approval_and_a_rejection_are_one_decision(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = ask(world, order, 4_000)
        outcomes = together([
            lambda: approve_refund(refund_pk=refund.pk, actor=FINANCE, reason="yes", at=world.at),
            lambda: reject_refund(refund_pk=refund.pk, actor="user:second", reason="no", at=world.at),
        ])  # fmt: skip
        assert kinds(outcomes) == ["bool", "refund_decided"]
        refund.refresh_from_db()
        assert refund.status in ("approved", "rejected")
        assert LedgerEntry.objects.filter(event="refund_allocated").count() == (refund.status == "approved")

    def test_two_that_share_the_last_unit_are_given_as_far_as_it_goes(self, world: World) -> None:
        """Both were asked for; then the gateway gave a part in its dashboard."""
        order = world.paid_order(10_000)
        refunds = [ask(world, order, 5_000), ask(world, order, 5_000)]
        world.refund_outside(order, 1)
        world.hear()
        acts = [
            lambda refund=refund: approve_refund(refund_pk=refund.pk, actor=FINANCE, reason="yes", at=world.at)
            for refund in refunds
        ]
        assert kinds(together(acts)) == ["bool", "exceeds_refundable"]


class TestOthers:
    def test_a_request_and_a_timeout(self, world: World) -> None:
        """Either the money stands still for the second person, or all of it goes back by itself."""
        orders = [world.paid_order(10_000) for _ in range(3)]
        world.later(minutes=61)
        acts: list[Callable[[], Any]] = [request(world, order, 4_000, f"user:{order.pk}") for order in orders]
        outcomes = together([*acts, lambda: time_out_due(at=world.at).done])
        assert not any(isinstance(outcome, Exception) and not isinstance(outcome, ExceedsRefundable)
                       for outcome in outcomes), outcomes  # fmt: skip
        for order in orders:
            hold, refunds = world.holds(order)[0], Refund.objects.filter(payment__order=order)
            assert (hold.status, sorted(refunds.values_list("cause", "status"))) in [
                ("frozen", [("requested", "requested")]),
                ("returned", [("timeout", "approved")]),
            ]

    def test_a_request_and_the_sellers_cancel(self, world: World) -> None:
        order = world.paid_order(10_000)
        part = world.fulfilments(order)[0]
        together([
            lambda: ask(world, order, 4_000, rules=alone()),
            lambda: cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="out of it", at=world.at),
        ])  # fmt: skip
        world.hear()
        world.hear()
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("cancelled", "refunded")
        assert world.moved(order, "refunded")[1] == 10_000

    def test_a_request_and_the_capture(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order))
        world.deliver(world.new_events())
        outcomes = together([request(world, order, 4_000, "user:a"), lambda: world.work()])
        assert outcomes[1] is None
        assert kinds(outcomes[:1]) in (["order_not_paid"], ["Refund"])
        assert world.holds(order)[0].status in ("held", "frozen")

    def test_an_approval_and_a_refund_in_the_dashboard(self, world: World) -> None:
        """What the gateway took is always booked; ours is given only from what is left then."""
        order = world.paid_order(10_000)
        refund = ask(world, order, 6_000)
        world.refund_outside(order, 6_000)
        world.deliver(world.new_events())
        together([
            lambda: approve_refund(refund_pk=refund.pk, actor=FINANCE, reason="yes", at=world.at),
            lambda: world.work(),
        ])  # fmt: skip
        world.later(minutes=6)
        world.hear()
        world.hear()
        assert world.moved(order, "refunded") == (1, 6_000)
        payment = world.payment(order)
        assert (payment.refunded_minor, payment.refunding_minor) == (6_000, 0)
        assert Refund.objects.exclude(pk=refund.pk).get().status == "succeeded"
