"""The test database, with the roles that production has, and what every test may use."""

from __future__ import annotations

import os
import uuid
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from psycopg import sql


def _owner_settings() -> dict[str, Any]:
    return settings.DATABASES.get("owner", settings.DATABASES["default"])


def _maintenance(dbname: str = "postgres") -> psycopg.Connection[Any]:
    """The owner's connection, to the database that every server has unless another is named."""
    owner = _owner_settings()
    host = owner.get("HOST") or owner["OPTIONS"].get("host")
    given = {"host": host, "port": owner.get("PORT"), "user": owner["USER"], "password": owner["PASSWORD"]}
    arguments = {name: value for name, value in given.items() if value}
    return psycopg.connect(dbname=dbname, autocommit=True, **arguments)


def _drop(maintenance: psycopg.Connection[Any], database: sql.Identifier) -> None:
    """Without force first: that asks a vacuum under way to stop, which force by anybody but a superuser may not."""
    try:
        maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(database))
    except psycopg.errors.ObjectInUse:
        maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))


# What migrations leave behind and every test expects to find.
_KEPT = ["django_migrations", "django_content_type", "auth_permission"]
_EMPTY = """
    DO $$
    DECLARE tables text[];
    BEGIN
        SELECT array_agg(quote_ident(relname)) INTO tables FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> ALL ({});
        FOR i IN 1 .. cardinality(tables) LOOP
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', tables[i]);
        END LOOP;
        EXECUTE format('TRUNCATE %s CASCADE', array_to_string(tables, ', '));
        FOR i IN 1 .. cardinality(tables) LOOP
            EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', tables[i]);
        END LOOP;
    END $$
"""


def _empty_tables(_: TransactionTestCase) -> None:
    """Django's flush would be refused by the append-only tables; their owner can set the refusal aside."""
    with _maintenance(str(settings.DATABASES["default"]["NAME"])) as connection:
        connection.execute("SET lock_timeout = '20s'")
        connection.execute(sql.SQL(_EMPTY).format(sql.Literal(_KEPT)))


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """A fresh database per worker: migrated and owned by the owner's role, used by the application's."""
    del django_test_environment
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"test_{settings.DATABASES['default']['NAME']}_{worker}"
    identifier = sql.Identifier(name)
    with _maintenance() as maintenance:
        _drop(maintenance, identifier)
        maintenance.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[attr-defined]
    for alias in settings.DATABASES:
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    # A vacuum under way may keep it, and only a superuser could stop that: the next run begins by dropping it.
    with _maintenance() as maintenance, suppress(psycopg.errors.InsufficientPrivilege):
        _drop(maintenance, identifier)


@pytest.fixture(autouse=True)
def _own_throttles(settings: Any) -> None:
    """Every test counts its requests from zero, also when several runs share one Redis."""
    settings.THROTTLE_PREFIX = f"test:{uuid.uuid4().hex}"


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """The real hasher takes half a second for each password, which is its purpose and not a test's."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Half a character in a captured log line, which some tests are about, cannot travel between processes."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "replace").decode()) for name, text in report.sections]
    return report
