"""Finds the page of whatever an operator pastes: an id of ours, a gateway's, an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from config.admin.base import ReadOnlyAdmin
from config.admin.bounded import LIST_S, TooSlow, bounded
from config.admin.show import url_of

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A row that the term names."""

    kind: str
    text: str
    url: str


def pages_for(term: str, *, site: AdminSite, request: HttpRequest) -> list[Found]:
    """The rows that `term` names exactly and this person may see, a few of each kind.

    Only pages whose ids look like it are asked, and each asks an index.
    """
    found: list[Found] = []
    for page in site._registry.values():
        if isinstance(page, ReadOnlyAdmin) and page.finds(term) and page.has_view_permission(request):
            found += _rows(page, term, request)
    return found


def _rows(page: ReadOnlyAdmin, term: str, request: HttpRequest) -> list[Found]:
    where: Any = page.find(term)
    if where is None:
        return []
    try:
        with bounded(LIST_S):
            rows = list(page.get_queryset(request).filter(where).order_by("-pk")[:SHOWN])
    except TooSlow:
        return []
    return [Found(kind=page.one, text=str(row), url=url_of(row)) for row in rows]
