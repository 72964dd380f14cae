"""What the adapter makes of answers that the sandbox does not give."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from config.kernel.money import Money
from config.settings.rails import RailAccount
from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayMisconfigured, NotOffered, QuestionRefused
from payments.gateways.razorpay.tests.scripted import Scripted, refusal, scripted
from payments.gateways.tests.scripted import Reply
from payouts.rails.contract import Advice, CheckState, RailCapability
from payouts.rails.razorpayx.adapter import RazorpayXRail, build
from payouts.rails.razorpayx.tests.entities import ended, fund_account, payout, validation
from payouts.rails.razorpayx.tests.test_requests import DESTINATION, NUMBER, PAYOUT

SINCE = datetime(2026, 11, 21, tzinfo=UTC)


@contextmanager
def rail(*replies: Reply, is_validated: bool = True) -> Iterator[tuple[RazorpayXRail, Scripted]]:
    with scripted(*replies) as script:
        yield RazorpayXRail(script.client, account_number=NUMBER, livemode=False, is_validated=is_validated), script


def good(body: Any) -> Reply:
    return Reply(body=body)


def listed(*items: Any) -> Reply:
    return Reply(body={"entity": "collection", "count": len(items), "items": list(items)})


class TestCreatePayout:
    def test_sends_the_key_in_its_header_and_no_more_than_once(self) -> None:
        with rail(good(payout(status="processing"))) as (razorpayx, script):
            answer = razorpayx.create_payout(key="call_1", new=PAYOUT)
        assert answer.outcome is Outcome.PENDING
        assert [(seen.method, seen.path) for seen in script.seen] == [("POST", "/v1/payouts")]
        assert script.seen[0].headers["x-payout-idempotency"] == "call_1"
        assert script.seen[0].headers["content-type"] == "application/json"

    @pytest.mark.parametrize(
        ("entity", "outcome", "advice"),
        [
            (payout(), Outcome.SUCCEEDED, None),
            (ended("queued", "low_balance"), Outcome.PENDING, None),
            (ended("failed", "insufficient_funds"), Outcome.DECLINED, Advice.FIX),
            (ended("reversed", "gateway_down"), Outcome.DECLINED, Advice.RETRY),
            (ended("rejected", ""), Outcome.DECLINED, Advice.ASK),
            (ended("cancelled", ""), Outcome.DECLINED, Advice.FIX),
        ],
    )
    def test_each_state_is_an_outcome(self, entity: Any, outcome: Outcome, advice: Advice | None) -> None:
        with rail(good(entity)) as (razorpayx, _):
            answer = razorpayx.create_payout(key="call_1", new=PAYOUT)
        assert (answer.outcome, answer.advice) == (outcome, advice)
        assert answer.payout is not None
        assert (answer.failure is None) == (advice is None)

    def test_one_that_cannot_be_read_was_made_all_the_same(self) -> None:
        with rail(good(payout(status="evaporated"))) as (razorpayx, _):
            answer = razorpayx.create_payout(key="call_1", new=PAYOUT)
        assert (answer.outcome, answer.payout) == (Outcome.UNKNOWN, None)

    def test_a_key_that_was_used_with_another_body_tells_nothing(self) -> None:
        with rail(refusal(400, field="X-Payout-Idempotency")) as (razorpayx, _):
            assert razorpayx.create_payout(key="call_1", new=PAYOUT).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        ("reason", "advice"),
        [
            ("input_validation_failed", Advice.FIX),
            ("insufficient_funds", Advice.FIX),
            ("server_error_temporary", Advice.RETRY),
            ("something_new", Advice.ASK),
        ],
    )
    def test_a_refusal_says_what_to_do(self, reason: str, advice: Advice) -> None:
        with rail(refusal(400, reason=reason)) as (razorpayx, _):
            answer = razorpayx.create_payout(key="call_1", new=PAYOUT)
        assert (answer.outcome, answer.advice, answer.request_id) == (Outcome.DECLINED, advice, "req_refused")

    @pytest.mark.parametrize("status", [400, 401, 403])
    def test_an_address_that_is_not_listed_calls_a_person(self, status: int) -> None:
        """Nothing was executed, and nothing will be before somebody puts our address on the account's list."""
        with (
            rail(refusal(status, description="Your IP is not whitelisted")) as (razorpayx, _),
            pytest.raises(GatewayMisconfigured),
        ):
            razorpayx.create_payout(key="call_1", new=PAYOUT)

    @pytest.mark.parametrize(
        ("status", "code"), [(500, "SERVER_ERROR"), (502, "GATEWAY_ERROR"), (400, "GATEWAY_ERROR")]
    )
    def test_what_broke_is_not_known(self, status: int, code: str) -> None:
        with rail(refusal(status, code=code)) as (razorpayx, _):
            answer = razorpayx.create_payout(key="call_1", new=PAYOUT)
        assert (answer.outcome, answer.advice) == (Outcome.UNKNOWN, None)


