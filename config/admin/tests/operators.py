"""What an operator does in a browser, without one."""

from __future__ import annotations

import html
import re
from itertools import count
from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import reverse

from config.accounts.models import User
from config.accounts.roles import Role

_numbers = count(1)


def somebody(*roles: Role, **given: Any) -> User:
    return User.objects.create_user(
        given.pop("email", f"operator{next(_numbers)}@example.com"), None, roles=[*roles], **given
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def as_role(role: Role) -> Client:
    return signed_in(somebody(role))


def page_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def act_of(row: Model | type[Model], name: str) -> str:
    base = f"admin:{row._meta.app_label}_{row._meta.model_name}"
    return (
        reverse(f"{base}_list_act", args=[name])
        if isinstance(row, type)
        else reverse(f"{base}_act", args=[row.pk, name])
    )


def text_of(response: Any) -> str:
    """What the page says, without its tags."""
    assert response.status_code == 200, (response.status_code, response.content[:300])
    bare = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(bare).split())


def hidden_fields(response: Any) -> dict[str, str]:
    """What the confirming form carries along: what was seen, what of the form was looked at, and the name of this
    confirmation."""
    page = response.content.decode()
    found = dict(re.findall(r'<input type="hidden" name="(seen|nonce|looked)" value="([^"]*)"', page))
    found.setdefault("seen", "")
    return {name: html.unescape(value) for name, value in found.items()}


def look(client: Client, row: Model | type[Model], name: str, /, *, reason: str = "because", **given: Any) -> Any:
    """Fills the form of an act in, and has its effect shown."""
    url = act_of(row, name)
    page = client.get(url)
    assert page.status_code == 200, (page.status_code, page.content[:300])
    return client.post(url, {**hidden_fields(page), "reason": reason, **given})


def confirm(client: Client, row: Model | type[Model], name: str, /, *, reason: str = "because", **given: Any) -> Any:
    """Opens the page that shows an act's effect, and confirms it as it stands there."""
    url = act_of(row, name)
    page = client.get(url)
    assert page.status_code == 200, (page.status_code, page.content[:300])
    if "Show what will happen" in page.content.decode():
        page = client.post(url, {**hidden_fields(page), "reason": reason, **given})
    return client.post(url, {**hidden_fields(page), "reason": reason, **given}, follow=True)


def ids(response: Any, model: type[Model]) -> list[int]:
    """The rows that a list shows, in its order."""
    page = re.escape(list_of(model)) + r"(\d+)/change/"
    return [int(found) for found in re.findall(page, response.content.decode())]


def link(response: Any, rel: str) -> str:
    """Where a list's link to its next or previous page leads; empty where it has none."""
    found = re.search(rf'rel="{rel}" href="([^"]*)"', response.content.decode())
    return found[1].replace("&amp;", "&") if found else ""
