"""Error tracking: what nobody foresaw goes to Sentry, without secrets and without people."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger
from sentry_sdk.transport import Transport
from sentry_sdk.types import Breadcrumb, Event, Hint

from config.kernel.errors import Refused
from config.ops import context
from config.ops.redaction import redact, redact_path

# Of a request's headers these say what happened; any other could hold a token or a person.
_HEADERS_KEPT = frozenset({"content-type", "content-length", "user-agent", "x-request-id"})
# One line per request, and refusals that we answer with 4xx: neither is an error of ours.
_NOT_ERRORS = ("holdfast.access", "django.security.DisallowedHost", "django.security.csrf")


def start(*, dsn: str, release: str, environment: str, transport: type[Transport] | None = None) -> None:
    """Starts sending unexpected errors to `dsn`. Raises ValueError (BadDsn) when that is no project's address."""
    for name in _NOT_ERRORS:
        ignore_logger(name)
    sentry_sdk.init(
        dsn=dsn,
        release=release or None,
        environment=environment,
        transport=transport,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=50,
        auto_enabling_integrations=False,
        integrations=[
            DjangoIntegration(middleware_spans=False, signals_spans=False, cache_spans=False),
            CeleryIntegration(monitor_beat_tasks=False),
            LoggingIntegration(),
        ],
        before_send=before_send,
        before_breadcrumb=before_breadcrumb,
    )


def before_send(event: Event, hint: Hint) -> Event | None:
    """The event without secrets, or nothing for a refusal: those are answers, not faults."""
    if isinstance((hint.get("exc_info") or (None, None, None))[1], Refused):
        return None
    request: Any = event.get("request")
    if request:
        headers = {k: v for k, v in request.get("headers", {}).items() if k.lower() in _HEADERS_KEPT}
        url = urlsplit(str(request.get("url", "")))
        where = f"{url.scheme}://{url.netloc}{redact_path(url.path)}"
        event["request"] = {"method": request.get("method", ""), "url": where, "headers": headers}
    event.pop("user", None)
    clean: Event = _redacted(event)
    clean["tags"] = {**_tags(event), **context.facts()}
    return clean


def before_breadcrumb(crumb: Breadcrumb, hint: Hint) -> Breadcrumb | None:
    """What happened before, by pattern and by key."""
    del hint
    return {**crumb, **redact({name: value for name, value in crumb.items() if name in ("message", "data")})}


def _tags(event: Event) -> dict[str, Any]:
    tags: Any = event.get("tags") or {}
    return dict(tags)


def _redacted(event: Event) -> Any:
    """Only the parts in which something of ours is told: the rest is Sentry's own and has its own shapes."""
    told = {"message", "logentry", "exception", "breadcrumbs", "extra", "contexts", "request", "transaction"}
    return {name: redact(value, depth=-8) if name in told else value for name, value in event.items()}
