"""Whether this process can serve: what it cannot do without, and what only makes it worse."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

import psycopg
from django.conf import settings
from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from config.ops.queues import overdue

log = logging.getLogger(__name__)
CONNECT_S = 2  # libpq's shortest
PATIENCE_MS = 2_000
BROKER_S = 0.5
_CAN_WRITE = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"


@dataclass
class _Known:
    """What need not be asked twice in one process: migrations are not taken back under a running one."""

    migrated: bool = False


_known = _Known()


@dataclass(frozen=True)
class Readiness:
    """`missing` is what we cannot serve without, `degraded` what is late or lost and heals by itself."""

    missing: tuple[str, ...] = ()
    degraded: tuple[str, ...] = field(default=())

    @property
    def word(self) -> str:
        if self.missing:
            return "unready"
        return "degraded" if self.degraded else "ready"


def readiness(*, at: datetime) -> Readiness:
    """Asks database, migrations, broker and queues, each with a short timeout. Never guesses: what fails is named."""
    if not _database_answers():
        return Readiness(missing=("database",))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # A table that is locked must not keep the one who asks whether we can serve.
            cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS:d}")
            if not _is_migrated():
                return Readiness(missing=("migrations",))
            late = overdue(at=at, after=timedelta(seconds=settings.OVERDUE_AFTER_S))
    except Error as error:
        connection.close_if_unusable_or_obsolete()
        _known.migrated = False
        log.warning("not ready: a query failed", extra={"error": type(error).__name__})
        return Readiness(missing=("database",))
    broker = () if _broker_answers(settings.CELERY_BROKER_URL) else ("broker",)
    return Readiness(degraded=(*broker, *(f"{queue} overdue" for queue in late)))


def _database_answers() -> bool:
    """A connection of its own: one that is open already can hang on a dead network for minutes."""
    given = connection.get_connection_params()
    limits = {"connect_timeout": CONNECT_S, "tcp_user_timeout": PATIENCE_MS}
    try:
        with psycopg.connect(**{**given, **limits, "autocommit": False}) as fresh:
            fresh.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS:d}")
            # A standby answers too, and cannot take a single webhook.
            return fresh.execute(_CAN_WRITE).fetchone() == (True,)
    except (psycopg.Error, OSError) as error:
        log.warning("not ready: the database does not answer", extra={"error": type(error).__name__})
        return False


def _is_migrated() -> bool:
    if not _known.migrated:
        loader = MigrationLoader(connection)
        # Each one counts: Django's own plan looks at the last of an app, and overlooks a gap before it.
        _known.migrated = set(loader.graph.nodes) <= set(loader.applied_migrations or ())
    return _known.migrated


@lru_cache(maxsize=2)
def _broker(url: str) -> Redis:
    retry = Retry(NoBackoff(), 0)
    return Redis.from_url(url, socket_connect_timeout=BROKER_S, socket_timeout=BROKER_S, retry=retry)


def _broker_answers(url: str) -> bool:
    try:
        return bool(_broker(url).ping())
    except (RedisError, OSError) as error:
        log.warning("degraded: the broker does not answer", extra={"error": type(error).__name__})
        return False
