"""Log lines are JSON, labelled, redacted, and the same whoever writes them."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings

from config.ops import context, logs


class Lines:
    """A handler's output, line by line."""

    def __init__(self, style: str = "json") -> None:
        self.stream = io.StringIO()
        self.handler = logs.LineHandler(self.stream)
        self.handler.setFormatter(logs.formatter(style=style))

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def last(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text.splitlines()[-1])
        return found


def _listening(lines: Lines) -> Iterator[Lines]:
    logger = logging.getLogger("config.ops.tests")
    level = logger.level
    logger.addHandler(lines.handler)
    logger.setLevel("DEBUG")
    context.start("")
    yield lines
    context.start("")
    logger.removeHandler(lines.handler)
    logger.setLevel(level)


@pytest.fixture
def lines() -> Iterator[Lines]:
    yield from _listening(Lines())


@pytest.fixture
def console() -> Iterator[Lines]:
    yield from _listening(Lines("console"))


log = logging.getLogger("config.ops.tests.here")
struct = structlog.get_logger("config.ops.tests.here")


def _fail(error: Exception, because: Exception | None = None) -> None:
    raise error from because


class TestJsonLines:
    def test_says_when_how_bad_who_and_what(self, lines: Lines) -> None:
        log.warning("event %s refused", 5)
        assert list(lines.last) == ["timestamp", "level", "logger", "message"]
        assert lines.last["timestamp"].endswith("+00:00")
        assert (lines.last["level"], lines.last["logger"]) == ("warning", "config.ops.tests.here")
        assert lines.last["message"] == "event 5 refused"

    def test_carries_request_and_order(self, lines: Lines) -> None:
        context.start("req-1")
        logs.bind(order_id="ord_1")
        log.info("paid")
        assert (lines.last["request_id"], lines.last["order_id"]) == ("req-1", "ord_1")

    def test_carries_extras(self, lines: Lines) -> None:
        log.info("paid", extra={"amount_minor": 105000, "facts": {"currency": "INR"}})
        assert lines.last["amount_minor"] == 105000
        assert lines.last["facts"] == {"currency": "INR"}

    def test_an_extra_replaces_neither_message_nor_level(self, lines: Lines) -> None:
        log.info("paid", extra={"level": "none", "logger": "none", "timestamp": "never", "event": 7})
        assert (lines.last["message"], lines.last["level"]) == ("paid", "info")
        assert (lines.last["level_"], lines.last["logger_"], lines.last["timestamp_"]) == ("none", "none", "never")
        assert lines.last["event"] == 7

    def test_structlog_writes_the_same_line(self, lines: Lines) -> None:
        context.start("req-1")
        struct.info("paid %s", "twice", order_id="ord_1", token="abc")
        assert lines.last["message"] == "paid twice"
        assert lines.last["logger"] == "config.ops.tests.here"
        assert (lines.last["order_id"], lines.last["token"]) == ("ord_1", "[redacted]")
        assert lines.last["request_id"] == "req-1"

    def test_one_event_is_one_line(self, lines: Lines) -> None:
        log.info('first\nsecond\r\n{"level": "forged"}\u2028third')
        assert len(lines.text.splitlines()) == 1
        assert lines.last["message"].startswith("first\nsecond")

    def test_a_request_object_is_never_an_extra(self, lines: Lines) -> None:
        # Django attaches it; its text would hold the query string.
        log.error("Internal Server Error", extra={"request": "<WSGIRequest: GET '/x?token=abc'>", "status_code": 500})
        assert "abc" not in lines.text
        assert lines.last["status_code"] == 500

    def test_something_that_json_does_not_know(self, lines: Lines) -> None:
        log.info("odd", extra={"thing": object()})
        assert lines.last["thing"].startswith("<object object")


class TestRedaction:
    def test_of_message_arguments_and_extras(self, lines: Lines) -> None:
        log.info("mail to %s", "asha@example.com", extra={"password": "hunter2", "note": "pan 4242424242424242"})
        for secret in ("asha", "hunter2", "42424242"):
            assert secret not in lines.text

    def test_of_what_is_bound(self, lines: Lines) -> None:
        logs.bind(token="hunter2")
        log.info("x")
        assert "hunter2" not in lines.text

    def test_of_the_message_of_an_exception(self, lines: Lines) -> None:
        try:
            _fail(ValueError("cannot charge 4242 4242 4242 4242 with sk_live_abcdef for asha@example.com"))
        except ValueError:
            log.exception("charge failed")
        assert "ValueError: cannot charge [card 4242] with [redacted] for [email]" in lines.last["exception"]
        assert "Traceback" in lines.last["exception"]

    def test_of_the_causes_of_an_exception(self, lines: Lines) -> None:
        try:
            _fail(RuntimeError("password=hunter2"), because=KeyError("Bearer abcdefghijkl"))
        except RuntimeError:
            struct.exception("failed")
        assert "abcdefghijkl" not in lines.text
        assert "hunter2" not in lines.text
        assert "direct cause" in lines.last["exception"]

    def test_of_notes_and_groups(self, lines: Lines) -> None:
        error = ValueError("token=hunter2")
        error.add_note("asha@example.com")
        try:
            _fail(ExceptionGroup("several", [error]))
        except ExceptionGroup:
            log.exception("failed")
        assert "hunter2" not in lines.text
        assert "asha" not in lines.text

    def test_never_shows_local_variables(self, lines: Lines, console: Lines) -> None:
        innocent = "a-value-that-only-a-local-variable-holds"
        try:
            _fail(ValueError(len(innocent)))
        except ValueError:
            log.exception("failed")
        for output in (lines.text, console.text):
            assert "a-value-that" not in output.replace('innocent = "a-value-that-only', "")

    def test_a_line_that_cannot_be_built_is_reported_without_its_arguments(self, lines: Lines) -> None:
        # Straight to the handler: pytest's own would raise the error.
        lines.handler.handle(log.makeRecord(log.name, 20, __file__, 1, "%d rows", ("password=hunter2",), None))
        assert lines.last["message"] == "a log line could not be built"
        assert lines.last["error"] == "TypeError"
        assert "hunter2" not in lines.text

    def test_a_huge_traceback_is_shortened_at_its_middle(self, lines: Lines) -> None:
        try:
            _fail(ValueError("first " + "x " * 50_000 + " last"))
        except ValueError:
            log.exception("failed")
        trace = lines.last["exception"]
        assert len(trace) < logs.LONGEST_TRACEBACK + 100
        assert trace.startswith("Traceback")
        assert trace.endswith("last")


