"""The gateways' objects in the state file: stored as shown, listed newest first, found by label."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from payments.sandbox.store import Transaction

_EVER = 2**62


@dataclass(slots=True)
class Stored:
    """An object (`body`, as its gateway shows it) with what only the sandbox knows of it (`hidden`)."""

    kind: str
    id: str
    created_s: int
    body: dict[str, Any]
    hidden: dict[str, Any]
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Filter:
    """A label that must have one of these values; with `pattern` the values may hold `*`."""

    name: str
    values: tuple[str, ...]
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class PageQuery:
    """One page of a list. `after` and `before` are (created_s, seq) of the object beside the page."""

    kind: str
    limit: int
    filters: tuple[Filter, ...] = ()
    from_s: int = -_EVER
    until_s: int = _EVER  # both ends included
    after: tuple[int, int] | None = None
    before: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first, always; `has_more` says that there is more in the direction of travel."""

    items: list[Stored] = field(default_factory=list)
    has_more: bool = False


class Objects:
    """The objects of one gateway, seen through one transaction."""

    def __init__(self, transaction: Transaction, gateway: str) -> None:
        self._transaction = transaction
        self._gateway = gateway

    def add(self, stored: Stored, *, labels: Mapping[str, str | None]) -> Stored:
        """Stores a new object. Labels without a value are left out."""
        cursor = self._transaction.run(
            "INSERT INTO objects (gateway, kind, id, created_s, body, hidden) VALUES (?, ?, ?, ?, ?, ?)",
            self._gateway,
            stored.kind,
            stored.id,
            stored.created_s,
            _text(stored.body),
            _text(stored.hidden),
        )
        stored.seq = int(cursor.lastrowid or 0)
        for name, value in labels.items():
            self._label(stored, name, value)
        return stored

    def save(self, stored: Stored) -> None:
        """Writes the object's present body and hidden part."""
        self._transaction.run(
            "UPDATE objects SET body = ?, hidden = ? WHERE seq = ?",
            _text(stored.body),
            _text(stored.hidden),
            stored.seq,
        )

    def relabel(self, stored: Stored, *, name: str, value: str | None) -> None:
        """Gives the object another value for a label, or none."""
        self._transaction.run("DELETE FROM labels WHERE seq = ? AND name = ?", stored.seq, name)
        self._label(stored, name, value)

    def remove(self, stored: Stored) -> None:
        """Deletes the object with its labels."""
        self._transaction.run("DELETE FROM labels WHERE seq = ?", stored.seq)
        self._transaction.run("DELETE FROM objects WHERE seq = ?", stored.seq)

    def get(self, *, kind: str, object_id: str) -> Stored | None:
        """The object, or None."""
        row = self._transaction.one(
            "SELECT * FROM objects WHERE gateway = ? AND kind = ? AND id = ?", self._gateway, kind, object_id
        )
        return None if row is None else _stored(row)

    def page(self, query: PageQuery) -> Page:
        """Reads one page by index; the cost depends on the page, not on the history."""
        statement, values = self.statement(query)
        found = [_stored(row) for row in self._transaction.rows(statement, *values)]
        has_more = len(found) > query.limit
        found = found[: query.limit]
        if query.before is not None:
            found.reverse()
        return Page(items=found, has_more=has_more)

    def all(self, *, kind: str, filters: Iterable[Filter] = ()) -> list[Stored]:
        """Every object of a kind, newest first: for kinds of which there are few, and for filters that find few."""
        return self.page(PageQuery(kind=kind, limit=_EVER - 1, filters=tuple(filters))).items

    def _label(self, stored: Stored, name: str, value: str | None) -> None:
        if value is None:
            return
        self._transaction.run(
            "INSERT INTO labels (gateway, kind, name, value, created_s, seq) VALUES (?, ?, ?, ?, ?, ?)",
            self._gateway,
            stored.kind,
            name,
            value,
            stored.created_s,
            stored.seq,
        )

    def statement(self, query: PageQuery) -> tuple[str, list[object]]:
        """The page's SQL: one label with one value drives the read, further labels are looked up per row."""
        filters = list(query.filters)
        driver = next((each for each in filters if len(each.values) == 1 and not each.pattern), None)
        parts: list[str]
        values: list[object]
        if driver is not None:
            filters.remove(driver)
            parts = ["SELECT o.* FROM labels d JOIN objects o ON o.seq = d.seq"]
            parts.append("WHERE d.gateway = ? AND d.kind = ? AND d.name = ? AND d.value = ?")
            values = [self._gateway, query.kind, driver.name, driver.values[0]]
            order = "d"
        else:
            parts = ["SELECT o.* FROM objects o WHERE o.gateway = ? AND o.kind = ?"]
            values = [self._gateway, query.kind]
            order = "o"
        parts.append(f"AND {order}.created_s >= ? AND {order}.created_s <= ?")
        values += [query.from_s, query.until_s]
        if query.after is not None:
            parts.append(f"AND ({order}.created_s, {order}.seq) < (?, ?)")
            values += query.after
        if query.before is not None:
            parts.append(f"AND ({order}.created_s, {order}.seq) > (?, ?)")
            values += query.before
        for each in filters:
            tests = " OR ".join(["l.value GLOB ?" if each.pattern else "l.value = ?"] * len(each.values))
            parts.append(f"AND EXISTS (SELECT 1 FROM labels l WHERE l.seq = o.seq AND l.name = ? AND ({tests}))")  # noqa: S608
            values += [each.name, *each.values]
        direction = "ASC" if query.before is not None else "DESC"
        parts.append(f"ORDER BY {order}.created_s {direction}, {order}.seq {direction} LIMIT ?")
        values.append(query.limit + 1)
        return " ".join(parts), values


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _stored(row: Any) -> Stored:
    return Stored(
        kind=row["kind"],
        id=row["id"],
        created_s=row["created_s"],
        body=json.loads(row["body"]),
        hidden=json.loads(row["hidden"]),
        seq=row["seq"],
    )
