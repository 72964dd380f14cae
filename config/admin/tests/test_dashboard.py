"""The overview: what needs a person first; each panel by permission, alone, and bounded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from config.accounts.roles import CODES, Role
from config.admin.dashboard import may_open
from config.admin.panel import Figure, Panel, Tone, WorkItem, WorkList
from config.admin.tests.operators import as_role, somebody, text_of

pytestmark = pytest.mark.django_db
HERE = "config.admin.tests.test_dashboard"
SINCE = datetime(2026, 11, 21, tzinfo=UTC)
asked: list[str] = []


def waiting(at: datetime) -> WorkList:
    item = WorkItem("A dead job", "why it died", "/admin/config/outboxjob/1/change/", SINCE)
    return WorkList("Dead things", "1,000+", (item,), Tone.BAD, "/admin/config/outboxjob/")


def calm(at: datetime) -> WorkList:
    return WorkList("Quiet things", "0")


def figures(at: datetime) -> Panel:
    asked.append("figures")
    return Panel("Some figures", (Figure("In escrow", "₹12.00", Tone.WARNING, "/admin/config/outboxjob/"),))


def broken(at: datetime) -> Panel:
    raise LookupError


def slow(at: datetime) -> Panel:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
    return Panel("Never")


@pytest.fixture
def provide(settings: Any) -> Any:
    def set_providers(lists: list[str], panels: list[str], **codes: str) -> None:
        settings.WORK_LISTS = [f"{HERE}.{name}" for name in lists]
        settings.DASHBOARD_PANELS = [f"{HERE}.{name}" for name in panels]
        named = dict.fromkeys((*lists, *panels), "outbox.view") | codes
        settings.PANEL_CODES = {f"{HERE}.{name}": code for name, code in named.items()}

    return set_providers


def overview(role: Role = Role.OPERATIONS) -> Any:
    return as_role(role).get("/admin/")


class TestOverview:
    def test_shows_what_needs_a_person_before_everything_else(self, provide: Any) -> None:
        provide(["calm", "waiting"], ["figures"])
        text = text_of(overview())
        assert text.index("Needs a person") < text.index("Dead things 1,000+") < text.index("Some figures")
        assert "A dead job" in text
        assert "why it died" in text
        assert "Nothing in: Quiet things" in text
        assert "₹12.00" in text

    def test_says_so_when_nothing_waits(self, provide: Any) -> None:
        provide(["calm"], [])
        assert "Nothing waits for a person." in text_of(overview())

    def test_one_that_fails_fails_alone_and_is_named(self, provide: Any) -> None:
        provide(["waiting"], ["broken", "figures"])
        text = text_of(overview())
        assert "Broken Could not be read." in text
        assert "Dead things" in text
        assert "₹12.00" in text

    def test_does_not_say_that_nothing_waits_where_it_could_not_look(self, provide: Any) -> None:
        provide(["broken"], [])
        assert "Nothing waits" not in text_of(overview())

    def test_one_that_dawdles_is_ended(self, provide: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("config.admin.bounded.PART_S", 0.05)
        provide([], ["slow", "figures"])
        text = text_of(overview())
        assert "Slow Could not be read." in text
        assert "₹12.00" in text


class TestWhoSeesWhat:
    def test_a_panel_is_asked_only_for_those_who_may_see_it(self, provide: Any) -> None:
        provide([], ["figures"], figures="ledger.view")
        asked.clear()
        assert "₹12.00" not in text_of(overview(Role.OPERATIONS))
        assert asked == []
        assert "₹12.00" in text_of(overview(Role.FINANCE))

    def test_a_panel_without_a_permission_is_seen_by_nobody(self, provide: Any, settings: Any) -> None:
        provide([], ["figures"])
        settings.PANEL_CODES = {}
        assert "₹12.00" not in text_of(overview(Role.ADMINISTRATOR))

    def test_every_provider_of_the_settings_names_a_permission(self) -> None:
        named = {*django_settings.DASHBOARD_PANELS, *django_settings.WORK_LISTS}
        assert named == set(django_settings.PANEL_CODES)
        assert set(django_settings.PANEL_CODES.values()) <= CODES

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR])
    def test_the_real_one_opens_for_every_role(self, role: Role) -> None:
        text = text_of(overview(role))
        assert "Needs a person" in text
        assert "Could not be read" not in text

    def test_a_link_that_would_answer_403_is_not_one(self, provide: Any) -> None:
        provide(["waiting"], ["figures"], waiting="orders.view", figures="orders.view")
        page = overview(Role.SUPPORT).content.decode()
        assert "A dead job" in page
        assert "/admin/config/outboxjob/" not in page
        assert "/admin/config/outboxjob/" in overview(Role.OPERATIONS).content.decode()


class TestMayOpen:
    @pytest.mark.parametrize(
        ("url", "role", "opens"),
        [
            ("/admin/config/outboxjob/?state__exact=dead", Role.OPERATIONS, True),
            ("/admin/config/outboxjob/", Role.SUPPORT, False),
            ("/admin/config/outboxjob/1/change/", Role.SUPPORT, False),
            ("/admin/", Role.SUPPORT, True),
            ("/nowhere/", Role.ADMINISTRATOR, False),
            ("", Role.ADMINISTRATOR, False),
        ],
    )
    def test_says_what_the_page_would_answer(self, rf: Any, url: str, role: Role, opens: bool) -> None:
        request = rf.get("/admin/")
        request.user = somebody(role)
        assert may_open(url, request) is opens
