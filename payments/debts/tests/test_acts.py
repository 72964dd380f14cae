"""What operators do about a debt: shown before, with the lines; by two people; the oldest debt first."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.tests.operators import (
    act_of,
    as_role,
    confirm,
    page_of,
    text_of,
)
from payments.debts.models import DebtProposal
from payments.debts.tests.owing import owes
from payments.ledger.models import LedgerEntry

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = {"amount": "3.00", "bank_account": "main", "reference": "UTR 1"}


@pytest.fixture
def first() -> Client:
    return as_role(Role.FINANCE)


@pytest.fixture
def second() -> Client:
    return as_role(Role.FINANCE)


class TestActs:
    def test_one_says_that_it_was_repaid_and_another_confirms_it(self, first: Client, second: Client) -> None:
        row = owes(500, at=timezone.now())
        assert "Another person must confirm it" in text_of(first.get(act_of(row, "repaid")))
        confirm(first, row, "repaid", reason="came in today", **GIVEN)
        assert LedgerEntry.objects.count() == 1
        refused = text_of(first.get(act_of(row, "confirm")))
        assert "who proposed it cannot confirm it" in refused
        text = text_of(second.get(act_of(row, "confirm")))
        for shown in ("$3.00 came to our bank account main, reference UTR 1", "came in today", "receivable", "bank"):
            assert shown in text
        assert LedgerEntry.objects.count() == 1, "looking books nothing"
        confirm(second, row, "confirm")
        row.refresh_from_db()
        assert row.receivable_minor == 200

    def test_writing_off_and_declining(self, first: Client, second: Client) -> None:
        row = owes(500, at=timezone.now())
        confirm(first, row, "write-off", amount="5")
        assert "Write it off…" not in text_of(first.get(page_of(row)))
        confirm(second, row, "decline", reason="they sell again")
        assert DebtProposal.objects.get().status == "declined"
        row.refresh_from_db()
        assert row.receivable_minor == 500

    @pytest.mark.parametrize("amount", ["nothing", "5.01", "-1"])
    def test_refuses_amounts_that_cannot_be(self, first: Client, amount: str) -> None:
        row = owes(500, at=timezone.now())
        confirm(first, row, "write-off", amount=amount)
        assert not DebtProposal.objects.exists()

    def test_nobody_else_may(self) -> None:
        row = owes(500, at=timezone.now())
        for role in (Role.AUDITOR, Role.OPERATIONS, Role.SUPPORT):
            assert as_role(role).get(act_of(row, "write-off")).status_code == 403

    def test_of_who_owes_nothing_there_is_nothing_to_do(self, first: Client) -> None:
        row = owes(-500, at=timezone.now())
        text = text_of(first.get(page_of(row)))
        assert "They paid us back" not in text
        assert "Debt" not in text
