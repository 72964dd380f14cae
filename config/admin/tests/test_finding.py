"""Whatever is pasted is looked for where it can be, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts.roles import Role
from config.admin.finding import pages_for
from config.admin.tests.operators import somebody
from config.inbox.models import WebhookEvent
from config.inbox.tests.toy import received

pytestmark = pytest.mark.django_db


def found(term: str, role: Role, rf: Any) -> list[tuple[str, str]]:
    request = rf.get("/admin/find/")
    request.user = somebody(role)
    return [(each.kind, each.url) for each in pages_for(term, site=admin.site, request=request)]


class TestPagesFor:
    def test_asks_only_the_pages_whose_ids_look_like_it(self, rf: Any) -> None:
        request = rf.get("/admin/find/")
        request.user = somebody(Role.ADMINISTRATOR)
        with CaptureQueriesContext(connection) as captured:
            pages_for("call_nothing", site=admin.site, request=request)
        tables = [query["sql"] for query in captured if " FROM " in query["sql"] and "set_config" not in query["sql"]]
        assert len(tables) == 1
        assert "config_gatewaycall" in tables[0]

    def test_finds_a_gateways_id_among_its_events(self, rf: Any) -> None:
        event = received(object="pi_1")
        WebhookEvent.objects.filter(pk=event.pk).update(object_id="pi_1")
        kinds = found("pi_1", Role.OPERATIONS, rf)
        assert ("event", f"/admin/config/webhookevent/{event.pk}/change/") in kinds

    def test_respects_what_each_role_may_see(self, rf: Any) -> None:
        person = somebody(Role.BUYER)
        assert found(person.public_id, Role.ADMINISTRATOR, rf) == [
            ("account", f"/admin/config/user/{person.pk}/change/")
        ]
        assert found(person.public_id, Role.SUPPORT, rf) == []

    def test_of_several_shows_the_newest_and_not_all(self, rf: Any) -> None:
        for _ in range(25):
            WebhookEvent.objects.filter(pk=received().pk).update(object_id="pi_1")
        assert len([kind for kind, _ in found("pi_1", Role.OPERATIONS, rf) if kind == "event"]) == 20
