"""The triggers that make a table append-only."""

from __future__ import annotations

import pgtrigger


def append_only(what: str) -> list[pgtrigger.Trigger]:
    """Refuses UPDATE, DELETE and TRUNCATE, also to the owner of the table. Corrections are further rows."""
    message = f"RAISE EXCEPTION '{what} is append-only' USING ERRCODE = 'restrict_violation';"
    return [
        pgtrigger.Trigger(
            name=f"{what}_is_append_only",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=message,
        ),
        pgtrigger.Trigger(
            name=f"{what}_is_never_truncated",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=message,
        ),
    ]
