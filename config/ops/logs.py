"""One way of logging for Django, Celery and gunicorn: a line of JSON per event, labelled and redacted."""

from __future__ import annotations

import json
import logging
import logging.config
import sys
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

from config.ops.context import bind as bind
from config.ops.context import bound as bound
from config.ops.context import facts
from config.ops.redaction import mask as mask
from config.ops.redaction import redact, redact_text

ACCESS = "holdfast.access"
STYLES = ("json", "console")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LONGEST_TRACEBACK = 16_000
# Objects that others attach to their records; a request's text would hold its query string.
_NEVER_EXTRA = frozenset({"request", "response", "socket", "server_time", "color_message", "taskName", "data"})
_RECORD_KEYS = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime"}

EventDict = MutableMapping[str, Any]


def _when(created: float) -> str:
    return datetime.fromtimestamp(created, tz=UTC).isoformat(timespec="milliseconds")


def _arrange(_: Any, __: str, event: EventDict) -> EventDict:
    """The line in reading order: when, how bad, who says what, then its labels, which replace none of these."""
    record: logging.LogRecord = event.pop("_record")
    from_structlog = event.pop("_from_structlog")
    arranged: dict[str, Any] = {
        "timestamp": _when(record.created),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": redact_text(str(event.pop("event", ""))),
    }
    trace = event.pop("exception", "")
    extras = (
        event
        if from_structlog
        else {name: value for name, value in record.__dict__.items() if name not in _RECORD_KEYS | _NEVER_EXTRA}
    )
    labels = {**facts(), **extras}
    for name, value in redact(labels).items():
        arranged[name if name not in arranged else f"{name}_"] = value
    if trace:
        arranged["exception"] = _shortened(redact_text(trace))
    return arranged


def _shortened(trace: str) -> str:
    """Where it began and, more of it, where it ended."""
    if len(trace) <= LONGEST_TRACEBACK:
        return trace
    head, left_out = LONGEST_TRACEBACK // 4, len(trace) - LONGEST_TRACEBACK
    return f"{trace[:head]}\n… {left_out} characters left out …\n{trace[head - LONGEST_TRACEBACK :]}"


def _json(_: Any, __: str, event: EventDict) -> str:
    return json.dumps(event, default=str)


def _console(colors: bool) -> Callable[[Any, str, EventDict], str]:
    # Plain tracebacks: the pretty ones print the values of local variables.
    render = structlog.dev.ConsoleRenderer(
        colors=colors, event_key="message", exception_formatter=structlog.dev.plain_traceback
    )

    def written(logger: Any, name: str, event: EventDict) -> str:
        return str(render(logger, name, event))

    return written


def formatter(*, style: str) -> logging.Formatter:
    """Turns any log record, from structlog or not, into one redacted line."""
    render = _console(sys.stderr.isatty()) if style == "console" else _json
    return structlog.stdlib.ProcessorFormatter(
        processors=[structlog.processors.format_exc_info, _arrange, render],
    )


class LineHandler(logging.StreamHandler):
    """Writes lines. One that cannot be built is reported without its arguments: they were never redacted."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name of logging's hook
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            return  # the stream is gone, and with it the place to say so
        lost = {"logger": record.name, "file": record.filename, "line": record.lineno, "error": type(error).__name__}
        self.stream.write(json.dumps({"level": "error", "message": "a log line could not be built", **lost}) + "\n")


class AccessFormatter(logging.Formatter):
    """The line of one request. Its fields are safe already, so that the hottest path pays for no patterns."""

    def __init__(self, *, style: str) -> None:
        super().__init__()
        self._plain = style == "console"

    def format(self, record: logging.LogRecord) -> str:
        fields: Mapping[str, Any] = record.msg  # type: ignore[assignment]
        if self._plain:
            return "{method} {path} {status} {ms} ms {request_id}".format_map(fields)
        line = {"timestamp": _when(record.created), "level": record.levelname.lower(), "logger": ACCESS}
        return json.dumps({**line, "message": "request", **fields})


def dictionary(*, level: str, style: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`, and for gunicorn's `logconfig_dict`, which starts before Django does.

    `level` is one of LEVELS, `style` one of STYLES. Our own loggers carry their level themselves, because a Celery
    worker sets that of the root logger to its command line's.
    """
    everywhere = {"handlers": ["lines"], "level": level, "propagate": False}
    through = {"handlers": [], "level": level, "propagate": True}
    quiet = {"handlers": [], "level": "WARNING", "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": "config.ops.logs.formatter", "style": style},
            "access": {"()": "config.ops.logs.AccessFormatter", "style": style},
        },
        "handlers": {
            "lines": {"class": "config.ops.logs.LineHandler", "formatter": "line", "stream": "ext://sys.stderr"},
            "access": {"class": "config.ops.logs.LineHandler", "formatter": "access", "stream": "ext://sys.stderr"},
        },
        "root": {"handlers": ["lines"], "level": level},
        "loggers": {
            **dict.fromkeys(("config", "orders", "payments", "payouts", "crm", "engagement"), through),
            ACCESS: {"handlers": ["access"], "level": level, "propagate": False},
            **dict.fromkeys(("django", "django.server", "celery", "gunicorn.error"), through),
            # Celery gives these two handlers of its own unless they have one.
            **dict.fromkeys(("celery.task", "multiprocessing"), everywhere),
            # Refusals have their access line; SQL carries personal data; gateway libraries print bodies.
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            **dict.fromkeys(
                ("django.db.backends", "django.template", "stripe", "urllib3", "kombu", "amqp", "asyncio", "PIL",
                 "celery.app.trace", "celery.worker.strategy", "celery.beat", "django_celery_beat"),
                quiet,
            ),
            "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
        },
    }  # fmt: skip


def configure(settings: Mapping[str, Any]) -> None:
    """Django's LOGGING_CONFIG: `settings` is LOGGING, which holds `level` and `style`."""
    logging.config.dictConfig(dictionary(level=settings["level"], style=settings["style"]))
    logging.captureWarnings(capture=True)
    # No line shows them, and each record would find out all of them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
