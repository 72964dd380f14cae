"""Below /admin/: the operator's zone and Unfold's scripts; everywhere else neither."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.middleware import OperatorScripts, OperatorTimeZone, zone_named
from config.admin.tests.operators import as_role, signed_in, somebody

pytestmark = pytest.mark.django_db


def zone_during(request: Any) -> str:
    seen: list[str] = []

    def view(_: Any) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    OperatorTimeZone(view)(request)
    return seen[0]


class TestOperatorTimeZone:
    def test_is_the_operators_below_admin_and_ends_with_the_request(self, rf: Any) -> None:
        request = rf.get("/admin/")
        request.user = somebody(Role.SUPPORT, time_zone="Asia/Kolkata")
        assert zone_during(request) == "Asia/Kolkata"
        assert timezone.get_current_timezone_name() == "UTC"

    def test_is_nobodys_elsewhere_and_asks_not_who_it_is(self, rf: Any) -> None:
        assert zone_during(rf.get("/api/v1/orders/")) == "UTC"

    @pytest.mark.parametrize("name", ["Mars/Base", "", "../../etc/passwd", "/etc/localtime", "UTC\x00", "Asia"])
    def test_a_name_that_is_no_zone_leaves_utc(self, rf: Any, name: str) -> None:
        request = rf.get("/admin/")
        request.user = somebody(Role.SUPPORT)
        request.user.time_zone = name
        assert zone_during(request) == "UTC"
        assert zone_named(name).key == "UTC"


def policy(response: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, _, sources in parts}


class TestOperatorScripts:
    @pytest.mark.parametrize("path", ["/admin/login/", "/admin/", "/admin/nothing/here/"])
    def test_may_be_evaluated_below_admin_alone(self, path: str) -> None:
        found = policy(as_role(Role.SUPPORT).get(path))
        assert "'unsafe-eval'" in found["script-src"]
        assert "'unsafe-inline'" not in found["script-src"]
        assert found["default-src"] == "'none'"
        assert found["frame-ancestors"] == "'none'"

    @pytest.mark.parametrize("path", ["/api/docs/", "/api/v1/products/", "/nothing/", "/administrator/"])
    def test_nowhere_else(self, path: str) -> None:
        assert "unsafe-eval" not in Client().get(path).headers.get("Content-Security-Policy", "")

    def test_of_another_response_nothing_changes(self, rf: Any) -> None:
        response = OperatorScripts(lambda request: HttpResponse())(rf.get("/orders/"))
        assert not hasattr(response, "_csp_update")

    def test_pages_hold_no_script_that_the_policy_would_stop(self) -> None:
        for path in ("/admin/", "/admin/profile/", "/admin/find/", "/admin/config/user/"):
            page = signed_in(somebody(Role.ADMINISTRATOR)).get(path).content.decode()
            assert "<script>" not in page
            assert " onclick=" not in page
