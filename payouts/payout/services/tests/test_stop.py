"""What waits at the rail is stopped there, and nothing is given back before the rail says so."""

from __future__ import annotations

import pytest

from config.calls.models import GatewayCall
from payouts.payout.services.stop import CannotStop, may_be_stopped, stop_payout
from payouts.rails.contract import RailCapability, RailState
from payouts.tests.payout_world import FINANCE, PayoutWorld

pytestmark = pytest.mark.django_db


def stop(world: PayoutWorld, pk: int) -> str:
    return stop_payout(payout_pk=pk, actor=FINANCE, reason="wrong month", at=world.at)


class TestStop:
    def test_a_queued_one_is_cancelled_and_payable_again(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.QUEUED)
        assert stop(payouts, payout.pk) == "succeeded"
        assert payouts.again(payout).status == "cancelled"
        assert payouts.balance(payout.payee)[0] == 10_000

    def test_too_late_it_stays_on_its_way(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        assert stop(payouts, payout.pk) == "declined"
        assert payouts.again(payout).status == "in_transit"
        assert payouts.balance(payout.payee)[0] == 0

    def test_a_lost_answer_is_asked_about(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.QUEUED)
        payouts.rail.says.append("lost")
        assert stop(payouts, payout.pk) == "unknown"
        assert payouts.again(payout).status == "in_transit"
        payouts.later(seconds=11)
        payouts.work()
        assert payouts.again(payout).status == "cancelled"
        assert GatewayCall.objects.get(operation="payout.cancel").status == "succeeded"

    def test_refuses_where_the_rail_cannot(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.QUEUED)
        assert may_be_stopped(payout)
        payouts.rail.capabilities -= {RailCapability.CANCELS}
        guarded = payouts.fresh()
        assert not may_be_stopped(payout)
        with pytest.raises(CannotStop):
            stop(guarded, payout.pk)
        assert not GatewayCall.objects.filter(operation="payout.cancel").exists()

    def test_refuses_what_was_never_sent(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        with pytest.raises(CannotStop):
            stop(payouts, payout.pk)
