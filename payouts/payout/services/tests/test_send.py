"""An approved payout is sent once, whatever the rail answers, and never for somebody who owes us by then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.calls.models import GatewayCall
from config.kernel.errors import Refused
from payments.ledger.queries import balance_minor
from payouts.payout.models import Payout
from payouts.payout.services.decide import recall
from payouts.payout.services.send import PayoutNotSent, send, send_approved
from payouts.rails.contract import RailCapability, RailState
from payouts.tests.payout_world import PayoutWorld, lines_of

pytestmark = pytest.mark.django_db


def calls_of(payout: Payout) -> list[tuple[str, str, int]]:
    calls = GatewayCall.objects.filter(subject_id=payout.public_id).order_by("pk")
    return [(call.operation, call.status, call.resends) for call in calls]


class TestSend:
    def test_it_is_in_transit_with_the_rails_id(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        assert (payout.status, payout.rail_payout_id) == ("in_transit", payouts.view(payout).payout_id)
        assert calls_of(payout) == [("payout.create", "pending", 0)]
        assert payout.sent_at == payouts.at

    def test_told_twice_it_is_sent_once(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        send_approved({"payout": payout.public_id}, payouts.at)
        assert len(payouts.rail.asked) == 1

    def test_paid_at_once_it_leaves_the_float(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.PAID)
        assert (payout.status, payout.paid_at) == ("paid", payouts.at)
        assert lines_of(payout.public_id)[2:] == [
            ("payout_paid", "in_transit", payout.owner, 10_000),
            ("payout_paid", "float", "paper", -10_000),
        ]

    def test_what_the_rail_refuses_is_payable_again_and_the_payee_is_told(
        self, payouts: PayoutWorld, mailoutbox: list[Any]
    ) -> None:
        payout = payouts.sent(says="declined")
        assert (payout.status, payout.failure_code, payout.advice) == ("failed", "bank_account_closed", "final")
        assert payouts.balance(payout.payee) == (10_000, 0, 0)
        letter = mailoutbox[-1]
        assert letter.to == [payout.payee.user.email]
        assert "the account is closed. Please give us another account" in letter.body
        assert payout.destination.masked in letter.body
        assert "bank_account_closed" not in letter.body

    @pytest.mark.parametrize("says", ["down", "keys"])
    def test_what_was_not_executed_is_sent_again_under_the_same_key(self, payouts: PayoutWorld, says: str) -> None:
        payout = payouts.sent(says=says)
        assert (payout.status, calls_of(payout)) == ("approved", [("payout.create", "not_executed", 0)])
        payouts.later(minutes=6)
        payouts.work()
        assert payouts.again(payout).status == "in_transit"
        assert calls_of(payout) == [("payout.create", "pending", 1)]
        assert len({key for _, key in payouts.rail.asked}) == 1

    def test_says_to_the_outbox_that_it_was_not_executed(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        payouts.rail.says.append("down")
        with pytest.raises(PayoutNotSent):
            send(payout, at=payouts.at)

    def test_a_rail_that_is_a_person_is_not_called(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(rail="bank_file")
        assert (payout.rail_account, payout.drawn_on) == ("bank:main", "bank")
        assert not send(payout, at=payouts.at)
        assert payouts.again(payout).status == "approved"
        assert calls_of(payout) == []


class TestTransfersFirst:
    @pytest.fixture(autouse=True)
    def _connect(self, payouts: PayoutWorld) -> None:
        payouts.rail.capabilities |= {RailCapability.TRANSFERS_FIRST, RailCapability.REPLAYS_IDEMPOTENCY_KEYS}

    def test_without_money_at_the_gateway_it_waits(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)  # of another pot
        payouts.work()
        assert (payout.drawn_on, payouts.again(payout).status) == ("connected", "approved")
        assert "does not cover it" in payouts.again(payout).waits_because
        assert payouts.rail.asked == []

    def test_the_transfer_is_booked_before_the_payout_is_made(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.charge(10_000)
        payouts.rail.says += [RailState.PROCESSING, RailState.PAID]
        payouts.work()
        payout = payouts.again(payout)
        assert [operation for operation, _ in payouts.rail.asked] == ["transfer", "payout"]
        assert (payout.status, payout.transferred_at) == ("paid", payouts.at)
        assert lines_of(payout.public_id)[2:] == [
            ("payout_transferred", "connected", payout.owner, 10_000),
            ("payout_transferred", "clearing", "paper", -10_000),
            ("payout_paid", "in_transit", payout.owner, 10_000),
            ("payout_paid", "connected", payout.owner, -10_000),
        ]

    def test_a_transfer_that_is_refused_ends_it_before_anything_moved(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.charge(10_000)
        payouts.rail.says.append("declined")
        payouts.work()
        assert payouts.again(payout).status == "failed"
        assert [operation for operation, _ in payouts.rail.asked] == ["transfer"]
        assert payouts.balance(payout.payee)[0] == 10_000

    def test_a_lost_transfer_is_found_and_the_payout_follows(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.charge(10_000)
        payouts.rail.says.append("lost")
        payouts.work()
        assert (payouts.again(payout).status, len(payouts.rail.asked)) == ("sending", 1)
        payouts.later(seconds=11)
        payouts.work()
        assert (payouts.again(payout).status, len(payouts.rail.transfers)) == ("in_transit", 1)

    def test_what_failed_after_its_transfer_is_payable_and_stands_at_the_payees_account(
        self, payouts: PayoutWorld
    ) -> None:
        payout = payouts.approved()
        payouts.charge(10_000)
        payouts.rail.says += [RailState.PROCESSING, "declined"]
        payouts.work()
        assert payouts.again(payout).status == "failed"
        assert payouts.balance(payout.payee)[0] == 10_000
        assert balance_minor("connected", currency="INR", owner=payout.owner) == 10_000

    def test_once_it_is_transferred_nobody_takes_it_back_here(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.charge(10_000)
        payouts.rail.says += [RailState.PROCESSING, "down"]
        payouts.work()
        assert payouts.again(payout).status == "approved"
        assert recall(owner=payout.owner, currency="INR", actor="system:test", at=payouts.at) == 0
        payouts.take_back(payout.payee, 300)
        payouts.later(minutes=6)
        payouts.work()
        assert payouts.again(payout).status == "in_transit"


class TestLookingOnceMore:
    def test_who_owes_us_by_now_gets_nothing(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        payouts.take_back(payout.payee, 300)
        send(payout, at=payouts.at)
        assert payouts.again(payout).status == "cancelled"
        assert payouts.rail.asked == []
        assert payouts.balance(payout.payee) == (9_700, 0, 0)

    def test_held_it_waits_and_is_sent_when_the_hold_is_lifted(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        payees = type(payout.payee).objects
        payees.update(held_at=payouts.at, held_by="user:ops", held_reason="looks odd")
        payouts.work()
        assert payouts.again(payout).status == "approved"
        assert "held back" in payouts.again(payout).waits_because
        payees.update(held_at=None, held_by="", held_reason="")
        assert not send(payout, at=payouts.at)  # it is there, and not decided
        assert (payouts.again(payout).status, payouts.again(payout).waits_because) == ("in_transit", "")

    def test_to_an_account_that_is_not_the_payees_any_more_nothing_goes(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        payout.payee.destinations.update(status="retired")
        payouts.work()
        assert payouts.again(payout).status == "cancelled"
        assert payouts.balance(payout.payee)[0] == 10_000
        assert payouts.rail.asked == []

    def test_an_account_with_another_bank_takes_it_back(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        payout.payee.destinations.update(cools_until=payouts.at + timedelta(hours=1))
        payouts.work()
        assert payouts.again(payout).status == "cancelled"
        assert payouts.balance(payout.payee)[0] == 10_000
        assert payouts.rail.asked == []


class TestFloat:
    def test_what_it_does_not_cover_waits_and_says_so(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(10_000)
        payouts.fund(9_999)
        payouts.work()
        payout = payouts.again(payout)
        assert (payout.status, payout.waits_because) == ("approved", "what payouts are drawn on does not cover it")
        assert payouts.rail.asked == []
        payouts.fund(1)
        send(payout, at=payouts.at)
        assert payouts.again(payout).status == "in_transit"

    def test_what_others_will_take_is_not_there_for_this_one(self, payouts: PayoutWorld) -> None:
        first, second = payouts.approved(6_000), payouts.approved(6_000)
        payouts.fund(10_000)
        payouts.work()
        assert sorted([payouts.again(first).status, payouts.again(second).status]) == ["approved", "in_transit"]

    def test_another_currency_is_another_float(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(6_000)
        payouts.fund(10_000, currency="USD")
        payouts.work()
        assert payouts.again(payout).status == "approved"


class TestRecall:
    def test_what_was_not_sent_comes_back_and_pays_the_debt(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        waiting = payouts.freeze(payee)
        payouts.take_back(payee, 3_000)
        payouts.work()
        assert payouts.again(waiting).status == "cancelled"
        assert payouts.balance(payee) == (7_000, 0, 0)

    def test_what_is_being_sent_is_marked_and_not_sent_again(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="refused")
        assert payout.status == "sending"
        recall(owner=payout.owner, currency="INR", actor="system:test", at=payouts.at)
        assert payouts.again(payout).recalled_at == payouts.at
        for minutes in (16, 20, 40, 70):
            payouts.later(minutes=minutes)
            payouts.work()
        assert payouts.again(payout).status == "cancelled"
        assert len(payouts.rail.asked) == 1
        assert payouts.balance(payout.payee)[0] == 10_000

    def test_twice_takes_nothing_more(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        payouts.freeze(payee)
        given: dict[str, Any] = {"owner": payee.owner, "currency": "INR", "actor": "system:test", "at": payouts.at}
        assert (recall(**given), recall(**given)) == (10_000, 0)

    def test_of_another_currency_or_payee_nothing(self, payouts: PayoutWorld) -> None:
        first, second = payouts.approved(), payouts.approved()
        recall(owner=first.owner, currency="USD", actor="system:test", at=payouts.at)
        recall(owner=first.owner, currency="INR", actor="system:test", at=payouts.at)
        assert (payouts.again(first).status, payouts.again(second).status) == ("cancelled", "approved")


def test_an_open_call_bars_another(payouts: PayoutWorld) -> None:
    """Whatever brings a payout back to `approved` by mistake, the call whose end nobody knows stands before it."""
    payout = payouts.sent(says="refused")
    Payout.objects.filter(pk=payout.pk).update(status="approved")
    with pytest.raises(Refused) as refused:
        send(payout, at=payouts.at)
    assert refused.value.code == "attempt_outcome_unknown"
    assert len(payouts.rail.asked) == 1


class TestReserve:
    def test_gives_before_the_payout_comes_back_and_is_filled_up_from_it(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        payouts.keep_in_reserve(payee, 2_000)
        waiting = payouts.freeze(payee)
        assert (waiting.gross_minor, payouts.balance(payee)) == (8_000, (0, 2_000, 0))
        payouts.take_back(payee, 3_000)
        assert payouts.balance(payee) == (0, 0, 1_000)
        payouts.work()
        assert payouts.again(waiting).status == "cancelled"
        assert payouts.balance(payee) == (5_000, 2_000, 0)
