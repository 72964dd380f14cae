"""Calls of the API as a person makes them: signed in with a real token, or with an order's."""

from __future__ import annotations

from typing import Any

from django.test import Client

from config.accounts.models import User
from config.accounts.tokens import issue


def call(method: str, path: str, body: Any = None, *, by: User | None = None, **headers: str) -> Any:
    """One request below /api/v1/; header names are given with underscores."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if by is not None:
        given["Authorization"] = f"Bearer {issue(user=by).access}"
    arguments = {} if body is None else {"data": body, "content_type": "application/json"}
    return getattr(Client(), method)(f"/api/v1/{path}", headers=given, **arguments)


def errors(response: Any) -> list[tuple[str, str | None]]:
    """(code, attr) of each error of an answer."""
    return [(error["code"], error["attr"]) for error in response.json()["errors"]]
