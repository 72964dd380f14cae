"""Each role's menu leads where that role may go, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.roles import NOUNS, STAFF_ROLES, Role
from config.admin.menu import GROUPS, Item, _may_open, navigation
from config.admin.tests.operators import as_role, somebody, text_of

pytestmark = pytest.mark.django_db


def menu(role: Role, rf: Any) -> dict[str, list[str]]:
    request = rf.get("/admin/")
    request.user = somebody(role)
    return {group["title"]: [item["title"] for item in group["items"]] for group in navigation(request)}


class TestNavigation:
    def test_support_sees_trade_and_the_trail(self, rf: Any) -> None:
        found = menu(Role.SUPPORT, rf)
        assert list(found) == ["", "Orders", "Payments", "Payouts", "Gateways", "Machines", "Trail"]
        assert found["Payments"] == [
            "Payments", "Refunds", "Disputes", "Suspected of fraud", "Saved methods", "Escrow holds",
        ]  # fmt: skip
        assert found["Payouts"] == [
            "Payouts", "Payout runs", "Bank files", "Floats filled up", "Money that came to floats",
            "Transfers taken back", "Payees", "Destinations", "Scouts", "Bounties", "Bounty rates",
        ]  # fmt: skip
        assert found["Gateways"] == ["Gateway accounts", "Gateway health", "Gateway transactions"]
        assert found["Machines"] == ["Inbox", "Rejections", "Blocked from paying", "Bulk replays"]

    def test_finance_sees_the_books(self, rf: Any) -> None:
        found = menu(Role.FINANCE, rf)
        assert {"Ledger entries", "Statement", "Trial balance"} <= set(found["Books"])
        assert "Payee balances" in found["Payouts"]
        assert "People" not in found

    def test_operations_see_the_machines_and_no_books(self, rf: Any) -> None:
        found = menu(Role.OPERATIONS, rf)
        assert {"Inbox", "Outbox", "Gateway calls", "Watches", "Pauses", "Schedule"} <= set(found["Machines"])
        assert "Books" not in found
        assert "Payee balances" not in found["Payouts"]

    @pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
    def test_some_see_everything(self, rf: Any, role: Role) -> None:
        found = menu(role, rf)
        assert found == {title: [item.title for item in items] for title, items in GROUPS}

    @pytest.mark.parametrize("role", [Role.BUYER, Role.SELLER])
    def test_others_are_offered_no_list(self, rf: Any, role: Role) -> None:
        assert menu(role, rf) == {"": ["Overview", "Find"]}

    @pytest.mark.parametrize("role", sorted(STAFF_ROLES))
    def test_every_link_opens(self, role: Role, rf: Any) -> None:
        request = rf.get("/admin/")
        request.user = somebody(role)
        client = as_role(role)
        for group in navigation(request):
            for item in group["items"]:
                assert client.get(item["link"]).status_code == 200, item

    def test_every_item_names_a_model_of_the_table(self) -> None:
        assert {item.sees for _, items in GROUPS for item in items} - {""} <= set(NOUNS)

    def test_an_item_may_name_a_permission_instead(self) -> None:
        item = Item("x", "x", "admin:index", "inbox.replay")
        assert _may_open(item, somebody(Role.OPERATIONS))
        assert not _may_open(item, somebody(Role.SUPPORT))

    def test_stands_on_every_page(self) -> None:
        assert "Escrow holds" in text_of(as_role(Role.SUPPORT).get("/admin/profile/"))