class TestConsole:
    def test_is_for_people(self, console: Lines) -> None:
        logs.bind(order_id="ord_1")
        log.warning("paid")
        assert "paid" in console.text
        assert "order_id=ord_1" in console.text
        assert "\x1b[" not in console.text  # no colours where nobody looks at a screen

    def test_is_redacted_as_well(self, console: Lines) -> None:
        try:
            _fail(ValueError("password=hunter2"))
        except ValueError:
            log.exception("mail to asha@example.com")
        assert "hunter2" not in console.text
        assert "asha" not in console.text
        assert "ValueError" in console.text


class TestAccessFormatter:
    RECORD = logging.makeLogRecord(
        {
            "levelname": "INFO",
            "created": 1795221693.5,
            "msg": {"request_id": "r1", "method": "GET", "path": "/healthz", "status": 200, "ms": 1.5},
        }
    )

    def test_is_one_json_line(self) -> None:
        line = json.loads(logs.AccessFormatter(style="json").format(self.RECORD))
        assert line == {
            "timestamp": "2026-11-21T00:41:33.500+00:00",
            "level": "info",
            "logger": "holdfast.access",
            "message": "request",
            "request_id": "r1",
            "method": "GET",
            "path": "/healthz",
            "status": 200,
            "ms": 1.5,
        }

    def test_is_short_for_people(self) -> None:
        assert logs.AccessFormatter(style="console").format(self.RECORD) == "GET /healthz 200 1.5 ms r1"


class TestDictionary:
    def test_our_loggers_keep_their_level_whatever_celery_does_to_the_root(self) -> None:
        made = logs.dictionary(level="INFO", style="json")["loggers"]
        for name in ("config", "orders", "payments", "payouts", "crm", "engagement", logs.ACCESS):
            assert made[name]["level"] == "INFO"

    @pytest.mark.parametrize("name", ["django.db.backends", "stripe", "urllib3"])
    def test_who_would_print_data_is_quiet_also_when_debugging(self, name: str) -> None:
        assert logs.dictionary(level="DEBUG", style="json")["loggers"][name]["level"] == "WARNING"

    def test_no_record_finds_out_its_thread_and_process_which_no_line_shows(self) -> None:
        record = logging.LogRecord("", 0, "", 0, "", (), None)
        assert (record.threadName, record.process, record.processName) == (None, None, None)

    def test_django_has_been_configured_with_it(self) -> None:
        assert settings.LOGGING_CONFIG == "config.ops.logs.configure"
        assert isinstance(logging.getLogger().handlers[0], logs.LineHandler)
        assert logging.getLogger("django").handlers == []


PROGRAM = """
import logging, sys
from logging.config import dictConfig
from config.ops.logs import dictionary
dictConfig(dictionary(level="INFO", style="json"))
{}
"""


def _run(program: str) -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(program)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stderr.splitlines()]


class TestOtherPrograms:
    """Each in its own process, because loggers are global."""

    def test_gunicorn_before_django_is_there(self) -> None:
        program = """
from gunicorn.config import Config
from gunicorn.glogging import Logger
config = Config()
config.set("logconfig_dict", dictionary(level="INFO", style="json"))
Logger(config).error("Worker (pid:%s) was sent SIGKILL! password=hunter2", 7)
"""
        (line,) = _run(program)
        assert line["logger"] == "gunicorn.error"
        assert line["message"] == "Worker (pid:7) was sent SIGKILL! password=[redacted]"

    def test_a_celery_worker(self) -> None:
        program = """
from celery import Celery
from celery.utils.log import get_task_logger
app = Celery(set_as_current=False)
app.conf.worker_hijack_root_logger = False
app.log.setup(loglevel="WARNING", redirect_stdouts=True, redirect_level="WARNING")
logging.getLogger("config.outbox").info("ours is told although the worker's level is above it")
get_task_logger("ops.purge").warning("asha@example.com")
print("password=hunter2")
"""
        ours, task, printed = _run(program)
        assert ours["message"].startswith("ours is told")
        assert task["message"] == "[email]"
        assert printed["message"] == "password=[redacted]"

    def test_a_warning_of_python(self) -> None:
        program = """
import warnings
logging.captureWarnings(True)
warnings.warn("token=abcdef")
"""
        (line,) = _run(program)
        assert line["logger"] == "py.warnings"
        assert "abcdef" not in line["message"].splitlines()[0]


class TestMask:
    def test_stands_here_for_free_text_on_its_way_in(self) -> None:
        assert logs.mask("my card is 4242 4242 4242 4242") == "my card is [card 4242]"
