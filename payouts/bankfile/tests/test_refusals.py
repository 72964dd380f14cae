"""What may not be in a file, or be said of it, changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from config.kernel.errors import FourEyes
from config.tests.together import together
from payments.ledger.models import LedgerEntry
from payouts.bankfile import services
from payouts.bankfile.models import BankResult
from payouts.bankfile.services import (
    Kind,
    NoBankResult,
    NothingToPay,
    collect,
    confirm_file,
    confirm_result,
    decline_result,
    propose_paid,
    propose_result,
)
from payouts.payout.models import Payout
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db
FIRST, SECOND = "user:first", "user:second"


def waiting(world: PayoutWorld, minor: int = 10_000) -> Payout:
    return world.approved(minor, rail="bank_file", account_id="")


def take_out(world: PayoutWorld, **changes: Any) -> Any:
    given = {"bank_account": "main", "currency": "INR", "actor": FIRST, "reason": "Monday", "at": world.at}
    return collect(**{**given, **changes})


def in_file(world: PayoutWorld) -> Payout:
    payout = waiting(world)
    take_out(world)
    return world.again(payout)


def say(world: PayoutWorld, payout: Payout, kind: str = Kind.PAID) -> BankResult:
    return propose_result(
        payout_pk=payout.pk, kind=kind, reference="UTR-1", actor=FIRST, reason="the statement", at=world.at
    )


def confirm(world: PayoutWorld, payout: Payout) -> bool:
    return confirm_result(payout_pk=payout.pk, actor=SECOND, reason="seen", at=world.at)


class TestCollect:
    @pytest.mark.parametrize("change", [{"currency": "USD"}, {"bank_account": "other"}])
    def test_not_of_another_account_or_currency(self, payouts: PayoutWorld, change: dict[str, str]) -> None:
        payout = waiting(payouts)
        with pytest.raises(NothingToPay):
            take_out(payouts, **change)
        payout = payouts.again(payout)
        assert (payout.status, payout.file_id, payout.sent_at) == ("approved", None, None)

    def test_no_more_rows_than_a_file_may_have_and_the_oldest_first(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "MOST_ROWS", 2)
        rows = [waiting(payouts) for _ in range(3)]
        assert take_out(payouts).rows == 2
        assert [payouts.again(row).status for row in rows] == ["sending", "sending", "approved"]
        assert take_out(payouts).rows == 1

    def test_one_cancelled_meanwhile_is_in_none(self, payouts: PayoutWorld) -> None:
        payout = waiting(payouts)
        payouts.take_back(payout.payee, 100)
        payouts.work()
        with pytest.raises(NothingToPay):
            take_out(payouts)
        assert payouts.again(payout).file_id is None


class TestResult:
    def test_what_ended_since_it_was_said_is_not_booked(self, payouts: PayoutWorld) -> None:
        payout = in_file(payouts)
        say(payouts, payout)
        Payout.objects.filter(pk=payout.pk).update(status="in_transit")
        entries = LedgerEntry.objects.count()
        with pytest.raises(NoBankResult):
            confirm(payouts, payout)
        assert LedgerEntry.objects.count() == entries
        assert BankResult.objects.get().status == "proposed"
        Payout.objects.filter(pk=payout.pk).update(status="sending")

    @pytest.mark.parametrize("kind", [Kind.PAID, Kind.FAILED])
    def test_nothing_more_is_said_of_what_is_paid_but_that_it_came_back(self, payouts: PayoutWorld, kind: str) -> None:
        payout = in_file(payouts)
        with pytest.raises(NoBankResult):
            say(payouts, payout, Kind.RETURNED)
        say(payouts, payout)
        confirm(payouts, payout)
        with pytest.raises(NoBankResult):
            say(payouts, payout, kind)
        assert payouts.again(payout).status == "paid"
        assert BankResult.objects.count() == 1

    def test_what_was_declined_is_not_confirmed(self, payouts: PayoutWorld) -> None:
        payout = in_file(payouts)
        say(payouts, payout)
        decline_result(payout_pk=payout.pk, actor=SECOND, reason="not there", at=payouts.at)
        for act in (confirm_result, decline_result):
            with pytest.raises(NoBankResult):
                act(payout_pk=payout.pk, actor=SECOND, reason="after all", at=payouts.at)
        assert payouts.again(payout).status == "sending"
        assert not LedgerEntry.objects.filter(event="payout_paid").exists()

    def test_one_row_that_is_refused_leaves_the_whole_file_as_it_was(self, payouts: PayoutWorld) -> None:
        rows = [waiting(payouts) for _ in range(2)]
        file = take_out(payouts)
        say(payouts, rows[0])
        propose_paid(file_pk=file.pk, reference="UTR-9", actor=SECOND, reason="the statement", at=payouts.at)
        with pytest.raises(FourEyes):
            confirm_file(file_pk=file.pk, actor=SECOND, reason="seen", at=payouts.at)
        assert {payouts.again(row).status for row in rows} == {"sending"}
        assert not LedgerEntry.objects.filter(event="payout_paid").exists()
        assert set(BankResult.objects.values_list("status", flat=True)) == {"proposed"}


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_at_once_book_once(payouts: PayoutWorld) -> None:
    payout = in_file(payouts)
    say(payouts, payout)
    done = together([lambda: confirm(payouts, payout) for _ in range(2)])
    assert sorted(type(each).__name__ for each in done) == ["NoBankResult", "bool"]
    assert LedgerEntry.objects.filter(event="payout_paid").count() == 1
