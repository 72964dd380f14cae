"""Finding people."""

from __future__ import annotations

import pytest
from django.db import connection

from config.accounts.models import User
from config.accounts.queries import by_email


@pytest.mark.django_db
class TestByEmail:
    def test_finds_in_any_case(self) -> None:
        ann = User.objects.create(email="Ann@example.com")
        assert by_email("aNN@EXAMPLE.com") == ann

    @pytest.mark.parametrize("email", ["", "bob@example.com", "ann\x00@example.com", "\ud800"])
    def test_finds_nobody_else(self, email: str) -> None:
        User.objects.create_user("ann@example.com")
        assert by_email(email) is None

    def test_reads_the_index(self) -> None:
        User.objects.bulk_create(User(email=f"{number}@example.com") for number in range(2_000))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE config_user")
            cursor.execute("EXPLAIN SELECT * FROM config_user WHERE lower(email) = 'x@example.com'")
            plan = " ".join(row[0] for row in cursor.fetchall())
        assert "an_email_belongs_to_one_user" in plan
