"""A page may cost so much and no more, and one part of it fails alone."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import OperationalError, connection

from config.accounts.models import User
from config.admin.bounded import TooSlow, alone, bounded

pytestmark = pytest.mark.django_db(transaction=True)


def ask(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


class TestBounded:
    def test_ends_a_statement_that_takes_longer(self) -> None:
        with pytest.raises(TooSlow), bounded(0.05):
            ask("SELECT pg_sleep(5)")

    def test_lets_through_what_is_quick_and_ends_with_its_block(self) -> None:
        with bounded(2.0):
            assert ask("SHOW statement_timeout") == "2s"
        assert ask("SHOW statement_timeout") == "0"

    def test_leaves_no_limit_behind_in_somebodys_transaction(self) -> None:
        with bounded(9.0):
            with bounded(2.0):
                pass
            assert ask("SHOW statement_timeout") == "0"

    def test_other_failures_of_the_database_stay_what_they_are(self) -> None:
        with pytest.raises(OperationalError, match="another"), bounded(2.0):
            raise OperationalError("another")


class TestAlone:
    def test_answers_what_its_provider_answers(self) -> None:
        assert alone(lambda first, second: first + second, 1, 2, name="sum") == 3

    def test_says_nothing_where_the_provider_fails_and_why_in_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        def fail() -> None:
            raise ZeroDivisionError

        with caplog.at_level(logging.ERROR):
            assert alone(fail, name="the part") is None
        assert caplog.records[-1].provider == "the part"  # type: ignore[attr-defined]
        assert caplog.records[-1].exc_info

    def test_ends_a_provider_that_dawdles(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("config.admin.bounded.PART_S", 0.05)
        with caplog.at_level(logging.WARNING):
            assert alone(lambda: ask("SELECT pg_sleep(5)"), name="slow") is None
        assert "too long" in caplog.text

    def test_a_failure_does_not_spoil_the_next_part(self) -> None:
        def broken() -> None:
            ask("SELECT 1 / 0")

        assert alone(broken, name="broken") is None
        assert alone(User.objects.count, name="whole") == 0
