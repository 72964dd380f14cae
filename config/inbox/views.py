"""The webhook door: verify the exact bytes, store the event, answer. No business logic."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import HttpHeaders
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from config.inbox import accounts
from config.inbox.contract import Rejected, Verified, Verify
from config.inbox.storing import Stored, reject, store
from config.kernel import clock
from config.ops.addresses import client_address
from config.ops.metrics import observe_webhook
from config.queue.nudge import nudge

log = logging.getLogger(__name__)
MAX_BODY = 1024 * 1024
LONGEST_LENGTH = 12  # digits: no body has more, and Python refuses to read thousands of them
# More failed verifications than this from one source in one minute: it is told to come back later.
FAILURES_A_MINUTE = 120
# Whether it is a duplicate → the answer: there are these two, and nearly every delivery gets one of them.
ANSWERS = {False: b'{"received": true, "duplicate": false}', True: b'{"received": true, "duplicate": true}'}


class Sent(Mapping[str, str]):
    """A request's headers, each found when it is asked for: Django's own takes all of them apart first."""

    def __init__(self, meta: Mapping[str, Any]) -> None:
        self._meta = meta

    def __getitem__(self, name: str) -> str:
        return str(self._meta[HttpHeaders.to_wsgi_name(name)])

    def __iter__(self) -> Iterator[str]:
        return iter(HttpHeaders(self._meta))

    def __len__(self) -> int:
        return len(HttpHeaders(self._meta))


@lru_cache(maxsize=16)
def _verifier(source: str) -> Verify | None:
    routes = settings.WEBHOOK_SOURCES.get(source)
    return import_string(routes["verify"]) if routes else None


def _configured(source: str) -> bool:
    """A source without a secret has no door."""
    return any(True for _ in accounts.of_source(source))


@csrf_exempt
@require_POST
def door(request: HttpRequest, source: str) -> HttpResponse:
    """200 `{"received": true, "duplicate": …}` once the event is a committed row; the errors of the public contract
    otherwise. The answer never depends on what the event says."""
    verify = _verifier(source)
    if verify is None or not _configured(source):
        return _refusal(404, "not_configured")
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        return _refusal(411, "length_required")
    if len(length) > LONGEST_LENGTH or int(length) > MAX_BODY:
        return _refusal(413, "too_large")
    at, body = clock.now(), request.body
    try:
        verified = verify(headers=Sent(request.META), body=body, at=at)
    except Rejected as rejection:
        return _rejected(request, source, rejection.reason, body)
    stored = _keep(source, verified, body, at)
    observe_webhook(source, verified.type, "received" if stored.is_new else "duplicate", None)
    if stored.is_due:
        nudge("webhooks")
    return HttpResponse(ANSWERS[not stored.is_new], content_type="application/json")


@csrf_exempt
@require_POST
def transfer_door(request: HttpRequest, provider: str) -> HttpResponse:
    """The same door, for whoever hands tickets to their buyers: the source is `transfer/{provider}`."""
    return door(request, source=f"transfer/{provider}")


def _keep(source: str, verified: Verified, body: bytes, at: datetime) -> Stored:
    """Stores the event. Whether the connection outlived the pause before is found out by the insert itself, and not, as
    elsewhere, by a question before it: what is stored twice is stored once."""
    connection = connections[DEFAULT_DB_ALIAS]
    was_open = connection.connection is not None
    try:
        return store(source=source, verified=verified, body=body, at=at)
    except OperationalError:
        if not was_open:
            raise
        connection.close()
        return store(source=source, verified=verified, body=body, at=at)


def _rejected(request: HttpRequest, source: str, reason: str, body: bytes) -> JsonResponse:
    count = reject(
        source=source,
        reason=reason,
        remote_addr=client_address(request.META),
        body=body,
        user_agent=request.headers.get("User-Agent", ""),
        at=clock.now(),
    )
    observe_webhook(source, "unverified", "rejected", None)
    log.warning("webhook rejected", extra={"source": source, "reason": reason})
    return _refusal(429, "too_many_failures") if count > FAILURES_A_MINUTE else _refusal(400, reason)


def _refusal(status: int, code: str) -> JsonResponse:
    answer = JsonResponse({"received": False, "code": code}, status=status)
    if status == 429:
        answer["Retry-After"] = "60"
    return answer
