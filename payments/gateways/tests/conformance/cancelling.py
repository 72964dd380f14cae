"""Closing a payment so that it can take no money: in time, too late, twice, and without an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from config.kernel.ids import new_id
from payments.gateways.contract import Answer, Capability, LineItem, Outcome
from payments.gateways.failures import NotOffered
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.tests.conformance.base import AMOUNT_MINOR, Proofs, a_minute_before, only_capture, view_of
from payments.gateways.tests.conformance.harness import Harness
from payments.gateways.tests.conformance.unknown import EXECUTED, Weather, answers_lost, slow

CLOSED = (PaymentState.CANCELLED, PaymentState.EXPIRED)


def cancel(harness: Harness, view: PaymentView, key: str = "") -> Answer:
    return harness.gateway.cancel_payment(
        key=key or new_id("call"), gateway_payment_id=view.gateway_payment_id, session_id=view.session_id
    )


class ProvesCancelling(Proofs):
    """Payments that are cancelled."""

    proves = frozenset({Capability.CANCEL_PAYMENT})

    def test_in_time_it_takes_no_money_any_more(self, harness: Harness) -> None:
        view = self.made(harness)
        answer = cancel(harness, view)
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.payment is not None
        assert answer.payment.state in CLOSED
        harness.pay(view)
        assert self.seen(harness, view).state in CLOSED
        assert harness.taken_minor(view.our_id) == 0

    def test_after_a_decline_it_is_still_in_time(self, harness: Harness) -> None:
        view = self.made(harness)
        harness.be_declined(view)
        assert cancel(harness, view).outcome is Outcome.SUCCEEDED
        harness.pay(view)
        assert harness.taken_minor(view.our_id) == 0

    def test_too_late_says_what_was_captured(self, harness: Harness) -> None:
        view = self.paid(harness)
        answer = cancel(harness, view)
        assert answer.outcome is Outcome.DECLINED
        assert answer.failure is not None
        assert answer.payment is not None
        assert answer.payment.state is PaymentState.CAPTURED
        assert only_capture(answer.payment) == only_capture(view)
        assert harness.taken_minor(view.our_id) == AMOUNT_MINOR

    def test_money_under_way_is_too_late_too(self, harness: Harness) -> None:
        view = self.made(harness)
        harness.pay_slowly(view)
        answer = cancel(harness, view)
        assert answer.outcome is Outcome.DECLINED
        assert answer.payment is not None
        assert answer.payment.state is PaymentState.PROCESSING

    def test_twice_is_once(self, harness: Harness) -> None:
        view, key = self.made(harness), new_id("call")
        assert cancel(harness, view, key).outcome is Outcome.SUCCEEDED
        assert cancel(harness, view, key).outcome is Outcome.SUCCEEDED
        assert cancel(harness, view).outcome is Outcome.SUCCEEDED

    def test_what_does_not_exist_is_not_cancelled(self, harness: Harness) -> None:
        view = self.made(harness)
        nobody = replace(
            view,
            gateway_payment_id=view.gateway_payment_id and view.gateway_payment_id[:-4] + "0000",
            session_id=view.session_id and view.session_id[:-4] + "0000",
        )
        assert cancel(harness, nobody).outcome is Outcome.DECLINED
        assert self.seen(harness, view).state is PaymentState.PENDING

    @pytest.mark.parametrize("weather", EXECUTED)
    def test_without_an_answer_the_payment_shows_it(self, harness: Harness, weather: Weather) -> None:
        view = self.made(harness)
        with weather(harness):
            assert cancel(harness, view).outcome is Outcome.UNKNOWN
        assert self.seen(harness, view).state in CLOSED

    def test_where_it_was_not_executed_the_payment_shows_that(self, harness: Harness) -> None:
        view = self.made(harness)
        with harness.broken_before():
            assert cancel(harness, view).outcome is Outcome.UNKNOWN
        assert self.seen(harness, view).state is PaymentState.PENDING


class ProvesHostedCheckout(Proofs):
    """Payments on the gateway's own page."""

    proves = frozenset({Capability.HOSTED_CHECKOUT})

    def hosted(self, harness: Harness) -> PaymentView:
        new = replace(self.new(harness), hosted=True)
        return view_of(harness.gateway.create_payment(new))

    def test_a_new_one_has_a_page(self, harness: Harness) -> None:
        new = replace(self.new(harness), hosted=True)
        view = self.made(harness, new)
        assert view.session_id
        assert view.redirect_url.startswith("http")
        assert view.state is PaymentState.PENDING
        assert (view.our_id, view.call_id, view.amount) == (new.our_id, new.call_id, new.amount)

    def test_lines_are_shown_and_the_amount_is_due(self, harness: Harness) -> None:
        new = replace(self.new(harness), hosted=True)
        half = new.amount.allocate([1, 1])[0]
        exact = replace(new, items=(LineItem("Ticket", half, 2),))
        assert self.made(harness, exact).amount == new.amount
        other = replace(self.new(harness), hosted=True, items=(LineItem("Ticket", half, 1),))
        assert self.made(harness, other).amount == new.amount

    def test_paid_is_captured_and_names_the_payment(self, harness: Harness) -> None:
        view = self.hosted(harness)
        harness.pay(view)
        seen = self.seen(harness, view)
        assert seen.state is PaymentState.CAPTURED
        assert (seen.session_id, seen.our_id) == (view.session_id, view.our_id)
        assert seen.gateway_payment_id
        assert only_capture(seen).amount == view.amount
        within = harness.gateway.get_payment(gateway_payment_id=seen.gateway_payment_id, session_id="")
        assert within is not None
        assert (within.our_id, within.captures) == (view.our_id, seen.captures)

    def test_a_decline_leaves_the_page_open(self, harness: Harness) -> None:
        view = self.hosted(harness)
        harness.be_declined(view)
        assert self.seen(harness, view).failure is not None
        assert self.seen(harness, view).captures == ()
        harness.pay(view)
        assert self.seen(harness, view).state is PaymentState.CAPTURED

    def test_a_slow_payment_is_decided_later(self, harness: Harness) -> None:
        view = self.hosted(harness)
        harness.pay_slowly(view)
        assert self.seen(harness, view).state is PaymentState.PROCESSING
        harness.bank_decides(self.seen(harness, view), succeeds=True)
        assert self.seen(harness, view).state is PaymentState.CAPTURED

    def test_cancelled_in_time_the_page_takes_no_money(self, harness: Harness) -> None:
        view = self.hosted(harness)
        answer = cancel(harness, view)
        assert answer.outcome is Outcome.SUCCEEDED
        harness.pay(view)
        assert self.seen(harness, view).state in CLOSED
        assert harness.taken_minor(view.our_id) == 0

    def test_cancelled_too_late_says_what_was_captured(self, harness: Harness) -> None:
        view = self.hosted(harness)
        harness.pay(view)
        answer = cancel(harness, view)
        assert answer.outcome is Outcome.DECLINED
        assert answer.payment is not None
        assert answer.payment.state is PaymentState.CAPTURED
        assert harness.taken_minor(view.our_id) == AMOUNT_MINOR

    def test_what_the_page_authorised_is_let_go(self, harness: Harness) -> None:
        view = self.made(harness, replace(self.new(harness), hosted=True, capture_manually=True))
        harness.pay(view)
        assert self.seen(harness, view).state is PaymentState.AUTHORIZED
        assert cancel(harness, view).outcome is Outcome.SUCCEEDED
        assert self.seen(harness, view).state in CLOSED
        assert harness.taken_minor(view.our_id) == 0

    @pytest.mark.parametrize("weather", [answers_lost, slow])
    def test_made_without_an_answer_it_is_found_with_its_page(self, harness: Harness, weather: Weather) -> None:
        new = replace(self.new(harness), hosted=True)
        with weather(harness):
            assert harness.gateway.create_payment(new).outcome is Outcome.UNKNOWN
        found = harness.gateway.find_payment(
            our_id=new.our_id, call_id=new.call_id, since=a_minute_before(harness.now())
        )
        assert found is not None
        assert found.session_id
        assert found.redirect_url
        assert self.made(harness, new).session_id == found.session_id
        assert harness.objects_made(new.our_id) == 1

    @pytest.mark.parametrize("lifetime", [timedelta(minutes=1), timedelta(hours=2), timedelta(days=30)])
    def test_any_lifetime_is_brought_within_what_is_allowed(self, harness: Harness, lifetime: timedelta) -> None:
        new = replace(self.new(harness), hosted=True)
        asked = replace(new, expires_at=harness.now() + lifetime)
        one, two = self.made(harness, asked), self.made(harness, asked)
        assert one.session_id == two.session_id


class ProvesStayingOpen(Proofs):
    """Payments that nothing ends."""

    proves = frozenset({Capability.STAYS_OPEN})

    def test_it_is_not_cancelled(self, harness: Harness) -> None:
        view = self.made(harness)
        with pytest.raises(NotOffered):
            cancel(harness, view)
        assert self.seen(harness, view).state is PaymentState.PENDING

    def test_it_is_paid_whenever_the_customer_likes(self, harness: Harness) -> None:
        view = self.made(harness)
        harness.be_declined(view)
        assert not self.seen(harness, view).is_closed
        harness.pay(view)
        assert harness.taken_minor(view.our_id) == AMOUNT_MINOR
