"""Razorpay's collections: `count` and `skip`, `from` and `to` in epoch seconds, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from payments.sandbox.objects import Filter, PageQuery, Stored
from payments.sandbox.razorpay.call import Call
from payments.sandbox.razorpay.errors import invalid

PAGING = ("count", "skip", "from", "to")
_EVER = 2**62


def page(call: Call, *, kind: str, filters: Sequence[Filter] = (), most: int = 100) -> dict[str, Any]:
    """One page of a kind; a `count` above `most` is refused."""
    count, skip = call.params.whole("count"), call.params.whole("skip") or 0
    if count is not None and not 1 <= count <= most:
        raise invalid(f"The count may not be greater than {most}.", field="count")
    wanted = count or 10
    since, until = call.params.whole("from"), call.params.whole("to")
    found = call.objects.page(
        PageQuery(
            kind=kind,
            limit=skip + wanted,
            filters=tuple(filters),
            from_s=-_EVER if since is None else since,
            until_s=_EVER if until is None else until,
        )
    )
    return collection(found.items[skip : skip + wanted])


def collection(items: Iterable[Stored | dict[str, Any]]) -> dict[str, Any]:
    """The envelope of a list. It does not say whether there is more."""
    bodies = [each.body if isinstance(each, Stored) else each for each in items]
    return {"entity": "collection", "count": len(bodies), "items": bodies}
