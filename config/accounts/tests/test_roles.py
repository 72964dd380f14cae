"""What each role may do."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser

from config.accounts.models import User
from config.accounts.roles import (
    CODES,
    MAY,
    NOUNS,
    STAFF_ROLES,
    Role,
    all_in_admin,
    codes_of,
    may,
    may_for_everyone,
    may_in_admin,
)

# Who may do what costs or frees money, or changes who is who: written out once more, so that a slip in the table shows.
DANGEROUS = {
    "accounts.manage": {Role.ADMINISTRATOR},
    "calls.settle": {Role.OPERATIONS, Role.FINANCE, Role.ADMINISTRATOR},
    "escrow.freeze": {Role.OPERATIONS, Role.FINANCE, Role.ADMINISTRATOR},
    "inbox.replay": {Role.OPERATIONS, Role.ADMINISTRATOR},
    "ledger.correct": {Role.FINANCE, Role.ADMINISTRATOR},
    "ledger.view": {Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR},
    "orders.complete": {Role.OPERATIONS, Role.BUYER, Role.ADMINISTRATOR},
    "orders.deliver": {Role.OPERATIONS, Role.SELLER, Role.ADMINISTRATOR},
    "outbox.revive": {Role.OPERATIONS, Role.ADMINISTRATOR},
    "payments.settle": {Role.FINANCE, Role.ADMINISTRATOR},
    "products.write": {Role.OPERATIONS, Role.SELLER, Role.ADMINISTRATOR},
    "refunds.approve": {Role.FINANCE, Role.ADMINISTRATOR},
    "refunds.request": {Role.SUPPORT, Role.OPERATIONS, Role.FINANCE, Role.ADMINISTRATOR},
}


def somebody(*roles: str, is_active: bool = True) -> User:
    return User(email="a@example.com", roles=list(roles), is_active=is_active)


class TestTable:
    def test_every_role_has_its_row(self) -> None:
        assert set(MAY) == set(Role)

    @pytest.mark.parametrize("code", sorted(DANGEROUS))
    def test_dangerous_codes_are_where_they_belong(self, code: str) -> None:
        assert {role for role in Role if code in MAY[role]} == DANGEROUS[code]

    def test_an_auditor_may_only_look(self) -> None:
        assert all(code.endswith(".view") for code in MAY[Role.AUDITOR])
        assert {code for code in CODES if code.endswith(".view")} == MAY[Role.AUDITOR]

    def test_an_administrator_may_everything_that_exists(self) -> None:
        assert MAY[Role.ADMINISTRATOR] == CODES

    @pytest.mark.parametrize("label", sorted(NOUNS))
    def test_every_model_exists_and_its_noun_can_be_viewed(self, label: str) -> None:
        assert apps.get_model(label)
        assert f"{NOUNS[label]}.view" in CODES


class TestMay:
    @pytest.mark.parametrize("role", list(Role))
    def test_follows_the_table_for_every_code(self, role: Role) -> None:
        assert {code for code in CODES if may(somebody(role), code)} == MAY[role]

    def test_roles_add_up(self) -> None:
        both = somebody(Role.SUPPORT, Role.SELLER)
        assert may(both, "refunds.request")
        assert may(both, "products.write")
        assert codes_of([Role.SUPPORT, Role.SELLER]) == MAY[Role.SUPPORT] | MAY[Role.SELLER]

    def test_a_code_that_nobody_has_opens_nothing(self) -> None:
        assert not any(may(somebody(role), "payments.invent") for role in Role)

    def test_an_inactive_person_may_nothing(self) -> None:
        assert not any(may(somebody(*Role, is_active=False), code) for code in CODES)

    def test_a_stranger_may_nothing(self) -> None:
        assert not any(may(AnonymousUser(), code) or may_for_everyone(AnonymousUser(), code) for code in CODES)

    def test_a_role_that_does_not_exist_is_nothing(self) -> None:
        assert codes_of(["root"]) == frozenset()


class TestMayForEveryone:
    @pytest.mark.parametrize("role", list(Role))
    def test_only_staff_reach_everybodys_rows(self, role: Role) -> None:
        reached = {code for code in CODES if may_for_everyone(somebody(role), code)}
        assert reached == (MAY[role] if role in STAFF_ROLES else frozenset())

    def test_a_code_from_another_role_of_the_same_person_does_not_widen_the_reach(self) -> None:
        both = somebody(Role.SUPPORT, Role.SELLER)
        assert may(both, "products.write")
        assert not may_for_everyone(both, "products.write")


class TestMayInAdmin:
    def test_viewing_follows_the_noun(self) -> None:
        assert may_in_admin(somebody(Role.SUPPORT), "payments.view_payment")
        assert not may_in_admin(somebody(Role.SUPPORT), "payments.view_ledgerentry")
        assert may_in_admin(somebody(Role.FINANCE), "payments.view_ledgerentry")

    @pytest.mark.parametrize("role", list(Role))
    @pytest.mark.parametrize("verb", ["add", "change", "delete"])
    def test_nothing_is_written_except_accounts_by_an_administrator(self, role: Role, verb: str) -> None:
        allowed = {label for label in NOUNS if may_in_admin(somebody(role), label.replace(".", f".{verb}_"))}
        is_form = role is Role.ADMINISTRATOR and verb != "delete"
        assert allowed == ({"config.user"} if is_form else set())

    @pytest.mark.parametrize("role", [Role.SELLER, Role.ORGANIZER, Role.SCOUT, Role.BUYER])
    def test_who_is_not_staff_sees_nothing(self, role: Role) -> None:
        assert all_in_admin(somebody(role)) == set()

    @pytest.mark.parametrize(
        "permission", ["config.view_unheard", "token_blacklist.view_outstandingtoken", "nonsense", "", "a.b", "config."]
    )
    def test_what_stands_in_no_table_is_refused_to_all(self, permission: str) -> None:
        assert not may_in_admin(somebody(*Role), permission)

    def test_all_of_a_role_are_listed(self) -> None:
        assert all_in_admin(somebody(Role.AUDITOR)) == {label.replace(".", ".view_") for label in NOUNS}
        assert "config.change_user" in all_in_admin(somebody(Role.ADMINISTRATOR))
