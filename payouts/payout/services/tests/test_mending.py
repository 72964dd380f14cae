"""What an account refused, and only its payee can end, is not sent there again by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from payments.gateways.failures import GatewayFailure
from payouts.payees.models import Destination, Payee, PayeeAccount
from payouts.payees.serializers import standing_json
from payouts.payout.models import BatchRow, Payout
from payouts.payout.reasons import is_for_payee
from payouts.payout.services.due import pay_due, retry_payout, send_waiting
from payouts.payout.services.freeze import PayoutNotPossible
from payouts.payout.services.observe import observe_payout
from payouts.rails.connect.advice import OF_FAILURES, OF_REFUSALS
from payouts.rails.contract import Advice, RailState
from payouts.rails.razorpayx.reasons import ENDED
from payouts.tests.connect_world import ConnectWorld
from payouts.tests.payout_world import PayoutWorld

REFUSED = "this account refused the last payout: it must be put right, or another one given, first"
# Of all reasons that say that something changes first, those that somebody else than the payee changes.
OURS = {
    "imps_not_allowed", "insufficient_funds", "amount_too_large", "amount_too_small", "instant_payouts_unsupported",
}  # fmt: skip


class TestWhoseItIs:
    @pytest.mark.parametrize("reasons", [{code: each.advice for code, each in ENDED.items()}, OF_FAILURES, OF_REFUSALS])
    def test_of_every_reason_of_every_rail(self, reasons: dict[str, str]) -> None:
        for code, advice in reasons.items():
            expected = advice in ("final", "fix") and code not in OURS
            assert is_for_payee(code=code, advice=advice) is expected, code

    def test_what_nobody_advised_about_is_not_theirs(self) -> None:
        assert not is_for_payee(code="whatever", advice="")


@pytest.mark.django_db(transaction=True)
class TestAtStripe:
    def failed(self, connect: ConnectWorld, code: str) -> Payout:
        payout = connect.sent()
        connect.bank(payout, "fail", code=code)
        connect.hear()
        payout = connect.books.again(payout)
        assert (payout.status, payout.failure_code) == ("failed", code)
        assert connect.standing(payout.payee) == {"payable": 10_000, "clearing": 10_000}
        return payout

    def run(self, connect: ConnectWorld, payee: Payee, at: Any) -> tuple[int, str]:
        """How many a run freezes, and what it says of this payee."""
        PayeeAccount.objects.filter(payee=payee).delete()
        PayeeAccount.objects.create(payee=payee, currency="USD", schedule="daily", due_at=at)
        run = pay_due(at=at)
        return run.frozen, "".join(BatchRow.objects.filter(batch=run.batch).values_list("code", flat=True))

    def why(self, payee: Payee, at: Any) -> tuple[str, str]:
        said = standing_json(payee, "USD", at=at)["why_not_paid"]
        return (said["code"], said["detail"]) if said else ("", "")

    @pytest.mark.parametrize("code", ["account_closed", "incorrect_account_holder_name"])
    def test_it_is_not_sent_again_by_schedule_and_says_why_in_a_line(self, connect: ConnectWorld, code: str) -> None:
        payee, at = self.failed(connect, code).payee, connect.world.at
        assert self.run(connect, payee, at) == (0, "destination_to_mend")
        assert self.why(payee, at - timedelta(days=9)) == ("destination_to_mend", REFUSED)
        with pytest.raises(PayoutNotPossible) as refused:
            connect.approved(payee)
        assert (refused.value.facts["reason"], Payout.objects.count()) == ("destination_to_mend", 1)
        assert connect.standing(payee) == {"payable": 10_000, "clearing": 10_000}

    def test_what_may_pass_by_itself_is(self, connect: ConnectWorld) -> None:
        payee = self.failed(connect, "could_not_process").payee
        assert self.run(connect, payee, connect.world.at) == (1, "")

    def test_until_the_payee_has_given_stripe_another_bank(self, connect: ConnectWorld, settings: Any) -> None:
        payout = self.failed(connect, "account_closed")
        account_id, at = payout.destination.account_id, connect.world.at
        Destination.objects.filter(pk=payout.destination_id).update(verified_at=at)
        connect.order(f"accounts/{account_id}/complete", external_account="btok_us_verified_noAccount")
        connect.hear()
        mended = Destination.objects.get(pk=payout.destination_id)
        assert mended.masked != payout.destination.masked
        assert mended.mended_at is not None
        assert self.run(connect, payout.payee, at) == (0, "destination_cooling")
        cooled = at + timedelta(hours=settings.POLICY.payout_cooling_hours, minutes=1)
        assert self.run(connect, payout.payee, cooled) == (1, "")

    def test_or_stripe_is_content_with_them_again(self, connect: ConnectWorld) -> None:
        payout = self.failed(connect, "account_closed")
        account_id = payout.destination.account_id
        connect.order(f"accounts/{account_id}/require")
        connect.hear()
        assert self.run(connect, payout.payee, connect.world.at) == (0, "destination_suspended")
        connect.order(f"accounts/{account_id}/enable")
        connect.hear()
        assert self.run(connect, payout.payee, connect.world.at) == (1, "")

    def test_or_an_operator_says_so_and_again_after_it_failed_again(self, connect: ConnectWorld) -> None:
        payout = self.failed(connect, "account_closed")
        given: dict[str, Any] = {"actor": "user:ops", "reason": "they opened it", "at": connect.world.at}
        again = retry_payout(payout_pk=payout.pk, **given)
        connect.books.approve(again)
        connect.work()
        assert connect.books.again(again).status == "in_transit"
        connect.bank(connect.books.again(again), "fail", code="account_closed")
        connect.hear()
        assert self.run(connect, payout.payee, connect.world.at) == (0, "destination_to_mend")


@pytest.mark.django_db
class TestApproved:
    def test_one_that_was_frozen_before_waits_and_says_so(self, payouts: PayoutWorld) -> None:
        refused = payouts.sent()
        Destination.objects.filter(pk=refused.destination_id).update(kind="connected_account")
        payouts.earn(refused.payee, 500)
        waiting = payouts.freeze(refused.payee)
        view = payouts.rail.become(RailState.FAILED, failure=GatewayFailure("no_account"), advice=Advice.FIX)
        assert observe_payout(payout=refused, view=view, actor="system:test", at=payouts.at) == "failed"
        payouts.fund(500)
        payouts.work()
        waiting = payouts.again(waiting)
        assert (waiting.status, waiting.waits_because) == ("approved", REFUSED)
        assert len(payouts.rail.asked) == 1
        Destination.objects.filter(pk=waiting.destination_id).update(mended_at=payouts.later(minutes=1))
        send_waiting(at=payouts.at)
        assert payouts.again(waiting).status == "in_transit"

    def test_one_that_somebody_tries_again_goes(self, payouts: PayoutWorld) -> None:
        refused = payouts.sent(says="declined")
        given: dict[str, Any] = {"actor": "user:ops", "reason": "they opened it", "at": payouts.at}
        again = payouts.approve(retry_payout(payout_pk=refused.pk, **given))
        payouts.work()
        assert payouts.again(again).status == "in_transit"
