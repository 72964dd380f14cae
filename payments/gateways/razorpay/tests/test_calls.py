"""One request as an Answer or as JSON, and collections walked to their end."""

from __future__ import annotations

import pytest

from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.razorpay.calls import PAGE_SIZE, change, look, walk
from payments.gateways.razorpay.fields import a
from payments.gateways.razorpay.tests import entities
from payments.gateways.razorpay.tests.scripted import refusal, scripted
from payments.gateways.readings import Reading
from payments.gateways.tests.scripted import Reply


class TestChange:
    def test_keeps_what_the_journal_needs(self) -> None:
        with scripted(Reply(body=entities.order(), headers={"X-Razorpay-Request-Id": "req_1"})) as script:
            answer = change(script.client, lambda client: client.order.create({}), lambda _: Reading(Outcome.SUCCEEDED))
        assert (answer.outcome, answer.http_status, answer.request_id) == (Outcome.SUCCEEDED, 200, "req_1")
        assert answer.raw["id"] == "order_One"

    def test_of_an_error_too(self) -> None:
        with scripted(refusal(400)) as script:
            answer = change(script.client, lambda client: client.order.create({}), lambda _: Reading(Outcome.SUCCEEDED))
        assert (answer.outcome, answer.http_status, answer.request_id) == (Outcome.DECLINED, 400, "req_refused")
        assert answer.raw["error"]["code"] == "BAD_REQUEST_ERROR"

    def test_what_was_executed_and_cannot_be_read_is_unknown(self) -> None:
        def read(obj: object) -> Reading:
            a("order", obj)
            return Reading(Outcome.SUCCEEDED)

        with scripted(Reply(body={"entity": "something"})) as script:
            answer = change(script.client, lambda client: client.order.create({}), read)
        assert answer.outcome is Outcome.UNKNOWN
        assert answer.failure is not None
        assert answer.failure.code == "unreadable_answer"


class TestWalk:
    def test_goes_on_until_a_page_is_not_full(self) -> None:
        full = entities.page(*(entities.order(id=f"order_{number}") for number in range(PAGE_SIZE)))
        with scripted(Reply(body=full), Reply(body=entities.page(entities.order()))) as script:
            found = list(walk(script.client, lambda client, params: client.order.all(params), {"receipt": "r"}))
        assert len(found) == PAGE_SIZE + 1
        assert [seen.query for seen in script.seen] == [
            {"receipt": "r", "count": "100", "skip": "0"},
            {"receipt": "r", "count": "100", "skip": "100"},
        ]

    def test_holds_one_page_at_a_time(self) -> None:
        full = entities.page(*(entities.order(id=f"order_{number}") for number in range(PAGE_SIZE)))
        with scripted(Reply(body=full)) as script:
            found = walk(script.client, lambda client, params: client.order.all(params), {})
            next(found)
            assert len(script.seen) == 1

    def test_of_what_is_not_there_is_empty(self) -> None:
        with scripted(refusal(400, description="The id provided does not exist")) as script:
            assert list(walk(script.client, lambda client, params: client.order.all(params), {})) == []


class TestLook:
    def test_without_an_answer_is_not_nothing(self) -> None:
        with scripted(Reply(hang_up=True)) as script, pytest.raises(GatewayUnreachable):
            look(script.client, lambda client: client.order.fetch("order_One"))
