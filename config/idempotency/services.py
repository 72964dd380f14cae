"""Claims an idempotency key for one run, keeps its answer, and hands an interrupted run on to the next."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models

from config.crypto import open_sealed, seal
from config.idempotency.models import IdempotencyKey
from config.kernel.errors import Conflict, Unprocessable

KEPT = timedelta(days=7)
_SCOPE_LENGTH = 200


class KeyReused(Unprocessable):
    """This idempotency key was used with another request."""

    code = "idempotency_key_reused"


class InProgress(Conflict):
    """The request with this idempotency key is still running. Send it again in a moment."""

    code = "idempotency_in_progress"


class LeaseLost(Conflict):
    """This run took so long that another one with the same key continues it."""

    code = "idempotency_in_progress"


@dataclass(frozen=True)
class Claim:
    """The right to run a request. `intent_id` names what an interrupted run with the same key had made, if it did."""

    row_id: int
    token: uuid.UUID
    intent_id: str


@dataclass(frozen=True)
class Answer:
    """What was answered: the body is without its secrets."""

    status_code: int
    body: Any
    headers: Mapping[str, str]
    intent_id: str


def claim(*, scope: str, key: str, body_sha256: bytes) -> Claim | Answer:
    """The right to run this request, or the answer that it got before.

    Of any number of equal requests at once exactly one gets the Claim: the unique row decides, and its lease is of
    the database's clock. A run that died leaves its lease to run out, and its intent id to who comes next. Raises
    KeyReused for another body and InProgress while a run holds the lease.
    """
    scope = scope[:_SCOPE_LENGTH]
    with connection.cursor() as cursor:
        token = uuid.uuid4()
        cursor.execute(_CLAIM, [scope, key, body_sha256, token, settings.IDEMPOTENCY_LEASE_S])
        claimed = cursor.fetchone()
    if claimed:
        return Claim(row_id=claimed[0], token=token, intent_id=claimed[1])
    row = IdempotencyKey.objects.filter(scope=scope, key=key).first()
    if row is None:
        # Purged between the two statements; the client's next try finds the way free.
        raise InProgress(retry_after_s=1)
    if bytes(row.body_sha256) != body_sha256:
        raise KeyReused
    if row.status_code is None or row.answer is None:
        raise InProgress(retry_after_s=1)
    kept = json.loads(open_sealed(row.answer))
    return Answer(status_code=row.status_code, body=kept["body"], headers=kept["headers"], intent_id=row.intent_id)


def remember_intent(*, claim: Claim | None, intent_id: str) -> None:
    """Ties what this run makes to its key. Call it in the transaction that makes it.

    A request without a key has no claim, and nothing is remembered. Raises LeaseLost when another run took over
    meanwhile, which rolls back what this one was about to make.
    """
    if claim is None:
        return
    if not _mine(claim).update(intent_id=intent_id):
        raise LeaseLost(retry_after_s=1)


def finish(*, claim: Claim, status_code: int, body: Any, headers: Mapping[str, str]) -> bool:
    """Keeps the answer. `body` is JSON without secrets. Returns False, keeping nothing, when the lease was lost."""
    answer = seal(json.dumps({"body": body, "headers": dict(headers)}).encode())
    return bool(_mine(claim).update(status_code=status_code, answer=answer, lease_token=None, lease_until=None))


def release(*, claim: Claim) -> bool:
    """Ends a run without an answer worth keeping; the intent id stays for the next run, which may come at once."""
    return bool(_mine(claim).update(lease_token=None, lease_until=None))


def purge(*, at: datetime, batch: int = 1000) -> int:
    """Forgets keys older than seven days, `batch` at a time, oldest first. Returns how many."""
    purged = 0
    while True:
        old = IdempotencyKey.objects.filter(created_at__lt=at - KEPT).order_by("created_at")
        gone, _ = IdempotencyKey.objects.filter(id__in=list(old.values_list("id", flat=True)[:batch])).delete()
        purged += gone
        if gone < batch:
            return purged


# Insert, or take over a run that was interrupted: one statement, so that there is no moment in between. Where it
# gives nothing back, somebody else's row stands, and reading it tells why.
_CLAIM = """
    INSERT INTO config_idempotencykey
        (scope, key, body_sha256, intent_id, lease_token, lease_until, created_at)
    VALUES (%s, %s, %s, '', %s, clock_timestamp() + make_interval(secs => %s), clock_timestamp())
    ON CONFLICT (scope, key) DO UPDATE
    SET lease_token = EXCLUDED.lease_token, lease_until = EXCLUDED.lease_until
    WHERE config_idempotencykey.status_code IS NULL
      AND config_idempotencykey.body_sha256 = EXCLUDED.body_sha256
      AND (config_idempotencykey.lease_until IS NULL OR config_idempotencykey.lease_until < clock_timestamp())
    RETURNING id, intent_id
"""


def _mine(claim: Claim) -> models.QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(id=claim.row_id, lease_token=claim.token)
