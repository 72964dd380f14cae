"""A test run owes nothing to the shell that started it, except the servers that it was given."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

from config.local.pytest_plugin import GIVEN, TEST_ENVIRONMENT, forget_settings
from config.local.tests.conftest import CHECKOUT
from config.settings.tests.starting import SOUND

# What a developer's shell may hold: another policy, a real key, somebody's Sentry.
OF_THE_SHELL = {
    "SENTRY_DSN": "https://key@sentry.example.com/1",
    "PLATFORM_FEE_BPS": "5",
    "ESCROW_TIMEOUT_MINUTES_BY_CATEGORY": "tickets:1",
    "STRIPE_API_BASE": "https://api.stripe.com",
    "SECRET_KEY_FILE": "/nowhere",
    "METRICS_TOKEN": "short",
    "PROMETHEUS_MULTIPROC_DIR": "/nowhere/metrics",
}


class TestForgetSettings:
    def test_leaves_no_variable_that_the_settings_read(self) -> None:
        environ = {**SOUND, **OF_THE_SHELL}
        forget_settings(environ)
        assert set(environ) == {"DATABASE_URL", "REDIS_URL"}

    def test_leaves_the_given_servers_and_everything_that_is_not_ours(self) -> None:
        environ = {**dict.fromkeys(GIVEN, "given"), "PATH": "/bin", "HOME": "/root", "EDITOR": "ed"}
        before = dict(environ)
        forget_settings(environ)
        assert environ == before


class TestRun:
    def test_starts_with_the_tests_own_values_whatever_the_shell_holds(self) -> None:
        """A whole run of its own, on the servers that this one has."""
        servers = {name: os.environ[name] for name in GIVEN if name in os.environ}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "config/kernel/tests/test_verdict.py"],
            env={"PATH": os.environ["PATH"], **OF_THE_SHELL, **servers}, cwd=CHECKOUT, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def test_this_one_did(self) -> None:
        assert "SENTRY_DSN" not in os.environ
        assert {name: os.environ[name] for name in ("SECRET_KEY", "STRIPE_SECRET_KEY")} == {
            name: TEST_ENVIRONMENT[name] for name in ("SECRET_KEY", "STRIPE_SECRET_KEY")
        }

    def test_what_was_collected_is_not_looked_through_for_garbage_and_all_else_is(self) -> None:
        assert gc.isenabled()
        assert gc.get_freeze_count() > 100_000
