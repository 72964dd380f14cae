"""`check --deploy` finds what would hurt in production, and is silent when nothing would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import registry

from config.ops import checks


def _ids(messages: list[Any]) -> list[str]:
    return [message.id for message in messages]


class TestRolesAreSeparate:
    def test_one_url_for_both_is_a_warning(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "DATABASES", {"default": {"USER": "app"}})
        assert _ids(checks.roles_are_separate()) == ["holdfast.W001"]

    def test_two_urls_of_one_role_are_a_warning(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "DATABASES", {"default": {"USER": "app"}, "owner": {"USER": "app"}})
        assert _ids(checks.roles_are_separate()) == ["holdfast.W001"]

    def test_two_roles_are_clean(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "DATABASES", {"default": {"USER": "app"}, "owner": {"USER": "owner"}})
        assert checks.roles_are_separate() == []


class TestRoutesResolve:
    @pytest.fixture(autouse=True)
    def _few_routes(self, settings: Any) -> None:
        settings.LISTENERS = {"order.paid": ["config.ops.purge.purge"], "order.expired": []}
        settings.WEBHOOK_SOURCES = {"stripe": {"verify": "config.ops.purge.purge"}}
        settings.CALL_ASKERS = {}
        settings.WATCH_ASKERS = {}
        settings.TRUTHS = settings.DASHBOARD_PANELS = settings.WORK_LISTS = settings.GAUGE_PROVIDERS = []

    def test_names_that_resolve_are_clean(self) -> None:
        assert checks.routes_resolve() == []

    @pytest.mark.parametrize(
        "path", ["config.ops.purge.nothing", "config.nowhere.purge", "nowhere", "", "config.ops.purge.BATCH"]
    )
    @pytest.mark.parametrize("setting", ["TRUTHS", "DASHBOARD_PANELS", "WORK_LISTS", "GAUGE_PROVIDERS"])
    def test_any_other_is_an_error_that_names_it(self, settings: Any, setting: str, path: str) -> None:
        setattr(settings, setting, [path])
        (message,) = checks.routes_resolve()
        assert (message.id, message.is_serious()) == ("holdfast.E001", True)
        assert setting in message.msg
        assert path in message.msg

    def test_listeners_sources_and_askers_are_looked_at_too(self, settings: Any) -> None:
        settings.LISTENERS = {"order.paid": ["no.listener"]}
        settings.WEBHOOK_SOURCES = {"stripe": {"verify": "no.verifier", "handle": "no.handler"}}
        settings.CALL_ASKERS = {"payment.create": "no.asker"}
        settings.WATCH_ASKERS = {"payment": "no.asker"}
        assert len(checks.routes_resolve()) == 5


class TestTasksEndBeforeRedelivery:
    @pytest.mark.parametrize(("limit", "again", "found"), [(300, 900, []), (900, 900, ["holdfast.E002"])])
    def test_compares_the_two_times(self, settings: Any, limit: int, again: int, found: list[str]) -> None:
        settings.CELERY_TASK_TIME_LIMIT = limit
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": again}
        assert _ids(checks.tasks_end_before_redelivery()) == found

    def test_ours_are_sound(self) -> None:
        assert checks.tasks_end_before_redelivery() == []


class TestMetricsAddUp:
    @pytest.mark.parametrize(("folder", "found"), [("", ["holdfast.W002"]), ("/run/holdfast", [])])
    def test_wants_a_folder(self, settings: Any, folder: str, found: list[str]) -> None:
        settings.METRICS_FOLDER = folder
        assert _ids(checks.metrics_add_up()) == found


class TestRegistration:
    @pytest.mark.parametrize("check", checks.DEPLOY_CHECKS)
    def test_all_run_with_deploy_alone(self, check: Any) -> None:
        assert check in registry.registry.deployment_checks
        assert check not in registry.registry.registered_checks


class TestProduction:
    def test_sound_settings_pass_without_a_word(self, tmp_path: Path) -> None:
        """With secrets of the strength that production has, behind https, on a role of its own."""
        sound = {
            "DEBUG": "0",
            "SECRET_KEY": "Zk3vN0qH8mXwT1yLr5bPc9DsGf2Jh6Kt4Qe7Ru0Wi1Oa3Sx5Vn8Bm2Cz6",
            "JWT_SIGNING_KEY": "Yj2uM9pG7lWvS0xKq4aOb8CrFe1Ig5Js3Pd6Qt9Vh0Nz2Rw4Um7Al1By5",
            "DATABASE_URL": "postgresql://application:secret@db.internal.example:5432/holdfast",
            "MIGRATION_DATABASE_URL": "postgresql://owner:secret@db.internal.example:5432/holdfast",
            "ALLOWED_HOSTS": "shop.example.com",
            "PUBLIC_URL": "https://shop.example.com",
            "SECURE_SSL_REDIRECT": "1",
            "STRIPE_API_BASE": "https://api.stripe.com",
            "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        }
        environ = {name: value for name, value in os.environ.items() if name != "LINT_MIGRATIONS"}
        command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env={**environ, **sound}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "WARNING" not in done.stderr
