"""Counts failed logins in PostgreSQL, and refuses a login that cannot be counted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from config.accounts.models import LoginFailure
from config.crypto import keyed_digest
from config.kernel.errors import Refused, Unavailable

logger = logging.getLogger(__name__)
# The row that counts an address over all e-mails carries this in place of an e-mail's digest.
_ALL_EMAILS = bytes(32)
_KEPT_WINDOWS = 4


class TooManyFailures(Refused):
    """Too many failed logins. Try again later."""

    code = "too_many_failures"
    http_status = 429


class LoginUnavailable(Unavailable):
    """Nobody can log in right now. Try again later."""

    code = "login_unavailable"


@dataclass(frozen=True)
class Attempt:
    """A login attempt that stands counted as failed until it is forgiven."""

    email_sha256: bytes
    address: str
    window_start: datetime


def count_attempt(*, email: str, address: str, at: datetime) -> Attempt:
    """Counts an attempt as failed *before* the password is looked at, so that parallel guesses cannot slip past.

    `address` is counted over all e-mails first, and a refusal rolls its own count back: an address never makes more
    rows in a window than its limit, however long it keeps knocking. Raises TooManyFailures, and LoginUnavailable
    when it cannot be counted: without a count there is no login.
    """
    window_s = settings.LOGIN_FAILURE_WINDOW_S
    start = datetime.fromtimestamp(int(at.timestamp()) // window_s * window_s, tz=UTC)
    wait_s = max(1, int((start + timedelta(seconds=window_s) - at).total_seconds()))
    attempt = Attempt(email_sha256=digest(email), address=address, window_start=start)
    try:
        with transaction.atomic():
            if _raise_count(_ALL_EMAILS, attempt) > settings.LOGIN_FAILURE_LIMIT_PER_ADDRESS:
                raise TooManyFailures(retry_after_s=wait_s)
            if _raise_count(attempt.email_sha256, attempt) > settings.LOGIN_FAILURE_LIMIT:
                raise TooManyFailures(retry_after_s=wait_s)
    except DatabaseError as error:
        logger.exception("failed logins cannot be counted, so nobody can log in")
        raise LoginUnavailable from error
    return attempt


def forgive(attempt: Attempt) -> None:
    """The password was right: this attempt was no failure, and the e-mail's own count from there starts anew.

    The address keeps what it earned with other e-mails, so that one valid login does not buy more guesses.
    """
    window = LoginFailure.objects.filter(remote_addr=attempt.address, window_start=attempt.window_start)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOWER, [_ALL_EMAILS, attempt.address, attempt.window_start])
        window.filter(email_sha256=attempt.email_sha256).delete()


def purge(*, at: datetime, batch: int = 1000) -> int:
    """Forgets the counts of windows that are over for good. Returns how many rows went."""
    horizon = at - timedelta(seconds=_KEPT_WINDOWS * settings.LOGIN_FAILURE_WINDOW_S)
    purged = 0
    while True:
        old = LoginFailure.objects.filter(window_start__lt=horizon).order_by("window_start")
        gone, _ = LoginFailure.objects.filter(id__in=list(old.values_list("id", flat=True)[:batch])).delete()
        purged += gone
        if gone < batch:
            return purged


_RAISE = """
    INSERT INTO config_loginfailure (email_sha256, remote_addr, window_start, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (email_sha256, remote_addr, window_start)
    DO UPDATE SET count = config_loginfailure.count + 1 RETURNING count
"""
_LOWER = """
    UPDATE config_loginfailure SET count = count - 1
    WHERE email_sha256 = %s AND remote_addr = %s AND window_start = %s AND count > 0
"""


def _raise_count(email_sha256: bytes, attempt: Attempt) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [email_sha256, attempt.address, attempt.window_start])
        row = cursor.fetchone()
    return int(row[0])


def digest(email: str) -> bytes:
    """Keyed, so that the table does not tell who tried to log in."""
    return keyed_digest(purpose="login", text=email.lower())
