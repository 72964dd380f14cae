"""Who people are to us is said by an administrator, never by oneself, and always somebody is left who can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.accounts import api_keys
from config.accounts.models import ApiKey, User
from config.accounts.roles import Role, may_for_everyone
from config.accounts.staffing import (
    NotAnAdministrator,
    NotOnYourself,
    UnknownRole,
    change_roles,
    deactivate,
    reactivate,
)
from config.audit.models import AuditEntry
from config.tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 21, tzinfo=UTC)
_numbers: Iterator[int] = iter(range(1, 10_000))


def person(*roles: Role) -> User:
    return User.objects.create_user(f"p{next(_numbers)}@example.com", None, roles=[*roles])


@pytest.fixture
def chief() -> User:
    return person(Role.ADMINISTRATOR)


def give(user: User, roles: list[str], by: User) -> bool:
    return change_roles(user=user, roles=roles, by=by, reason="a new job", at=AT)


def traces() -> tuple[Any, ...]:
    return list(User.objects.order_by("pk").values()), list(ApiKey.objects.values()), AuditEntry.objects.count()


VERBS: list[Callable[[User, User], bool]] = [
    lambda user, by: give(user, [Role.AUDITOR], by),
    lambda user, by: deactivate(user=user, by=by, reason="left", at=AT),
    lambda user, by: reactivate(user=user, by=by, reason="back", at=AT),
]


class TestChangeRoles:
    def test_gives_exactly_these(self, chief: User) -> None:
        ann = person(Role.BUYER, Role.SELLER)
        assert give(ann, [Role.SUPPORT, Role.BUYER, Role.SUPPORT], chief) is True
        assert ann.roles == User.objects.get(pk=ann.pk).roles == ["buyer", "support"]
        entry = AuditEntry.objects.get()
        assert (entry.act, entry.actor, entry.reason) == ("roles_changed", chief.actor, "a new job")
        assert entry.facts == {"before": ["buyer", "seller"], "after": ["buyer", "support"]}

    def test_works_at_once(self, chief: User) -> None:
        ann = person(Role.SUPPORT)
        assert may_for_everyone(ann, "orders.view")
        give(ann, [], chief)
        assert not may_for_everyone(User.objects.get(pk=ann.pk), "orders.view")

    def test_of_the_same_roles_writes_nothing(self, chief: User) -> None:
        ann = person(Role.SELLER, Role.BUYER)
        before = traces()
        assert give(ann, [Role.BUYER, Role.SELLER], chief) is False
        assert traces() == before

    def test_refuses_a_role_that_there_is_not(self, chief: User) -> None:
        ann = person(Role.BUYER)
        before = traces()
        with pytest.raises(UnknownRole):
            give(ann, ["emperor"], chief)
        assert traces() == before


class TestDeactivate:
    def test_shuts_out_with_every_key(self, chief: User) -> None:
        ann = person(Role.SELLER)
        key, _ = api_keys.create(user=ann, name="k", scopes=["orders.view"], days=9, actor=ann.actor, at=AT)
        old, _ = api_keys.create(user=ann, name="o", scopes=["orders.view"], days=9, actor=ann.actor, at=AT)
        api_keys.revoke(key=old, actor=ann.actor, reason="old", at=AT - timedelta(days=1))
        assert deactivate(user=ann, by=chief, reason="left", at=AT) is True
        key.refresh_from_db()
        old.refresh_from_db()
        assert (User.objects.get(pk=ann.pk).is_active, key.revoked_at, old.revoked_at) == (
            False,
            AT,
            AT - timedelta(days=1),
        )
        acts = list(AuditEntry.objects.filter(at=AT, reason__gt="").values_list("act", "reason"))
        assert ("deactivated", "left") in acts
        assert ("revoked", "its owner was shut out") in acts

    def test_twice_writes_once(self, chief: User) -> None:
        ann = person(Role.BUYER)
        deactivate(user=ann, by=chief, reason="left", at=AT)
        before = traces()
        assert deactivate(user=ann, by=chief, reason="left", at=AT) is False
        assert traces() == before


class TestReactivate:
    def test_lets_in_again_without_the_old_keys(self, chief: User) -> None:
        ann = person(Role.SELLER)
        key, _ = api_keys.create(user=ann, name="k", scopes=["orders.view"], days=9, actor=ann.actor, at=AT)
        deactivate(user=ann, by=chief, reason="left", at=AT)
        assert reactivate(user=ann, by=chief, reason="back", at=AT) is True
        key.refresh_from_db()
        assert (User.objects.get(pk=ann.pk).is_active, key.revoked_at) == (True, AT)
        before = traces()
        assert reactivate(user=ann, by=chief, reason="back", at=AT) is False
        assert traces() == before


class TestWhoMay:
    @pytest.mark.parametrize("verb", VERBS)
    def test_nobody_acts_on_themselves(self, chief: User, verb: Callable[[User, User], bool]) -> None:
        before = traces()
        with pytest.raises(NotOnYourself):
            verb(chief, chief)
        assert traces() == before

    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
    def test_nobody_but_an_administrator(self, verb: Callable[[User, User], bool], role: Role) -> None:
        ann, other = person(Role.BUYER), person(role)
        before = traces()
        with pytest.raises(NotAnAdministrator):
            verb(ann, other)
        assert traces() == before

    def test_not_one_who_was_shut_out_since_they_logged_in(self, chief: User) -> None:
        late = person(Role.ADMINISTRATOR)
        deactivate(user=late, by=chief, reason="left", at=AT)
        with pytest.raises(NotAnAdministrator):
            give(person(Role.BUYER), [Role.ADMINISTRATOR], late)

    def test_of_two_who_remove_each_other_at_once_one_is_left(self) -> None:
        for _ in range(5):
            ann, bob = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
            answers = together([lambda a=ann, b=bob: give(a, [], b), lambda a=ann, b=bob: give(b, [], a)])
            assert sorted(str(type(answer).__name__) for answer in answers) == ["NotAnAdministrator", "bool"]
            left = User.objects.filter(pk__in=[ann.pk, bob.pk], roles__contains=[Role.ADMINISTRATOR])
            assert left.count() == 1
