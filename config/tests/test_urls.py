"""What must hold for every door of the house, whoever adds one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from config.accounts.permissions import AllowAnyone, CodePermission
from config.ops.throttles import scope_of

_KNOWN = (AllowAnyone, CodePermission)
METHODS = ("get", "post", "put", "patch", "delete")
# A login or a logout makes nothing that a second one would double; a cron door only rings a bell.
# What makes no row of ours, or has its own way of being told twice.
WITHOUT_KEYS = {"auth/token/", "auth/token/refresh/", "auth/logout/", "cron/<path:door>/", "/onboarding/"}


def routes(patterns: Any = None, before: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in get_resolver("config.urls").url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def api_views() -> list[Any]:
    found = [(route, callback.cls) for route, callback in routes() if hasattr(callback, "cls")]
    return [pytest.param(route, view, id=route) for route, view in found if issubclass(view, APIView)]


def handlers(view: Any) -> Iterator[tuple[str, Any]]:
    yield from ((method, getattr(view, method)) for method in METHODS if hasattr(view, method))


@pytest.mark.parametrize(("route", "view"), api_views())
class TestEveryApiView:
    def test_says_who_may(self, route: str, view: Any) -> None:
        permissions = [permission() for permission in view.permission_classes]
        assert permissions, f"{route} asks nobody who they are"
        assert all(isinstance(permission, _KNOWN) for permission in permissions)

    def test_is_throttled_under_a_known_name(self, route: str, view: Any) -> None:
        assert view.throttle_classes, f"{route} has no throttle"
        for method, _ in handlers(view):
            assert scope_of(view(), method.upper()) in settings.THROTTLE_RATES

    def test_takes_idempotency_keys_where_a_post_makes_something(self, route: str, view: Any) -> None:
        if any(route.endswith(known) for known in WITHOUT_KEYS):
            return
        for method, handler in handlers(view):
            assert method != "post" or hasattr(handler, "idempotency"), f"{route} takes no Idempotency-Key"

    def test_does_not_take_the_operators_session(self, route: str, view: Any) -> None:
        names = {authenticator.__name__ for authenticator in view.authentication_classes}
        assert names <= {"CredentialAuthentication"}, f"{route} would need protection against forged requests"


def test_there_are_doors_to_look_at() -> None:
    assert len(api_views()) >= 15


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/", "/api/v1", "/webhooks/", "/webhooks/a/b/"])
def test_what_is_no_door_is_404_in_json(client: Client, path: str) -> None:
    for method in METHODS:
        response = getattr(client, method)(path)
        assert (response.status_code, response.json()["errors"][0]["code"]) == (404, "not_found")
