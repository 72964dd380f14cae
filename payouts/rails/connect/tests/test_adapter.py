"""The rail over Stripe Connect, on the sandbox."""

from __future__ import annotations

import pytest

from config.kernel.money import Money
from payments.gateways.contract import Outcome
from payments.gateways.failures import NotOffered, QuestionRefused
from payouts.rails.connect.tests.conftest import SINCE, World, new_destination
from payouts.rails.contract import Advice, CheckState, RailCapability, RailState


class TestWhomToPay:
    def test_a_new_account_is_marked_and_waits_for_its_owner(self, world: World) -> None:
        answer = world.rail.create_recipient(key="a-2", new=new_destination(our_id="dst_2", payee_id="pye_2"))
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.destination is not None
        assert (answer.destination.check, answer.destination.recipient_id) == (
            CheckState.PENDING,
            answer.destination.account_id,
        )
        assert "a bank account" in answer.destination.needs
        assert answer.raw["metadata"] == {"payee": "pye_2", "destination": "dst_2", "call": "a-2"}

    def test_the_same_key_makes_it_once(self, world: World) -> None:
        first, again = (world.rail.create_recipient(key="a-3", new=new_destination()) for _ in range(2))
        assert first.destination == again.destination

    def test_filled_in_it_is_good(self, world: World) -> None:
        view = world.rail.get_destination(recipient_id=world.account, account_id=world.account)
        assert view is not None
        assert (view.check, view.needs, view.currencies) == (CheckState.GOOD, "", ("USD",))
        assert view.masked == "STRIPE TEST BANK ••6789"

    def test_what_stripe_wants_is_said_in_words(self, world: World) -> None:
        world.control.stripe(f"accounts/{world.account}/require", fields=["individual.verification.document"])
        view = world.rail.get_destination(recipient_id=world.account, account_id="")
        assert view is not None
        assert (view.check, view.needs) == (
            CheckState.SUSPENDED,
            "Stripe still wants: a document that shows who you are.",
        )

    def test_one_that_stripe_closed_is_bad(self, world: World) -> None:
        world.control.stripe(f"accounts/{world.account}/disable", reason="rejected.fraud")
        view = world.rail.get_destination(recipient_id="", account_id=world.account)
        assert view is not None
        assert view.check is CheckState.BAD

    def test_an_account_that_is_there_is_taken_as_it_is(self, world: World) -> None:
        answer = world.rail.create_destination(key="d-1", new=new_destination(recipient_id=world.account))
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.destination is not None
        assert answer.destination.check is CheckState.GOOD

    def test_nobody_is_paid_into_the_account_of_another(self, world: World) -> None:
        stolen = new_destination(payee_id="pye_thief", details={"account": world.account})
        for call in (world.rail.create_recipient, world.rail.create_destination):
            answer = call(key="x", new=stolen)
            assert answer.outcome is Outcome.DECLINED
            assert answer.failure is not None
            assert answer.failure.code == "account_of_another"
            assert answer.destination is None

    def test_an_account_that_let_go_of_us_is_declined_and_never_an_alarm_about_our_key(self, world: World) -> None:
        world.control.stripe(f"accounts/{world.account}/deauthorize")
        answer = world.rail.create_destination(key="d-1", new=new_destination(recipient_id=world.account))
        assert answer.outcome is Outcome.DECLINED


