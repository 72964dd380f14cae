"""Charges of a token where the sandbox cannot show it: what is looked at first, and what an odd answer means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.kernel.money import Money
from payments.gateways.contract import NewPayment, Outcome
from payments.gateways.payment_views import PaymentState
from payments.gateways.razorpay.requests import order_body
from payments.gateways.razorpay.saved import NOT_LOOKED_UP
from payments.gateways.razorpay.tests import entities
from payments.gateways.razorpay.tests.scripted import Scripted, refusal, scripted
from payments.gateways.readings import CUSTOMER_NEEDED
from payments.gateways.tests.scripted import Reply

METHOD, PATH = "token_One/cust_One", "/v1/payments/create/recurring"
NEW = NewPayment(our_id="pay_ours", call_id="call_ours", order_id="ord_ours", amount=Money(50_000, "INR"))
NOTES = {"payment": "pay_ours", "call": "call_ours", "order": "ord_ours", "token": "token_One", "saved_by": "order_Reg"}
PAYER = {"email": "a@example.com", "contact": "+919000090000"}
ORDER = Reply(body=entities.order(notes=NOTES))
NOTHING = Reply(body=entities.page())
REGISTERED = Reply(body=entities.page(entities.payment("authorized", **PAYER)))
CUSTOMER = Reply(body={"id": "cust_One", "entity": "customer", "notes": [], "email": None, "contact": None})
ACCEPTED = Reply(body={"razorpay_payment_id": "pay_Two"})
BEFORE = (ORDER, NOTHING, REGISTERED, CUSTOMER)


def charged(script: Scripted) -> Any:
    return script.gateway.confirm_payment(key="call_charge", gateway_payment_id="order_One", method_id=METHOD)


def attempt(status: str, **changes: Any) -> Reply:
    given = {"token_id": "token_One"} | changes
    made = entities.failed(**given) if status == "failed" else entities.payment(status, **given)
    return Reply(body=entities.page(made))


def posts(script: Scripted) -> list[Any]:
    return [seen for seen in script.seen if seen.method == "POST"]


class TestOrder:
    def test_for_a_token_names_it_and_what_registered_it(self) -> None:
        made = order_body(replace(NEW, method_id=METHOD, customer_id="cust_One", setup_id="order_Reg"))
        assert (made["notes"], made["payment_capture"]) == (NOTES, True)
        assert "token" not in order_body(NEW)["notes"]


class TestCharge:
    def test_is_of_all_the_order_for_the_customer_who_saved(self) -> None:
        with scripted(*BEFORE, ACCEPTED, ORDER, attempt("captured")) as script:
            answer = charged(script)
        assert (answer.outcome, answer.payment.state) == (Outcome.SUCCEEDED, PaymentState.CAPTURED)
        (sent,) = posts(script)
        assert (sent.path, sent.body) == (PATH, {
            **PAYER, "amount": 50_000, "currency": "INR", "order_id": "order_One", "customer_id": "cust_One",
            "token": "token_One", "recurring": True, "notes": {"payment": "pay_ours", "call": "call_charge"},
        })  # fmt: skip

    @pytest.mark.parametrize(
        ("status", "outcome", "state"),
        [
            ("created", Outcome.PENDING, PaymentState.PROCESSING),
            ("authorized", Outcome.SUCCEEDED, PaymentState.AUTHORIZED),
            ("failed", Outcome.DECLINED, PaymentState.FAILED),
        ],
    )
    def test_accepted_is_what_the_order_says_then(self, status: str, outcome: Outcome, state: PaymentState) -> None:
        with scripted(*BEFORE, ACCEPTED, ORDER, attempt(status)) as script:
            answer = charged(script)
        assert (answer.outcome, answer.payment.state) == (outcome, state)

    @pytest.mark.parametrize("reply", [Reply(hang_up=True), refusal(500)])
    def test_accepted_and_not_to_be_looked_at_waits(self, reply: Reply) -> None:
        with scripted(*BEFORE, ACCEPTED, reply) as script:
            answer = charged(script)
        assert (answer.outcome, answer.payment) == (Outcome.PENDING, None)

    def test_accepted_and_not_yet_there_waits(self) -> None:
        with scripted(*BEFORE, ACCEPTED, ORDER, NOTHING) as script:
            assert charged(script).outcome is Outcome.PENDING

    @pytest.mark.parametrize("reply", [Reply(hang_up=True), refusal(500), refusal(400, code="GATEWAY_ERROR")])
    def test_without_an_answer_is_unknown_and_sent_once(self, reply: Reply) -> None:
        with scripted(*BEFORE, reply) as script:
            assert charged(script).outcome is Outcome.UNKNOWN
        assert len(posts(script)) == 1

    def test_an_odd_answer_is_unknown(self) -> None:
        with scripted(*BEFORE, Reply(body={"id": 1})) as script:
            assert charged(script).outcome is Outcome.UNKNOWN

    def test_a_refusal_stands_with_the_order_beside_it(self) -> None:
        refused = refusal(400, description="Amount exceeds maximum amount allowed")
        with scripted(*BEFORE, refused, ORDER, NOTHING) as script:
            answer = charged(script)
        assert (answer.outcome, answer.payment.state) == (Outcome.DECLINED, PaymentState.PENDING)
        assert answer.failure.detail == "Amount exceeds maximum amount allowed"

    def test_refused_because_it_was_paid_meanwhile_is_paid(self) -> None:
        with scripted(*BEFORE, refusal(400), ORDER, attempt("captured")) as script:
            assert charged(script).outcome is Outcome.SUCCEEDED


class TestBefore:
    @pytest.mark.parametrize(
        ("status", "changes", "outcome"),
        [
            ("captured", {}, Outcome.SUCCEEDED),
            ("authorized", {}, Outcome.SUCCEEDED),
            ("created", {}, Outcome.PENDING),
            ("created", {"token_id": None}, Outcome.DECLINED),  # the customer is on the bank's page
        ],
    )
    def test_what_is_paid_or_under_way_is_not_charged(self, status: str, changes: Any, outcome: Outcome) -> None:
        with scripted(ORDER, attempt(status, **changes)) as script:
            assert charged(script).outcome is outcome
        assert posts(script) == []

    def test_after_a_decline_it_is(self) -> None:
        with scripted(ORDER, attempt("failed"), REGISTERED, CUSTOMER, ACCEPTED, ORDER, attempt("captured")) as script:
            assert charged(script).outcome is Outcome.SUCCEEDED

    @pytest.mark.parametrize("reply", [Reply(hang_up=True), refusal(500), refusal(429), Reply(body={"entity": "x"})])
    @pytest.mark.parametrize("answered", range(4))
    def test_what_could_not_be_looked_up_was_not_begun(self, answered: int, reply: Reply) -> None:
        if answered == 3 and reply.body == {"entity": "x"}:
            reply = Reply(body={"entity": "customer", "email": 1})
        with scripted(*(ORDER, NOTHING, NOTHING)[:answered], reply) as script:
            answer = charged(script)
        assert (answer.outcome, posts(script)) == (Outcome.NOT_EXECUTED, [])
        assert answer.failure.code == NOT_LOOKED_UP

    def test_without_a_phone_number_the_customer_must_come(self) -> None:
        with scripted(ORDER, NOTHING, NOTHING, CUSTOMER) as script:
            answer = charged(script)
        assert (answer.outcome, answer.failure.code, posts(script)) == (Outcome.DECLINED, CUSTOMER_NEEDED, [])

    def test_their_customer_may_know_it(self) -> None:
        known = Reply(body={**CUSTOMER.body, **PAYER})
        with scripted(ORDER, NOTHING, NOTHING, known, ACCEPTED, ORDER, attempt("captured")) as script:
            charged(script)
        assert posts(script)[0].body["contact"] == PAYER["contact"]

    def test_an_order_that_is_not_there_is_declined(self) -> None:
        with scripted(refusal(400, description="The id provided does not exist")) as script:
            assert charged(script).outcome is Outcome.DECLINED

    def test_what_is_no_token_is_declined_and_asks_nobody(self) -> None:
        with scripted(refusal(500)) as script:
            answer = script.gateway.confirm_payment(key="k", gateway_payment_id="order_One", method_id="pm_1")
        assert (answer.outcome, script.seen) == (Outcome.DECLINED, [])


class TestUnattended:
    def test_the_bank_that_wants_the_customer_says_so_in_our_word(self) -> None:
        declined = attempt("failed", error_reason="authentication_failed")
        with scripted(*BEFORE, ACCEPTED, ORDER, declined) as script:
            answer = charged(script)
        assert (answer.failure.code, answer.failure.decline_code) == (CUSTOMER_NEEDED, CUSTOMER_NEEDED)

    def test_with_the_customer_there_it_is_an_ordinary_failure(self) -> None:
        declined = attempt("failed", error_reason="authentication_failed", token_id=None)
        with scripted(ORDER, declined) as script:
            view = script.gateway.get_payment(gateway_payment_id="order_One", session_id="")
        assert view is not None
        assert view.failure is not None
        assert view.failure.decline_code == "authentication_failed"
