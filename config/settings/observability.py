"""Logs and error tracking."""

from typing import Any

from config.settings.env import env

LOG_LEVEL = env.text("LOG_LEVEL", "INFO")
LOG_FORMAT = env.text("LOG_FORMAT", "json")
SENTRY_DSN = env.text("SENTRY_DSN")
SENTRY_RELEASE = env.text("SENTRY_RELEASE")
SENTRY_ENVIRONMENT = env.text("SENTRY_ENVIRONMENT", "production")
LOGGING_CONFIG = "config.ops.logs.configure"
LOGGING: dict[str, Any] = {"level": LOG_LEVEL, "format": LOG_FORMAT}