class TestTransfer:
    def test_moves_the_money_with_our_marks(self, world: World) -> None:
        answer = world.rail.create_transfer(key="call_1", new=world.new(our_id="po_1"))
        assert answer.outcome is Outcome.SUCCEEDED
        view = answer.transfer
        assert view is not None
        assert (view.amount, view.returned) == (Money(2_000, "USD"), Money(0, "USD"))
        assert (view.our_id, view.call_id, view.account_id) == ("po_1", "call_1", world.account)
        assert world.rail.get_transfer(transfer_id=view.transfer_id) == view
        assert world.rail.get_float(currency="USD") == Money(8_000, "USD")

    def test_the_same_key_moves_it_once(self, world: World) -> None:
        answers = [world.rail.create_transfer(key="call_1", new=world.new()) for _ in range(2)]
        assert answers[0].transfer == answers[1].transfer
        assert world.moved("transferred") == (1, 2_000)

    def test_fails_rather_than_waits_for_money(self, world: World) -> None:
        answer = world.rail.create_transfer(key="call_1", new=world.new(10_001))
        assert (answer.outcome, answer.advice) == (Outcome.DECLINED, Advice.RETRY)
        assert answer.failure is not None
        assert answer.failure.code == "balance_insufficient"
        assert world.moved("transferred") == (0, 0)

    def test_to_an_account_that_is_gone_it_is_final(self, world: World) -> None:
        world.control.stripe(f"accounts/{world.account}/deauthorize")
        answer = world.rail.create_transfer(key="call_1", new=world.new())
        assert (answer.outcome, answer.advice) == (Outcome.DECLINED, Advice.FINAL)

    def test_a_lost_answer_is_found_by_either_mark(self, world: World) -> None:
        world.control.fault("lost_answer", method="POST", path="/v1/transfers", count=2)
        answer = world.rail.create_transfer(key="call_1", new=world.new(our_id="po_7"))
        assert answer.outcome is Outcome.UNKNOWN
        found = world.rail.find_transfer(our_id="po_7", call_id="call_1", since=SINCE)
        assert found is not None
        assert found.call_id == "call_1"
        assert world.rail.find_transfer(our_id="po_8", call_id="call_2", since=SINCE) is None
        assert world.moved("transferred") == (1, 2_000)

    def test_what_never_reached_stripe_is_not_found(self, world: World) -> None:
        assert world.rail.find_transfer(our_id="po_1", call_id="call_1", since=SINCE) is None
        assert world.rail.get_transfer(transfer_id="tr_none") is None


class TestReversal:
    def test_takes_part_back_and_is_found(self, world: World) -> None:
        transfer = world.transferred()
        answer = world.rail.reverse_transfer(
            key="call_2", our_id="rev_1", transfer_id=transfer, amount=Money(500, "USD")
        )
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.reversal is not None
        assert (answer.reversal.transfer_id, answer.reversal.amount) == (transfer, Money(500, "USD"))
        assert world.rail.find_reversal(call_id="call_2", transfer_id=transfer) == answer.reversal
        assert world.rail.find_reversal(call_id="call_3", transfer_id=transfer) is None
        view = world.rail.get_transfer(transfer_id=transfer)
        assert view is not None
        assert view.returned == Money(500, "USD")

    def test_the_same_key_takes_it_back_once(self, world: World) -> None:
        transfer = world.transferred()
        for _ in range(2):
            world.rail.reverse_transfer(key="call_2", our_id="rev_1", transfer_id=transfer, amount=Money(500, "USD"))
        assert world.moved("transfer_reversed") == (1, 500)

    def test_what_the_payee_no_longer_has_is_declined(self, world: World) -> None:
        transfer = world.transferred()
        world.rail.create_payout(key="call_3", new=world.new(1_800))
        answer = world.rail.reverse_transfer(
            key="call_2", our_id="rev_1", transfer_id=transfer, amount=Money(500, "USD")
        )
        assert answer.outcome is Outcome.DECLINED
        assert world.moved("transfer_reversed") == (0, 0)


