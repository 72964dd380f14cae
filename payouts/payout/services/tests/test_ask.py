"""A payout whose answer was lost is found, or proved never to have been made; it never leaves twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.calls.models import GatewayCall
from payouts.payout.models import Payout
from payouts.rails.contract import RailCapability, RailState
from payouts.tests.payout_world import NOW, PayoutWorld

pytestmark = pytest.mark.django_db


def the_call() -> GatewayCall:
    return GatewayCall.objects.filter(operation="payout.create").latest("pk")


def wait(world: PayoutWorld, *minutes: int) -> None:
    for each in minutes:
        world.later(minutes=each)
        world.work()


class TestLostAnswer:
    def test_is_found_by_looking(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="lost")
        assert (payout.status, the_call().status) == ("sending", "unknown")
        wait(payouts, 1)
        assert (payouts.again(payout).status, the_call().status) == ("in_transit", "pending")
        assert len(payouts.rail.payouts) == 1

    def test_one_that_never_arrived_is_proved_so_and_sent_again_under_its_key(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="refused")
        wait(payouts, 1)
        assert payouts.again(payout).status == "sending"  # once is no proof, nor before its time
        wait(payouts, 16)
        assert payouts.again(payout).status == "sending"
        wait(payouts, 16, 31)
        assert payouts.again(payout).status == "in_transit"
        assert len({key for _, key in payouts.rail.asked}) == 1
        assert len(payouts.rail.payouts) == 1

    def test_where_the_rail_replays_the_letter_is_sent_once_more(self, payouts: PayoutWorld) -> None:
        payouts.rail.capabilities |= {RailCapability.REPLAYS_IDEMPOTENCY_KEYS}
        payout = payouts.sent(says="refused")
        wait(payouts, 1)
        assert (payouts.again(payout).status, the_call().resends) == ("in_transit", 1)
        assert len({key for _, key in payouts.rail.asked}) == 1

    def test_but_not_for_a_payee_who_owes_us_since(self, payouts: PayoutWorld) -> None:
        payouts.rail.capabilities |= {RailCapability.REPLAYS_IDEMPOTENCY_KEYS}
        payout = payouts.sent(says="refused")
        payouts.take_back(payout.payee, 300)
        wait(payouts, 1)
        assert (payouts.again(payout).status, len(payouts.rail.asked)) == ("sending", 1)
        wait(payouts, 16, 16, 31)
        assert payouts.again(payout).status == "cancelled"
        assert payouts.balance(payout.payee) == (9_700, 0, 0)
        assert len(payouts.rail.asked) == 1

    @pytest.mark.parametrize(
        ("of", "columns", "end"),
        [
            ("payee", {"held_at": NOW, "held_by": "user:ops", "held_reason": "odd"}, "approved"),
            ("destination", {"status": "retired"}, "cancelled"),
            ("destination", {"status": "suspended", "why": "a paper is missing"}, "approved"),
            ("destination", {"cools_until": NOW + timedelta(days=3)}, "cancelled"),
        ],
    )
    def test_nor_for_one_who_is_held_since_or_whose_account_changed(
        self, payouts: PayoutWorld, of: str, columns: dict[str, Any], end: str
    ) -> None:
        """A request that never arrived would pay now: to an account that is somebody else's by then, perhaps."""
        payouts.rail.capabilities |= {RailCapability.REPLAYS_IDEMPOTENCY_KEYS}
        payout = payouts.sent(says="refused")
        row = getattr(payout, of)
        type(row).objects.filter(pk=row.pk).update(**columns)
        wait(payouts, 1)
        assert (the_call().resends, len(payouts.rail.asked)) == (0, 1)
        wait(payouts, 16, 16, 31)
        assert payouts.again(payout).status == end
        assert (len(payouts.rail.asked), payouts.rail.payouts) == (1, {})

    def test_another_payout_with_our_mark_is_not_taken_for_it(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="lost")
        payouts.rail.become(RailState.PROCESSING, account_id="fa_somebody_else")
        wait(payouts, 1)
        assert (payouts.again(payout).status, payouts.again(payout).rail_payout_id) == ("sending", None)


class TestUndecided:
    def test_is_asked_about_in_case_its_event_is_lost(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        payouts.rail.become(RailState.PAID, reference="UTR77")
        wait(payouts, 59)
        assert payouts.again(payout).status == "in_transit"
        wait(payouts, 2)
        assert (payouts.again(payout).status, payouts.again(payout).reference) == ("paid", "UTR77")
        assert the_call().status == "succeeded"

    def test_still_undecided_it_stays(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        wait(payouts, 61)
        assert (payouts.again(payout).status, the_call().status) == ("in_transit", "pending")


class TestWorlds:
    @pytest.mark.parametrize("says", ["lost", "refused", "down", RailState.PROCESSING, RailState.PAID])
    @pytest.mark.parametrize("then", ["lost", "refused", "down", RailState.PROCESSING])
    def test_whatever_is_lost_it_is_paid_once(self, payouts: PayoutWorld, says: str, then: str) -> None:
        payout = payouts.sent(says=says)
        payouts.rail.says.append(then)
        wait(payouts, 6, 16, 16, 31, 70, 70, 190)
        made = [view for view in payouts.rail.payouts.values() if view.our_id == payout.public_id]
        assert len(made) == 1
        assert payouts.again(payout).status in ("in_transit", "paid")
        assert Payout.objects.count() == 1
