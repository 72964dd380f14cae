"""One request, and what became of it."""

from __future__ import annotations

import pytest

from config.calls.fields import JSON
from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayUnreachable, UnreadableObject
from payments.gateways.razorpay.tests.scripted import refusal, scripted
from payments.gateways.tests.scripted import Reply
from payouts.rails.contract import Reading
from payouts.rails.razorpayx.calls import KEY_HEADER, change, each, get, post


def anything(body: JSON) -> Reading:
    return Reading(Outcome.SUCCEEDED)


def nothing(body: JSON) -> Reading:
    raise UnreadableObject("thing.part")


class TestChange:
    def test_keeps_what_the_journal_needs(self) -> None:
        with scripted(Reply(201, {"id": "x"}, {"X-Razorpay-Request-Id": "req_1"})) as script:
            answer = change(script.client, post("/contacts", {"name": "A"}), anything)
        assert (answer.outcome, answer.http_status, answer.request_id, dict(answer.raw)) == (
            Outcome.SUCCEEDED, 201, "req_1", {"id": "x"},
        )  # fmt: skip
        assert KEY_HEADER.lower() not in script.seen[0].headers

    def test_what_cannot_be_read_was_executed(self) -> None:
        with scripted(Reply(body={"id": "x"})) as script:
            answer = change(script.client, post("/contacts", {}), nothing)
        assert answer.outcome is Outcome.UNKNOWN
        assert answer.failure is not None
        assert answer.failure.detail == "thing.part"

    def test_no_answer_is_not_known(self) -> None:
        with scripted(Reply(hang_up=True)) as script:
            answer = change(script.client, post("/payouts", {}, key="call_1"), anything)
        assert (answer.outcome, answer.advice) == (Outcome.UNKNOWN, None)

    def test_too_many_requests_are_not_executed(self) -> None:
        with scripted(refusal(429)) as script:
            assert change(script.client, post("/payouts", {}), anything).outcome is Outcome.NOT_EXECUTED


class TestReads:
    def test_nothing_there_is_none(self) -> None:
        with scripted(refusal(400, description="The id provided does not exist")) as script:
            assert get(script.client, "/payouts/pout_1") is None

    def test_no_answer_is_raised(self) -> None:
        with scripted(refusal(503, code="SERVER_ERROR")) as script, pytest.raises(GatewayUnreachable):
            get(script.client, "/payouts/pout_1")

    def test_a_page_that_is_not_full_is_the_last(self) -> None:
        page = {"items": [{"id": str(number)} for number in range(100)]}
        with scripted(Reply(body=page), Reply(body={"items": [{"id": "last"}]})) as script:
            found = [item["id"] for item in each(script.client, "/payouts", account_number="1")]
        assert (len(found), found[-1]) == (101, "last")
        assert script.seen[1].query["skip"] == "100"
