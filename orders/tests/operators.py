"""What an operator does in a browser, without one."""

from __future__ import annotations

import html
import re
from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import reverse

from config.accounts.models import User


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def text_of(response: Any) -> str:
    """What the page says, without its tags."""
    assert response.status_code == 200, response.content[:300]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def act(client: Client, row: Model, name: str, *, reason: str = "because", **given: Any) -> Any:
    """Opens the page that confirms an act, and confirms it as it stands there."""
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_act", args=[row.pk, name])
    page = client.get(url)
    assert page.status_code == 200, page.content[:300]
    hidden = dict(re.findall(r'<input type="hidden" name="(seen|nonce)" value="([^"]*)"', page.content.decode()))
    body = {name: html.unescape(value) for name, value in hidden.items()}
    return client.post(url, {**body, "reason": reason, **given}, follow=True)
