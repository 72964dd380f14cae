"""Saved methods where the sandbox cannot show it: what is asked in which order, and what an odd answer means."""

from __future__ import annotations

import pytest

from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.razorpay.saved import ANOTHERS, NOT_LOOKED_UP
from payments.gateways.razorpay.tests import entities
from payments.gateways.razorpay.tests.scripted import refusal, scripted
from payments.gateways.razorpay.tests.test_tokens import attempt, order, token
from payments.gateways.tests.scripted import Reply

MINE = {"id": "cust_One", "entity": "customer", "notes": {"customer": "gcus_ours"}}
NOTHING = Reply(body=entities.page())
GONE = refusal(400, description="The id provided does not exist")
METHOD = "token_One/cust_One"


class TestCustomer:
    def test_is_told_our_id_and_nothing_of_the_person(self) -> None:
        with scripted(Reply(body=MINE)) as script:
            answer = script.gateway.create_customer(key="call_ours", our_id="gcus_ours")
        assert answer.outcome is Outcome.SUCCEEDED
        (sent,) = script.seen
        assert sent.body == {
            "name": "gcus.ours", "fail_existing": "0", "notes": {"customer": "gcus_ours", "call": "call_ours"}
        }  # fmt: skip

    @pytest.mark.parametrize("notes", [[], {"customer": "gcus_anothers"}])
    def test_of_another_person_is_never_taken(self, notes: object) -> None:
        with scripted(Reply(body=MINE | {"notes": notes})) as script:
            answer = script.gateway.create_customer(key="call_ours", our_id="gcus_ours")
        assert answer.failure is not None
        assert (answer.outcome, answer.failure.code, answer.customer) == (Outcome.DECLINED, ANOTHERS, None)


class TestSetup:
    def test_is_an_order_that_registers_and_takes_nothing(self) -> None:
        with scripted(NOTHING, Reply(body=order())) as script:
            answer = script.gateway.start_setup(key="call_ours", our_id="set_ours", customer_id="cust_One")
        assert answer.outcome is Outcome.SUCCEEDED
        look, make = script.seen
        assert (look.method, look.query["receipt"], make.method) == ("GET", "set_ours", "POST")
        assert (make.body["amount"], make.body["payment_capture"]) == (100, False)
        assert make.body["token"] == {"max_amount": 1_500_000, "expire_at": 4_102_444_799, "frequency": "as_presented"}

    def test_made_before_is_not_made_again(self) -> None:
        with scripted(Reply(body=entities.page(order())), NOTHING) as script:
            answer = script.gateway.start_setup(key="call_ours", our_id="set_ours", customer_id="cust_One")
        assert answer.setup is not None
        assert (answer.outcome, answer.setup.setup_id) == (Outcome.SUCCEEDED, "order_One")
        assert {seen.method for seen in script.seen} == {"GET"}

    def test_of_another_call_is_another(self) -> None:
        with scripted(Reply(body=entities.page(order())), Reply(body=order(id="order_Two"))) as script:
            answer = script.gateway.start_setup(key="call_other", our_id="set_ours", customer_id="cust_One")
        assert answer.setup is not None
        assert answer.setup.setup_id == "order_Two"

    @pytest.mark.parametrize("reply", [Reply(hang_up=True), refusal(500), refusal(429), Reply(body={"items": 1})])
    def test_that_could_not_look_was_not_executed(self, reply: Reply) -> None:
        with scripted(reply) as script:
            answer = script.gateway.start_setup(key="call_ours", our_id="set_ours", customer_id="cust_One")
        assert answer.failure is not None
        assert (answer.outcome, answer.failure.code) == (Outcome.NOT_EXECUTED, NOT_LOOKED_UP)
        assert {seen.method for seen in script.seen} == {"GET"}

    def test_is_read_with_its_token(self) -> None:
        replies = Reply(body=order()), Reply(body=entities.page(attempt())), Reply(body=token())
        with scripted(*replies) as script:
            view = script.gateway.get_setup(setup_id="order_One")
        assert view is not None
        assert view.method_id == METHOD
        assert [seen.path for seen in script.seen] == [
            "/v1/orders/order_One", "/v1/orders/order_One/payments", "/v1/customers/cust_One/tokens/token_One"
        ]  # fmt: skip

    def test_an_order_that_registers_nothing_of_ours_is_none(self) -> None:
        with scripted(Reply(body=entities.order())) as script:
            assert script.gateway.get_setup(setup_id="order_One") is None

    @pytest.mark.parametrize("setup_id", ["", "set_1", "seti_1"])
    def test_of_no_order_is_none_and_asks_nobody(self, setup_id: str) -> None:
        with scripted(refusal(500)) as script:
            assert script.gateway.get_setup(setup_id=setup_id) is None
        assert script.seen == []


class TestMethods:
    def test_are_listed_newest_first(self) -> None:
        listed = entities.page(token(created_at=1), token(id="token_Two", created_at=2))
        with scripted(Reply(body=listed)) as script:
            found = [each.method_id for each in script.gateway.list_methods(customer_id="cust_One")]
        assert found == ["token_Two/cust_One", METHOD]

    def test_of_no_answer_are_not_nothing(self) -> None:
        with scripted(refusal(500)) as script, pytest.raises(GatewayUnreachable):
            script.gateway.get_method(method_id=METHOD)


class TestDetach:
    def test_deletes_the_token_and_keeps_nothing_of_it(self) -> None:
        with scripted(Reply(body={"deleted": True})) as script:
            answer = script.gateway.detach_method(key="k", method_id=METHOD)
        assert (answer.outcome, answer.raw) == (Outcome.SUCCEEDED, {"deleted": True})
        assert [(seen.method, seen.path) for seen in script.seen] == [
            ("DELETE", "/v1/customers/cust_One/tokens/token_One")
        ]

    def test_that_says_no_yes_is_unknown(self) -> None:
        with scripted(Reply(body={"deleted": False})) as script:
            assert script.gateway.detach_method(key="k", method_id=METHOD).outcome is Outcome.UNKNOWN

    def test_of_what_is_gone_is_done(self) -> None:
        with scripted(GONE) as script:
            assert script.gateway.detach_method(key="k", method_id=METHOD).outcome is Outcome.SUCCEEDED

    def test_refused_while_it_is_there_stays_refused(self) -> None:
        with scripted(refusal(400), Reply(body=token())) as script:
            answer = script.gateway.detach_method(key="k", method_id=METHOD)
        assert answer.outcome is Outcome.DECLINED
        assert answer.method is not None

    def test_refused_and_not_to_be_looked_at_is_unknown(self) -> None:
        with scripted(refusal(400), refusal(500)) as script:
            assert script.gateway.detach_method(key="k", method_id=METHOD).outcome is Outcome.UNKNOWN
