"""Gives every request an id and one line in the access log, and lets machines in by the short way."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.urls import ResolverMatch, resolve
from django.utils.functional import LazyObject

from config.ops import context
from config.ops.addresses import client_address
from config.ops.errors import error_response
from config.ops.logs import ACCESS
from config.ops.metrics import webhook_answered
from config.ops.redaction import redact_path

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Doors for machines: they have no session, no form, no page and no use for a redirect, and probes come by address
# and not by name. The webhook door is the hottest path of all.
WEBHOOKS = "/webhooks/"
PROBES = ("/healthz", "/readyz", "/metrics")
DIRECT = (WEBHOOKS, *PROBES)
SHORT_PATH = 24
LONGEST_PATH = 200
_is_safe_id = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch
# What opens something to whoever holds it: never in a log, however it got into a path.
_SECRET_PARTS = frozenset({"token", "secret", "key", "signature", "barcode"})
_access = logging.getLogger(ACCESS)


class RequestMiddleware:
    """Stands outermost, and asks the database nothing. Never logs bodies, query strings, headers or tokens."""

    def __init__(self, get_response: GetResponse) -> None:
        self._through = get_response
        self._direct = cast("GetResponse", convert_exception_to_response(self._straight_to_view))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        identifier = given if _is_safe_id(given) else secrets.token_hex(16)
        context.start(identifier)
        try:
            response = self._answer(request)
            response.headers["X-Request-ID"] = identifier
            seconds = time.perf_counter() - started
            if request.path_info.startswith(WEBHOOKS):
                webhook_answered(seconds)
            self._log(request, response.status_code, seconds)
        finally:
            context.start("")
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(DIRECT):
            return self._direct(request)
        return _too_large() if _is_too_large(request) else self._through(request)

    def _straight_to_view(self, request: HttpRequest) -> HttpResponseBase:
        match = request.resolver_match = _resolved(request.path_info, settings.ROOT_URLCONF)
        try:
            response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        except (RequestDataTooBig, UnreadablePostError) as error:
            response = self.process_exception(request, error) or _too_large()
        if isinstance(response, HttpResponse) and "Content-Length" not in response.headers:
            response.headers["Content-Length"] = str(len(response.content))  # else it would be sent in chunks
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Django would answer 400 to the first, and 500 to the second though nobody is there to read it."""
        del request
        if isinstance(exception, RequestDataTooBig):
            return _too_large()
        if isinstance(exception, UnreadablePostError):
            detail = "The connection ended before the whole body was read."
            return error_response(code="body_unreadable", detail=detail, status=400)
        return None

    def _log(self, request: HttpRequest, status: int, seconds: float) -> None:
        level = logging.WARNING if status >= 500 else logging.INFO
        if request.path_info.startswith(PROBES) and status < 400:
            level = logging.DEBUG
        if not _access.isEnabledFor(level):
            return
        match = request.resolver_match
        fields: dict[str, Any] = {
            **context.facts(),
            "method": request.method,
            "path": _path(request),
            "route": match.route if match else "",
            "status": status,
            "ms": round(seconds * 1000, 1),
            "address": client_address(request.META),
        }
        principal = _principal(request)
        if principal:
            fields["principal"] = principal
        # Not through `_access.log`: it looks up which line of code is speaking, which nobody reads here.
        _access.handle(_access.makeRecord(ACCESS, level, "", 0, fields, (), None))


@lru_cache(maxsize=128)
def _resolved(path: str, urlconf: str) -> ResolverMatch:
    """There are few such paths, and what they lead to does not change. Raises Resolver404."""
    return resolve(path, urlconf)


def _is_too_large(request: HttpRequest) -> bool:
    """Files of a form are streamed to disk and are their view's business; any other body would be read into memory,
    and REST framework reads it without asking how long it is."""
    length = request.META.get("CONTENT_LENGTH") or ""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    if not length.isdecimal() or int(length) <= limit:
        return False
    return not str(request.META.get("CONTENT_TYPE", "")).lower().startswith("multipart/form-data")


def _too_large() -> JsonResponse:
    return error_response(code="body_too_large", detail="The body is larger than we read.", status=413)


def _path(request: HttpRequest) -> str:
    """The path as far as it may be kept: without tokens."""
    match, path = request.resolver_match, request.path[:LONGEST_PATH]
    if match is not None and not _SECRET_PARTS.isdisjoint(match.kwargs):
        return f"/{match.route}"
    # What a view knew and is short holds neither a token nor a person; the hottest path pays for no patterns.
    return path if match is not None and len(path) < SHORT_PATH else redact_path(path)


def _principal(request: HttpRequest) -> str:
    """The public id of who was recognised on the way. A user whom nobody looked at yet costs a query: not for a log."""
    user = request.__dict__.get("_cached_user") or request.__dict__.get("user")
    if user is None or isinstance(user, LazyObject):
        return ""
    return str(getattr(user, "public_id", ""))
