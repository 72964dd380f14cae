"""Money given back: whole, in part, once, never more than there was, and seen through to its end."""

from __future__ import annotations

import pytest

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.gateways.contract import Answer, Capability, Outcome
from payments.gateways.payment_views import PaymentView
from payments.gateways.refund_views import RefundState, RefundView
from payments.gateways.tests.conformance.base import AMOUNT_MINOR, Proofs, only_capture
from payments.gateways.tests.conformance.harness import Harness
from payments.gateways.tests.conformance.unknown import EXECUTED, Weather


class ProvesRefunds(Proofs):
    """Refunds of captured payments."""

    proves = frozenset({Capability.PARTIAL_REFUND})

    def refund(
        self, harness: Harness, view: PaymentView, amount_minor: int = AMOUNT_MINOR, *, key: str = "", our_id: str = ""
    ) -> Answer:
        return harness.gateway.refund_payment(
            key=key or new_id("call"),
            our_id=our_id or new_id("rf"),
            gateway_payment_id=view.gateway_payment_id,
            charge_id=only_capture(view).charge_id if view.captures else "",
            amount=Money(amount_minor, harness.currency),
        )

    def made_refund(self, answer: Answer, outcome: Outcome = Outcome.SUCCEEDED) -> RefundView:
        assert answer.outcome is outcome, answer
        assert answer.refund is not None
        return answer.refund

    def seen_refund(self, harness: Harness, refund: RefundView) -> RefundView:
        view = harness.gateway.get_refund(refund_id=refund.refund_id)
        assert view is not None
        return view

    def found(self, harness: Harness, view: PaymentView, *, our_id: str, key: str) -> RefundView | None:
        return harness.gateway.find_refund(our_id=our_id, call_id=key, gateway_payment_id=view.gateway_payment_id)

    def test_all_of_it_goes_back_once(self, harness: Harness) -> None:
        view, our_id, key = self.paid(harness), new_id("rf"), new_id("call")
        refund = self.made_refund(self.refund(harness, view, our_id=our_id, key=key))
        assert refund.state is RefundState.SUCCEEDED
        assert refund.amount == view.amount
        assert (refund.our_id, refund.call_id) == (our_id, key)
        assert refund.gateway_payment_id == view.gateway_payment_id
        assert refund.charge_id == only_capture(view).charge_id
        assert not refund.is_release
        assert harness.given_back_minor(view.our_id) == AMOUNT_MINOR
        assert self.seen_refund(harness, refund).state is RefundState.SUCCEEDED

    def test_it_does_not_change_what_was_captured(self, harness: Harness) -> None:
        view = self.paid(harness)
        self.refund(harness, view)
        seen = self.seen(harness, view)
        assert seen.state is view.state
        assert only_capture(seen).amount == only_capture(view).amount

    def test_two_equal_parts_are_two_refunds(self, harness: Harness) -> None:
        view = self.paid(harness)
        one = self.made_refund(self.refund(harness, view, 20_000))
        two = self.made_refund(self.refund(harness, view, 20_000))
        assert one.refund_id != two.refund_id
        assert harness.given_back_minor(view.our_id) == 40_000
        assert harness.refunds_made(view.our_id) == 2

    def test_the_same_call_again_is_one_refund(self, harness: Harness) -> None:
        view, our_id, key = self.paid(harness), new_id("rf"), new_id("call")
        one = self.made_refund(self.refund(harness, view, 20_000, key=key, our_id=our_id))
        two = self.made_refund(self.refund(harness, view, 20_000, key=key, our_id=our_id))
        assert one.refund_id == two.refund_id
        assert harness.refunds_made(view.our_id) == 1

    def test_parts_up_to_the_whole_and_not_a_unit_more(self, harness: Harness) -> None:
        view = self.paid(harness)
        self.made_refund(self.refund(harness, view, 30_000))
        over = self.refund(harness, view, 20_001)
        assert over.outcome is Outcome.DECLINED
        assert over.failure is not None
        assert over.refund is None
        self.made_refund(self.refund(harness, view, 20_000))
        assert self.refund(harness, view, 1).outcome is Outcome.DECLINED
        assert harness.given_back_minor(view.our_id) == AMOUNT_MINOR

    def test_more_than_was_paid_is_refused(self, harness: Harness) -> None:
        view = self.paid(harness)
        assert self.refund(harness, view, AMOUNT_MINOR + 1).outcome is Outcome.DECLINED
        assert harness.given_back_minor(view.our_id) == 0

    def test_what_was_not_paid_is_not_refunded(self, harness: Harness) -> None:
        view = self.made(harness)
        assert self.refund(harness, view).outcome is Outcome.DECLINED
        assert harness.given_back_minor(view.our_id) == 0

    @pytest.mark.parametrize("weather", EXECUTED)
    def test_made_without_an_answer_it_is_found_by_our_id(self, harness: Harness, weather: Weather) -> None:
        view, our_id, key = self.paid(harness), new_id("rf"), new_id("call")
        with weather(harness):
            assert self.refund(harness, view, 20_000, our_id=our_id, key=key).outcome is Outcome.UNKNOWN
        found = self.found(harness, view, our_id=our_id, key=key)
        assert found is not None
        assert (found.our_id, found.call_id, found.amount.amount_minor) == (our_id, key, 20_000)
        assert harness.given_back_minor(view.our_id) == 20_000

    def test_sent_again_after_a_lost_answer_it_gives_back_once(self, harness: Harness) -> None:
        view, our_id, key = self.paid(harness), new_id("rf"), new_id("call")
        with harness.answers_lost():
            self.refund(harness, view, 20_000, our_id=our_id, key=key)
        self.made_refund(self.refund(harness, view, 20_000, our_id=our_id, key=key))
        assert harness.refunds_made(view.our_id) == 1

    def test_what_was_not_executed_is_not_found(self, harness: Harness) -> None:
        view, our_id, key = self.paid(harness), new_id("rf"), new_id("call")
        with harness.broken_before():
            assert self.refund(harness, view, our_id=our_id, key=key).outcome is Outcome.UNKNOWN
        assert self.found(harness, view, our_id=our_id, key=key) is None
        assert harness.given_back_minor(view.our_id) == 0

    def test_too_many_requests_give_nothing_back(self, harness: Harness) -> None:
        view = self.paid(harness)
        with harness.limited():
            assert self.refund(harness, view).outcome is Outcome.NOT_EXECUTED
        assert harness.given_back_minor(view.our_id) == 0

    def test_a_pending_refund_succeeds_later(self, harness: Harness) -> None:
        view = self.paid(harness)
        harness.next_refund_waits()
        refund = self.made_refund(self.refund(harness, view), Outcome.PENDING)
        assert refund.state is RefundState.PENDING
        assert harness.given_back_minor(view.our_id) == 0
        harness.bank_takes_refund(refund.refund_id)
        assert self.seen_refund(harness, refund).state is RefundState.SUCCEEDED
        assert harness.given_back_minor(view.our_id) == AMOUNT_MINOR

    def test_a_pending_refund_holds_its_amount(self, harness: Harness) -> None:
        view = self.paid(harness)
        harness.next_refund_waits()
        self.refund(harness, view)
        assert self.refund(harness, view, 1).outcome is Outcome.DECLINED

    def test_a_pending_refund_may_fail(self, harness: Harness) -> None:
        view = self.paid(harness)
        harness.next_refund_waits()
        refund = self.made_refund(self.refund(harness, view), Outcome.PENDING)
        harness.bank_returns_refund(refund.refund_id)
        seen = self.seen_refund(harness, refund)
        assert seen.state is RefundState.FAILED
        assert seen.failure is not None
        assert seen.failure.code
        assert harness.given_back_minor(view.our_id) == 0

    def test_a_refund_may_fail_after_it_succeeded_and_be_made_again(self, harness: Harness) -> None:
        view = self.paid(harness)
        refund = self.made_refund(self.refund(harness, view))
        harness.bank_returns_refund(refund.refund_id)
        seen = self.seen_refund(harness, refund)
        assert seen.state is RefundState.FAILED
        assert seen.failure is not None
        assert harness.given_back_minor(view.our_id) == 0
        self.made_refund(self.refund(harness, view))
        assert harness.given_back_minor(view.our_id) == AMOUNT_MINOR

    def test_what_does_not_exist_is_none(self, harness: Harness) -> None:
        view = self.paid(harness)
        refund = self.made_refund(self.refund(harness, view))
        assert harness.gateway.get_refund(refund_id=refund.refund_id[:-4] + "0000") is None
        assert self.found(harness, view, our_id=new_id("rf"), key=new_id("call")) is None


class ProvesRefundLists(ProvesRefunds):
    """The refunds of a payment, asked for together."""

    proves = frozenset({Capability.PARTIAL_REFUND, Capability.LIST_REFUNDS})

    def test_all_refunds_are_listed_newest_first_whoever_made_them(self, harness: Harness) -> None:
        view = self.paid(harness)
        ours = self.made_refund(self.refund(harness, view, 10_000))
        harness.refund_elsewhere(view, 5_000)
        newest, oldest = harness.gateway.list_refunds(gateway_payment_id=view.gateway_payment_id)
        assert oldest == self.seen_refund(harness, ours)
        assert (newest.our_id, newest.amount.amount_minor, newest.is_release) == ("", 5_000, False)
