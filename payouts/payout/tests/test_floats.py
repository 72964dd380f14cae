"""How a float stands against what is to be drawn on it, for the dashboard and for the alarms."""

from __future__ import annotations

import pytest

from payouts.payout.floats import Float, floats
from payouts.payout.gauges import by_state, missing_on_floats, pending
from payouts.payout.services.due import send_waiting
from payouts.rails.contract import RailCapability
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db


def the_float() -> Float:
    return next(each for each in floats() if each.rail_account == "paper")


class TestFloats:
    def test_lacks_what_is_due_beyond_what_stands_there(self, payouts: PayoutWorld) -> None:
        payouts.sent(6_000)
        payouts.approved(10_000)
        payouts.fund(4_000)
        found = the_float()
        assert (found.stands_minor, found.in_flight_minor, found.due_minor, found.waiting) == (10_000, 6_000, 10_000, 1)
        assert (found.missing_minor, found.is_short) == (6_000, True)

    def test_what_only_flies_makes_it_short_of_nothing_that_is_due(self, payouts: PayoutWorld) -> None:
        """What the rail has it pays out of its own account, whatever our books say stands there."""
        assert Float("paper", "INR", stands_minor=0, in_flight_minor=500).missing_minor == 500
        assert not Float("paper", "INR", stands_minor=0, in_flight_minor=500).is_short
        assert not Float("paper", "INR", stands_minor=900, in_flight_minor=500, due_minor=400).is_short
        assert Float("paper", "INR", stands_minor=899, in_flight_minor=500, due_minor=400).is_short

    def test_each_account_has_its_own(self, payouts: PayoutWorld) -> None:
        payouts.approved(10_000)
        payouts.fund(10_000, rail_account="other")
        found = {each.rail_account: (each.stands_minor, each.missing_minor) for each in floats()}
        assert found == {"paper": (0, 10_000), "other": (10_000, 0)}

    def test_what_stands_at_the_gateway_or_our_bank_is_none(self, payouts: PayoutWorld) -> None:
        payouts.charge(10_000)
        assert floats() == []

    def test_our_balance_at_a_gateway_is_one_while_transfers_wait_for_it(self, payouts: PayoutWorld) -> None:
        payouts.rail.capabilities |= {RailCapability.TRANSFERS_FIRST}
        payouts.charge(4_000)
        payout = payouts.approved(10_000)
        payouts.work()
        assert (payouts.again(payout).status, payouts.again(payout).drawn_on) == ("approved", "connected")
        found = the_float()
        assert (found.stands_minor, found.due_minor, found.missing_minor) == (4_000, 10_000, 6_000)
        assert found.is_short
        payouts.charge(6_000)
        assert not the_float().is_short
        send_waiting(at=payouts.at)
        assert payouts.again(payout).transferred_at is not None
        assert floats() == []  # it left the balance

    def test_what_waits_for_a_person_is_not_due(self, payouts: PayoutWorld) -> None:
        payouts.freeze(payouts.payee(10_000))
        payouts.fund(1)
        assert not the_float().is_short

    def test_files_for_the_bank_are_drawn_on_none(self, payouts: PayoutWorld) -> None:
        payouts.approved(rail="bank_file", account_id="")
        assert floats() == []


class TestGauges:
    def test_count_payouts_by_state_and_what_floats_lack(self, payouts: PayoutWorld) -> None:
        payouts.approved(10_000)
        states = {labels: value for (name, labels), value in by_state(payouts.at).items() if name == "holdfast_payouts"}
        assert sum(states.values()) == 1
        (missing,) = missing_on_floats(payouts.at).values()
        assert missing == 10_000

    def test_pending_is_what_stands_in_transit_by_state_and_currency(self, payouts: PayoutWorld) -> None:
        assert pending(payouts.at) == []
        payouts.sent(says="declined")
        payouts.approved(300)
        payouts.approved(200)
        payouts.freeze(payouts.payee(50))
        assert pending(payouts.at) == [
            {"status": "approved", "payouts": 2, "net": {"amount_minor": 500, "currency": "INR"}},
            {"status": "awaiting_approval", "payouts": 1, "net": {"amount_minor": 50, "currency": "INR"}},
        ]
