"""What the operator site needs of every request below /admin/, and nothing else of the project gets."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from csp.constants import UNSAFE_EVAL
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

PREFIX = "/admin/"
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class OperatorTimeZone:
    """Activates the signed-in operator's zone below /admin/; a name that is no zone leaves UTC."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX) or not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(zone_named(request.user.time_zone)):
            return self.get_response(request)


class OperatorScripts:
    """Lets Alpine, with which Unfold moves its menus, evaluate expressions below /admin/ alone.

    It builds functions of the attributes in our own templates; nothing that a user wrote ever stands in one.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith(PREFIX):
            # The name by which django-csp's own decorators hand a policy to its middleware.
            response._csp_update = {"script-src": [UNSAFE_EVAL]}  # type: ignore[attr-defined]
        return response


def zone_named(name: str) -> ZoneInfo:
    """The zone, or UTC where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
