"""The test database, with the roles that production has, and what every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql


def _owner_settings() -> dict[str, Any]:
    return settings.DATABASES.get("owner", settings.DATABASES["default"])


def _maintenance() -> psycopg.Connection[Any]:
    """The owner's connection to the database that every server has."""
    owner = _owner_settings()
    host = owner.get("HOST") or owner["OPTIONS"].get("host")
    given = {"host": host, "port": owner.get("PORT"), "user": owner["USER"], "password": owner["PASSWORD"]}
    arguments = {name: value for name, value in given.items() if value}
    return psycopg.connect(dbname="postgres", autocommit=True, **arguments)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """A fresh database per worker: migrated and owned by the owner's role, used by the application's."""
    del django_test_environment
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"test_{settings.DATABASES['default']['NAME']}_{worker}"
    identifier = sql.Identifier(name)
    with _maintenance() as maintenance:
        maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        maintenance.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    for alias in settings.DATABASES:
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    with _maintenance() as maintenance:
        maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
