"""What became of a request, on a scripted server in Stripe's place."""

from __future__ import annotations

from typing import Any

import pytest

from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayMisconfigured, QuestionRefused
from payments.gateways.stripe.tests.scripted import error, scripted
from payments.gateways.tests.scripted import Reply
from payouts.rails.connect.calls import change, look
from payouts.rails.connect.views import reversal_view
from payouts.rails.contract import Advice, RailAnswer, Reading

REVERSAL: dict[str, Any] = {
    "id": "trr_1",
    "object": "transfer_reversal",
    "amount": 5,
    "currency": "usd",
    "metadata": {},
    "transfer": "tr_1",
}


def _reverse(*replies: Reply) -> RailAnswer:
    with scripted(*replies) as script:
        return change(
            script.connection,
            lambda client: client.v1.transfers.reversals.create("tr_1", {"amount": 5}, {"idempotency_key": "k"}),
            lambda body: Reading(Outcome.SUCCEEDED, reversal=reversal_view(body)),
        )


class TestChange:
    def test_a_good_answer_is_read(self) -> None:
        answer = _reverse(Reply(200, REVERSAL, {"Request-Id": "req_1"}))
        assert (answer.outcome, answer.request_id) == (Outcome.SUCCEEDED, "req_1")

    def test_what_cannot_be_read_was_executed_all_the_same(self) -> None:
        assert _reverse(Reply(200, {"object": "refund"}, {})).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        ("status", "code", "advice"),
        [
            (400, "balance_insufficient", Advice.RETRY),
            (400, "brand_new", Advice.ASK),
            (403, "account_invalid", Advice.FINAL),
        ],
    )
    def test_a_refusal_says_what_to_do(self, status: int, code: str, advice: Advice) -> None:
        answer = _reverse(error(status, code))
        assert (answer.outcome, answer.advice) == (Outcome.DECLINED, advice)

    def test_a_wrong_key_of_ours_is_an_alarm(self) -> None:
        with pytest.raises(GatewayMisconfigured):
            _reverse(error(401))

    def test_a_broken_answer_then_a_refusal_proves_nothing(self) -> None:
        answer = _reverse(error(500), error(403, "account_invalid"))
        assert (answer.outcome, answer.advice) == (Outcome.UNKNOWN, None)


class TestLook:
    def test_what_lets_nobody_look_is_not_nothing(self) -> None:
        with scripted(error(403, "account_invalid")) as script, pytest.raises(QuestionRefused):
            look(script.connection, lambda client: client.v1.accounts.retrieve("acct_1"))

    def test_nothing_is_none(self) -> None:
        with scripted(error(404, "resource_missing")) as script:
            assert look(script.connection, lambda client: client.v1.transfers.retrieve("tr_1")) is None
