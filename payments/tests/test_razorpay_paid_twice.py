"""One order of Razorpay's that two attempts paid: one pays it, the other's money goes back to where it came from."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from config.inbox.models import WebhookEvent
from config.kernel.faultpoints import armed
from config.queue.tests.rows import end_leases
from orders.order.models import Order
from payments.charges.models import Payment
from payments.charges.queries import find_payment, further_charges, of_charge, said_of_further
from payments.escrow.models import EscrowHold
from payments.refunds.models import Refund
from payments.refunds.services.request import refund_hold
from payments.tests.razorpay_world import EMPTY, RazorpayWorld
from payments.tests.walking import everything
from payments.watching.services import ask_watched

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def twice(razorpay: RazorpayWorld) -> tuple[Payment, list[str]]:
    """Both attempts failed, both were authorised late and captured in the dashboard; we have heard of nothing yet.
    With the ids of what took the money, the first one first."""
    started = razorpay.start(razorpay.order(10_000))
    for _ in range(2):
        razorpay.pay(started, EMPTY)
    attempts = [each["id"] for each in reversed(razorpay.attempts(started.payment))]
    for verb in ("authorize", "capture"):
        for attempt in attempts:
            razorpay.sandbox.control.razorpay(f"payments/{attempt}/{verb}")
    return started.payment, attempts


def told(razorpay: RazorpayWorld, *kinds: str) -> list[dict[str, Any]]:
    return [event for event in razorpay.new_events() if event["body"]["event"] in kinds]


def of(events: list[dict[str, Any]], attempt: str) -> list[dict[str, Any]]:
    return [each for each in events if each["body"]["payload"]["payment"]["entity"]["id"] == attempt]


def given_back(razorpay: RazorpayWorld) -> dict[str, int]:
    """What Razorpay gave back, by the attempt that it was given back from."""
    found = razorpay.sandbox.control.get("objects", gateway="razorpay", kind="refund", limit=100)["objects"]
    return {each["body"]["payment_id"]: each["body"]["amount"] for each in found}


class TestPaidTwice:
    @pytest.mark.parametrize("is_reversed", [False, True], ids=["in order", "the other way round"])
    @pytest.mark.parametrize("kinds", [("payment.captured",), ("order.paid",), ("payment.captured", "order.paid")])
    def test_who_is_heard_of_first_pays_and_the_other_goes_back_from_where_it_came(
        self, razorpay: RazorpayWorld, twice: tuple[Payment, list[str]], kinds: tuple[str, ...], is_reversed: bool
    ) -> None:
        payment, attempts = twice
        first, second = reversed(attempts) if is_reversed else attempts
        events = told(razorpay, *kinds)
        razorpay.hear(of(events, first) + of(events, second))
        razorpay.hear()
        payment.refresh_from_db()
        order = Order.objects.get()
        assert (payment.charge_id, payment.captured_minor, payment.applied_minor) == (first, 20_000, 10_000)
        assert (order.status, order.applied_minor, order.payment_status) == ("paid", 10_000, "paid")
        refund = Refund.objects.get()
        assert (refund.charge_id, refund.cause, refund.amount_minor) == (second, "unapplied", 10_000)
        assert refund.status == "succeeded"
        assert given_back(razorpay) == {second: 10_000}
        assert EscrowHold.objects.get().remaining_minor == 10_000

    def test_each_part_goes_back_to_where_it_came_from(
        self, razorpay: RazorpayWorld, twice: tuple[Payment, list[str]]
    ) -> None:
        razorpay.hear()
        hold = EscrowHold.objects.get()
        with_lock(lambda: refund_hold(hold=hold, cause="timeout", actor="system", reason="late", at=razorpay.now()))
        razorpay.work()
        razorpay.hear()
        assert given_back(razorpay) == dict.fromkeys(twice[1], 10_000)
        assert set(Refund.objects.values_list("status", flat=True)) == {"succeeded"}
        payment = Payment.objects.get()
        assert (payment.refunded_minor, payment.refunding_minor, payment.captured_minor) == (20_000, 0, 20_000)

    def test_everything_told_again_in_any_order_changes_nothing(
        self, razorpay: RazorpayWorld, twice: tuple[Payment, list[str]]
    ) -> None:
        razorpay.hear()
        razorpay.hear()
        before = everything()
        again = [{"id": f"again-{each['id']}", "body": each["body"]} for each in reversed(razorpay.all_events())]
        assert set(razorpay.deliver(again)) == {200}
        WebhookEvent.objects.update(state="due", due_at=razorpay.now(), attempts=0)
        razorpay.work()
        assert everything() == before

    def test_a_worker_that_dies_before_it_commits_books_each_once(
        self, razorpay: RazorpayWorld, twice: tuple[Payment, list[str]]
    ) -> None:
        razorpay.deliver(told(razorpay, "payment.captured"))
        deaths = 0

        def die(point: str) -> None:
            nonlocal deaths
            if point == "inbox.handled" and deaths < 2:
                deaths += 1
                raise SystemExit

        with armed(die):
            for _ in range(2):
                with pytest.raises(SystemExit):
                    razorpay.work()
                end_leases(WebhookEvent)
            razorpay.work()
        razorpay.hear()
        payment = Payment.objects.get()
        assert (payment.captured_minor, payment.applied_minor, Refund.objects.count()) == (20_000, 10_000, 1)
        assert list(given_back(razorpay).values()) == [10_000]

    def test_asking_finds_both_as_well(self, razorpay: RazorpayWorld, twice: tuple[Payment, list[str]]) -> None:
        """No event ever comes: what is asked names both, and neither is booked for the other."""
        from_asking(razorpay)
        payment = Payment.objects.get()
        assert (payment.captured_minor, payment.applied_minor) == (20_000, 10_000)
        assert {payment.charge_id, Refund.objects.get().charge_id} == set(twice[1])
        assert given_back(razorpay) == {Refund.objects.get().charge_id: 10_000}

    def test_both_are_found_and_shown(self, razorpay: RazorpayWorld, twice: tuple[Payment, list[str]]) -> None:
        razorpay.hear()
        payment = Payment.objects.get()
        other = Refund.objects.get().charge_id
        assert further_charges(payment) == [other]
        for charge in (payment.charge_id, other):
            assert find_payment(account="razorpay", charge_id=charge) == payment
            assert Payment.objects.filter(of_charge(charge)).get() == payment
        assert said_of_further(payment) == f"paid once more by {other}: that money goes back"

    def test_a_payment_that_was_paid_once_shows_one(self, razorpay: RazorpayWorld) -> None:
        razorpay.paid_order(10_000)
        payment = Payment.objects.get()
        assert further_charges(payment) == []
        assert said_of_further(payment) == ""


def with_lock(act: Any) -> Any:
    with transaction.atomic():
        return act()


def from_asking(razorpay: RazorpayWorld) -> None:
    razorpay.later(minutes=3)
    ask_watched(now=razorpay.now)
    razorpay.work()
