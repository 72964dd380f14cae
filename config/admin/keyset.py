"""Lists that open at once however long they are: paged by where a row stands, never counted, never skipped through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

from config.admin.bounded import LIST_S, TooSlow, bounded
from config.admin.show import words

OLDER, NEWER = "older", "newer"
_CURSORS = (OLDER, NEWER)
_LONGEST_ID = 19


class KeysetChangeList(ChangeList):
    """A page holds the rows right below (`?older=<id>`) or right above (`?newer=<id>`) one row.

    Newest first; where the admin's `soonest` names a time for what is asked for, the soonest first, and what has none
    last. Whatever the filters, one statement reads one row more than the page shows, which says whether there is more.
    """

    soonest = ""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in _CURSORS}

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        # Another filter begins at its own first page.
        answer: str = super().get_query_string(new_params, [*(remove or ()), *_CURSORS])
        return answer

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        del queryset
        self.soonest = self.model_admin.soonest(request)
        return [self.soonest, "pk"] if self.soonest else ["-pk"]

    def get_results(self, request: HttpRequest) -> None:
        older, newer = _id(request, OLDER), _id(request, NEWER)
        size, backwards = self.list_per_page, newer is not None and older is None
        rows = self.queryset
        if older is not None:
            rows = rows.filter(self._below(older))
        if backwards:
            rows = rows.filter(self._above(newer or 0)).reverse()
        try:
            with bounded(LIST_S):
                found = list(rows[: size + 1])
        except TooSlow:
            found = []
            messages.warning(request, "This search took too long and was stopped. Narrow it down.")
        more, found = len(found) > size, found[:size]
        if backwards:
            found.reverse()
        has_newer = more if backwards else older is not None
        has_older = bool(found) if backwards else more
        self.result_list = found
        self.newer_url = self._page(NEWER, found[0].pk) if has_newer and found else ""
        self.older_url = self._page(OLDER, found[-1].pk) if has_older and found else ""
        self.first_url = self.get_query_string() if older is not None or backwards else ""
        self.about = self._about(len(found), is_all=not (has_newer or has_older))
        for spec in self.filter_specs:
            spec.choices_shown = list(spec.choices(self))  # a template calls nothing with arguments
        # What templates of Django and Unfold ask of any list.
        self.result_count = self.full_result_count = len(found)
        self.show_full_result_count = self.can_show_all = self.show_all = self.multi_page = False
        self.paginator = Paginator(found, size)

    def _below(self, key: int) -> Q:
        if not self.soonest:
            return Q(pk__lt=key)
        at = self._moment_of(key)
        if at is None:
            return Q(**{f"{self.soonest}__isnull": True, "pk__gt": key})
        later = Q(**{f"{self.soonest}__gt": at}) | Q(**{f"{self.soonest}__isnull": True})
        return later | Q(**{self.soonest: at, "pk__gt": key})

    def _above(self, key: int) -> Q:
        if not self.soonest:
            return Q(pk__gt=key)
        at = self._moment_of(key)
        if at is None:
            return Q(**{f"{self.soonest}__isnull": False}) | Q(pk__lt=key)
        return Q(**{f"{self.soonest}__lt": at}) | Q(**{self.soonest: at, "pk__lt": key})

    def _moment_of(self, key: int) -> Any:
        return self.model.objects.filter(pk=key).values_list(self.soonest, flat=True).first()

    def _page(self, direction: str, key: int) -> str:
        bare = self.get_query_string()
        return f"{bare}{'&' if len(bare) > 1 else ''}{direction}={key}"

    def _about(self, shown: int, *, is_all: bool) -> str:
        """How many there are, as far as that is known without counting."""
        noun = self.model_admin.one if shown == 1 else _plural(self.model_admin.one)
        if is_all:
            return f"{shown:,} {noun}"
        if not self.query and not self.has_active_filters and (estimate := estimated_rows(self.model)) > shown:
            return f"about {estimate:,} {noun}"
        return f"{shown:,} {noun} on this page"


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"


def estimated_rows(model: type[Model]) -> int:
    """How many rows the table had when it was last analyzed; 0 when it never was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)", [model._meta.db_table])
        row = cursor.fetchone()
    return max(0, int(row[0])) if row else 0


def _id(request: HttpRequest, name: str) -> int | None:
    """A cursor; what is no id is no cursor, so that a broken link opens the first page."""
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < _LONGEST_ID else None


def choice_filter(title: str, column: str, values: Iterable[str], *, lookup: str = "") -> type[SimpleListFilter]:
    """A filter by one of `values`, which are given and not looked up: nothing is scanned to offer them.

    `lookup="contains"` for a column that holds several of them.
    """
    offered = [(value, words(value)) for value in values]

    class ChoiceFilter(SimpleListFilter):
        parameter_name = f"{column}__exact"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            del request, model_admin
            return offered

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            del request
            value = self.value()
            if value not in dict(offered):
                return queryset
            return queryset.filter(**{f"{column}__{lookup}": [value]} if lookup else {column: value})

    ChoiceFilter.title = title
    return ChoiceFilter
