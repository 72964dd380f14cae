"""Failed logins are counted, bounded and forgiven; without a count nobody logs in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from config.accounts import failures
from config.accounts.failures import LoginUnavailable, TooManyFailures
from config.accounts.models import LoginFailure

AT = datetime(2026, 5, 1, 12, 1, tzinfo=UTC)  # one minute into a window of fifteen
HERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.LOGIN_FAILURE_LIMIT = 3
    settings.LOGIN_FAILURE_LIMIT_PER_ADDRESS = 5
    settings.LOGIN_FAILURE_WINDOW_S = 900


def fail(email: str = "ann@example.com", address: str = HERE, at: datetime = AT) -> failures.Attempt:
    return failures.count_attempt(email=email, address=address, at=at)


@pytest.mark.django_db
class TestCountAttempt:
    def test_refuses_one_email_from_one_address_beyond_its_limit(self) -> None:
        for _ in range(3):
            fail()
        with pytest.raises(TooManyFailures) as refused:
            fail()
        assert refused.value.facts == {"retry_after_s": 14 * 60}
        assert (refused.value.code, refused.value.http_status) == ("too_many_failures", 429)

    def test_the_case_of_the_email_does_not_matter(self) -> None:
        for email in ("ann@example.com", "ANN@example.com", "Ann@Example.Com"):
            fail(email)
        with pytest.raises(TooManyFailures):
            fail()

    def test_the_person_can_still_log_in_from_elsewhere(self) -> None:
        for _ in range(3):
            fail()
        assert fail(address="192.0.2.2")

    def test_refuses_an_address_that_tries_many_emails(self) -> None:
        for number in range(5):
            fail(f"{number}@example.com")
        with pytest.raises(TooManyFailures):
            fail("another@example.com")
        assert fail("another@example.com", address="192.0.2.2")

    def test_an_address_makes_no_more_rows_than_its_limit(self) -> None:
        for number in range(40):
            try:
                fail(f"{number}@example.com")
            except TooManyFailures:
                continue
        assert LoginFailure.objects.count() == 5 + 1
        assert max(LoginFailure.objects.values_list("count", flat=True)) == 5

    def test_the_next_window_starts_anew(self) -> None:
        for _ in range(3):
            fail()
        with pytest.raises(TooManyFailures):
            fail(at=AT + timedelta(minutes=13, seconds=59))
        assert fail(at=AT + timedelta(minutes=14))

    def test_keeps_no_email(self) -> None:
        fail("ann@example.com")
        assert b"ann" not in b"".join(bytes(row.email_sha256) for row in LoginFailure.objects.all())

    def test_refuses_when_it_cannot_count(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
        with pytest.raises(LoginUnavailable) as refused:
            fail()
        assert (refused.value.code, refused.value.http_status) == ("login_unavailable", 503)


@pytest.mark.django_db
class TestForgive:
    def test_a_good_login_wipes_the_emails_own_count(self) -> None:
        fail()
        fail()
        failures.forgive(fail())
        for _ in range(3):
            fail()

    def test_but_the_address_keeps_what_it_earned(self) -> None:
        # Or one valid account would buy endless guesses at the others.
        for number in range(4):
            fail(f"{number}@example.com")
        failures.forgive(fail("mine@example.com"))
        fail("next@example.com")
        with pytest.raises(TooManyFailures):
            fail("mine@example.com")


@pytest.mark.django_db
def test_purge_forgets_old_windows_only() -> None:
    for age in range(6):
        fail(at=AT - timedelta(minutes=15) * age)
    assert failures.purge(at=AT, batch=1) == 2 * 2  # two windows beyond the horizon of four, two rows each
    assert failures.purge(at=AT) == 0
    assert LoginFailure.objects.count() == 4 * 2


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_do_not_slip_past_the_limit() -> None:
    def guess(_: int) -> bool:
        try:
            fail()
        except TooManyFailures:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        let_through = sum(pool.map(guess, range(24)))
    assert let_through == 3
