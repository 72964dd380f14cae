"""The page of a model on the operator site: a list, a detail page, and nothing that writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from config.accounts.models import User
from config.admin.acts import Act, known, offered
from config.admin.confirming import confirm
from config.admin.keyset import KeysetChangeList
from config.admin.parts import Part, contents, parts_of
from config.kernel.clock import now


@dataclass(frozen=True, slots=True)
class Headline:
    """What stands first on a detail page: what it is, in which states, and what happens next."""

    title: str
    badges: tuple[SafeString, ...] = ()
    next_step: str = ""


def cell(title: str, show: Callable[[Any], Any]) -> Any:
    """A column of a list: its title, and what it shows of a row."""

    @admin.display(description=title)
    def shown(page: Any, row: Any) -> Any:
        del page
        return show(row)

    return shown


class ReadOnlyAdmin(ModelAdmin):
    """Shows, and offers acts of one service call each. Who may see it is our table's business alone.

    Every list is read by keyset, newest first unless `soonest` says otherwise; a search is for one exact id or address,
    so that an index answers it.
    """

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets: ClassVar[Any] = None
    sortable_by = ()
    actions = None
    change_list_template = "holdfast/list.html"
    preserve_filters = False
    list_fullwidth = True
    show_add_link = False

    # What the list and one row are called; by default as the model is.
    nouns: ClassVar[str] = ""
    noun: ClassVar[str] = ""
    # What a search box looks for, in words; without it there is none.
    searched: ClassVar[str] = ""
    # How ids of these rows begin; the search over everything asks this page for what looks so.
    prefixes: ClassVar[tuple[str, ...]] = ()
    # Columns that no list needs: bodies, answers, payloads.
    heavy: ClassVar[tuple[str, ...]] = ()
    parts: ClassVar[Sequence[Part]] = ()
    acts: ClassVar[Sequence[Act]] = ()
    # Acts that concern no row yet, offered above the list.
    list_acts: ClassVar[Sequence[Act]] = ()
    intro: ClassVar[str] = ""

    @property
    def many(self) -> str:
        """What the list is called, as the menu calls it."""
        return self.nouns or str(self.opts.verbose_name_plural)

    @property
    def one(self) -> str:
        """What a row is called."""
        return self.noun or str(self.opts.verbose_name)

    def introduction(self, *, at: datetime) -> str:
        """What the list begins with."""
        del at
        return self.intro

    def headline(self, row: Any, *, at: datetime) -> Headline:
        """What the detail page begins with."""
        del at
        return Headline(title=str(row))

    def soonest(self, request: HttpRequest) -> str:
        """The time by which what is asked for is worked off, an indexed column: the list then begins with what is due
        first. Empty: newest first."""
        del request
        return ""

    def find(self, term: str) -> Q | None:
        """The rows that `term` names exactly, by columns that have an index; None when it cannot name any."""
        return Q(public_id=term) if self.prefixes else None

    def finds(self, term: str) -> bool:
        """Whether a term looks like an id of these rows, for the search over everything."""
        return term.startswith(self.prefixes)

    # Who may: the verbs that Django asks about.

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return bool(request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    # The list.

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        del request, kwargs
        return KeysetChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        del request
        rows: QuerySet[Any] = self.model._base_manager.all()
        return rows.defer(*self.heavy) if self.heavy else rows

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        # Named only so that there is a search box: see get_search_results.
        del request
        return ("pk",) if self.searched else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        del request
        term = search_term.strip()
        if not term:
            return queryset, False
        where = self.find(term)
        return (queryset.none() if where is None else queryset.filter(where)), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what a filter offers: any other column of the URL could mean reading the whole table."""
        del value
        filters = self.get_list_filter(request) if request else self.list_filter
        return lookup in {getattr(each, "parameter_name", None) for each in filters}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method != "GET":
            raise PermissionDenied
        shown = {
            "title": self.many,
            "intro": self.introduction(at=now()),
            "searched": self.searched,
            "acts": [(act, self.act_url(act)) for act in offered(self.all_acts(None), None, user=request.user)],
        }
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    # The detail page.

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        del form_url
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        row = self.row(request, object_id)
        if row is None:
            messages.warning(request, f"There is no such {self.one}.")
            return HttpResponseRedirect(self.list_url())
        at = now()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{self.one} {getattr(row, 'public_id', '') or ''}".strip(),
            "list_url": self.list_url(),
            "list_title": self.many,
            "headline": self.headline(row, at=at),
            "acts": [(act, self.act_url(act, row)) for act in offered(self.all_acts(row), row, user=request.user)],
            "contents": contents(parts_of(self.parts, self.model), row, user=request.user, at=at),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "holdfast/detail.html", context)

    def row(self, request: HttpRequest, object_id: str) -> Any:
        """The row of a detail page with what it is shown with, or None."""
        rows = self.get_queryset(request)
        if isinstance(self.list_select_related, (list, tuple)) and self.list_select_related:
            rows = rows.select_related(*self.list_select_related)
        key = unquote(object_id)
        return rows.filter(pk=int(key)).first() if key.isascii() and key.isdecimal() and len(key) < 19 else None

    # The acts.

    def all_acts(self, row: Model | None) -> list[Act]:
        """Every act on a row of this page (or, without one, above its list), whoever may."""
        return list(self.list_acts) if row is None else known(self.acts, self.model)

    def act_url(self, act: Act, row: Model | None = None) -> str:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{name}_act", args=[row.pk, act.name]) if row else reverse(f"{name}_list_act", args=[act.name])

    def list_url(self) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def detail_url(self, row: Model) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])

    def act_view(self, request: HttpRequest, name: str, object_id: str = "") -> HttpResponseBase:
        """The effect of an act and, once confirmed, the act."""
        user = request.user
        if not isinstance(user, User) or not self.has_view_permission(request):
            raise PermissionDenied
        row = self.row(request, object_id) if object_id else None
        if object_id and row is None:
            raise Http404
        return confirm(request, user=user, page=self, row=row, name=name)

    def get_urls(self) -> list[URLPattern]:
        """List, detail and acts. Django's pages to add, change, delete and look at its own log do not exist."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        return [
            path("", self._page(wrap(self.changelist_view)), name=f"{name}_changelist"),
            path("act/<slug:name>/", self._page(wrap(self.act_view)), name=f"{name}_list_act"),
            *self.extra_urls(),
            path("<str:object_id>/act/<slug:name>/", self._page(wrap(self.act_view)), name=f"{name}_act"),
            path("<str:object_id>/change/", self._page(wrap(self.change_view)), name=f"{name}_change"),
        ]

    def extra_urls(self) -> list[URLPattern]:
        """Further pages of this model, below its list."""
        return []

    def _page(self, view: Any) -> Any:
        # Django's own mark of whose page a view is; links to pages that somebody may not open are found out by it.
        view.model_admin = self
        return view
