"""The table of wishes, which stands for the length of a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from config.proposals.tests.wishing import Wish, a_wish
from config.tests.owner import owner_connection


@pytest.fixture(scope="module")
def wishes(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Only the owner makes tables, and whoever owns it lets the application in."""
    del django_db_setup
    with django_db_blocker.unblock(), connection.schema_editor(collect_sql=True, atomic=False) as editor:
        editor.create_model(Wish)
    with owner_connection() as owner:
        for statement in editor.collected_sql:
            owner.execute(statement.encode())
        owner.execute(b"GRANT SELECT, INSERT, UPDATE ON config_wish TO PUBLIC")
        yield
        owner.execute(b"DROP TABLE config_wish")


@pytest.fixture
def wish(wishes: None, db: None) -> Wish:
    del wishes, db
    return a_wish()