class TestFindPayout:
    def test_asks_for_our_reference_in_our_account_since_then(self) -> None:
        with rail(listed(payout(notes=[]), payout())) as (razorpayx, script):
            found = razorpayx.find_payout(our_id="po_1", call_id="call_1", account_id="fa_1", since=SINCE)
        assert found is not None
        asked = script.seen[0].query
        assert (asked["account_number"], asked["reference_id"]) == (NUMBER, "po_1")
        assert asked["from"] == str(int(SINCE.timestamp()) - 300)

    def test_one_that_only_copies_our_reference_is_not_it(self) -> None:
        with rail(listed(payout(notes={"call": "call_2"}))) as (razorpayx, _):
            assert razorpayx.find_payout(our_id="po_1", call_id="call_1", account_id="fa_1", since=SINCE) is None

    def test_a_question_that_is_refused_is_not_an_answer(self) -> None:
        with rail(refusal(400, field="account_number")) as (razorpayx, _), pytest.raises(QuestionRefused):
            razorpayx.find_payout(our_id="po_1", call_id="call_1", account_id="fa_1", since=SINCE)


class TestCreateDestination:
    def test_where_nothing_is_validated_it_is_good_at_once(self) -> None:
        with rail(good(fund_account()), is_validated=False) as (razorpayx, script):
            answer = razorpayx.create_destination(key="call_1", new=DESTINATION)
        assert answer.destination is not None
        assert answer.destination.check is CheckState.GOOD
        assert len(script.seen) == 1
        assert RailCapability.VALIDATES not in razorpayx.capabilities

    def test_it_is_validated_once_however_often_it_is_sent(self) -> None:
        with rail(good(fund_account()), listed(validation())) as (razorpayx, script):
            answer = razorpayx.create_destination(key="call_1", new=DESTINATION)
        assert answer.destination is not None
        assert answer.destination.check is CheckState.GOOD
        assert [seen.method for seen in script.seen] == ["POST", "GET"]

    def test_another_accounts_validation_is_not_its_own(self) -> None:
        other = validation(fund_account=fund_account(id="fa_Other00000001"))
        with rail(good(fund_account()), listed(other), good(validation("created", None))) as (razorpayx, script):
            answer = razorpayx.create_destination(key="call_1", new=DESTINATION)
        assert answer.destination is not None
        assert answer.destination.check is CheckState.PENDING
        assert [seen.method for seen in script.seen] == ["POST", "GET", "POST"]

    def test_a_validation_that_is_refused_is_told_with_the_account(self) -> None:
        refused = refusal(400, description="Account validation is not available", reason="feature_not_enabled")
        with rail(good(fund_account()), listed(), refused) as (razorpayx, _):
            answer = razorpayx.create_destination(key="call_1", new=DESTINATION)
        assert answer.outcome is Outcome.DECLINED
        assert answer.destination is not None
        assert answer.destination.account_id == "fa_Made0000000001"

    def test_where_nobody_can_look_it_is_not_known(self) -> None:
        with rail(good(fund_account()), refusal(500, code="SERVER_ERROR")) as (razorpayx, script):
            answer = razorpayx.create_destination(key="call_1", new=DESTINATION)
        assert answer.outcome is Outcome.UNKNOWN
        assert [seen.method for seen in script.seen] == ["POST", "GET"]

    def test_what_it_cannot_pay_to_is_declined_before_anything_is_sent(self) -> None:
        with rail() as (razorpayx, script):
            card = razorpayx.create_destination(key="call_1", new=replace(DESTINATION, kind="connected_account"))
            nobody = razorpayx.create_destination(key="call_1", new=replace(DESTINATION, recipient_id=""))
        assert (card.outcome, nobody.outcome, script.seen) == (Outcome.DECLINED, Outcome.DECLINED, [])

    def test_a_wrong_ifsc_is_declined_with_its_field(self) -> None:
        with rail(refusal(400, field="ifsc", description="Invalid IFSC Code in Bank Account")) as (razorpayx, _):
            answer = razorpayx.create_destination(key="call_1", new=DESTINATION)
        assert answer.failure is not None
        assert (answer.outcome, answer.failure.field) == (Outcome.DECLINED, "ifsc")


