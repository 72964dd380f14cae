"""A payout on its way to the bank, and back."""

from __future__ import annotations

import pytest

from payments.sandbox.stripe.connect import banks
from payments.sandbox.stripe.connect.tests.conftest import Connect

OF_FAILURES = sorted(token for token, number in banks.TOKENS.items() if banks.FAILURES.get(number))


def _with_bank(connect: Connect, token: str) -> str:
    connect.bench.order(f"accounts/{connect.account}/complete", external_account=token)
    connect.transfer(2_000)
    made: str = connect.pay_out(1_500)["id"]
    return made


def _status(connect: Connect, payout: str) -> str:
    status: str = connect.within("GET", f"payouts/{payout}")["status"]
    return status


class TestAdvance:
    def test_leaves_and_arrives(self, connect: Connect) -> None:
        payout = _with_bank(connect, "btok_us_verified")
        connect.bench.order(f"payouts/{payout}/advance")
        assert _status(connect, payout) == "in_transit"
        connect.bench.order(f"payouts/{payout}/advance")
        paid = connect.within("GET", f"payouts/{payout}")
        assert (paid["status"], paid["trace_id"]["status"]) == ("paid", "supported")
        assert paid["trace_id"]["value"]
        assert connect.balance() == 500
        assert [len(connect.told(f"payout.{name}")) for name in ("created", "updated", "paid")] == [1, 1, 1]

    @pytest.mark.parametrize("token", OF_FAILURES)
    def test_a_bank_that_refuses_gives_it_back(self, connect: Connect, token: str) -> None:
        payout = _with_bank(connect, token)
        for _ in range(2):
            connect.bench.order(f"payouts/{payout}/advance")
        failed = connect.within("GET", f"payouts/{payout}")
        assert (failed["status"], failed["failure_code"]) == ("failed", banks.FAILURES[banks.TOKENS[token]])
        assert failed["failure_balance_transaction"].startswith("txn_")
        assert connect.balance() == 2_000
        account = connect.bench.get(f"accounts/{connect.account}")
        assert account["external_accounts"]["data"][0]["status"] == "errored"

    def test_paid_may_turn_failed_days_later(self, connect: Connect) -> None:
        payout = _with_bank(connect, "btok_us_verified_returns")
        for status in ("in_transit", "paid", "failed"):
            connect.bench.order(f"payouts/{payout}/advance")
            assert _status(connect, payout) == status
        assert connect.balance() == 2_000
        assert len(connect.told("payout.paid")) == len(connect.told("payout.failed")) == 1

    def test_by_itself_it_takes_the_time_of_the_rule(self, connect: Connect) -> None:
        connect.bench.order("rules", payout_step_s=3_600)
        payout = _with_bank(connect, "btok_us_verified")
        connect.bench.shift(3_599)
        assert _status(connect, payout) == "pending"
        connect.bench.shift(1)
        assert _status(connect, payout) == "in_transit"
        connect.bench.shift(3_600)
        assert _status(connect, payout) == "paid"
        connect.bench.shift(30 * 86_400)
        assert _status(connect, payout) == "paid"


class TestFail:
    def test_a_failed_one_cannot_fail_again(self, connect: Connect) -> None:
        payout = _with_bank(connect, "btok_us_verified")
        connect.bench.order(f"payouts/{payout}/fail", code="account_closed")
        refused = connect.bench.order(f"payouts/{payout}/fail")["error"]
        assert refused["code"] == "payout_unexpected_state"
        assert connect.balance() == 2_000

    def test_what_moved_is_written_down(self, connect: Connect) -> None:
        payout = _with_bank(connect, "btok_us_verified")
        connect.bench.order(f"payouts/{payout}/fail")
        with connect.bench.engine.store.read() as transaction:
            rows = transaction.rows("SELECT effect, amount_minor FROM effects ORDER BY seq")
        assert [tuple(row) for row in rows] == [("transferred", 2_000), ("paid_out", 1_500), ("payout_returned", 1_500)]
