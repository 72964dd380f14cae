"""Keeps a page from costing more than a page is worth: the database gives up in time, and says so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

log = logging.getLogger(__name__)
T = TypeVar("T")
LIST_S = 5.0
PART_S = 2.0


class TooSlow(Exception):
    """A read took longer than its page may take. Narrow it down."""


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Each statement inside is cancelled by the server after `seconds`. Raises TooSlow.

    The limit is the transaction's own, so that it works behind PgBouncer and ends with the block.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(max(1, round(seconds * 1000)))])
            yield
            if len(connection.atomic_blocks) > 1:
                # Inside somebody's transaction (a test's) the limit would outlive the block.
                cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise


def alone(provider: Callable[..., T], *arguments: Any, name: str) -> T | None:
    """What a provider answers within two seconds; None, with the reason in the log, when it fails.

    One that fails must not take the page with it, on which an operator may be looking for the cause.
    """
    try:
        with bounded(PART_S):
            return provider(*arguments)
    except TooSlow:
        log.warning("a part of a page took too long", extra={"provider": name})
    except Exception:
        log.exception("a part of a page failed", extra={"provider": name})
    return None
