"""A debt ends by two people's word: repaid to our bank, or written off; never by one, never twice, never by more."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes, NotFound, Refused
from config.proposals.services import ProposalOpen, UnknownBankAccount
from config.tests.together import together
from payments.debts.models import DebtProposal
from payments.debts.services.settle import ExceedsDebt, Kind, ReferenceTaken, confirm, decline, propose
from payments.debts.tests.owing import owes
from payments.ledger.models import LedgerEntry, PayeeBalance

AT = timezone.now()
FIRST, SECOND = "user:first", "user:second"


def repaid(row: PayeeBalance, amount: int = 300, **given: Any) -> DebtProposal:
    wanted = {"bank_account": "main", "reference": "UTR 1", "bank_accounts": ["main"], **given}
    return propose(
        balance_pk=row.pk, kind=Kind.REPAID, amount_minor=amount, actor=FIRST, reason="came in", at=AT, **wanted
    )


def write_off(row: PayeeBalance, amount: int = 300) -> DebtProposal:
    return propose(
        balance_pk=row.pk, kind=Kind.WRITTEN_OFF, amount_minor=amount, actor=FIRST, reason="insolvent", at=AT
    )


def confirmed(row: PayeeBalance, by: str = SECOND) -> bool:
    return confirm(balance_pk=row.pk, actor=by, reason="seen at the bank", at=AT)


def traces() -> dict[str, Any]:
    tables = (PayeeBalance, LedgerEntry, DebtProposal, AuditEntry)
    return {table.__name__: list(table._base_manager.order_by("pk").values()) for table in tables}


@pytest.mark.django_db
class TestPropose:
    def test_books_nothing_and_says_who_why_and_where(self) -> None:
        row = owes(500, at=AT)
        proposal = repaid(row)
        row.refresh_from_db()
        assert (row.receivable_minor, LedgerEntry.objects.count()) == (500, 1)
        assert (proposal.status, proposal.proposed_by, proposal.reference) == ("proposed", FIRST, "UTR 1")
        assert AuditEntry.objects.get(act="proposed: repaid").reason == "came in"

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"amount": 501}, ExceedsDebt),
            ({"amount": 0}, ExceedsDebt),
            ({"bank_account": "elsewhere"}, UnknownBankAccount),
            ({"reference": "  "}, UnknownBankAccount),
        ],
    )
    def test_refuses_what_cannot_be_so(self, given: dict[str, Any], error: type[Refused]) -> None:
        row = owes(500, at=AT)
        before = traces()
        with pytest.raises(error):
            repaid(row, **given)
        assert traces() == before

    def test_one_at_a_time(self) -> None:
        row = owes(500, at=AT)
        write_off(row)
        before = traces()
        with pytest.raises(ProposalOpen):
            repaid(row)
        assert traces() == before

    def test_one_payment_at_the_bank_repays_one_debt(self) -> None:
        row, other = owes(500, at=AT), owes(500, owner="usr_other", at=AT)
        repaid(row)
        before = traces()
        with pytest.raises(ReferenceTaken):
            repaid(other)
        assert traces() == before
        decline(balance_pk=row.pk, actor=SECOND, reason="not ours", at=AT)
        assert repaid(other).status == "proposed"

    def test_who_owes_nothing_has_nothing_to_end(self) -> None:
        row = PayeeBalance.objects.create(owner="usr_rich", currency="USD")
        with pytest.raises(ExceedsDebt, match="nothing"):
            write_off(row)


@pytest.mark.django_db
class TestConfirm:
    def test_repaid_it_stands_at_our_bank(self) -> None:
        row = owes(500, at=AT)
        proposal = repaid(row)
        assert confirmed(row)
        row.refresh_from_db()
        proposal.refresh_from_db()
        assert (row.receivable_minor, row.owes_since) == (200, AT)
        entry = LedgerEntry.objects.get(event="debt_repaid")
        assert entry.key == f"debt:{proposal.public_id}:repaid"
        assert sorted(entry.lines.values_list("account", "owner", "amount_minor", "external_ref")) == [
            ("bank", "main", 300, "UTR 1"), ("receivable", "usr_debtor", -300, ""),
        ]  # fmt: skip
        assert (proposal.status, proposal.decided_by, proposal.decided_at) == ("confirmed", SECOND, AT)

    def test_written_off_it_is_our_expense_and_the_next_earnings_are_theirs(self) -> None:
        row = owes(500, at=AT)
        write_off(row, 500)
        confirmed(row)
        entry = LedgerEntry.objects.get(event="debt_written_off")
        assert sorted(entry.lines.values_list("account", "owner", "amount_minor")) == [
            ("bad_debt", "usr_debtor", 500), ("receivable", "usr_debtor", -500),
        ]  # fmt: skip
        row = owes(-700, at=AT, key="earned")
        assert (row.payable_minor, row.receivable_minor, row.owes_since) == (700, 0, None)

    def test_refuses_the_person_who_proposed_it(self) -> None:
        row = owes(500, at=AT)
        repaid(row)
        before = traces()
        with pytest.raises(FourEyes):
            confirmed(row, by=FIRST)
        assert traces() == before

    def test_refuses_more_than_earnings_have_left_of_it(self) -> None:
        row = owes(500, at=AT)
        repaid(row)
        owes(-300, at=AT, key="earned")
        before = traces()
        with pytest.raises(ExceedsDebt, match="less than that by now"):
            confirmed(row)
        assert traces() == before
        assert decline(balance_pk=row.pk, actor=SECOND, reason="set off", at=AT)

    def test_without_a_proposal_there_is_nothing_to_decide(self) -> None:
        row = owes(500, at=AT)
        for decide in (confirm, decline):
            with pytest.raises(NotFound):
                decide(balance_pk=row.pk, actor=SECOND, reason="", at=AT)
        assert not DebtProposal.objects.exists()

    def test_the_database_knows_that_it_takes_two(self) -> None:
        row = owes(500, at=AT)
        repaid(row)
        refused = pytest.raises(IntegrityError, match="nobody_confirms_the_end_of_a_debt_that_they_proposed")
        with refused, transaction.atomic():
            DebtProposal.objects.update(status="confirmed", decided_by=FIRST, decided_at=AT)


@pytest.mark.django_db
class TestAge:
    def test_is_of_the_oldest_that_is_still_owed(self) -> None:
        for days, minor, owed, since in (
            (0, 500, 500, 0),
            (1, -300, 200, 0),  # earnings set off a part
            (2, 400, 600, 0),
            (3, -600, 0, None),
            (4, -100, 0, None),
            (5, 150, 50, 5),  # what they had was taken first, and the rest is a new debt
        ):
            row = owes(minor, at=AT + timedelta(days=days), key=f"day {days}")
            assert (row.receivable_minor, row.owes_since) == (
                owed, None if since is None else AT + timedelta(days=since),
            )  # fmt: skip

    def test_is_each_currencys_own(self) -> None:
        dollars = owes(500, at=AT)
        euros = owes(500, at=AT + timedelta(days=1), currency="EUR")
        write_off(dollars, 500)
        assert repaid(euros).currency == "EUR", "one proposal for each"
        confirmed(dollars)
        owes(-900, at=AT, key="earned")
        euros.refresh_from_db()
        assert (euros.receivable_minor, euros.owes_since) == (500, AT + timedelta(days=1))
        confirmed(euros)
        euros.refresh_from_db()
        assert euros.receivable_minor == 200


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_four_who_propose_propose_once(self) -> None:
        row = owes(500, at=AT)
        found = together([partial(repaid, row, reference=f"UTR {n}") for n in range(4)])
        assert sorted(type(each).__name__ for each in found) == ["DebtProposal"] + ["ProposalOpen"] * 3
        assert DebtProposal.objects.count() == AuditEntry.objects.count() == 1

    def test_one_payment_is_named_for_one_of_two_debts(self) -> None:
        rows = [owes(500, owner=owner, at=AT) for owner in ("usr_one", "usr_other")]
        found = together([partial(repaid, row) for row in rows])
        assert sorted(type(each).__name__ for each in found) == ["DebtProposal", "ReferenceTaken"]
        assert DebtProposal.objects.count() == AuditEntry.objects.count() == 1

    def test_repaid_while_earnings_set_off_the_rest(self) -> None:
        row = owes(500, at=AT)
        repaid(row)
        found = together([lambda: confirmed(row), lambda: bool(owes(-200, at=AT, key="earned"))])
        row.refresh_from_db()
        assert found == [True, True]
        assert (row.payable_minor, row.receivable_minor, row.owes_since) == (0, 0, None)

    def test_four_who_confirm_book_it_once(self) -> None:
        row = owes(500, at=AT)
        write_off(row)
        found = together([lambda: confirmed(row)] * 4)
        assert sorted(type(each).__name__ for each in found) == ["NotFound"] * 3 + ["bool"]
        assert LedgerEntry.objects.filter(event="debt_written_off").count() == 1

    def test_earnings_and_a_confirmation_at_once_never_pay_more_than_is_owed(self) -> None:
        row = owes(500, at=AT)
        write_off(row, 500)
        found = together([lambda: confirmed(row), lambda: bool(owes(-300, at=AT, key="earned"))])
        row.refresh_from_db()
        if found[0] is True:
            assert (row.payable_minor, row.receivable_minor) == (300, 0)
        else:
            assert isinstance(found[0], ExceedsDebt)
            assert (row.payable_minor, row.receivable_minor) == (0, 200)