class TestGetDestination:
    def test_of_no_account_nobody_is_asked(self) -> None:
        with rail() as (razorpayx, script):
            assert razorpayx.get_destination(recipient_id="cont_1", account_id="") is None
        assert script.seen == []

    def test_without_validation_the_account_alone_is_asked_for(self) -> None:
        with rail(good(fund_account()), is_validated=False) as (razorpayx, script):
            seen = razorpayx.get_destination(recipient_id="", account_id="fa_Made0000000001")
        assert seen is not None
        assert (seen.check, len(script.seen)) == (CheckState.GOOD, 1)


class TestCancelPayout:
    def test_where_nobody_can_look_afterwards_it_is_not_known(self) -> None:
        with rail(refusal(400), refusal(500, code="SERVER_ERROR")) as (razorpayx, _):
            answer = razorpayx.cancel_payout(key="call_1", payout_id="pout_1", account_id="fa_1")
        assert answer.outcome is Outcome.UNKNOWN

    def test_one_that_was_stopped_before_is_stopped(self) -> None:
        with rail(refusal(400), good(ended("cancelled", ""))) as (razorpayx, _):
            answer = razorpayx.cancel_payout(key="call_1", payout_id="pout_1", account_id="fa_1")
        assert (answer.outcome, answer.failure) == (Outcome.SUCCEEDED, None)

    def test_of_one_that_is_not_there_the_refusal_stands(self) -> None:
        gone = refusal(400, description="The id provided does not exist")
        with rail(gone, gone) as (razorpayx, _):
            answer = razorpayx.cancel_payout(key="call_1", payout_id="pout_1", account_id="fa_1")
        assert (answer.outcome, answer.payout) == (Outcome.DECLINED, None)


class TestGetFloat:
    def test_is_that_of_our_account(self) -> None:
        item = {"entity": "banking_balance", "currency": "INR", "amount": 9, "available_amount": 7}
        other = item | {"account_number": "1", "available_amount": 1}
        with rail(listed(other, item | {"account_number": NUMBER})) as (razorpayx, _):
            assert razorpayx.get_float(currency="INR") == Money(7, "INR")

    def test_where_it_is_not_shown_nobody_knows(self) -> None:
        with rail(listed()) as (razorpayx, _):
            assert razorpayx.get_float(currency="INR") is None

    def test_in_another_currency_nobody_is_asked(self) -> None:
        with rail() as (razorpayx, script):
            assert razorpayx.get_float(currency="USD") is None
        assert script.seen == []


class TestTransfers:
    def test_are_not_offered(self) -> None:
        with rail() as (razorpayx, script):
            for call in (
                lambda: razorpayx.create_transfer(key="k", new=PAYOUT),
                lambda: razorpayx.find_transfer(our_id="po_1", call_id="c", since=SINCE),
                lambda: razorpayx.get_transfer(transfer_id="t"),
                lambda: razorpayx.reverse_transfer(key="k", our_id="p", transfer_id="t", amount=PAYOUT.amount),
                lambda: razorpayx.find_reversal(call_id="c", transfer_id="t"),
            ):
                with pytest.raises(NotOffered):
                    call()
        assert script.seen == []


def test_is_built_of_a_rail_account() -> None:
    account = RailAccount(
        code="razorpayx", rail="razorpayx", livemode=True, api_base="https://api.example.test", key_id="rzp_live_1",
        secret_key="secret", account_number=NUMBER, validates=False,
    )  # fmt: skip
    made = build(account)
    assert made.name == "razorpayx"
    assert RailCapability.VALIDATES not in made.capabilities
    assert RailCapability.VALIDATES in build(replace(account, validates=True)).capabilities
