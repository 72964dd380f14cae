"""Stripe's lists: newest first, filtered by creation time, paged by object id in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from payments.sandbox.objects import Filter, PageQuery, Stored
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import invalid
from payments.sandbox.stripe.params import Params

PAGING = ("created", "limit", "starting_after", "ending_before")
_EVER = 2**62


def list_objects(
    call: Call,
    *,
    kind: str,
    url: str,
    filters: Iterable[Filter] = (),
    show: Callable[[Stored], dict[str, Any]] | None = None,
    since_s: int = -_EVER,
) -> dict[str, Any]:
    """The page that the request's `limit`, `starting_after`, `ending_before` and `created` ask for.

    The page is always newest first; with `ending_before` it holds those that come directly before that object, so that
    a client that walks with it sees them in the order of their creation. What is older than `since_s` is not listed.
    """
    params = call.params
    limit = params.integer("limit")
    if limit is not None and not 1 <= limit <= 100:
        raise invalid("Limit must be between 1 and 100", param="limit", code="parameter_invalid_integer")
    after, before = params.text("starting_after"), params.text("ending_before")
    if after and before:
        raise invalid("You may only specify one of these parameters: ending_before, starting_after.")
    from_s, until_s = _created(params)
    page = call.objects.page(
        PageQuery(
            kind=kind,
            limit=limit or 10,
            filters=tuple(filters),
            from_s=max(from_s, since_s),
            until_s=until_s,
            after=_place(call, kind, after, "starting_after"),
            before=_place(call, kind, before, "ending_before"),
        )
    )
    return {
        "object": "list",
        "data": [show(each) if show else each.body for each in page.items],
        "has_more": page.has_more,
        "url": url,
    }


def label_filters(params: Params, *names: str) -> list[Filter]:
    """A filter for each of these parameters that the request has."""
    found = []
    for name in names:
        value = params.text(name)
        if value is not None:
            found.append(Filter(name, (value,)))
    return found


def short_list(items: list[dict[str, Any]], *, url: str) -> dict[str, Any]:
    """A list that is shown whole."""
    return {"object": "list", "data": items, "has_more": False, "url": url}


def _place(call: Call, kind: str, object_id: str | None, param: str) -> tuple[int, int] | None:
    if object_id is None:
        return None
    stored = call.load(kind, object_id, param=param, in_path=False)
    return stored.created_s, stored.seq


def _created(params: Params) -> tuple[int, int]:
    """`created=…` or `created[gt|gte|lt|lte]=…` as a closed range of seconds."""
    if "created" not in params:
        return -_EVER, _EVER
    if isinstance(params.tree["created"], str):
        exact = params.integer("created")
        return (-_EVER, _EVER) if exact is None else (exact, exact)
    bounds = params.inner("created")
    from_s, until_s = -_EVER, _EVER
    if bounds is not None:
        bounds.only("gt", "gte", "lt", "lte")
        gt, gte = bounds.integer("gt"), bounds.integer("gte")
        lt, lte = bounds.integer("lt"), bounds.integer("lte")
        from_s = max(from_s, -_EVER if gt is None else gt + 1, -_EVER if gte is None else gte)
        until_s = min(until_s, _EVER if lt is None else lt - 1, _EVER if lte is None else lte)
    return from_s, until_s
