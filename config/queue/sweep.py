"""Visits rows whose time has come, one business act and one transaction each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, models

from config.kernel.errors import Refused

log = logging.getLogger(__name__)


@dataclass
class Swept:
    """How a sweep went: acts done, rows that refused (already moved, or not now), rows that failed unexpectedly."""

    done: int = 0
    refused: int = 0
    failed: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(self.done + other.done, self.refused + other.refused, self.failed + other.failed)


def sweep(
    name: str, due: models.QuerySet[models.Model], act: Callable[[int], bool], *, batch: int = 200, limit: int = 5_000
) -> Swept:
    """Calls `act(primary key)` for each row of `due` in ascending key order, `limit` rows at most.

    A row that fails is logged and counted and does not stop the others; it is still due at the next sweep. `act`
    takes its own locks and looks again, because a row may have moved since it was listed.
    """
    result, last = Swept(), 0
    while result.done + result.refused + result.failed < limit:
        keys = list(due.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:batch])
        for key in keys:
            try:
                if act(key):
                    result.done += 1
                else:
                    result.refused += 1
            except Refused as refusal:
                result.refused += 1
                log.info("%s: row refused", name, extra={"row": key, "code": refusal.code})
            except Exception:
                result.failed += 1
                connection.close_if_unusable_or_obsolete()
                log.exception("%s: row failed", name, extra={"row": key})
        if len(keys) < batch:
            return result
        last = keys[-1]
    return result
