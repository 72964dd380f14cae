"""What a rail says of a payout is booked once, in whatever order it is told."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from config.kernel.money import Money
from config.outbox.models import OutboxJob
from payments.gateways.failures import GatewayFailure
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payouts.payout.models import Payout
from payouts.payout.panels import paid_late
from payouts.payout.services.observe import NOT_OURS, NOTHING_NEW, observe_payout
from payouts.rails.contract import Advice, RailState
from payouts.tests.payout_world import PayoutWorld, lines_of

pytestmark = pytest.mark.django_db


def tell(world: PayoutWorld, payout: Payout, state: RailState, **changes: object) -> str:
    view = replace(world.view(payout), state=state, **changes)  # type: ignore[arg-type]
    return observe_payout(payout=payout, view=view, actor="system:test", at=world.at)


class TestFeeBack:
    """What came back may have cost nothing: then the rail gave its fee back too, once."""

    FEE = {"fee": Money(590, "INR"), "tax": Money(90, "INR")}
    NOTHING = {"fee": Money(0, "INR"), "tax": Money(0, "INR")}

    def test_is_booked_with_what_came_back(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        tell(payouts, payout, RailState.PAID, **self.FEE)
        tell(payouts, payout, RailState.RETURNED, **self.NOTHING)
        tell(payouts, payout, RailState.RETURNED, **self.NOTHING)
        assert lines_of(payout.public_id)[-3:] == [
            ("payout_fee_returned", "float", "paper", 590),
            ("payout_fee_returned", "payout_fees", "", -500),
            ("payout_fee_returned", "input_tax", "", -90),
        ]
        assert LedgerEntry.objects.filter(event="payout_fee_returned").count() == 1
        assert balance_minor("float", currency="INR", owner="paper") == 10_000

    def test_is_not_where_the_rail_says_nothing_of_it(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        tell(payouts, payout, RailState.PAID, **self.FEE)
        tell(payouts, payout, RailState.RETURNED)
        assert not LedgerEntry.objects.filter(event="payout_fee_returned").exists()

    def test_is_not_where_none_was_taken(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        tell(payouts, payout, RailState.PAID)
        tell(payouts, payout, RailState.RETURNED, **self.NOTHING)
        assert not LedgerEntry.objects.filter(event="payout_fee_returned").exists()


class TestWaiting:
    def test_says_what_the_rail_waits_for_until_it_has_ended(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        tell(payouts, payout, RailState.QUEUED, waits_for="too little is there")
        assert payouts.again(payout).waits_because == "too little is there"
        tell(payouts, payout, RailState.PROCESSING)
        assert payouts.again(payout).waits_because == ""
        tell(payouts, payout, RailState.PAID)
        tell(payouts, payout, RailState.QUEUED, waits_for="too little is there")
        assert payouts.again(payout).waits_because == ""


class TestPaid:
    def test_once_however_often_it_is_told(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        assert tell(payouts, payout, RailState.PAID, reference="UTR1") == "paid"
        assert tell(payouts, payout, RailState.PAID) == NOTHING_NEW
        assert tell(payouts, payout, RailState.PROCESSING) == NOTHING_NEW
        payout = payouts.again(payout)
        assert (payout.status, payout.reference) == ("paid", "UTR1")
        assert LedgerEntry.objects.filter(event="payout_paid").count() == 1

    def test_its_fee_is_ours(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        fee = {"fee": Money(590, "INR"), "tax": Money(90, "INR")}
        tell(payouts, payout, RailState.PROCESSING, **fee)
        assert not LedgerEntry.objects.filter(event="payout_fee").exists()
        tell(payouts, payout, RailState.PAID, **fee)
        tell(payouts, payout, RailState.PAID, **fee)
        assert lines_of(payout.public_id)[-3:] == [
            ("payout_fee", "payout_fees", "", 500),
            ("payout_fee", "input_tax", "", 90),
            ("payout_fee", "float", "paper", -590),
        ]
        assert balance_minor("float", currency="INR") == -590


class TestFailed:
    def test_it_is_payable_again(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        failure = GatewayFailure("beneficiary_bank_offline", "the bank is offline")
        assert tell(payouts, payout, RailState.FAILED, failure=failure, advice=Advice.RETRY) == "failed"
        payout = payouts.again(payout)
        assert (payout.failure_code, payout.advice) == ("beneficiary_bank_offline", "retry")
        assert payouts.balance(payout.payee) == (10_000, 0, 0)
        assert balance_minor("in_transit", currency="INR", owner=payout.owner) == 0

    def test_reversed_after_it_failed_is_nothing_new(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        tell(payouts, payout, RailState.FAILED)
        assert tell(payouts, payout, RailState.RETURNED) == NOTHING_NEW
        assert payouts.balance(payout.payee) == (10_000, 0, 0)

    def test_before_it_was_paid_a_return_is_a_failure(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        assert tell(payouts, payout, RailState.RETURNED) == "failed"
        assert not LedgerEntry.objects.filter(event="payout_returned").exists()


class TestReturned:
    @pytest.mark.parametrize("state", [RailState.RETURNED, RailState.FAILED])
    def test_after_it_was_paid_it_is_back_and_payable(self, payouts: PayoutWorld, state: RailState) -> None:
        payout = payouts.sent(says=RailState.PAID)
        assert tell(payouts, payout, state, failure=GatewayFailure("account_closed")) == "returned"
        assert payouts.balance(payout.payee) == (10_000, 0, 0)
        assert balance_minor("float", currency="INR") == 10_000

    def test_what_they_owe_by_then_is_set_off(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.PAID)
        payouts.take_back(payout.payee, 4_000)
        assert payouts.balance(payout.payee) == (0, 0, 4_000)
        tell(payouts, payout, RailState.RETURNED)
        assert payouts.balance(payout.payee) == (6_000, 0, 0)


class TestPaidLate:
    def test_what_we_gave_back_is_taken_again(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        tell(payouts, payout, RailState.FAILED)
        assert tell(payouts, payout, RailState.PAID) == "paid_late"
        assert payouts.balance(payout.payee) == (0, 0, 0)
        assert balance_minor("float", currency="INR") == 0

    def test_where_another_payout_took_it_meanwhile_they_owe_it(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        tell(payouts, payout, RailState.FAILED)
        payouts.approve(payouts.freeze(payout.payee, retry_of=payout))
        assert tell(payouts, payout, RailState.PAID) == "paid_late"
        assert payouts.balance(payout.payee) == (0, 0, 10_000)
        payouts.work()
        # The other one was not sent yet: it comes back and pays the debt.
        assert payouts.balance(payout.payee) == (0, 0, 0)
        assert payouts.again(payout).retried_by.status == "cancelled"

    @pytest.mark.parametrize("ended", ["cancelled", "returned"])
    def test_whatever_had_ended_it(self, payouts: PayoutWorld, ended: str) -> None:
        """What the rail took is booked, and stands on the list of what a person looks at."""
        payout = payouts.sent(says=RailState.QUEUED)
        if ended == "returned":
            tell(payouts, payout, RailState.PAID)
        tell(payouts, payout, RailState.CANCELLED)
        assert payouts.again(payout).status == ended
        assert payouts.balance(payout.payee) == (10_000, 0, 0)
        assert tell(payouts, payout, RailState.PAID) == "paid_late"
        assert payouts.balance(payout.payee) == (0, 0, 0)
        assert balance_minor("float", currency="INR") == 0
        assert paid_late(payouts.at).count == "1"

    def test_and_came_back_then_too_however_often(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.PAID)
        for _ in range(2):
            assert tell(payouts, payout, RailState.RETURNED) == "returned"
            assert payouts.balance(payout.payee) == (10_000, 0, 0)
            assert balance_minor("float", currency="INR") == 10_000
            assert tell(payouts, payout, RailState.PAID) == "paid_late"
            assert payouts.balance(payout.payee) == (0, 0, 0)
            assert balance_minor("float", currency="INR") == 0
        told = OutboxJob.objects.filter(topic="payout.returned", listener__endswith="tell_payee")
        assert told.count() == 2

    @pytest.mark.parametrize("ended", [RailState.FAILED, RailState.CANCELLED])
    def test_is_not_believed_of_an_answer_that_may_be_older(self, payouts: PayoutWorld, ended: RailState) -> None:
        payout = payouts.sent(says=RailState.QUEUED)
        older = replace(payouts.view(payout), state=RailState.PAID)
        tell(payouts, payout, ended)
        told = observe_payout(payout=payout, view=older, actor="system:test", at=payouts.at, may_be_older=True)
        assert told == NOTHING_NEW
        assert payouts.balance(payout.payee) == (10_000, 0, 0)


class TestOrder:
    STORIES = (
        (RailState.PROCESSING, RailState.PAID, RailState.RETURNED),
        (RailState.QUEUED, RailState.PROCESSING, RailState.FAILED),
        (RailState.QUEUED, RailState.PAID),
    )

    @pytest.mark.parametrize("story", STORIES)
    def test_whatever_is_told_first_every_unit_is_accounted_for(
        self, payouts: PayoutWorld, story: tuple[RailState, ...]
    ) -> None:
        for order in permutations(story):
            payout = payouts.sent()
            for state in order:
                tell(payouts, payout, state)
            payout = payouts.again(payout)
            payable, _, receivable = payouts.balance(payout.payee)
            left = payout.status in ("paid", "paid_late")
            assert payable - receivable == (0 if left else 10_000), (order, payout.status)


class TestNotOurs:
    @pytest.mark.parametrize("change", [
        {"amount": Money(9_999, "INR")}, {"amount": Money(10_000, "USD")}, {"account_id": "fa_other"},
        {"our_id": "po_other", "payout_id": "pout_other"}, {"payout_id": "pout_other"},
    ])  # fmt: skip
    def test_a_mark_alone_is_not_believed(self, payouts: PayoutWorld, change: dict[str, object]) -> None:
        payout = payouts.sent()
        before = lines_of(payout.public_id)
        assert tell(payouts, payout, RailState.PAID, **change) == NOT_OURS
        assert (payouts.again(payout).status, lines_of(payout.public_id)) == ("in_transit", before)

    def test_what_nobody_here_asked_for_is_not_believed(self, payouts: PayoutWorld) -> None:
        """Somebody with the rail's key writes our mark on one of theirs while ours waits for a second person."""
        asked = payouts.sent()
        waits = payouts.freeze(payouts.payee(10_000))
        forged = replace(
            payouts.view(asked), state=RailState.PAID, our_id=waits.public_id, payout_id="pout_forged",
            account_id=waits.destination.account_id,
        )  # fmt: skip
        assert observe_payout(payout=waits, view=forged, actor="system:test", at=payouts.at) == NOT_OURS
        waits = payouts.again(waits)
        assert (waits.status, waits.rail_payout_id) == ("awaiting_approval", None)
        assert balance_minor("float", currency="INR") == 10_000

    def test_told_of_one_that_we_thought_was_not_sent_it_is_there(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="lost")
        Payout.objects.filter(pk=payout.pk).update(status="approved")
        assert tell(payouts, payout, RailState.PROCESSING) == "in_transit"


class TestQueued:
    def test_cancelled_by_the_rail_it_is_payable_again(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.QUEUED)
        assert tell(payouts, payout, RailState.CANCELLED) == "cancelled"
        assert payouts.balance(payout.payee)[0] == 10_000
