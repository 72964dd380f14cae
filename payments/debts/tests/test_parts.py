"""What the page of a balance says of its debt, and the list of those who owe us by the age of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.parts import Content, Facts, Table
from config.admin.show import when
from config.admin.tests.operators import as_role, confirm, ids, list_of, look, page_of, text_of
from payments.debts import parts
from payments.debts.models import DebtProposal
from payments.debts.parts import debt, is_asked_for, proposals
from payments.debts.tests.owing import owes
from payments.ledger.models import PayeeBalance

pytestmark = pytest.mark.django_db
GIVEN = {"amount": "3.00", "bank_account": "main", "reference": "UTR 1"}


@pytest.fixture
def first() -> Client:
    return as_role(Role.FINANCE)


def a_proposal(row: PayeeBalance, **columns: Any) -> DebtProposal:
    given = {
        "kind": "repaid", "amount_minor": 300, "currency": "USD", "bank_account": "main", "reference": "UTR 1",
        "reason": "came in", "proposed_by": "user:a", "proposed_at": timezone.now(),
    }  # fmt: skip
    return DebtProposal.objects.create(balance=row, **{**given, **columns})


def told(table: Content | None) -> list[dict[str, Any]]:
    """Each line by the names of its columns."""
    assert isinstance(table, Table)
    names = [column.label for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


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

    @pytest.mark.parametrize(("span", "days"), [("30", 30), ("60", 60), ("90", 90)])
    def test_a_debt_is_of_an_age_from_its_day_on(self, first: Client, span: str, days: int) -> None:
        at = timezone.now()
        old = owes(500, owner="usr_old", at=at - timedelta(days=days, seconds=1))
        owes(500, owner="usr_young", at=at - timedelta(days=days) + timedelta(hours=1))
        assert ids(first.get(list_of(PayeeBalance), {"owes": span}), PayeeBalance) == [old.pk]

    def test_only_who_is_asked_for_by_age_stands_first_by_age(self) -> None:
        asked = RequestFactory()
        assert [is_asked_for(asked.get("/", {"owes": span})) for span in ("any", "90", "12", "")] == [
            True, True, False, False,
        ]  # fmt: skip


class TestDebt:
    def test_says_how_much_since_when_and_how_old(self) -> None:
        since = timezone.now() - timedelta(days=45)
        shown = debt.show(owes(500, at=since), timezone.now())
        assert isinstance(shown, Facts)
        assert [fact.value for fact in shown.facts] == ["$5.00", when(since), "30 to 60 days"]

    def test_says_nothing_of_who_owes_nothing(self) -> None:
        assert debt.show(owes(-500, at=timezone.now()), timezone.now()) is None


class TestProposals:
    def test_are_of_this_debt_the_newest_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        at = timezone.now()
        row, other = owes(500, at=at), owes(500, owner="usr_other", at=at)
        declined = a_proposal(row, status="declined", decided_by="user:b", decided_at=at)
        written = a_proposal(row, kind="written_off", amount_minor=500, bank_account="", reference="", reason="gone")
        a_proposal(other, reference="UTR 2")
        newer, older = told(proposals.show(row, at))
        assert written.public_id in newer["Proposal"]
        assert (newer["What"], newer["How much"], newer["At our bank"], newer["Why"], newer["Decided by"]) == (
            "written off", "$5.00", "–", "gone", "–",
        )  # fmt: skip
        assert declined.public_id in older["Proposal"]
        assert (older["What"], older["At our bank"]) == ("repaid", "main UTR 1")
        assert ("proposed" in newer["State"], "declined" in older["State"]) == (True, True)
        assert (older["Proposed by"], older["Decided by"]) != (older["Decided by"], older["Proposed by"])
        assert older["Decided by"] != "–"
        monkeypatch.setattr(parts, "SHOWN", 1)
        assert len(told(proposals.show(row, at))) == 1

    def test_nothing_where_nobody_proposed_anything(self) -> None:
        assert proposals.show(owes(500, at=timezone.now()), timezone.now()) is None
