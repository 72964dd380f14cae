"""What every class of the suite starts from: a payment, and the ways to bring it somewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.gateways.contract import Answer, Capability, Gateway, NewPayment, Outcome
from payments.gateways.payment_views import CaptureFact, PaymentState, PaymentView
from payments.gateways.tests.conformance.harness import Harness

AMOUNT_MINOR = 50_000


class Proofs:
    """Base of the suite's classes. `proves`: the capabilities that a class is the proof of."""

    proves: ClassVar[frozenset[Capability]] = frozenset()

    @pytest.fixture
    def harness(self) -> Harness:
        """The adapter's sandbox; the class that runs the suite says which."""
        raise NotImplementedError

    @pytest.fixture
    def gateway(self, harness: Harness) -> Gateway:
        return harness.gateway

    def new(self, harness: Harness, amount_minor: int = AMOUNT_MINOR, currency: str = "") -> NewPayment:
        """A payment with ids that were never used."""
        return NewPayment(
            our_id=new_id("pay"),
            call_id=new_id("call"),
            order_id=new_id("ord"),
            amount=Money(amount_minor, currency or harness.currency),
            opened_at=harness.now(),
            success_url="https://shop.example/done",
            cancel_url="https://shop.example/back",
            email="buyer@example.com",
        )

    def made(self, harness: Harness, new: NewPayment | None = None) -> PaymentView:
        """A payment that waits for its customer."""
        return view_of(harness.gateway.create_payment(new or self.new(harness)))

    def paid(self, harness: Harness, new: NewPayment | None = None) -> PaymentView:
        """A payment whose customer has paid."""
        made = self.made(harness, new)
        harness.pay(made)
        return self.seen(harness, made)

    def authorized(self, harness: Harness) -> PaymentView:
        """A payment that is authorised and waits for us."""
        view = self.paid(harness, replace(self.new(harness), capture_manually=True))
        assert view.state is PaymentState.AUTHORIZED
        return view

    def seen(self, harness: Harness, payment: PaymentView) -> PaymentView:
        """The payment as the gateway has it now."""
        view = harness.gateway.get_payment(gateway_payment_id=payment.gateway_payment_id, session_id=payment.session_id)
        assert view is not None
        return view


def view_of(answer: Answer) -> PaymentView:
    """The payment in an answer to a call that succeeded."""
    assert answer.outcome is Outcome.SUCCEEDED, answer
    assert answer.payment is not None
    return answer.payment


def only_capture(view: PaymentView) -> CaptureFact:
    """The one capture of a payment."""
    [capture] = view.captures
    return capture


def a_minute_before(at: datetime) -> datetime:
    return at - timedelta(minutes=1)
