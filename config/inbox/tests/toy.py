"""A source of our own for the inbox's tests: it is verified, handled and fetched for as the test at hand says."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.conf import settings as django_settings
from django.test import Client

from config.inbox.contract import Event, Handled, Rejected, Verified
from config.inbox.models import WebhookEvent
from config.inbox.parsing import parse_object, text_of
from config.inbox.storing import store
from config.kernel.clock import from_epoch
from config.outbox.models import OutboxJob
from config.settings.gateways import GatewayCredentials

SOURCE = "toy"
SECRET = "the-secret-of-a-toy"
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROUTES = {name: f"config.inbox.tests.toy.{name}" for name in ("verify", "handle", "fetch")}
ACCOUNT = GatewayCredentials(
    code=SOURCE, gateway=SOURCE, api_base="https://toy.example.test", livemode=False, secret_key="",
    webhook_secrets=(SECRET,),
)  # fmt: skip
_numbers = count(1)


@dataclass
class Script:
    """What the source does during one test, and what was asked of it."""

    handle: Callable[..., Handled] = lambda event, fetched: Handled.processed("done")
    fetch: Callable[[str, str], Any] = lambda kind, object_id: {"kind": kind, "id": object_id}
    body_is_unique: bool = False
    handled: list[Event] = field(default_factory=list)
    fetched: list[tuple[str, str, str]] = field(default_factory=list)


script = Script()


def verify(*, headers: Mapping[str, str], body: bytes, at: datetime) -> Verified:
    if not hmac.compare_digest(headers.get("X-Toy", ""), sign(body)):
        raise Rejected("bad_signature")
    payload = parse_object(body)
    return Verified(
        account=SOURCE,
        event_id=headers.get("X-Toy-Id") or text_of(payload, "id"),
        type=text_of(payload, "type"),
        object_id=str(payload.get("object", "")),
        livemode=False,
        occurred_at=from_epoch(payload.get("created", 0)),
        body_is_unique=script.body_is_unique,
    )


def handle(event: Event, *, fetched: Mapping[tuple[str, str], Any], at: datetime) -> Handled:
    script.handled.append(event)
    return script.handle(event, fetched)


def fetch(*, account: str, kind: str, object_id: str) -> Any:
    script.fetched.append((account, kind, object_id))
    return script.fetch(kind, object_id)


def sign(body: bytes) -> str:
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def configure(settings: Any) -> Script:
    """Opens the door of the toy and forgets what it did before."""
    settings.WEBHOOK_SOURCES = {**django_settings.WEBHOOK_SOURCES, SOURCE: ROUTES}
    settings.GATEWAY_ACCOUNTS = {**django_settings.GATEWAY_ACCOUNTS, SOURCE: ACCOUNT}
    script.__dict__.update(vars(Script()))
    return script


def body(**fields: Any) -> bytes:
    number = next(_numbers)
    return json.dumps({"id": f"evt_{number}", "type": "thing.made", "object": f"obj_{number}", **fields}).encode()


def deliver(content: bytes, **headers: str) -> Any:
    """One signed delivery through the door."""
    given = {"X-Toy": sign(content), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Client().post(f"/webhooks/{SOURCE}/", content, content_type="application/json", headers=given)


def received(*, at: datetime = AT, **fields: Any) -> WebhookEvent:
    """An event that came through the door at `at`."""
    content = body(**fields)
    payload = json.loads(content)
    verified = Verified(SOURCE, payload["id"], payload["type"], payload["object"], False, at)
    return WebhookEvent.objects.get(pk=store(source=SOURCE, verified=verified, body=content, at=at).id)


def effect(name: str) -> None:
    """Something that a handler writes, as its business would."""
    OutboxJob.objects.create(
        topic="effect", listener="nobody", fact_key=name, due_at=AT + timedelta(days=9), created_at=AT
    )


def effects() -> list[str]:
    return list(OutboxJob.objects.filter(topic="effect").order_by("pk").values_list("fact_key", flat=True))
