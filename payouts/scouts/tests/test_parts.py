"""The tables of a scout: whom they brought and for whose money, what it earned, and who brought a person."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.parts import Content, Facts, Table
from config.admin.show import when
from config.admin.tests.operators import page_of
from orders.tests.factories import AT
from payouts.payees.models import Destination
from payouts.payees.parts import standing_table
from payouts.payees.tests.paying import OTHER_INDIAN, give, make_payee, propose
from payouts.scouts import parts
from payouts.scouts.models import Bounty
from payouts.scouts.parts import bounties, brought_by, recruits, standing
from payouts.scouts.tests.scouting import bring, buys, follow, make_scout, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


def told(table: Content | None) -> list[dict[str, Any]]:
    """Each line by the names of its columns."""
    assert isinstance(table, Table)
    names = [column.label for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


class TestStanding:
    def test_is_of_what_they_scout_and_not_of_what_they_sell(self) -> None:
        scout = make_scout()
        give(make_payee(scout.user), 900)
        give(scout.payee, 500)
        table = standing.show(scout, AT)
        assert table == standing_table([scout.payee], at=AT)
        (line,) = told(table)
        assert line["Payable"] == "₹5.00"


class TestRecruits:
    def test_are_theirs_the_newest_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        scout = make_scout()
        first, second = bring(scout), bring(scout)
        bring(make_scout())
        newer, older = told(recruits.show(scout, AT))
        assert page_of(second) in newer["Person"]
        assert second.email in newer["Person"]
        assert page_of(first) in older["Person"]
        assert (older["By"], older["Since"], older["Suspicious"]) == ("code", when(AT), newer["Suspicious"])
        monkeypatch.setattr(parts, "SHOWN", 1)
        assert len(told(recruits.show(scout, AT))) == 1

    def suspects(self, scout: Any) -> list[bool]:
        return ["the same account" in line["Suspicious"] for line in told(recruits.show(scout, AT))]

    def test_one_whose_money_goes_to_the_scouts_own_account_is_suspicious(self) -> None:
        scout, other = make_scout(), make_scout()
        propose(scout.payee)
        for brought_by_whom in (scout, other):
            propose(make_payee(bring(brought_by_whom, Role.SELLER)))
        propose(make_payee(bring(scout, Role.SELLER)), OTHER_INDIAN)
        assert self.suspects(scout) == [False, True]
        assert self.suspects(other) == [False], "it is not the account of who brought them"

    def test_not_by_an_account_of_the_scouts_that_was_erased(self) -> None:
        scout = make_scout()
        Destination.objects.filter(pk=propose(scout.payee).pk).update(details=None)
        propose(make_payee(bring(scout, Role.SELLER)))
        assert self.suspects(scout) == [False]


class TestBounties:
    def test_are_theirs_the_newest_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        scout = make_scout()
        orders = [buys(bring(scout)), buys(bring(scout))]
        for order in (*orders, buys(bring(make_scout()))):
            follow(order)
        follow(orders[0], "completed")
        newer, older = told(bounties.show(scout, AT))
        for line, order in ((newer, orders[1]), (older, orders[0])):
            assert page_of(order) in line["Order"]
            assert page_of(Bounty.objects.get(order=order)) in line["Bounty"]
        assert ("accrued" in newer["State"], "matured" in older["State"]) == (True, True)
        assert (newer["For"], newer["Amount"], newer["Earned"]) == ("first order", "₹10.00", when(AT))
        monkeypatch.setattr(parts, "SHOWN", 1)
        assert len(told(bounties.show(scout, AT))) == 1


class TestBroughtBy:
    def test_says_by_whom_how_and_when(self) -> None:
        scout = make_scout()
        recruit = bring(scout)
        bring(make_scout())
        shown = brought_by.show(recruit, AT)
        assert isinstance(shown, Facts)
        facts = {fact.label: fact.value for fact in shown.facts}
        assert page_of(scout) in facts["Scout"]
        assert scout.code in facts["Scout"]
        assert (facts["By"], facts["Since"]) == ("code", when(AT))

    def test_says_nothing_of_whom_nobody_brought(self) -> None:
        bring(make_scout())
        assert brought_by.show(make_user(Role.BUYER), AT) is None
