"""What a payee owes is taken back from their account once, whatever the network does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings

from config.calls.models import GatewayCall
from config.kernel.errors import FourEyes
from payments.ledger.models import LedgerEntry
from payments.tests.lives import Died, dying_at, forget_leases
from payouts.payout.models import Payout
from payouts.payout.services.freeze import PayoutNotPossible
from payouts.payout.services.stop import stop_payout
from payouts.reversals.models import Reversal
from payouts.reversals.panels import money_in_payees_accounts, reversals_to_decide
from payouts.reversals.services.decide import approve_reversal, cancel_reversal
from payouts.reversals.services.propose import NothingToReverse, propose_for_debt, take_stranded
from payouts.reversals.services.send import send_approved
from payouts.reversals.tests.owing import FINANCE, let_go, owing, taken_back
from payouts.tests.connect_world import ConnectWorld
from payouts.tests.payout_world import lines_of

pytestmark = pytest.mark.django_db(transaction=True)


class TestDebt:
    def test_is_proposed_and_a_second_person_takes_it_back(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        assert connect.standing(payout.payee) == {"receivable": 3_000}
        reversal = Reversal.objects.get()
        assert (reversal.status, reversal.cause, reversal.amount_minor) == ("proposed", "debt", 3_000)
        assert reversals_to_decide(connect.world.at).count == "1"
        assert connect.moved("transfer_reversed") == (0, 0)
        let_go(connect)
        reversal = taken_back(connect)
        assert (reversal.status, reversal.approved_by) == ("succeeded", FINANCE)
        assert reversal.rail_reversal_id.startswith("trr_")
        assert connect.standing(payout.payee) == {"clearing": 3_000}
        assert connect.moved("transfer_reversed") == (1, 3_000)
        connect.hear()
        assert connect.standing(payout.payee) == {"clearing": 3_000}
        payout = connect.books.again(payout)
        assert (payout.transfer_returned_minor, payout.transfer_repaid_minor, payout.status) == (3_000, 3_000, "paid")
        assert lines_of(payout.public_id)[-4:] == [
            ("transfer_repaid", "clearing", "stripe", 3_000),
            ("transfer_repaid", "payable", payout.owner, -3_000),
            ("set_off", "payable", payout.owner, 3_000),
            ("set_off", "receivable", payout.owner, -3_000),
        ]

    def test_by_policy_nobody_is_asked(self, connect: ConnectWorld, settings: Any) -> None:
        settings.POLICY = replace(django_settings.POLICY, payout_reverse_transfers=True)
        payout = owing(connect)
        assert Reversal.objects.get().status == "succeeded"
        assert connect.standing(payout.payee) == {"clearing": 3_000}

    def test_more_than_the_account_has_is_declined_and_stays_owed(self, connect: ConnectWorld) -> None:
        payout = owing(connect, has=2_999)
        let_go(connect)
        reversal = taken_back(connect)
        assert (reversal.status, reversal.failure_code) == ("declined", "balance_insufficient")
        assert connect.standing(payout.payee) == {"receivable": 3_000}
        assert connect.moved("transfer_reversed") == (0, 0)

    def test_told_twice_it_is_proposed_once(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        propose_for_debt({"owner": payout.owner, "currency": "USD"}, connect.world.at)
        assert Reversal.objects.count() == 1

    def test_nobody_approves_their_own(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        reversal = Reversal.objects.get()
        with pytest.raises(FourEyes):
            approve_reversal(reversal_pk=reversal.pk, actor=payout.payee.user.actor, reason="mine", at=connect.world.at)
        assert taken_back(connect).status == "proposed"
        assert connect.standing(payout.payee) == {"receivable": 3_000}

    def test_left_with_them_it_stays_owed(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        reversal = Reversal.objects.get()
        for expected in (True, False):
            done = cancel_reversal(reversal_pk=reversal.pk, actor=FINANCE, reason="they pay", at=connect.world.at)
            assert done is expected
        assert taken_back(connect).status == "cancelled"
        assert connect.standing(payout.payee) == {"receivable": 3_000}

    def test_what_was_set_off_meanwhile_is_not_taken_back(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        connect.books.earn(payout.payee, 5_000, "USD")
        let_go(connect)
        assert taken_back(connect).status == "cancelled"
        assert connect.moved("transfer_reversed") == (0, 0)
        assert connect.standing(payout.payee) == {"payable": 2_000}

    def test_what_somebody_reverses_at_the_gateway_pays_the_debt_too(self, connect: ConnectWorld) -> None:
        payout = owing(connect, debt=3_000)
        client = connect.rail._connection.client
        client.v1.transfers.reversals.create(payout.rail_transfer_id or "", {"amount": 4_000})
        connect.hear()
        assert connect.standing(payout.payee) == {"payable": 1_000, "clearing": 4_000}
        let_go(connect)
        assert taken_back(connect).status == "cancelled"


class TestStranded:
    def test_what_a_failed_payout_left_there_comes_back_by_itself(self, connect: ConnectWorld) -> None:
        payout = connect.sent()
        connect.bank(payout, "fail", code="account_closed")
        connect.hear("payout.failed")
        reversal = taken_back(connect)
        assert (reversal.status, reversal.cause, reversal.amount_minor) == ("succeeded", "stranded", 10_000)
        assert connect.standing(payout.payee) == {"payable": 10_000, "clearing": 10_000}
        assert money_in_payees_accounts(connect.world.at).count == "0"
        connect.hear()
        assert connect.standing(payout.payee) == {"payable": 10_000, "clearing": 10_000}

    def test_and_the_next_payout_moves_it_anew(self, connect: ConnectWorld) -> None:
        payout = connect.sent()
        connect.bank(payout, "fail", code="could_not_process")
        connect.hear("payout.failed")
        again = connect.approved(payout.payee)
        connect.work()
        again = connect.books.again(again)
        assert (again.status, again.rail_transfer_id != payout.rail_transfer_id) == ("in_transit", True)
        assert connect.standing(payout.payee) == {"in_transit": 10_000, "connected": 10_000}

    def test_what_came_back_after_it_was_paid_too(self, connect: ConnectWorld) -> None:
        payout = connect.paid()
        connect.bank(payout, "fail", code="no_account")
        connect.hear("payout.failed")
        assert connect.books.again(payout).status == "returned"
        assert taken_back(connect).status == "succeeded"
        assert connect.standing(payout.payee) == {"payable": 10_000, "clearing": 10_000}

    def test_what_they_had_given_back_before_is_not_taken_again(self, connect: ConnectWorld) -> None:
        """A debt of 3,000 was paid out of their other earnings there: as much of the return stands in their place."""
        payout = owing(connect)
        let_go(connect)
        assert taken_back(connect).status == "succeeded"
        assert connect.standing(payout.payee) == {"clearing": 3_000}
        connect.bank(payout, "fail", code="could_not_process")
        connect.hear()
        assert connect.books.again(payout).status == "returned"
        assert taken_back(connect).status == "succeeded"
        assert connect.standing(payout.payee) == {"payable": 7_000, "clearing": 10_000}
        assert connect.moved("transfer_reversed") == (2, 10_000)
        assert connect.approved(payout.payee).net_minor == 7_000

    def test_a_debt_that_was_to_be_taken_from_it_does_not_keep_it_there(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        assert Reversal.objects.get().status == "proposed"
        connect.bank(payout, "fail", code="no_account")
        connect.hear()
        assert [(each.cause, each.status, each.amount_minor) for each in Reversal.objects.order_by("pk")] == [
            ("debt", "cancelled", 3_000), ("stranded", "succeeded", 10_000),
        ]  # fmt: skip
        assert connect.standing(payout.payee) == {"payable": 7_000, "clearing": 10_000}

    def test_what_was_stopped_on_its_way_too(self, connect: ConnectWorld) -> None:
        payout = connect.sent()
        assert stop_payout(payout_pk=payout.pk, actor=FINANCE, reason="wrong", at=connect.world.now()) == "succeeded"
        assert connect.books.again(payout).status == "cancelled"
        assert taken_back(connect).status == "succeeded"
        assert connect.standing(payout.payee) == {"payable": 10_000, "clearing": 10_000}
        assert connect.moved("payout_returned") == connect.moved("transfer_reversed") == (1, 10_000)

    def test_what_could_not_be_taken_back_needs_a_person(self, connect: ConnectWorld) -> None:
        payout = connect.sent()
        connect.bank(payout, "fail", code="account_closed")
        connect.order(f"accounts/{payout.destination.account_id}/earn", amount=-1)
        connect.hear("payout.failed")
        assert taken_back(connect).status == "declined"
        work = money_in_payees_accounts(connect.world.at)
        assert work.count == "1"
        assert "the money is in their account" in work.items[0].detail
        with pytest.raises(PayoutNotPossible) as refused:
            connect.approved(payout.payee)  # they may have taken it out themselves, and would have it twice
        assert refused.value.facts["reason"] == "stranded_in_account"
        connect.order(f"accounts/{payout.destination.account_id}/earn", amount=1)
        take_stranded(payout_pk=payout.pk, actor=FINANCE, reason="there is enough now", at=connect.world.at)
        assert taken_back(connect).status == "succeeded"
        assert money_in_payees_accounts(connect.world.at).count == "0"

    def test_of_a_payout_that_goes_on_nothing_is_taken(self, connect: ConnectWorld) -> None:
        payout = connect.sent()
        with pytest.raises(NothingToReverse):
            take_stranded(payout_pk=payout.pk, actor=FINANCE, at=connect.world.at)
        assert not Reversal.objects.exists()
        assert connect.standing(payout.payee) == {"in_transit": 10_000, "connected": 10_000}


class TestNetwork:
    def test_a_lost_answer_takes_it_back_once(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        let_go(connect)
        connect.world.lose_answer(f"/v1/transfers/{payout.rail_transfer_id}/reversals")
        connect.work()
        for _ in range(3):
            connect.world.later(minutes=20)
            connect.work()
        assert Reversal.objects.get().status == "succeeded"
        assert connect.moved("transfer_reversed") == (1, 3_000)
        assert connect.standing(payout.payee) == {"clearing": 3_000}

    def test_without_the_sum_nothing_is_booked_until_it_is_read(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        let_go(connect)
        connect.world.lose_answer(f"/v1/transfers/{payout.rail_transfer_id}", method="GET")
        connect.work_once()
        assert Reversal.objects.get().status == "sending"
        connect.world.later(minutes=20)
        connect.work()
        assert Reversal.objects.get().status == "succeeded"
        assert connect.moved("transfer_reversed") == (1, 3_000)
        assert connect.standing(payout.payee) == {"clearing": 3_000}

    def test_too_many_requests_are_tried_again_under_the_same_key(self, connect: ConnectWorld) -> None:
        owing(connect)
        reversal = let_go(connect)
        connect.world.fail("/v1/transfers/*", status=429)
        connect.work()
        connect.world.later(minutes=10)
        connect.work()
        assert Reversal.objects.get(pk=reversal.pk).status == "succeeded"
        assert GatewayCall.objects.filter(operation="transfer.reverse").count() == 1


LOST = ("transfer.reverse.looked", "transfer.reverse.resending", "transfer.reverse.asked")
POINTS = ("transfer.reverse.intended", "transfer.reverse.answered", "transfer.reverse.recorded")


class TestDeaths:
    @pytest.mark.parametrize("point", POINTS)
    def test_wherever_it_dies_it_is_taken_back_once(self, connect: ConnectWorld, point: str) -> None:
        payout = owing(connect)
        let_go(connect)
        with dying_at(point) as passed, pytest.raises(Died):
            connect.work()
        assert passed
        self._goes_on(connect, payout)

    @pytest.mark.parametrize("point", LOST)
    def test_wherever_the_question_dies_too(self, connect: ConnectWorld, point: str) -> None:
        payout = owing(connect)
        let_go(connect)
        path = f"/v1/transfers/{payout.rail_transfer_id}/reversals"
        if point == "transfer.reverse.looked":
            connect.world.lose_answer(path)
        else:
            connect.world.refuse(path)
        connect.work_once()
        connect.world.later(minutes=6)
        with dying_at(point) as passed, pytest.raises(Died):
            connect.work()
        assert passed
        self._goes_on(connect, payout)

    def test_when_it_was_never_made_it_is_made_after_all(self, connect: ConnectWorld) -> None:
        """Nobody may ask by sending again for longer than keys are kept: only looking proves it."""
        payout = owing(connect)
        let_go(connect)
        connect.world.refuse(f"/v1/transfers/{payout.rail_transfer_id}/reversals")
        connect.work_once()
        GatewayCall.objects.filter(operation="transfer.reverse").update(resends=2)
        connect.world.later(minutes=30)
        with dying_at("transfer.reverse.settled") as passed:
            for _ in range(6):
                try:
                    connect.work()
                except Died:
                    forget_leases()
                connect.world.later(minutes=30)
        assert passed
        self._goes_on(connect, payout)

    def _goes_on(self, connect: ConnectWorld, payout: Payout) -> None:
        for _ in range(4):
            forget_leases()
            connect.world.later(minutes=20)
            connect.work()
        assert Reversal.objects.get().status == "succeeded"
        assert connect.moved("transfer_reversed") == (1, 3_000)
        assert connect.standing(payout.payee) == {"clearing": 3_000}
        assert LedgerEntry.objects.filter(event="transfer_repaid").count() == 1

    def test_a_job_that_runs_again_sends_nothing_more(self, connect: ConnectWorld) -> None:
        owing(connect)
        reversal = let_go(connect)
        connect.work()
        send_approved({"reversal": reversal.public_id}, connect.world.at)
        assert connect.moved("transfer_reversed") == (1, 3_000)
