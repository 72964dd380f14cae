"""What import-linter cannot see: foreign keys point downwards, and every dotted string of the settings is there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from config.celery import app as celery

ROOT = Path(__file__).resolve().parents[2]
LAYERS = {"config": 0, "orders": 1, "payments": 2, "crm": 3, "payouts": 3, "engagement": 4}
OURS = [model for model in apps.get_models() if model._meta.app_label in LAYERS]


def points_downwards(origin: str, target: str) -> bool:
    """Within one app or to a lower layer; apps of the same layer are strangers to each other."""
    return origin == target or LAYERS[target] < LAYERS[origin]


class TestForeignKeys:
    @pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
    def test_point_downwards(self, model: type) -> None:
        for field in model._meta.get_fields(include_parents=False):  # type: ignore[attr-defined]
            if field.is_relation and not field.auto_created and field.related_model._meta.app_label in LAYERS:
                assert points_downwards(model._meta.app_label, field.related_model._meta.app_label), field  # type: ignore[attr-defined]

    def test_would_notice_one_that_points_up_or_sideways(self) -> None:
        assert not points_downwards("orders", "payments")
        assert not points_downwards("crm", "payouts")


def dotted_strings() -> list[str]:
    sources = [path for routes in settings.WEBHOOK_SOURCES.values() for path in routes.values()]
    sources += [
        path for ways in settings.WEBHOOK_ACCOUNTS.values() for roles in ways.values() for path in roles.values()
    ]
    listeners = [path for paths in settings.LISTENERS.values() for path in paths]
    return [
        *sources,
        *listeners,
        *settings.LISTENER_QUEUES,
        *settings.CALL_ASKERS.values(),
        *settings.WATCH_ASKERS.values(),
        *[path for feature in settings.ERASURES.values() for path in feature.values()],
        *settings.TRUTHS,
        *settings.DASHBOARD_PANELS,
        *settings.WORK_LISTS,
        *settings.BEFORE_TRANSFER,
        *settings.BOOKS_WITNESS.values(),
        settings.RECALLABLE,
        settings.PAYEE_NAMES,
        settings.PAYEE_ACTOR,
        *settings.GAUGE_PROVIDERS,
        *settings.OPS_FIGURES.values(),
        *settings.PURGES.values(),
        *settings.QUEUE_MODELS.values(),
        settings.REFERRAL_VALIDATOR,
        *settings.DEMO_SEEDS,
        *settings.DEMO_ORDER_SEEDS,
    ]


class TestRoutes:
    @pytest.mark.parametrize("path", dotted_strings())
    def test_every_dotted_string_is_something_to_call(self, path: str) -> None:
        assert callable(import_string(path))

    def test_a_topic_without_listeners_is_declared_silent_and_no_other_is(self) -> None:
        unheard = {topic for topic, listeners in settings.LISTENERS.items() if not listeners}
        assert unheard == set(settings.SILENT_TOPICS)

    def test_every_topic_that_is_emitted_is_routed_and_the_reverse(self) -> None:
        assert emitted_topics() == set(settings.LISTENERS)

    def test_every_periodic_task_and_cron_door_is_a_task(self) -> None:
        celery.loader.import_default_modules()
        named = {entry["task"] for entry in settings.BEAT_SCHEDULE.values()} | {
            task for tasks in settings.CRON_DOORS.values() for task in tasks
        }
        assert named <= set(celery.tasks)


def emitted_topics() -> set[str]:
    """Topics that the code emits: string literals given to `emit`, and those of tables named TOPICS."""
    found: set[str] = set()
    for label in LAYERS:
        for path in (ROOT / label).rglob("*.py"):
            if "tests" not in path.parts:
                found |= _topics_in(ast.parse(path.read_text()))
    return found


def _topics_in(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "emit" and node.args:
            if isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
        elif isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "TOPICS" and node.value:
            found |= {str(part.value) for part in ast.walk(node.value) if isinstance(part, ast.Constant)}
    return found


class TestFirstLines:
    @pytest.mark.parametrize("label", sorted(LAYERS))
    def test_every_module_says_its_one_job(self, label: str) -> None:
        modules = [path for path in (ROOT / label).rglob("*.py") if path.stat().st_size]
        ours = [path for path in modules if "migrations" not in path.parts]
        assert [
            str(path.relative_to(ROOT)) for path in ours if not ast.get_docstring(ast.parse(path.read_text()))
        ] == []
