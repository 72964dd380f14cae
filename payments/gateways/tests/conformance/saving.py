"""Saved methods: a customer saves one, it is charged with nobody present, and it is forgotten."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Protocol

import pytest

from config.kernel.ids import new_id
from payments.gateways.contract import Answer, Capability, Gateway, Outcome
from payments.gateways.failures import NotOffered
from payments.gateways.method_views import MethodView, SetupState, SetupView
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.readings import CUSTOMER_NEEDED
from payments.gateways.tests.conformance.base import AMOUNT_MINOR, Proofs, view_of
from payments.gateways.tests.conformance.harness import Harness


class Card(StrEnum):
    """What a customer may bring."""

    GOOD = "good"
    ASKS = "asks"  # its bank wants the customer each time
    EMPTY = "empty"  # can be saved, and declines each charge
    INDIAN = "indian"
    REFUSED = "refused"  # cannot be saved


class SavingHarness(Harness, Protocol):
    """The other side of an adapter that saves methods."""

    def save(self, setup: SetupView, card: Card) -> None:
        """The customer saves this card, and says yes to their bank where it asks."""

    def forget_elsewhere(self, method_id: str) -> None:
        """Somebody forgets it in the gateway's own dashboard."""


class ProvesSavedMethods(Proofs):
    """Money never moves without an object that was known before."""

    proves = frozenset({Capability.SAVED_METHODS, Capability.OFF_SESSION})

    def customer(self, gateway: Gateway) -> str:
        answer = gateway.create_customer(key=new_id("call"), our_id=new_id("gcus"))
        assert answer.outcome is Outcome.SUCCEEDED, answer
        assert answer.customer is not None
        return answer.customer.customer_id

    def setup(self, gateway: Gateway, customer_id: str) -> SetupView:
        answer = gateway.start_setup(key=new_id("call"), our_id=new_id("set"), customer_id=customer_id)
        assert answer.outcome is Outcome.SUCCEEDED, answer
        assert answer.setup is not None
        return answer.setup

    def saved(self, harness: SavingHarness, card: Card = Card.GOOD) -> MethodView:
        setup = self.setup(harness.gateway, self.customer(harness.gateway))
        harness.save(setup, card)
        seen = harness.gateway.get_setup(setup_id=setup.setup_id)
        assert seen is not None
        method = harness.gateway.get_method(method_id=seen.method_id)
        assert method is not None
        return method

    def made_for(self, harness: SavingHarness, method: MethodView) -> PaymentView:
        new = replace(self.new(harness), customer_id=method.customer_id, method_id=method.method_id)
        return view_of(harness.gateway.create_payment(new))

    def charge(self, harness: SavingHarness, payment: PaymentView, method: MethodView, *, key: str = "") -> Answer:
        return harness.gateway.confirm_payment(
            key=key or new_id("call"), gateway_payment_id=payment.gateway_payment_id, method_id=method.method_id
        )

    def test_a_setup_waits_for_the_customer(self, harness: SavingHarness) -> None:
        customer_id = self.customer(harness.gateway)
        setup = self.setup(harness.gateway, customer_id)
        assert (setup.state, setup.customer_id, setup.method_id) == (SetupState.PENDING, customer_id, "")
        assert setup.our_id.startswith("set_")
        assert setup.call_id.startswith("call_")
        assert setup.client_secret
        assert harness.gateway.get_setup(setup_id=setup.setup_id) == setup

    def test_a_setup_is_closed_or_stays_as_it_is(self, harness: SavingHarness) -> None:
        gateway = harness.gateway
        setup = self.setup(gateway, self.customer(gateway))
        if Capability.CANCEL_SETUP not in gateway.capabilities:
            with pytest.raises(NotOffered):
                gateway.cancel_setup(key=new_id("call"), setup_id=setup.setup_id)
            assert gateway.get_setup(setup_id=setup.setup_id) == setup
            return
        for _ in range(2):  # the second time under another key: it is closed, by whichever call
            assert gateway.cancel_setup(key=new_id("call"), setup_id=setup.setup_id).outcome is Outcome.SUCCEEDED
        seen = gateway.get_setup(setup_id=setup.setup_id)
        assert seen is not None
        assert seen.state is SetupState.CANCELLED

    @pytest.mark.parametrize("verb", ["customer", "setup"])
    def test_the_same_key_makes_one(self, harness: SavingHarness, verb: str) -> None:
        key, our_id, customer_id = new_id("call"), new_id("any"), self.customer(harness.gateway)
        answers = [
            harness.gateway.create_customer(key=key, our_id=our_id)
            if verb == "customer"
            else harness.gateway.start_setup(key=key, our_id=our_id, customer_id=customer_id)
            for _ in range(2)
        ]
        assert answers[0].customer == answers[1].customer
        assert answers[0].setup == answers[1].setup

    @pytest.mark.parametrize("verb", ["customer", "setup"])
    def test_a_lost_answer_is_unknown(self, harness: SavingHarness, verb: str) -> None:
        customer_id = self.customer(harness.gateway)
        with harness.answers_lost():
            if verb == "customer":
                answer = harness.gateway.create_customer(key=new_id("call"), our_id=new_id("gcus"))
            else:
                answer = harness.gateway.start_setup(key=new_id("call"), our_id=new_id("set"), customer_id=customer_id)
        assert answer.outcome is Outcome.UNKNOWN

    def test_of_no_customer_is_declined(self, harness: SavingHarness) -> None:
        answer = harness.gateway.start_setup(key=new_id("call"), our_id=new_id("set"), customer_id="cus_of_nobody")
        assert answer.outcome is Outcome.DECLINED

    def test_what_is_saved_says_whose_and_what_it_is(self, harness: SavingHarness) -> None:
        method = self.saved(harness)
        assert method.customer_id
        assert method.kind
        assert len(method.last4) == 4
        assert (method.expiry_month or 0) in range(1, 13)
        assert (method.expiry_year or 0) > 2025
        assert [each.method_id for each in harness.gateway.list_methods(customer_id=method.customer_id)] == [
            method.method_id
        ]

    def test_of_an_indian_card_only_four_digits_and_the_issuer_are_told(self, harness: SavingHarness) -> None:
        method = self.saved(harness, Card.INDIAN)
        assert len(method.last4) == 4
        assert (method.network, method.expiry_month, method.expiry_year) == ("", None, None)

    def test_a_card_that_cannot_be_saved_leaves_the_setup_open(self, harness: SavingHarness) -> None:
        setup = self.setup(harness.gateway, self.customer(harness.gateway))
        harness.save(setup, Card.REFUSED)
        seen = harness.gateway.get_setup(setup_id=setup.setup_id)
        assert seen is not None
        assert (seen.state, seen.method_id) == (SetupState.FAILED, "")
        assert seen.failure_code
        harness.save(setup, Card.GOOD)
        seen = harness.gateway.get_setup(setup_id=setup.setup_id)
        assert seen is not None
        assert seen.state is SetupState.SUCCEEDED

    def test_ids_that_are_not_there_are_none(self, harness: SavingHarness) -> None:
        assert harness.gateway.get_setup(setup_id="set_of_nobody") is None
        assert harness.gateway.get_method(method_id="met_of_nobody") is None
        assert list(harness.gateway.list_methods(customer_id="cus_of_nobody")) == []

    def test_making_a_payment_for_it_moves_no_money(self, harness: SavingHarness) -> None:
        payment = self.made_for(harness, self.saved(harness))
        assert payment.state is PaymentState.PENDING
        assert harness.taken_minor(payment.our_id) == 0

    def test_confirmed_it_is_charged_once(self, harness: SavingHarness) -> None:
        method = self.saved(harness)
        payment, key = self.made_for(harness, method), new_id("call")
        for _ in range(2):
            answer = self.charge(harness, payment, method, key=key)
            assert answer.outcome is Outcome.SUCCEEDED, answer
            assert answer.payment is not None
            assert answer.payment.gateway_payment_id == payment.gateway_payment_id
        assert self.charge(harness, payment, method).outcome is Outcome.SUCCEEDED
        assert harness.taken_minor(payment.our_id) == AMOUNT_MINOR

    def test_a_lost_answer_is_found_by_asking_for_the_payment(self, harness: SavingHarness) -> None:
        method = self.saved(harness)
        payment = self.made_for(harness, method)
        with harness.answers_lost():
            assert self.charge(harness, payment, method).outcome is Outcome.UNKNOWN
        assert self.seen(harness, payment).state is PaymentState.CAPTURED
        assert harness.taken_minor(payment.our_id) == AMOUNT_MINOR

    def test_declined_it_may_be_confirmed_again(self, harness: SavingHarness) -> None:
        method = self.saved(harness, Card.EMPTY)
        payment = self.made_for(harness, method)
        for _ in range(2):
            answer = self.charge(harness, payment, method)
            assert answer.outcome is Outcome.DECLINED
            assert answer.failure is not None
            assert answer.failure.code
            assert answer.payment is not None
            assert answer.payment.state is PaymentState.FAILED
        assert harness.taken_minor(payment.our_id) == 0

    def test_where_the_bank_asks_the_customer_goes_on_with_the_same_payment(self, harness: SavingHarness) -> None:
        method = self.saved(harness, Card.ASKS)
        payment = self.made_for(harness, method)
        answer = self.charge(harness, payment, method)
        assert answer.outcome is Outcome.DECLINED
        assert answer.failure is not None
        assert answer.failure.code == CUSTOMER_NEEDED
        assert self.seen(harness, payment).client_secret == payment.client_secret
        harness.begin_authentication(payment)
        harness.end_authentication(payment, succeeds=True)
        assert self.seen(harness, payment).state is PaymentState.CAPTURED
        assert harness.objects_made(payment.our_id) == 1
        assert harness.taken_minor(payment.our_id) == AMOUNT_MINOR

    @pytest.mark.parametrize("how", ["here", "elsewhere"])
    def test_forgotten_it_is_nobodys_and_never_charged(self, harness: SavingHarness, how: str) -> None:
        method = self.saved(harness)
        payment = self.made_for(harness, method)
        if how == "elsewhere":
            harness.forget_elsewhere(method.method_id)
        for _ in range(2):
            answer = harness.gateway.detach_method(key=new_id("call"), method_id=method.method_id)
            assert answer.outcome is Outcome.SUCCEEDED, answer
        after = harness.gateway.get_method(method_id=method.method_id)
        assert after is None or after.customer_id == ""
        assert self.charge(harness, payment, method).outcome is Outcome.DECLINED
        assert harness.taken_minor(payment.our_id) == 0

    def test_one_that_is_not_there_is_forgotten(self, harness: SavingHarness) -> None:
        answer = harness.gateway.detach_method(key=new_id("call"), method_id="met_of_nobody")
        assert answer.outcome is Outcome.SUCCEEDED

    def test_a_lost_answer_to_forgetting_is_found_by_asking(self, harness: SavingHarness) -> None:
        method = self.saved(harness)
        with harness.answers_lost():
            answer = harness.gateway.detach_method(key=new_id("call"), method_id=method.method_id)
        assert answer.outcome is Outcome.UNKNOWN
        after = harness.gateway.get_method(method_id=method.method_id)
        assert after is None or after.customer_id == ""

    def test_what_the_journal_keeps_of_a_card_is_none_of_it(self, harness: SavingHarness) -> None:
        method = self.saved(harness, Card.INDIAN)
        answer = harness.gateway.detach_method(key=new_id("call"), method_id=method.method_id)
        assert method.last4 not in str(answer.raw)


