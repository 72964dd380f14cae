"""Gives every test run its own PostgreSQL, Valkey and secrets before Django reads its settings."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from config.local.services import services_for_tests

# Values that secure nothing: they exist while the tests run.
TEST_ENVIRONMENT = {
    "DEBUG": "0",
    "LINT_MIGRATIONS": "1",
    "SECRET_KEY": "test-secret-key-that-secures-nothing-at-all",
    "JWT_SIGNING_KEY": "test-signing-key-that-secures-nothing-at-all",
    "FIELD_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "CRON_SECRET": "test-cron-secret-of-nothing",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "PUBLIC_URL": "https://shop.example.test",
    "SECURE_SSL_REDIRECT": "0",
    "STRIPE_SECRET_KEY": "sk_test_0000000000000000",
    "STRIPE_WEBHOOK_SECRET": "whsec_test_newer_0000,whsec_test_older_0000",
    "STRIPE_API_BASE": "https://stripe.example.test",
    "LOG_LEVEL": "WARNING",
    "EMAIL_URL": "memorymail://",
}
# The servers of whoever started the run may be used; anything else that the settings read is the tests' own business.
GIVEN = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL")
_name_that_is_read = re.compile(r'\(\s*"([A-Z][A-Z0-9_]{3,})"[,)]')
SETTINGS = Path(__file__).resolve().parents[1] / "settings"


def forget_settings(environ: MutableMapping[str, str]) -> None:
    """Removes every variable that the settings would read: tests neither report to the Sentry of the machine on which
    they run, nor price by its policy."""
    for module in SETTINGS.glob("*.py"):
        for name in set(_name_that_is_read.findall(module.read_text())) - set(GIVEN):
            environ.pop(name, None)
            environ.pop(f"{name}_FILE", None)


def own_database(url: str, *, worker: str) -> str:
    """The server's database number for one worker of xdist: what one counts and queues is not another's business."""
    number = int(worker.removeprefix("gw") or 0) % 16
    return f"{url.rpartition('/')[0]}/{number}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Iterator[Any]:
    """Workers of xdist inherit the environment, so that only the first process starts anything."""
    forget_settings(os.environ)
    os.environ.update(TEST_ENVIRONMENT)
    services = services_for_tests()
    os.environ.update(services.environ())
    os.environ["REDIS_URL"] = own_database(os.environ["REDIS_URL"], worker=os.environ.get("PYTEST_XDIST_WORKER", ""))
    try:
        return (yield)
    except BaseException:
        services.stop()
        raise


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[Any]:
    """What is collected lives until the end: to look through all of it again and again for garbage, while it grows and
    while the tests run, takes a tenth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_unconfigure() -> None:
    """The services are children of this process and die with it; nothing is left to stop by hand."""
