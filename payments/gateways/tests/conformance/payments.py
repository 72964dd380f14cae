"""A payment from its making to the customer's money, and every way in which that does not come about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from config.calls.barrier import CallInsideTransaction, NetworkBarred, network_barred
from config.kernel.money import Money
from payments.gateways.contract import Capability, Gateway, Outcome
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable
from payments.gateways.payment_views import PaymentState
from payments.gateways.tests.conformance.base import AMOUNT_MINOR, Proofs, only_capture
from payments.gateways.tests.conformance.harness import Harness


class ProvesPayments(Proofs):
    """What every gateway must do."""

    def test_every_capability_it_claims_is_proved_here(self, gateway: Gateway) -> None:
        proved = frozenset().union(*(cls.proves for cls in type(self).__mro__ if issubclass(cls, Proofs)))
        assert gateway.capabilities <= proved
        assert proved - gateway.capabilities <= {Capability.SIGNED_BODIES}

    def test_a_new_payment_waits_for_the_customer(self, harness: Harness) -> None:
        new = self.new(harness)
        view = self.made(harness, new)
        assert view.state is PaymentState.PENDING
        assert view.gateway_payment_id or view.session_id
        assert (view.our_id, view.call_id) == (new.our_id, new.call_id)
        assert view.amount == new.amount
        assert view.captures == ()
        assert not view.livemode
        assert abs(view.created_at - harness.now()) < timedelta(minutes=1)
        assert harness.objects_made(new.our_id) == 1
        assert harness.taken_minor(new.our_id) == 0

    def test_it_is_read_again_as_it_was_made(self, harness: Harness) -> None:
        made = self.made(harness)
        seen = self.seen(harness, made)
        assert (seen.gateway_payment_id, seen.session_id) == (made.gateway_payment_id, made.session_id)
        assert (seen.our_id, seen.amount, seen.state) == (made.our_id, made.amount, made.state)
        # The browser's way in can be told again, to a client that lost it.
        assert (seen.client_secret, seen.redirect_url) == (made.client_secret, made.redirect_url)

    def test_paid_is_captured_once(self, harness: Harness) -> None:
        new = self.new(harness)
        view = self.paid(harness, new)
        capture = only_capture(view)
        assert view.state is PaymentState.CAPTURED
        assert capture.amount == new.amount
        assert capture.charge_id
        assert abs(capture.at - harness.now()) < timedelta(minutes=1)
        assert view.gateway_payment_id
        assert view.method
        assert view.failure is None
        assert harness.taken_minor(new.our_id) == AMOUNT_MINOR

    def test_paying_twice_takes_once(self, harness: Harness) -> None:
        new = self.new(harness)
        view = self.paid(harness, new)
        harness.pay(view)
        assert self.seen(harness, view).captures == view.captures
        assert harness.taken_minor(new.our_id) == AMOUNT_MINOR

    def test_a_decline_says_why_and_takes_nothing(self, harness: Harness) -> None:
        new = self.new(harness)
        made = self.made(harness, new)
        harness.be_declined(made)
        view = self.seen(harness, made)
        assert view.state is PaymentState.FAILED
        assert view.failure is not None
        assert view.failure.code
        assert view.captures == ()
        assert harness.taken_minor(new.our_id) == 0

    def test_a_declined_payment_can_be_tried_again(self, harness: Harness) -> None:
        new = self.new(harness)
        made = self.made(harness, new)
        harness.be_declined(made)
        harness.pay(made)
        view = self.seen(harness, made)
        assert view.state is PaymentState.CAPTURED
        assert only_capture(view).amount == new.amount
        assert harness.taken_minor(new.our_id) == AMOUNT_MINOR

    def test_authentication_that_succeeds_pays(self, harness: Harness) -> None:
        made = self.made(harness)
        harness.begin_authentication(made)
        assert self.seen(harness, made).state is PaymentState.PENDING
        assert self.seen(harness, made).captures == ()
        harness.end_authentication(made, succeeds=True)
        assert self.seen(harness, made).state is PaymentState.CAPTURED

    def test_authentication_that_fails_takes_nothing(self, harness: Harness) -> None:
        new = self.new(harness)
        made = self.made(harness, new)
        harness.begin_authentication(made)
        harness.end_authentication(made, succeeds=False)
        view = self.seen(harness, made)
        assert view.state is PaymentState.FAILED
        assert view.failure is not None
        assert harness.taken_minor(new.our_id) == 0

    def test_a_slow_payment_is_no_money_until_the_bank_says_so(self, harness: Harness) -> None:
        new = self.new(harness)
        made = self.made(harness, new)
        harness.pay_slowly(made)
        view = self.seen(harness, made)
        assert view.state is PaymentState.PROCESSING
        assert view.captures == ()
        assert harness.taken_minor(new.our_id) == 0
        harness.bank_decides(made, succeeds=True)
        view = self.seen(harness, made)
        assert view.state is PaymentState.CAPTURED
        assert only_capture(view).amount == new.amount
        assert harness.taken_minor(new.our_id) == AMOUNT_MINOR

    def test_a_slow_payment_may_fail_in_the_end(self, harness: Harness) -> None:
        new = self.new(harness)
        made = self.made(harness, new)
        harness.pay_slowly(made)
        harness.bank_decides(made, succeeds=False)
        view = self.seen(harness, made)
        assert view.state is PaymentState.FAILED
        assert view.failure is not None
        assert view.captures == ()
        assert harness.taken_minor(new.our_id) == 0

    def test_two_equal_payments_are_two(self, harness: Harness) -> None:
        one, two = self.paid(harness), self.paid(harness)
        assert one.gateway_payment_id != two.gateway_payment_id
        assert only_capture(one).charge_id != only_capture(two).charge_id

    def test_every_currency_keeps_its_own_decimals(self, harness: Harness) -> None:
        for currency in harness.currencies:
            new = self.new(harness, 123_450, currency)
            view = self.paid(harness, new)
            assert view.amount == Money(123_450, currency)
            assert only_capture(view).amount == Money(123_450, currency)
            assert harness.taken_minor(new.our_id) == 123_450

    def test_what_is_too_small_is_refused_before_and_by_the_gateway(self, harness: Harness) -> None:
        gateway = harness.gateway
        new = self.new(harness, harness.refuses_amount_minor)
        failure = gateway.why_not_charge(new.amount)
        answer = gateway.create_payment(new)
        assert failure is not None
        assert failure.code == "amount_too_small"
        assert answer.outcome is Outcome.DECLINED
        assert answer.failure is not None
        assert answer.failure.code == "amount_too_small"
        assert answer.payment is None
        assert harness.objects_made(new.our_id) == 0

    def test_the_smallest_amount_that_it_names_is_charged(self, harness: Harness) -> None:
        for currency in harness.currencies:
            minimum = harness.gateway.minimum_minor(currency)
            assert minimum is not None
            assert harness.gateway.why_not_charge(Money(minimum, currency)) is None
            assert only_capture(self.paid(harness, self.new(harness, minimum, currency))).amount == Money(
                minimum, currency
            )

    def test_a_currency_that_nobody_has_is_not_offered(self, gateway: Gateway) -> None:
        assert gateway.minimum_minor("XXX") is None

    def test_what_does_not_exist_is_none(self, harness: Harness) -> None:
        made = self.made(harness)
        unknown = (made.gateway_payment_id or made.session_id)[:-4] + "0000"
        session = bool(made.session_id)
        view = harness.gateway.get_payment(
            gateway_payment_id="" if session else unknown, session_id=unknown if session else ""
        )
        assert view is None

    def test_wrong_credentials_are_a_matter_for_a_person(self, harness: Harness) -> None:
        gateway, new = harness.misconfigured(), self.new(harness)
        with pytest.raises(GatewayMisconfigured):
            gateway.create_payment(new)
        with pytest.raises(GatewayMisconfigured):
            gateway.find_payment(our_id=new.our_id, call_id=new.call_id, since=harness.now())
        assert harness.objects_made(new.our_id) == 0

    def test_where_nobody_answers_nothing_was_executed(self, harness: Harness) -> None:
        new = self.new(harness)
        answer = harness.unreachable().create_payment(new)
        assert answer.outcome is Outcome.NOT_EXECUTED
        assert answer.failure is not None
        assert self.made(harness, new).our_id == new.our_id  # and so the same call may be sent again
        with pytest.raises(GatewayUnreachable):
            harness.unreachable().get_payment(gateway_payment_id="some", session_id="")

    @pytest.mark.django_db
    def test_a_call_inside_a_transaction_is_refused_and_not_made(self, harness: Harness) -> None:
        new = self.new(harness)
        with transaction.atomic(), pytest.raises(CallInsideTransaction):
            harness.gateway.create_payment(new)
        assert harness.objects_made(new.our_id) == 0

    def test_a_call_while_the_network_is_barred_is_not_made(self, harness: Harness) -> None:
        new = self.new(harness)
        with network_barred(), pytest.raises(NetworkBarred):
            harness.gateway.create_payment(new)
        assert harness.objects_made(new.our_id) == 0
