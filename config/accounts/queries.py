"""Finds people."""

from __future__ import annotations

from django.db.models.functions import Lower

from config.accounts.models import User


def by_email(email: str) -> User | None:
    """The user with this e-mail in any case, or None. Reads the index on `lower(email)`."""
    if not email.isprintable():
        # NUL and half characters, which no e-mail holds and the database would not even take as a question.
        return None
    return User.objects.alias(lowered=Lower("email")).filter(lowered=email.lower()).first()
