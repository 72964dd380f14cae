"""What nobody foresaw is sent, without secrets; a refusal is not; without a DSN there is nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sentry_sdk.types import Event

from config.kernel.errors import Conflict, Refused
from config.ops import context
from config.ops.sentry import before_breadcrumb, before_send

DSN = "https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.example/1"


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    context.start("")
    yield
    context.start("")


def _hint(error: BaseException) -> dict[str, Any]:
    return {"exc_info": (type(error), error, None)}


def _sent(**event: Any) -> dict[str, Any]:
    made: Event = event  # type: ignore[assignment]
    sent: Any = before_send(made, {})
    assert sent is not None
    return dict(sent)


class TestBeforeSend:
    @pytest.mark.parametrize("error", [Refused(), Conflict("already paid")])
    def test_a_refusal_is_an_answer_and_no_fault(self, error: Refused) -> None:
        assert before_send({}, _hint(error)) is None

    def test_a_fault_that_began_with_a_refusal_is_a_fault(self) -> None:
        error = RuntimeError("unexpected")
        error.__cause__ = Conflict()
        assert before_send({}, _hint(error)) is not None

    def test_messages_of_exceptions_are_redacted(self) -> None:
        sent = _sent(
            exception={"values": [{"type": "ValueError", "value": "card 4242 4242 4242 4242, sk_live_abcdef"}]}
        )
        assert sent["exception"]["values"][0] == {"type": "ValueError", "value": "card [card 4242], [redacted]"}

    def test_stack_frames_are_kept_to_their_last_line(self) -> None:
        frame = {"function": "charge", "lineno": 7, "context_line": "    pay(card)", "pre_context": ["a", "b"]}
        sent = _sent(exception={"values": [{"stacktrace": {"frames": [frame]}}]})
        assert sent["exception"]["values"][0]["stacktrace"]["frames"] == [frame]

    def test_of_a_request_only_what_happened_is_kept(self) -> None:
        request = {
            "method": "POST",
            "url": "https://shop.example.test/x/s3cr3tS3cr3tS3cr3tS3cr3t/?token=s3cr3t",
            "query_string": "token=s3cr3t",
            "data": {"email": "asha@example.com"},
            "cookies": {"session": "s3cr3t"},
            "env": {"REMOTE_ADDR": "203.0.113.9"},
            "headers": {"Authorization": "Bearer s3cr3t", "User-Agent": "curl", "X-Order-Token": "s3cr3t"},
        }
        sent = _sent(request=request, user={"email": "asha@example.com", "ip_address": "203.0.113.9"})
        assert sent["request"]["method"] == "POST"
        assert sent["request"]["url"].startswith("https://shop.example.test/x/")
        assert sent["request"]["headers"] == {"User-Agent": "curl"}
        assert set(sent["request"]) == {"method", "url", "headers"}
        assert "user" not in sent
        for secret in ("s3cr3t", "asha", "203.0.113.9"):
            assert secret not in json.dumps(sent)

    def test_extras_contexts_and_breadcrumbs_are_redacted_by_name_and_pattern(self) -> None:
        sent = _sent(
            extra={"password": "hunter2", "sys.argv": ["manage.py", "--dsn=postgresql://a:hunter2@db/x"]},
            contexts={"job": {"payload": {"token": "hunter2"}}},
            breadcrumbs={"values": [{"message": "password=hunter2", "category": "query"}]},
            logentry={"message": "%s", "params": ["password=hunter2"]},
        )
        assert "hunter2" not in json.dumps(sent)
        assert sent["breadcrumbs"]["values"][0]["category"] == "query"

    def test_carries_the_request_it_happened_in(self) -> None:
        context.start("req-1")
        context.bind(order_id="ord_1")
        assert _sent(tags={"a": "b"})["tags"] == {"a": "b", "request_id": "req-1", "order_id": "ord_1"}

    def test_what_sentry_itself_needs_is_left_alone(self) -> None:
        sent = _sent(event_id="0" * 32, level="error", release="1.2", environment="production", sdk={"name": "x"})
        assert (sent["event_id"], sent["release"], sent["sdk"]) == ("0" * 32, "1.2", {"name": "x"})


class TestBeforeBreadcrumb:
    def test_is_redacted_and_keeps_its_time(self) -> None:
        crumb: Any = {
            "type": "http",
            "timestamp": 5,
            "message": "to asha@example.com",
            "data": {"token": "x", "url": "/"},
        }
        assert before_breadcrumb(crumb, {}) == {
            "type": "http",
            "timestamp": 5,
            "message": "to [email]",
            "data": {"token": "[redacted]", "url": "/"},
        }


# In processes of their own: Sentry patches Django and Celery for the rest of a process' life.
WITHOUT = """
import sys, django
django.setup()
from django.conf import settings
print([name for name in sys.modules if name.startswith("sentry_sdk")], repr(settings.SENTRY_DSN))
"""
WITH = """
import json, logging, sys
from sentry_sdk.transport import Transport
from sentry_sdk.envelope import Envelope
import sentry_sdk

class Fake(Transport):
    def capture_envelope(self, envelope):
        for item in envelope.items:
            if item.headers.get("type") == "event":
                print(json.dumps(item.payload.json))

make = sentry_sdk.init
sentry_sdk.init = lambda **options: make(**{**options, "transport": Fake})
import django
django.setup()
from django.test import RequestFactory
from django.core.handlers.wsgi import WSGIHandler
from config.kernel.errors import Conflict
from config.ops import logs

log = logging.getLogger("config.anything")
log.info("step one for asha@example.com")
local = "the-value-of-a-local-variable"
try:
    raise Conflict("already paid")
except Conflict:
    log.exception("refused")
try:
    raise ValueError("sk_live_abcdef %d" % len(local))
except ValueError:
    log.exception("broken", extra={"token": "hunter2"})
"""


def _run(program: str, **environ: str) -> subprocess.CompletedProcess[str]:
    given = {name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")}
    return subprocess.run(
        [sys.executable, "-c", program], env={**given, **environ}, capture_output=True, text=True, check=False
    )


class TestStart:
    def test_without_a_dsn_nothing_is_even_imported(self) -> None:
        done = _run(WITHOUT)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "[] ''\n"

    def test_with_a_dsn_the_unexpected_is_sent_with_release_environment_and_breadcrumbs(self) -> None:
        done = _run(WITH, SENTRY_DSN=DSN, SENTRY_RELEASE="1.2.3", SENTRY_ENVIRONMENT="staging", LOG_LEVEL="INFO")
        assert done.returncode == 0, done.stderr
        (event,) = [json.loads(line) for line in done.stdout.splitlines()]
        assert (event["release"], event["environment"]) == ("1.2.3", "staging")
        assert event["exception"]["values"][0]["type"] == "ValueError"
        crumbs = [crumb["message"] for crumb in event["breadcrumbs"]["values"]]
        assert "step one for [email]" in crumbs
        for secret in ("asha", "abcdef ", "hunter2", "the-value-of"):
            assert secret not in done.stdout.replace('local = \\"the-value-of-a-local-variable', "")

    def test_an_address_that_is_none_stops_the_start_with_a_reason(self) -> None:
        done = _run(WITHOUT, SENTRY_DSN="nonsense")
        assert done.returncode != 0
        assert "SENTRY_DSN is not the address of a Sentry project" in done.stderr
        assert "nonsense" not in done.stderr.splitlines()[-1]
