"""Payouts go into one file each, which is downloaded once, and what the bank did two people say."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes
from config.tests.together import together
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payouts.bankfile.models import BankResult, PayoutFile
from payouts.bankfile.services import (
    FileDownloaded,
    Kind,
    NoBankResult,
    NothingToPay,
    collect,
    confirm_file,
    confirm_result,
    decline_result,
    download,
    propose_paid,
    propose_result,
)
from payouts.payout.models import Payout
from payouts.payout.panels import paid_late
from payouts.payout.services.due import retry_payout
from payouts.tests.payout_world import PayoutWorld, lines_of

pytestmark = pytest.mark.django_db
FIRST, SECOND = "user:first", "user:second"
BANK: dict[str, Any] = {"rail": "bank_file", "account_id": ""}


def approved(world: PayoutWorld, minor: int = 10_000) -> Payout:
    return world.approved(minor, **BANK)


def take_out(world: PayoutWorld) -> PayoutFile:
    return collect(bank_account="main", currency="INR", actor=FIRST, reason="Monday's", at=world.at)


def say(world: PayoutWorld, payout: Payout, kind: str = Kind.PAID, *, actor: str = FIRST) -> BankResult:
    reference = "UTR-7" if kind == Kind.PAID else ""
    return propose_result(
        payout_pk=payout.pk, kind=kind, reference=reference, actor=actor, reason="the account is closed", at=world.at
    )


def confirm(world: PayoutWorld, payout: Payout, *, actor: str = SECOND) -> Payout:
    confirm_result(payout_pk=payout.pk, actor=actor, reason="on the statement", at=world.at)
    return world.again(payout)


def not_paid(world: PayoutWorld, kind: Kind = Kind.FAILED) -> Payout:
    """One of a file of which two people said that the bank has it no more, or never had it."""
    payout = approved(world)
    take_out(world)
    for each in (kind,) if kind == Kind.FAILED else (Kind.PAID, kind):
        say(world, payout, each)
        confirm(world, payout)
    world.work()
    return world.again(payout)


def retry(world: PayoutWorld, payout: Payout) -> Payout:
    return retry_payout(payout_pk=payout.pk, actor=FIRST, reason="another account", at=world.at)


class TestCollect:
    def test_takes_all_that_is_approved_for_one_bank_account(self, payouts: PayoutWorld) -> None:
        mine = [approved(payouts, 10_000), approved(payouts, 500)]
        other, waiting = payouts.approved(), payouts.freeze(payouts.payee(100, **BANK))
        file = take_out(payouts)
        assert (file.rows, file.total_minor) == (2, 10_500)
        assert [payouts.again(each).status for each in (*mine, other, waiting)] == [
            "sending", "sending", "approved", "awaiting_approval",
        ]  # fmt: skip
        assert {payouts.again(each).file_id for each in mine} == {file.pk}

    def test_what_may_not_leave_stays_behind(self, payouts: PayoutWorld) -> None:
        fine, held, owing = approved(payouts), approved(payouts), approved(payouts)
        type(held.payee).objects.filter(pk=held.payee_id).update(
            held_at=payouts.at, held_by="user:ops", held_reason="odd"
        )
        payouts.take_back(owing.payee, 100)
        assert take_out(payouts).rows == 1
        assert [payouts.again(each).status for each in (fine, held, owing)] == ["sending", "approved", "cancelled"]

    def test_of_nothing_there_is_no_file(self, payouts: PayoutWorld) -> None:
        payouts.approved()
        with pytest.raises(NothingToPay):
            take_out(payouts)
        assert not PayoutFile.objects.exists()


class TestDownload:
    def test_names_the_accounts_in_clear_and_is_kept_nowhere(self, payouts: PayoutWorld) -> None:
        payout = approved(payouts)
        file = take_out(payouts)
        text = download(file_pk=file.pk, actor=FIRST, reason="to the bank", at=payouts.at)
        (row,) = csv.DictReader(io.StringIO(text))
        assert (row["reference"], row["account number"], row["amount"]) == (payout.public_id, "00123456789", "100.00")
        kept = AuditEntry.objects.filter(subject_id=file.public_id, act="downloaded").get()
        assert (kept.actor, kept.reason) == (FIRST, "to the bank")
        assert "00123456789" not in str(list(AuditEntry.objects.values_list("facts", flat=True)))

    def test_once(self, payouts: PayoutWorld) -> None:
        approved(payouts)
        file = take_out(payouts)
        download(file_pk=file.pk, actor=FIRST, reason="to the bank", at=payouts.at)
        with pytest.raises(FileDownloaded):
            download(file_pk=file.pk, actor=SECOND, reason="once more", at=payouts.at)

    def test_what_somebody_said_something_about_is_not_in_it(self, payouts: PayoutWorld) -> None:
        failed, other = approved(payouts), approved(payouts)
        file = take_out(payouts)
        say(payouts, failed, Kind.FAILED)
        text = download(file_pk=file.pk, actor=FIRST, reason="to the bank", at=payouts.at)
        assert failed.public_id not in text
        assert other.public_id in text

    def test_what_is_paid_is_not_downloaded_any_more(self, payouts: PayoutWorld) -> None:
        payout = approved(payouts)
        file = take_out(payouts)
        say(payouts, payout)
        confirm(payouts, payout)
        with pytest.raises(NothingToPay):
            download(file_pk=file.pk, actor=FIRST, reason="to the bank", at=payouts.at)
        assert PayoutFile.objects.get().downloaded_at is None
        assert not AuditEntry.objects.filter(act="downloaded").exists()


class TestResult:
    def test_paid_it_leaves_our_bank(self, payouts: PayoutWorld) -> None:
        payout = approved(payouts)
        take_out(payouts)
        say(payouts, payout)
        assert payouts.again(payout).status == "sending"
        payout = confirm(payouts, payout)
        assert (payout.status, payout.reference) == ("paid", "UTR-7")
        assert lines_of(payout.public_id)[2:] == [
            ("payout_paid", "in_transit", payout.owner, 10_000), ("payout_paid", "bank", "main", -10_000),
        ]  # fmt: skip

    def test_failed_it_is_payable_again(self, payouts: PayoutWorld, mailoutbox: list[Any]) -> None:
        payout = approved(payouts)
        take_out(payouts)
        say(payouts, payout, Kind.FAILED)
        payout = confirm(payouts, payout)
        assert (payout.status, payout.failure_detail) == ("failed", "the account is closed")
        assert payouts.balance(payout.payee)[0] == 10_000
        payouts.work()
        assert mailoutbox[-1].to == [payout.payee.user.email]

    def test_returned_after_it_was_paid(self, payouts: PayoutWorld) -> None:
        payout = approved(payouts)
        take_out(payouts)
        say(payouts, payout)
        confirm(payouts, payout)
        say(payouts, payout, Kind.RETURNED)
        assert confirm(payouts, payout).status == "returned"
        assert payouts.balance(payout.payee)[0] == 10_000
        assert balance_minor("bank", currency="INR") == 0

    @pytest.mark.parametrize("ended", [Kind.FAILED, Kind.RETURNED])
    def test_what_the_bank_paid_after_all_is_booked_and_taken_back_from_the_balance(
        self, payouts: PayoutWorld, ended: Kind
    ) -> None:
        payout = not_paid(payouts, ended)
        assert payouts.balance(payout.payee) == (10_000, 0, 0)
        say(payouts, payout)
        payout = confirm(payouts, payout)
        assert (payout.status, payout.reference) == ("paid_late", "UTR-7")
        assert lines_of(payout.public_id)[-2:] == [
            ("payout_paid_late", "payable", payout.owner, 10_000), ("payout_paid_late", "bank", "main", -10_000),
        ]  # fmt: skip
        assert payouts.balance(payout.payee) == (0, 0, 0)
        assert paid_late(payouts.at).count == "1"

    def test_what_a_file_has_of_its_retry_already_they_owe(self, payouts: PayoutWorld) -> None:
        payout = not_paid(payouts)
        again = payouts.approve(retry(payouts, payout))
        take_out(payouts)
        say(payouts, payout)
        assert confirm(payouts, payout).status == "paid_late"
        assert payouts.balance(payout.payee) == (0, 0, 10_000)
        payouts.work()
        assert payouts.again(again).status == "sending"
        assert payouts.again(again).recalled_at is not None
        say(payouts, again)
        assert confirm(payouts, again).status == "paid"
        assert balance_minor("bank", currency="INR") == -20_000
        assert payouts.balance(payout.payee) == (0, 0, 10_000)

    def test_a_retry_that_nobody_took_out_is_recalled(self, payouts: PayoutWorld) -> None:
        payout = not_paid(payouts)
        again = payouts.approve(retry(payouts, payout))
        say(payouts, payout)
        confirm(payouts, payout)
        payouts.work()
        assert payouts.again(again).status == "cancelled"
        assert payouts.balance(payout.payee) == (0, 0, 0)

    def test_what_was_paid_late_may_come_back_too(self, payouts: PayoutWorld) -> None:
        payout = not_paid(payouts)
        say(payouts, payout)
        confirm(payouts, payout)
        say(payouts, payout, Kind.RETURNED)
        assert confirm(payouts, payout).status == "returned"
        assert (payouts.balance(payout.payee), balance_minor("bank", currency="INR")) == ((10_000, 0, 0), 0)

    def test_of_what_failed_nothing_else_is_said_and_nobody_confirms_their_own(self, payouts: PayoutWorld) -> None:
        payout = not_paid(payouts)
        entries = LedgerEntry.objects.count()
        for kind in (Kind.FAILED, Kind.RETURNED):
            with pytest.raises(NoBankResult):
                say(payouts, payout, kind)
        say(payouts, payout)
        for actor in (FIRST, payout.payee.user.actor):
            with pytest.raises(FourEyes):
                confirm(payouts, payout, actor=actor)
        assert payouts.again(payout).status == "failed"
        assert LedgerEntry.objects.count() == entries
        assert payouts.balance(payout.payee) == (10_000, 0, 0)

    def test_refuses_who_said_it_and_the_payee(self, payouts: PayoutWorld) -> None:
        payout = approved(payouts)
        take_out(payouts)
        say(payouts, payout)
        for actor in (FIRST, payout.payee.user.actor):
            with pytest.raises(FourEyes):
                confirm(payouts, payout, actor=actor)
        assert payouts.again(payout).status == "sending"
        assert BankResult.objects.get().status == "proposed"

    def test_one_thing_is_said_at_a_time(self, payouts: PayoutWorld) -> None:
        payout = approved(payouts)
        take_out(payouts)
        say(payouts, payout)
        with pytest.raises(NoBankResult):
            say(payouts, payout, Kind.FAILED, actor=SECOND)
        decline_result(payout_pk=payout.pk, actor=FIRST, reason="wrong row", at=payouts.at)
        say(payouts, payout, Kind.FAILED)
        assert confirm(payouts, payout).status == "failed"

    @pytest.mark.parametrize("kind", [Kind.PAID, Kind.FAILED])
    def test_nothing_of_what_is_in_no_file(self, payouts: PayoutWorld, kind: str) -> None:
        for payout in (approved(payouts), payouts.sent()):
            with pytest.raises(NoBankResult):
                say(payouts, payout, kind)
        with pytest.raises(NoBankResult):
            confirm(payouts, approved(payouts))
        assert not BankResult.objects.exists()


class TestWholeFile:
    def test_is_said_and_confirmed_at_once_but_for_what_was_said_before(self, payouts: PayoutWorld) -> None:
        rows = [approved(payouts) for _ in range(3)]
        file = take_out(payouts)
        say(payouts, rows[0], Kind.FAILED)
        given: dict[str, Any] = {"file_pk": file.pk, "reason": "the statement", "at": payouts.at}
        assert propose_paid(reference="UTR-9", actor=FIRST, **given) == 2
        with pytest.raises(NoBankResult):
            propose_paid(reference="UTR-9", actor=FIRST, **given)
        with pytest.raises(FourEyes):
            confirm_file(actor=FIRST, **given)
        assert {payouts.again(row).status for row in rows} == {"sending"}
        assert confirm_file(actor=SECOND, **given) == 3
        assert [payouts.again(row).status for row in rows] == ["failed", "paid", "paid"]
        with pytest.raises(NoBankResult):
            confirm_file(actor=SECOND, **given)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_files_never_have_one_payout(self, payouts: PayoutWorld) -> None:
        for _ in range(4):
            approved(payouts)
        outcomes = together([lambda: take_out(payouts) for _ in range(3)])
        files = [each for each in outcomes if isinstance(each, PayoutFile)]
        assert sum(file.rows for file in files) == Payout.objects.filter(file__isnull=False).count() == 4

    def test_two_downloads_are_one(self, payouts: PayoutWorld) -> None:
        approved(payouts)
        file = take_out(payouts)
        acts = [lambda: download(file_pk=file.pk, actor=FIRST, reason="now", at=payouts.at) for _ in range(2)]
        assert sorted(type(each).__name__ for each in together(acts)) == ["FileDownloaded", "str"]