class ProvesCancelledCharges(ProvesSavedMethods):
    """The same where a payment, and a setup, can be cancelled."""

    proves = frozenset({Capability.SAVED_METHODS, Capability.OFF_SESSION, Capability.CANCEL_SETUP})

    def test_a_setup_that_saved_something_is_not_closed(self, harness: SavingHarness) -> None:
        setup = self.setup(harness.gateway, self.customer(harness.gateway))
        harness.save(setup, Card.GOOD)
        answer = harness.gateway.cancel_setup(key=new_id("call"), setup_id=setup.setup_id)
        assert (answer.outcome, answer.setup is not None) == (Outcome.DECLINED, True)
        assert answer.setup is not None
        assert answer.setup.state is SetupState.SUCCEEDED

    def test_a_lost_answer_to_closing_is_found_by_asking(self, harness: SavingHarness) -> None:
        setup = self.setup(harness.gateway, self.customer(harness.gateway))
        with harness.answers_lost():
            answer = harness.gateway.cancel_setup(key=new_id("call"), setup_id=setup.setup_id)
        assert answer.outcome is Outcome.UNKNOWN
        seen = harness.gateway.get_setup(setup_id=setup.setup_id)
        assert seen is not None
        assert seen.state is SetupState.CANCELLED

    def test_what_was_cancelled_is_not_charged(self, harness: SavingHarness) -> None:
        method = self.saved(harness)
        payment = self.made_for(harness, method)
        harness.gateway.cancel_payment(
            key=new_id("call"), gateway_payment_id=payment.gateway_payment_id, session_id=payment.session_id
        )
        assert self.charge(harness, payment, method).outcome is Outcome.DECLINED
        assert harness.taken_minor(payment.our_id) == 0
