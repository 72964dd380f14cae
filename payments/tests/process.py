"""A second process of the project over this test's database, for what must be proved across processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connections

PROJECT = Path(__file__).resolve().parents[2]


def database_url(alias: str) -> str:
    """The test database as an URL, as the environment would give it."""
    given = connections[alias].settings_dict
    user, password = quote(str(given["USER"]), safe=""), quote(str(given["PASSWORD"] or ""), safe="")
    host, port = str(given["HOST"] or ""), str(given["PORT"] or "")
    # A socket's folder is no host of an URL; it travels in the query.
    query = {name: str(value) for name, value in given["OPTIONS"].items() if name == "host"}
    if host.startswith("/"):
        host, query["host"] = "", host
    place = f"{host}:{port}" if port else host
    return f"postgresql://{user}:{password}@{place}/{quote(str(given['NAME']))}?{urlencode(query)}"


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, with the test database in place of the configured one."""
    urls = {"DATABASE_URL": database_url("default")}
    if "owner" in settings.DATABASES:
        urls["MIGRATION_DATABASE_URL"] = database_url("owner")
    return {**os.environ, **urls, **changes}


def python(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Runs the interpreter on the project and waits for its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
