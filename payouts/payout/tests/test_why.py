"""Why a payee is not paid stays true while their payout waits, as they and operators read it."""

from __future__ import annotations

import pytest

from payouts.payees.models import Payee
from payouts.payees.serializers import standing_json
from payouts.payout.services.due import pay_due, send_waiting
from payouts.tests.payout_world import PayoutWorld

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # gifts and reserves that nothing explains


def why(payouts: PayoutWorld, payee: Payee) -> tuple[str, str]:
    said = standing_json(payee, "INR", at=payouts.at)["why_not_paid"]
    return said["code"], said["detail"]


class TestWhyNotPaid:
    def test_follows_a_payout_from_its_approval_to_the_float_and_to_the_rail(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        payout = payouts.freeze(payee)
        assert why(payouts, payee) == ("payout_to_approve", "a payout waits for the approval of a second person")
        payouts.approve(payout)
        assert why(payouts, payee)[0] == "payout_under_way"
        payouts.work()
        assert why(payouts, payee) == ("payout_waits", "a payout waits: what payouts are drawn on does not cover it")
        payouts.fund(10_000)
        send_waiting(at=payouts.at)
        payouts.work()
        assert why(payouts, payee)[0] == "payout_under_way"

    def test_says_that_all_there_is_is_kept_in_reserve(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        payouts.keep_in_reserve(payee, 10_000)
        assert payouts.balance(payee) == (0, 10_000, 0)
        assert why(payouts, payee)[0] == "all_in_reserve"

    def test_is_not_kept_of_each_run_where_there_is_nothing_to_say(self, payouts: PayoutWorld) -> None:
        payouts.keep_in_reserve(payouts.payee(10_000), 10_000)
        run = pay_due(at=payouts.at)
        assert (run.frozen, run.not_paid) == (0, 1)
        assert run.batch is not None
        assert not run.batch.rows.exists()
