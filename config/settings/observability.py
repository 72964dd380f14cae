"""Logs, metrics and error tracking."""

from pathlib import Path
from typing import Any

from config.settings.core import DEBUG
from config.settings.env import env

LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env.text("LOG_FORMAT", "json").lower()
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
    env.problems.append("LOG_LEVEL is none of DEBUG, INFO, WARNING, ERROR, CRITICAL")
    LOG_LEVEL = "INFO"
if LOG_FORMAT not in ("json", "console"):
    env.problems.append("LOG_FORMAT is neither json nor console")
    LOG_FORMAT = "json"
LOGGING_CONFIG = "config.ops.logs.configure"
LOGGING: dict[str, Any] = {"level": LOG_LEVEL, "style": LOG_FORMAT}

# The processes of one machine add their counters up in files below this folder; prometheus_client reads the variable
# itself. Without it each process answers for itself alone.
METRICS_FOLDER = env.text("PROMETHEUS_MULTIPROC_DIR")
if METRICS_FOLDER:
    try:
        Path(METRICS_FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        env.problems.append("PROMETHEUS_MULTIPROC_DIR is not a folder that we can make")
# Who may read /metrics: holders of this token, or without one only callers inside the private network.
METRICS_TOKEN = env.secret("METRICS_TOKEN", at_least=16)
# A Celery worker has no web server: with a port it answers for the metrics of its machine there.
METRICS_PORT = env.whole("METRICS_PORT", 0, high=65_535)
METRICS_HOST = env.text("METRICS_HOST", "127.0.0.1")
# Rows which waited longer than this make /readyz say "degraded".
OVERDUE_AFTER_S = env.whole("OVERDUE_AFTER_S", 120, low=1)

SENTRY_DSN = env.secret("SENTRY_DSN")
SENTRY_RELEASE = env.text("SENTRY_RELEASE")
SENTRY_ENVIRONMENT = env.text("SENTRY_ENVIRONMENT", "development" if DEBUG else "production")
if SENTRY_DSN:
    # Nothing of it is imported, let alone started, where nobody asked for it.
    from config.ops.sentry import start

    try:
        start(dsn=SENTRY_DSN, release=SENTRY_RELEASE, environment=SENTRY_ENVIRONMENT)
    except ValueError:
        env.problems.append("SENTRY_DSN is not the address of a Sentry project")

WEBHOOK_BODY_RETENTION_DAYS = env.whole("WEBHOOK_BODY_RETENTION_DAYS", 90, low=1, high=3_650)
