"""What operators do with files for the bank: by two, once, with every line shown before it is booked."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from config.accounts.models import User
from config.accounts.roles import Role, may_for_everyone
from config.admin.acts import Attachment
from config.admin.tests.operators import somebody
from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes, Refused
from payouts.bankfile.acts import CONFIRM, CONFIRM_FILE, DECLINE, DOWNLOAD, MAKE, PAID, SAY, FileForm, ResultForm
from payouts.bankfile.models import BankResult, PayoutFile
from payouts.payout.models import Payout
from payouts.tests.acting import asked, lines, moves, shown, traces
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db(transaction=True)
CHOSEN = {"bank_account": "main", "currency": "INR"}
OF_PAYOUTS, OF_FILES = (SAY, CONFIRM, DECLINE), (DOWNLOAD, PAID, CONFIRM_FILE)


def waiting(world: PayoutWorld, minor: int = 10_000) -> Payout:
    return world.approved(minor, rail="bank_file", account_id="")


def finance() -> User:
    return somebody(Role.FINANCE)


def made(world: PayoutWorld, *amounts: int) -> tuple[PayoutFile, list[Payout]]:
    """A file of so many payouts."""
    rows = [waiting(world, minor) for minor in amounts or (10_000,)]
    MAKE.do(None, asked(finance(), world, **CHOSEN))
    return PayoutFile.objects.get(), [world.again(row) for row in rows]


def say(world: PayoutWorld, payout: Payout, kind: str = "paid", reference: str = "UTR-1") -> User:
    """Somebody says what the bank did; returns who."""
    user = finance()
    SAY.do(payout, asked(user, world, kind=kind, reference=reference))
    return user


def offered(acts: Any, row: Any) -> set[str]:
    return {act.name for act in acts if act.fits(row)}


class TestWhen:
    @pytest.mark.parametrize(
        ("status", "names"),
        [("approved", set()), ("sending", {"say"}), ("paid", {"say"}), ("failed", {"say"}), ("cancelled", set()),
         ("awaiting_approval", set())],
    )  # fmt: skip
    def test_a_payout_of_a_file_in_each_state(self, payouts: PayoutWorld, status: str, names: set[str]) -> None:
        _, (payout,) = made(payouts)
        payout.status = status
        assert offered(OF_PAYOUTS, payout) == names

    def test_what_is_in_no_file_or_goes_by_call_has_none(self, payouts: PayoutWorld) -> None:
        for payout in (waiting(payouts), payouts.sent(says="lost")):
            payout.status = "sending"
            assert offered(OF_PAYOUTS, payout) == set()

    def test_what_is_proposed_is_decided_first(self, payouts: PayoutWorld) -> None:
        file, (payout,) = made(payouts)
        assert offered(OF_FILES, file) == {"download"}
        say(payouts, payout)
        assert offered(OF_PAYOUTS, payouts.again(payout)) == {"confirm-bank", "decline-bank"}
        assert offered(OF_FILES, file) == {"confirm"}
        CONFIRM.do(payout, asked(finance(), payouts))
        assert offered(OF_PAYOUTS, payouts.again(payout)) == {"say"}  # that it came back
        assert offered(OF_FILES, file) == set()

    def test_all_of_it_is_paid_only_after_it_was_downloaded(self, payouts: PayoutWorld) -> None:
        file, _ = made(payouts)
        assert not PAID.fits(file)
        DOWNLOAD.do(file, asked(finance(), payouts))
        assert offered(OF_FILES, PayoutFile.objects.get()) == {"paid"}

    @pytest.mark.parametrize("role", [*Role])
    def test_are_finances_alone(self, role: Role) -> None:
        user = somebody(role)
        allowed = {may_for_everyone(user, act.code) for act in (*OF_PAYOUTS, *OF_FILES, MAKE)}
        assert allowed == {role in (Role.FINANCE, Role.ADMINISTRATOR)}


class TestMake:
    def test_shows_each_payout_that_would_be_in_it(self, payouts: PayoutWorld) -> None:
        rows = [waiting(payouts, 10_000), waiting(payouts, 500)]
        effect = shown(MAKE, None, finance(), payouts, **CHOSEN)
        assert moves(effect) == [("payout", "approved", "sending")] * 2
        assert {move.subject_id for move in effect.moves if move.target} == {row.public_id for row in rows}
        assert (effect.lines, effect.calls, bool(effect.refusal)) == ((), (), True)

    def test_says_what_is_in_it(self, payouts: PayoutWorld) -> None:
        waiting(payouts, 10_000)
        waiting(payouts, 500)
        said = MAKE.do(None, asked(finance(), payouts, **CHOSEN))
        file = PayoutFile.objects.get()
        assert said == f"{file.public_id}: 2 payouts over ₹105.00. Download it."
        assert AuditEntry.objects.get(subject_id=file.public_id, act="made").reason == "looked at it"

    def test_of_nothing_it_is_refused_before_and_then(self, payouts: PayoutWorld) -> None:
        payouts.approved()
        before = traces()
        assert shown(MAKE, None, finance(), payouts, **CHOSEN).refusal.code == "nothing_to_pay"
        with pytest.raises(Refused):
            MAKE.do(None, asked(finance(), payouts, **CHOSEN))
        assert traces() == before

    @pytest.mark.parametrize("change", [{"bank_account": "swiss"}, {"currency": "XXX"}, {"bank_account": ""}])
    def test_the_form_knows_our_accounts_alone(self, change: dict[str, str]) -> None:
        assert FileForm(CHOSEN).is_valid()
        assert set(FileForm({**CHOSEN, **change}).errors) == set(change)


class TestDownload:
    def test_names_how_much_and_is_given_once(self, payouts: PayoutWorld) -> None:
        file, rows = made(payouts, 10_000, 500)
        effect = shown(DOWNLOAD, file, finance(), payouts)
        assert effect.summary.startswith("2 payouts over ₹105.00")
        assert "Once only" in effect.cautions[0]
        answer = DOWNLOAD.do(file, asked(finance(), payouts))
        assert isinstance(answer, Attachment)
        assert (answer.name, answer.content_type) == (f"{file.public_id}.csv", "text/csv; charset=utf-8")
        written = list(csv.DictReader(io.StringIO(answer.body.decode())))
        assert [row["reference"] for row in written] == [row.public_id for row in rows]
        before = traces()
        with pytest.raises(Refused) as refused:
            DOWNLOAD.do(file, asked(finance(), payouts))
        assert (refused.value.code, traces()) == ("file_downloaded", before)
        assert not DOWNLOAD.fits(PayoutFile.objects.get())

    def test_what_is_said_since_is_seen(self, payouts: PayoutWorld) -> None:
        file, rows = made(payouts, 10_000, 500)
        before = DOWNLOAD.seen(file)
        say(payouts, rows[0], "failed", "")
        assert DOWNLOAD.seen(file) != before
        assert shown(DOWNLOAD, file, finance(), payouts).summary.startswith("1 payout over ₹5.00")


class TestSay:
    @pytest.mark.parametrize(
        ("given", "wrong"),
        [
            ({"kind": "paid", "reference": ""}, {"reference"}),
            ({"kind": "paid", "reference": "x" * 81}, {"reference"}),
            ({"kind": "lost", "reference": "UTR"}, {"kind"}),
            ({"kind": "failed"}, set()),
            ({"kind": "returned"}, set()),
            ({"kind": "paid", "reference": "UTR"}, set()),
        ],
    )  # fmt: skip
    def test_the_form(self, given: dict[str, str], wrong: set[str]) -> None:
        assert set(ResultForm(given).errors) == wrong

    def test_shows_how_much_and_books_nothing(self, payouts: PayoutWorld) -> None:
        _, (payout,) = made(payouts)
        effect = shown(SAY, payout, finance(), payouts)
        assert "₹100.00" in effect.summary
        assert (effect.lines, effect.moves) == ((), ())
        say(payouts, payout)
        assert (payouts.again(payout).status, BankResult.objects.get().status) == ("sending", "proposed")

    def test_what_came_meanwhile_is_seen(self, payouts: PayoutWorld) -> None:
        _, (payout,) = made(payouts)
        before = SAY.seen(payout)
        say(payouts, payout)
        assert SAY.seen(payouts.again(payout)) != before


class TestConfirm:
    @pytest.mark.parametrize(
        ("kind", "booked", "status"),
        [
            ("paid", [("bank", -10_000), ("in_transit", 10_000)], "paid"),
            ("failed", [("in_transit", 10_000), ("payable", -10_000)], "failed"),
        ],
    )
    def test_shows_the_lines_that_it_books(
        self, payouts: PayoutWorld, kind: str, booked: list[tuple[str, int]], status: str
    ) -> None:
        _, (payout,) = made(payouts)
        say(payouts, payout, kind)
        effect = shown(CONFIRM, payout, finance(), payouts)
        assert lines(effect) == booked
        assert ("payout", "sending", status) in moves(effect)
        assert f"Proposed: {kind} UTR-1" in effect.summary
        assert CONFIRM.do(payout, asked(finance(), payouts))
        assert payouts.again(payout).status == status

    def test_what_came_back_after_it_was_paid(self, payouts: PayoutWorld) -> None:
        _, (payout,) = made(payouts)
        say(payouts, payout)
        CONFIRM.do(payout, asked(finance(), payouts))
        say(payouts, payouts.again(payout), "returned", "UTR-2")
        assert lines(shown(CONFIRM, payout, finance(), payouts)) == [("bank", 10_000), ("payable", -10_000)]
        CONFIRM.do(payout, asked(finance(), payouts))
        assert payouts.again(payout).status == "returned"
        assert payouts.balance(payout.payee) == (10_000, 0, 0)

    def test_neither_who_said_it_nor_the_payee(self, payouts: PayoutWorld) -> None:
        _, (payout,) = made(payouts)
        who = say(payouts, payout)
        before = traces()
        for user in (who, payout.payee.user):
            assert shown(CONFIRM, payout, user, payouts).refusal.code == "four_eyes"
            with pytest.raises(FourEyes):
                CONFIRM.do(payout, asked(user, payouts))
        assert traces() == before

    def test_declined_by_who_said_it_something_else_may_be_said(self, payouts: PayoutWorld) -> None:
        _, (payout,) = made(payouts)
        who = say(payouts, payout)
        assert shown(DECLINE, payout, who, payouts).lines == ()
        assert DECLINE.do(payout, asked(who, payouts))
        assert BankResult.objects.get().status == "declined"
        say(payouts, payouts.again(payout), "failed", "")
        assert payouts.again(payout).status == "sending"


class TestWholeFile:
    def test_paid_by_one_and_confirmed_by_another(self, payouts: PayoutWorld) -> None:
        file, rows = made(payouts, 10_000, 500, 20)
        first = finance()
        DOWNLOAD.do(file, asked(first, payouts))
        say(payouts, rows[0], "failed", "")
        file = PayoutFile.objects.get()
        assert shown(PAID, file, first, payouts).lines == ()
        assert PAID.do(file, asked(first, payouts, reference="UTR-9")).startswith("2 ")
        effect = shown(CONFIRM_FILE, file, finance(), payouts)
        assert lines(effect) == [
            ("bank", -500), ("bank", -20), ("in_transit", 20), ("in_transit", 500), ("in_transit", 10_000),
            ("payable", -10_000),
        ]  # fmt: skip
        assert str(CONFIRM_FILE.do(file, asked(finance(), payouts))).startswith("3 ")
        assert [payouts.again(row).status for row in rows] == ["failed", "paid", "paid"]
        assert {payouts.again(row).reference for row in rows[1:]} == {"UTR-9"}

    def test_what_one_person_proposed_of_it_they_do_not_confirm(self, payouts: PayoutWorld) -> None:
        file, rows = made(payouts, 10_000, 500)
        first = finance()
        DOWNLOAD.do(file, asked(first, payouts))
        PAID.do(file, asked(first, payouts, reference="UTR-9"))
        before = traces()
        assert shown(CONFIRM_FILE, file, first, payouts).refusal.code == "four_eyes"
        with pytest.raises(FourEyes):
            CONFIRM_FILE.do(file, asked(first, payouts))
        assert (traces(), len(rows)) == (before, 2)

    def test_what_is_decided_since_is_seen(self, payouts: PayoutWorld) -> None:
        file, rows = made(payouts, 10_000, 500)
        before = CONFIRM_FILE.seen(file)
        say(payouts, rows[0])
        after = CONFIRM_FILE.seen(file)
        CONFIRM.do(rows[0], asked(finance(), payouts))
        assert len({before, after, CONFIRM_FILE.seen(file)}) == 3
