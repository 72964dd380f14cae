"""Pages lists by the last id seen, so that a page costs the same however long the list is."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cryptography.fernet import InvalidToken
from django.db.models import Model, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

from config.crypto import open_sealed, seal
from config.kernel.errors import Invalid

if TYPE_CHECKING:
    # These classes are loaded while REST framework's views are, because its settings name them.
    from rest_framework.views import APIView

MAX_PAGE_SIZE = 100


class InvalidCursor(Invalid):
    """The cursor is not one of ours."""

    code = "invalid_cursor"


class InvalidPageSize(Invalid):
    """A page has 1 to 100 rows."""

    code = "invalid_page_size"


class KeysetPagination(BasePagination):
    """Newest first by `id`, which is unique; no COUNT and no OFFSET. Cursors are sealed: ids would tell our volume."""

    def paginate_queryset(  # type: ignore[override]  # a list in memory has no keyset
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        del view
        self.base_url = request.build_absolute_uri()
        size = _page_size(request.query_params.get("page_size"))
        position = _open(request.query_params.get("cursor"))
        is_backward, edge = position or (False, None)
        if edge is not None:
            queryset = queryset.filter(id__gt=edge) if is_backward else queryset.filter(id__lt=edge)
        rows: Sequence[Any] = list(queryset.order_by("id" if is_backward else "-id")[: size + 1])
        has_more, rows = len(rows) > size, rows[:size]
        self.page = list(reversed(rows)) if is_backward else list(rows)
        self.has_next = has_more if not is_backward else True
        self.has_previous = has_more if is_backward else edge is not None
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        page = self.page
        following = self._link(is_backward=False, row=page[-1]) if page and self.has_next else None
        preceding = self._link(is_backward=True, row=page[0]) if page and self.has_previous else None
        return Response({"next": following, "previous": preceding, "results": data})

    def _link(self, *, is_backward: bool, row: Model) -> str:
        return replace_query_param(self.base_url, "cursor", _close(is_backward, row.pk))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        del view
        size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": api_settings.PAGE_SIZE}
        return [
            _parameter("cursor", "Where a page starts: taken from `next` or `previous`.", {"type": "string"}),
            _parameter("page_size", "How many rows a page has.", size),
        ]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _page_size(given: str | None) -> int:
    if given is None:
        return int(api_settings.PAGE_SIZE or MAX_PAGE_SIZE)
    if not given.isascii() or not given.isdecimal() or len(given) > 3 or not 1 <= int(given) <= MAX_PAGE_SIZE:
        raise InvalidPageSize(field="page_size")
    return int(given)


def _close(is_backward: bool, edge: int) -> str:
    # Without "=", which links would have to escape.
    return urlsafe_b64encode(seal(json.dumps([is_backward, edge]).encode())).decode().rstrip("=")


def _open(cursor: str | None) -> tuple[bool, int] | None:
    if not cursor:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        is_backward, edge = json.loads(open_sealed(urlsafe_b64decode(padded)))
        return bool(is_backward), int(edge)
    except (InvalidToken, TypeError, ValueError):
        raise InvalidCursor(field="cursor") from None
