"""Refuses the NUL character in paths and queries, which no text of ours holds and PostgreSQL cannot take."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from config.ops.errors import error_response


class RefuseNul:
    """Bodies are the parsers' business; this is for what reaches a query from the URL."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            detail = "The NUL character is not allowed."
            return error_response(code="null_characters_not_allowed", detail=detail, status=400)
        return self._get_response(request)
