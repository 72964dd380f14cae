"""The tables of a payee: each currency with the one reason, destinations and payouts with the newest first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.parts import Content, Table
from config.admin.show import when
from config.admin.tests.operators import page_of
from orders.tests.factories import AT, make_user
from payments.ledger.accounts import Account
from payouts.payees import parts
from payouts.payees.models import Destination, PayeeAccount, PayeeKind
from payouts.payees.parts import balances, destinations, payees_of_person, standing_table
from payouts.payees.tests.paying import GERMAN, OTHER_INDIAN, give, make_payee, propose
from payouts.tests.payout_world import PayoutWorld

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # money that nothing explains


def told(table: Content | None) -> list[dict[str, Any]]:
    """Each line by the names of its columns."""
    assert isinstance(table, Table)
    names = [column.label for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


class TestStanding:
    def test_says_all_of_one_currency(self) -> None:
        payee, other = make_payee(), make_payee()
        PayeeAccount.objects.create(payee=payee, currency="INR", weekday=3, due_at=AT, minimum_minor=70_000)
        PayeeAccount.objects.create(payee=payee, currency="EUR", schedule="daily", due_at=AT, minimum_minor=1)
        PayeeAccount.objects.create(payee=other, currency="INR", schedule="daily", due_at=AT, minimum_minor=2)
        for someone, currency in ((other, "INR"), (payee, "EUR")):
            give(someone, 9_900, currency=currency)
            give(someone, 9_900, currency=currency, account=Account.RESERVE)
        give(payee, 50_000)
        give(payee, 3_000, account=Account.RESERVE)
        _, line = told(balances.show(payee, AT))
        assert page_of(payee) in line.pop("As")
        assert line == {
            "Currency": "INR", "Payable": "₹500.00", "Reserve": "₹30.00", "Owes us": "₹0.00", "In payouts": "₹0.00",
            "Schedule": "weekly, Thursday", "Minimum": "₹700.00",
            "Paid": "what is payable is below the minimum of a payout",
        }  # fmt: skip

    def test_of_a_debt_nothing_else_is_said(self) -> None:
        payee = make_payee()
        give(payee, 40, account=Account.RECEIVABLE)
        (line,) = told(standing_table([payee], at=AT))
        assert (line["Owes us"], line["Reserve"], line["Schedule"]) == ("₹0.40", "₹0.00", "–")
        assert line["Paid"].startswith("what the payee owes us")

    def test_what_is_paid_with_the_next_run_and_what_is_on_its_way(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(50_000)
        (line,) = told(standing_table([payee], at=payouts.at))
        assert (line["Schedule"], line["Paid"]) == ("daily", "with the next run")
        payouts.freeze(payee)
        (line,) = told(standing_table([payee], at=payouts.at))
        assert (line["Payable"], line["In payouts"]) == ("₹0.00", "₹500.00")

    def test_who_is_paid_on_request(self) -> None:
        payee = make_payee()
        PayeeAccount.objects.create(payee=payee, currency="INR", schedule="on_request", weekday=3)
        (line,) = told(standing_table([payee], at=AT))
        assert line["Schedule"] == "on request"


class TestDestinations:
    def test_are_theirs_the_newest_first(self) -> None:
        payee = make_payee()
        active = propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        propose(make_payee(), GERMAN, currency="EUR")
        first, second = told(destinations.show(payee, AT))
        assert page_of(waiting) in first["Destination"]
        assert "ICIC •••• 5555" in first["Destination"]
        assert page_of(active) in second["Destination"]
        assert "proposed" in first["State"]
        assert "active" in second["State"]
        assert (first["Currency"], first["Rail"], first["Why"]) == (
            "INR",
            "bank file",
            "it takes the place of another one",
        )
        assert (second["Why"], second["Proposed"]) == ("–", when(active.created_at))

    def test_why_one_is_not_active_is_what_the_payee_reads(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        Destination.objects.filter(pk=waiting.pk).update(status="rejected", why="not their name")
        assert told(destinations.show(payee, AT))[0]["Why"] == "not their name"

    def test_no_more_than_are_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parts, "SHOWN", 1)
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        (line,) = told(destinations.show(payee, AT))
        assert page_of(waiting) in line["Destination"]

    def test_are_read_without_what_is_sealed(self, django_assert_num_queries: Any) -> None:
        payee = make_payee()
        propose(payee)
        with django_assert_num_queries(1) as captured:
            destinations.show(payee, AT)
        assert '"details"' not in captured[0]["sql"]


class TestPayouts:
    def test_are_theirs_the_newest_first(self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        payee = payouts.payee(10_000)
        first = payouts.freeze(payee)
        payouts.later(hours=1)
        payouts.earn(payee, 7_000)
        second = payouts.freeze(payee)
        type(first).objects.filter(pk=first.pk).update(
            status="paid", sent_at=payouts.at, paid_at=payouts.at + timedelta(hours=1), ended_at=payouts.at,
            reference="UTR1", approved_by="user:finance",
        )  # fmt: skip
        payouts.freeze(payouts.payee(90_000))
        newer, older = told(parts.payouts.show(payee, payouts.at))
        assert page_of(second) in newer["Payout"]
        assert page_of(first) in older["Payout"]
        assert (newer["Net"], newer["Reference"], newer["Frozen"]) == ("₹70.00", "–", when(payouts.at))
        assert (older["Net"], older["Reference"]) == ("₹100.00", "UTR1")
        assert older["Paid"] == when(payouts.at + timedelta(hours=1))
        assert "paid" in older["State"]
        monkeypatch.setattr(parts, "SHOWN", 1)
        assert len(told(parts.payouts.show(payee, payouts.at))) == 1


class TestOfPerson:
    def test_everything_that_they_are_paid_as_the_first_first(self) -> None:
        seller = make_payee()
        scout = make_payee(seller.user, PayeeKind.SCOUT)
        for payee in (scout, seller, make_payee()):
            give(payee, 500)
        lines = told(payees_of_person.show(seller.user, AT))
        assert ["seller" in line["As"] for line in lines] == [True, False]
        assert page_of(scout) in lines[1]["As"]

    def test_nothing_of_who_is_no_payee(self) -> None:
        assert payees_of_person.show(make_user(Role.BUYER), AT) is None
