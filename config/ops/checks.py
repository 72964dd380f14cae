"""What `manage.py check --deploy` looks at before a deployment: roles, routes and the broker's clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.utils.module_loading import import_string


def roles_are_separate(**_: Any) -> list[CheckMessage]:
    """The application must not own its tables: an owner can drop the triggers of ledger and audit."""
    owner, application = settings.DATABASES.get("owner"), settings.DATABASES["default"]
    if owner is None:
        text = "MIGRATION_DATABASE_URL is not set: the application runs as the owner of its tables."
    elif owner.get("USER") == application.get("USER"):
        text = "MIGRATION_DATABASE_URL and DATABASE_URL name the same role: the application owns its tables."
    else:
        return []
    hint = "Give the application a role of its own, which `manage.py migrate` grants what it needs."
    return [Warning(text, hint=hint, id="holdfast.W001")]


def routes_resolve(**_: Any) -> list[CheckMessage]:
    """Every dotted string in routes.py names something that can be called."""
    broken: list[CheckMessage] = []
    for setting, path in routed():
        try:
            found = import_string(path)
        except ImportError as error:
            broken.append(Error(f"{setting} names {path}, which cannot be imported: {error}", id="holdfast.E001"))
            continue
        if not callable(found):
            broken.append(Error(f"{setting} names {path}, which cannot be called.", id="holdfast.E001"))
    return broken


def routed() -> Iterator[tuple[str, str]]:
    """Every dotted string in routes.py that names a function, with the setting that holds it."""
    for listeners in settings.LISTENERS.values():
        yield from (("LISTENERS", path) for path in listeners)
    for roles in settings.WEBHOOK_SOURCES.values():
        yield from (("WEBHOOK_SOURCES", path) for path in roles.values())
    for ways in settings.WEBHOOK_ACCOUNTS.values():
        yield from (("WEBHOOK_ACCOUNTS", path) for roles in ways.values() for path in roles.values())
    yield from (("CALL_ASKERS", path) for path in settings.CALL_ASKERS.values())
    yield from (("WATCH_ASKERS", path) for path in settings.WATCH_ASKERS.values())
    for feature in settings.ERASURES.values():
        yield from (("ERASURES", path) for path in feature.values())
    yield from (("QUEUE_MODELS", path) for path in settings.QUEUE_MODELS.values())
    yield from (("OPS_FIGURES", path) for path in settings.OPS_FIGURES.values())
    for name in ("TRUTHS", "DASHBOARD_PANELS", "WORK_LISTS", "GAUGE_PROVIDERS", "BEFORE_TRANSFER"):
        yield from ((name, path) for path in getattr(settings, name))


def tasks_end_before_redelivery(**_: Any) -> list[CheckMessage]:
    """Redis hands a task out again after the visibility timeout, whether or not the first run has ended."""
    limit, again = settings.CELERY_TASK_TIME_LIMIT, settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    if limit < again:
        return []
    text = f"A Celery task may run for {limit} s, but Redis delivers it again after {again} s."
    return [Error(text, hint="CELERY_TASK_TIME_LIMIT must be below visibility_timeout.", id="holdfast.E002")]


def metrics_add_up(**_: Any) -> list[CheckMessage]:
    """Without a shared folder each web worker answers a scrape with its own counters alone."""
    if settings.METRICS_FOLDER:
        return []
    text = "PROMETHEUS_MULTIPROC_DIR is not set: /metrics shows the counters of one process only."
    return [Warning(text, hint="Name a folder that all processes of the machine share.", id="holdfast.W002")]


DEPLOY_CHECKS = (roles_are_separate, routes_resolve, tasks_end_before_redelivery, metrics_add_up)
