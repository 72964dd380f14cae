"""The effect of an act: rehearsed, described, or refused in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.db import DatabaseError, IntegrityError, OperationalError, transaction

from config.accounts.models import User
from config.accounts.roles import CODES, Role
from config.admin.acts import (
    PREVIEW,
    Act,
    Asked,
    Effect,
    always,
    by_rehearsal,
    effect_of,
    known,
    offered,
    rehearsing,
    state_of,
    why_not,
)
from config.admin.apps import OperatorAdminConfig
from config.admin.tests.operators import somebody
from config.audit.models import AuditEntry
from config.audit.rehearsal import Moved, Rehearsed
from config.audit.services import record
from config.calls.barrier import NetworkBarred
from config.kernel.bookline import BookLine
from config.kernel.errors import Conflict
from config.kernel.money import Money

AT = datetime(2026, 11, 21, tzinfo=UTC)
MOVED = Moved("user", "usr_1", "move", "a", "b", "")
LINE = BookLine("capture", "clearing", "stripe", "", Money(5, "INR"))


def act(**changes: Any) -> Act:
    given: dict[str, Any] = {
        "name": "try", "title": "Try…", "code": "outbox.revive", "effect": lambda row, user, at: Effect("It is tried."),
        "do": lambda row, asked: True, "done": "Tried.",
    }  # fmt: skip
    return Act(**{**given, **changes})


EXTRA = act(name="extra")


class TestEffectOf:
    def test_tells_all_that_was_rehearsed(self) -> None:
        found = effect_of(Rehearsed(True, None, moves=(MOVED,), lines=(LINE,), jobs=("j",)), Effect("s", notes=("n",)))
        assert (found.moves, found.lines, found.jobs, found.notes) == ((MOVED,), (LINE,), ("j",), ("n",))
        assert found.refusal

    def test_says_that_the_rest_depends_on_the_gateway(self) -> None:
        found = effect_of(Rehearsed(None, NetworkBarred("stripe.capture"), moves=(MOVED,)), Effect("s"))
        assert found.refusal
        assert "gateway's answer" in found.cautions[0]
        assert found.moves == (MOVED,)

    def test_hands_a_refusal_on_with_its_code(self) -> None:
        found = effect_of(Rehearsed(None, Conflict("not now")), Effect("s"))
        assert (bool(found.refusal), found.refusal.code, found.refusal.detail) == (False, "conflict", "not now")

    def test_a_bug_stays_a_bug(self) -> None:
        with pytest.raises(ZeroDivisionError):
            effect_of(Rehearsed(None, ZeroDivisionError()), Effect("s"))

    def test_says_what_the_database_would_say(self) -> None:
        assert effect_of(Rehearsed(None, OperationalError("lock timeout")), Effect("s")).refusal.code == "busy"


class TestWhyNot:
    def test_reads_a_constraint_as_the_sentence_that_it_is(self) -> None:
        verdict = why_not(IntegrityError("a_refund_gives_something"))
        assert (verdict.code, verdict.detail) == ("constraint", "the database refuses it: a refund gives something")

    def test_says_that_somebody_is_at_it(self) -> None:
        assert "somebody else" in why_not(OperationalError("canceling statement due to lock timeout")).detail

    def test_of_anything_else_gives_the_first_line(self) -> None:
        assert why_not(DatabaseError("one\ntwo")).detail == "one"


@pytest.mark.django_db(transaction=True)
class TestByRehearsal:
    def test_shows_what_the_act_would_do_and_does_it_not(self) -> None:
        person = somebody(Role.BUYER)

        def rename() -> None:
            with transaction.atomic():
                User.objects.filter(pk=person.pk).update(name="Ann")
                record(person, act="renamed", actor="x", at=AT)

        found = by_rehearsal("Renamed.", rename, cautions=("careful",))
        assert (found.summary, found.cautions, found.moves[0].act) == ("Renamed.", ("careful",), "renamed")
        person.refresh_from_db()
        assert person.name == ""


def rename(person: User, asked: Asked) -> None:
    with transaction.atomic():
        record(person, act="renamed", **asked.said)


@pytest.mark.django_db(transaction=True)
class TestRehearsing:
    @pytest.mark.parametrize("summary", ["Renamed: ann@x.io", lambda person: f"Renamed: {person.email}"])
    def test_shows_an_act_by_what_it_does_itself(self, summary: Any) -> None:
        person = somebody(Role.BUYER, email="ann@x.io")
        found = rehearsing(rename, summary, cautions=("careful",))(person, person, AT)
        assert (found.summary, found.cautions) == ("Renamed: ann@x.io", ("careful",))
        assert [(moved.act, moved.reason) for moved in found.moves] == [("renamed", PREVIEW)]
        assert not AuditEntry.objects.filter(act="renamed").exists()

    def test_says_who_why_and_when(self) -> None:
        person = somebody(Role.BUYER)
        assert Asked(user=person, reason="wed", at=AT).said == {"actor": person.actor, "reason": "wed", "at": AT}


@pytest.mark.django_db(transaction=True)
class TestOffered:
    def test_to_those_who_may_where_the_row_fits(self) -> None:
        acts = [act(), act(name="other", code="accounts.manage"), act(name="never", fits=lambda row: False)]
        person = somebody(Role.OPERATIONS)
        assert [each.name for each in offered(acts, None, user=person)] == ["try"]

    def test_to_nobody_by_a_code_that_nobody_has(self) -> None:
        assert offered([act(code="nonsense")], None, user=somebody(Role.ADMINISTRATOR)) == []

    def test_adds_what_the_apps_above_name(self, settings: Any) -> None:
        settings.ADMIN_ACTS = {"config.user": ["config.admin.tests.test_acts.EXTRA"]}
        own = act()
        assert known([own], User) == [own, EXTRA]


class TestActs:
    def test_every_act_of_the_site_has_a_code_of_the_table(self) -> None:
        for page in _pages():
            for each in [*known(page.acts, page.model), *page.list_acts]:
                assert each.code in CODES, each.name

    def test_no_two_acts_of_a_page_share_a_name(self) -> None:
        for page in _pages():
            names = [each.name for each in known(page.acts, page.model)]
            assert len(names) == len(set(names)), page

    def test_the_button_says_what_it_does(self) -> None:
        assert act().button == "Try…"
        assert act(confirm="Do it").button == "Do it"

    def test_what_was_decided_upon_is_the_rows_state_by_default(self) -> None:
        class Row:
            status = "held"

        assert state_of(Row()) == "held"
        assert state_of(object()) == ""
        assert always(None)


def _pages() -> list[Any]:

    return list(admin.site._registry.values())


class TestConfig:
    def test_is_djangos_admin_without_its_search_for_modules(self) -> None:
        assert OperatorAdminConfig.name == "django.contrib.admin"
        assert OperatorAdminConfig.default_site == "config.admin.site.OperatorSite"
