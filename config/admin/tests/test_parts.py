"""A detail page is made of parts; each is asked only for those who may see it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.panel import Figure
from config.admin.parts import Fact, Facts, Failed, Figures, Table, columns, contents, part, parts_of
from config.admin.show import NOTHING
from config.admin.tests.operators import somebody

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, tzinfo=UTC)


@part("orders.view", "For everybody of staff")
def open_part(row: Any, at: datetime) -> Facts:
    return Facts("Open", (Fact("at", at),))


@part("ledger.view", "For few")
def guarded(row: Any, at: datetime) -> Facts:
    asked.append(row)
    return Facts("Guarded", ())


@part("orders.view", "Nothing to show")
def empty(row: Any, at: datetime) -> None:
    return None


@part("orders.view", "Broken")
def broken(row: Any, at: datetime) -> Table:
    raise LookupError


@part("orders.view", "Some figures")
def some(row: Any, at: datetime) -> Figures:
    return Figures((Figure("a", "1"),))


@part("orders.view", "More figures")
def more(row: Any, at: datetime) -> Figures:
    return Figures((Figure("b", "2"),))


asked: list[Any] = []


class TestContents:
    def test_shows_each_what_their_role_may_see(self) -> None:
        asked.clear()
        row = User()
        support, auditor = somebody(Role.SUPPORT), somebody(Role.AUDITOR)
        assert [found.title for found in contents([open_part, guarded], row, user=support, at=AT)] == ["Open"]
        assert asked == [], "a part that may not be seen is not even asked"
        found = contents([open_part, guarded], row, user=auditor, at=AT)
        assert [each.title for each in found] == ["Open", "Guarded"]

    @pytest.mark.parametrize("role", [Role.SELLER, Role.BUYER, Role.SCOUT, Role.ORGANIZER])
    def test_shows_nothing_to_those_who_are_not_staff(self, role: Role) -> None:
        assert contents([open_part, some], User(), user=somebody(role), at=AT) == []

    def test_leaves_out_what_has_nothing_to_say_and_names_what_failed(self) -> None:
        found = contents([empty, broken, open_part], User(), user=somebody(Role.SUPPORT), at=AT)
        assert found == [Failed("Broken"), Facts("Open", (Fact("at", AT),))]

    def test_puts_all_figures_first_in_one(self) -> None:
        found = contents([open_part, some, more], User(), user=somebody(Role.SUPPORT), at=AT)
        assert found[0] == Figures((Figure("a", "1"), Figure("b", "2")))
        assert len(found) == 2


class TestPartsOf:
    def test_adds_what_the_apps_above_name(self, settings: Any) -> None:
        settings.ADMIN_PARTS = {"config.user": ["config.admin.tests.test_parts.guarded"]}
        assert parts_of([open_part], User) == [open_part, guarded]
        settings.ADMIN_PARTS = {}
        assert parts_of([open_part], User) == [open_part]


class TestTable:
    def test_pairs_values_with_their_columns(self) -> None:
        table = Table("t", columns("Name", "#Amount"), (("a", "1"), ("–", "2")))
        lines = list(table.lines)
        assert [(column.label, column.is_number, value) for column, value in lines[0]] == [
            ("Name", False, "a"), ("Amount", True, "1")
        ]  # fmt: skip
        assert lines[1][0][1] == NOTHING

    def test_refuses_a_row_that_does_not_fit(self) -> None:
        with pytest.raises(ValueError, match="shorter"):
            list(Table("t", columns("a", "b"), (("1",),)).lines)
