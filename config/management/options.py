"""Options that several commands take."""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.management.base import CommandError
from django.utils.dateparse import parse_date, parse_datetime


def instant(text: str, option: str) -> datetime:
    """A date or an instant; UTC where no zone is given."""
    try:
        found = parse_datetime(text)
        day = parse_date(text) if found is None else None
    except ValueError:
        found = day = None
    if found is None and day is not None:
        found = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if found is None:
        raise CommandError(f"{option} is not a date like 2026-11-20, nor an instant like 2026-11-20T09:30Z")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