class TestPayout:
    def test_is_pending_until_the_bank_has_it(self, world: World) -> None:
        world.transferred()
        answer = world.rail.create_payout(key="call_2", new=world.new(call_id="call_2"))
        assert answer.outcome is Outcome.PENDING
        view = answer.payout
        assert view is not None
        assert (view.state, view.our_id, view.call_id) == (RailState.QUEUED, "po_1", "call_2")
        assert (view.account_id, view.connected_account) == (world.account, world.account)
        for state in (RailState.PROCESSING, RailState.PAID):
            world.control.stripe(f"payouts/{view.payout_id}/advance")
            now = world.rail.get_payout(payout_id=view.payout_id, account_id=world.account)
            assert now is not None
            assert now.state is state
        assert now.reference

    def test_the_same_key_pays_once(self, world: World) -> None:
        world.transferred()
        for _ in range(2):
            world.rail.create_payout(key="call_2", new=world.new(1_000))
        assert world.moved("paid_out") == (1, 1_000)

    def test_a_bank_that_refuses_says_why_and_what_to_do(self, world: World) -> None:
        world.transferred()
        made = world.rail.create_payout(key="call_2", new=world.new()).payout
        assert made is not None
        world.control.stripe(f"payouts/{made.payout_id}/fail", code="account_closed")
        view = world.rail.get_payout(payout_id=made.payout_id, account_id=world.account)
        assert view is not None
        assert (view.state, view.advice) == (RailState.FAILED, Advice.FIX)
        assert view.failure is not None
        assert view.failure.detail == "The bank account has been closed"

    def test_a_lost_answer_is_found_in_the_payee_s_account(self, world: World) -> None:
        world.transferred()
        world.control.fault("lost_answer", method="POST", path="/v1/payouts", count=2)
        assert world.rail.create_payout(key="call_2", new=world.new(call_id="call_2")).outcome is Outcome.UNKNOWN
        found = world.rail.find_payout(our_id="po_1", call_id="call_2", account_id=world.account, since=SINCE)
        assert found is not None
        assert world.rail.find_payout(our_id="po_2", call_id="call_9", account_id=world.account, since=SINCE) is None
        assert world.moved("paid_out") == (1, 2_000)

    def test_of_an_account_that_let_go_nobody_can_say_that_it_was_not_paid(self, world: World) -> None:
        world.transferred()
        made = world.rail.create_payout(key="call_2", new=world.new()).payout
        assert made is not None
        world.control.stripe(f"accounts/{world.account}/deauthorize")
        with pytest.raises(QuestionRefused):
            world.rail.find_payout(our_id="po_1", call_id="call_2", account_id=world.account, since=SINCE)
        with pytest.raises(QuestionRefused):
            world.rail.get_payout(payout_id=made.payout_id, account_id=world.account)
        refused = world.rail.create_payout(key="call_3", new=world.new())
        assert (refused.outcome, refused.advice) == (Outcome.DECLINED, Advice.FINAL)

    def test_a_stopped_account_pays_nothing(self, world: World) -> None:
        world.transferred()
        world.control.stripe(f"accounts/{world.account}/require")
        answer = world.rail.create_payout(key="call_2", new=world.new())
        assert (answer.outcome, answer.advice) == (Outcome.DECLINED, Advice.FIX)
        assert world.moved("paid_out") == (0, 0)


class TestCancel:
    def test_stops_what_has_not_left_and_says_so_again(self, world: World) -> None:
        world.transferred()
        made = world.rail.create_payout(key="call_2", new=world.new()).payout
        assert made is not None
        for key in ("call_3", "call_4"):
            answer = world.rail.cancel_payout(key=key, payout_id=made.payout_id, account_id=world.account)
            assert answer.outcome is Outcome.SUCCEEDED
            assert answer.payout is not None
            assert answer.payout.state is RailState.CANCELLED
        assert world.moved("payout_returned") == (1, 2_000)

    def test_too_late_is_too_late(self, world: World) -> None:
        world.transferred()
        made = world.rail.create_payout(key="call_2", new=world.new()).payout
        assert made is not None
        world.control.stripe(f"payouts/{made.payout_id}/advance")
        answer = world.rail.cancel_payout(key="call_3", payout_id=made.payout_id, account_id=world.account)
        assert answer.outcome is Outcome.DECLINED
        assert answer.payout is not None
        assert answer.payout.state is RailState.PROCESSING


class TestWhatItOffers:
    def test_pays_accounts_at_stripe_alone(self, world: World) -> None:
        assert RailCapability.TRANSFERS_FIRST in world.rail.capabilities
        assert RailCapability.REVERSES_TRANSFERS in world.rail.capabilities
        assert RailCapability.BANK_ACCOUNTS not in world.rail.capabilities

    def test_lists_nobody_s_payouts_as_ours(self, world: World) -> None:
        with pytest.raises(NotOffered):
            world.rail.list_payouts(since=SINCE)

    def test_a_currency_without_a_balance_has_none(self, world: World) -> None:
        assert world.rail.get_float(currency="JPY") == Money(0, "JPY")
