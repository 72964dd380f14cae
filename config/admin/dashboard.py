"""The overview: what needs a person first, then where the money is and how the machines are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import resolve
from django.utils.module_loading import import_string

from config.accounts.roles import may_for_everyone
from config.admin.bounded import alone
from config.admin.panel import Panel, PanelProvider, WorkList, WorkListProvider
from config.admin.show import words
from config.kernel.clock import now


@dataclass(frozen=True, slots=True)
class Broken:
    """A panel that could not be read; the others stand."""

    title: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's callback: adds what the overview shows to its context."""
    lists = _asked(settings.WORK_LISTS, request)
    panels = _asked(settings.DASHBOARD_PANELS, request)
    waiting = [each for each in lists if isinstance(each, WorkList) and each.items]
    return {
        **context,
        "at": now(),
        "waiting": [_openable_list(each, request) for each in waiting],
        "at_rest": [each.title for each in lists if isinstance(each, WorkList) and not each.items],
        "panels": [_openable_panel(each, request) for each in panels if isinstance(each, Panel)],
        "broken": [each for each in (*lists, *panels) if isinstance(each, Broken)],
    }


def _asked(paths: Sequence[str], request: HttpRequest) -> list[Panel | WorkList | Broken]:
    """What each provider that this person may see answers; one that fails or dawdles fails alone."""
    at = now()
    found: list[Panel | WorkList | Broken] = []
    for path in paths:
        code = settings.PANEL_CODES.get(path, "")
        if may_for_everyone(request.user, code):
            answer = alone(_provide, path, at, name=path)
            found.append(answer if answer is not None else Broken(words(path.rpartition(".")[2])))
    return found


def _provide(path: str, at: datetime) -> Panel | WorkList:
    provider: PanelProvider | WorkListProvider = import_string(path)
    return provider(at)


def _openable_panel(panel: Panel, request: HttpRequest) -> Panel:
    return replace(panel, figures=tuple(_openable(figure, request) for figure in panel.figures))


def _openable_list(work: WorkList, request: HttpRequest) -> WorkList:
    items = tuple(_openable(item, request) for item in work.items)
    return replace(work, items=items, url=work.url if may_open(work.url, request) else "")


def _openable(each: Any, request: HttpRequest) -> Any:
    return each if may_open(each.url, request) else replace(each, url="")


def may_open(url: str, request: HttpRequest) -> bool:
    """Whether this person may see the page behind a link: one that answers 403 helps nobody."""
    if not url:
        return False
    try:
        match = resolve(urlsplit(url).path)
    except Http404:
        return False
    page = getattr(match.func, "model_admin", None)
    return page is None or bool(page.has_view_permission(request))
