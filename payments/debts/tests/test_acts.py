"""What operators do about a debt: shown before, with the lines; by two people; the oldest debt first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.panel import Tone
from config.admin.tests.operators import (
    act_of,
    as_role,
    confirm,
    ids,
    list_of,
    look,
    page_of,
    signed_in,
    somebody,
    text_of,
)
from payments.debts import panels
from payments.debts.models import DebtProposal
from payments.debts.tests.owing import owes
from payments.ledger.models import LedgerEntry, PayeeBalance

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


class TestPage:
    def test_says_since_when_and_how_it_is_to_end(self, first: Client) -> None:
        row = owes(500, at=timezone.now() - timedelta(days=45))
        look(first, row, "repaid", **GIVEN)
        confirm(first, row, "repaid", reason="came in today", **GIVEN)
        text = text_of(first.get(page_of(row)))
        for shown in ("They owe us $5.00", "30 to 60 days", "Ends of their debt", "proposed", "$3.00", "main UTR 1"):
            assert shown in text, text

    def test_the_list_begins_with_the_oldest_debt(self, first: Client) -> None:
        at = timezone.now()
        young = owes(500, owner="usr_young", at=at - timedelta(days=2))
        old = owes(500, owner="usr_old", at=at - timedelta(days=95))
        owes(-500, owner="usr_rich", at=at)
        assert ids(first.get(list_of(PayeeBalance), {"owes": "any"}), PayeeBalance) == [old.pk, young.pk]
        assert ids(first.get(list_of(PayeeBalance), {"owes": "90"}), PayeeBalance) == [old.pk]
        assert len(ids(first.get(list_of(PayeeBalance)), PayeeBalance)) == 3


class TestPanels:
    def test_who_owes_us_the_oldest_first(self) -> None:
        at = timezone.now()
        person = somebody(Role.SELLER, name="Ann Seller")
        owes(500, owner="usr_young", at=at - timedelta(days=2))
        owes(700, owner=person.public_id, at=at - timedelta(days=95))
        found = panels.payees_who_owe(at)
        assert (found.count, found.tone) == ("2", Tone.WARNING)
        assert [item.label for item in found.items] == ["$7.00 owed by Ann Seller", "$5.00 owed by usr_young"]
        assert [item.since for item in found.items] == [at - timedelta(days=95), at - timedelta(days=2)]
        assert found.url.endswith("?owes=any")

    def test_what_waits_for_a_second_person(self) -> None:
        at = timezone.now()
        row = owes(500, at=at)
        assert panels.debts_to_confirm(at).count == "0"
        confirm(signed_in(somebody(Role.FINANCE)), row, "write-off", reason="insolvent", amount="5")
        found = panels.debts_to_confirm(at)
        assert [(item.label, item.detail) for item in found.items] == [("$5.00: written off", "insolvent")]
        assert (found.count, found.tone) == ("1", Tone.WARNING)
        (owing,) = panels.payees_who_owe(at).items
        assert owing.detail == "somebody proposed how it ends"

    def test_nobody_owes_nothing(self) -> None:
        found = panels.payees_who_owe(timezone.now())
        assert (found.count, found.tone, found.items) == ("0", Tone.GOOD, ())
