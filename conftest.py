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

from config.ops import throttles
from config.tests.between import Broom, hand_on_connections, keep_vacuum_away


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


_brooms: list[Broom] = []


def _empty_tables(_: TransactionTestCase) -> None:
    """One connection does it after every test."""
    if not _brooms:
        owner = _maintenance(str(settings.DATABASES["default"]["NAME"]))
        owner.execute("SET lock_timeout = '20s'")
        _brooms.append(Broom(owner=owner))
    _brooms[0].sweep()


def _hand_on(_: TransactionTestCase) -> bool:
    """Django asks whether it shall close all connections."""
    hand_on_connections()
    return False


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
    TransactionTestCase._should_reload_connections = _hand_on  # type: ignore[attr-defined]
    for alias in settings.DATABASES:
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0, interactive=False)
    with _maintenance(name) as owner:
        keep_vacuum_away(owner=owner)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    while _brooms:
        _brooms.pop().owner.close()
    # A vacuum under way may keep it, and only a superuser could stop that: the next run begins by dropping it.
    with _maintenance() as maintenance, suppress(psycopg.errors.InsufficientPrivilege):
        _drop(maintenance, identifier)


@pytest.fixture(autouse=True, scope="session")
def _patient_with_redis() -> None:
    """Redis answers late where the machine is busy, and what goes on without it is not what most tests are about."""
    throttles._TIMEOUT_S = 60.0
    options: Any = settings.CACHES["default"]["OPTIONS"]
    options.update(socket_timeout=60.0, socket_connect_timeout=60.0)


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
