"""People and programs: who they are to us, and the keys that programs hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.db.models.functions import Lower

from config.accounts.acts import CHANGE_ROLES, CREATE_KEY, DEACTIVATE, REACTIVATE, REVOKE_KEY
from config.accounts.models import ApiKey, LoginFailure, User
from config.accounts.roles import STAFF_ROLES, Role
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.keyset import choice_filter
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, Table, columns, part
from config.admin.show import badge, code, row_link, when, words


@part("accounts.view", "Person")
def about(row: User, at: datetime) -> Facts:
    """Who this is."""
    del at
    return Facts(
        "Person",
        (
            Fact("E-mail", row.email),
            Fact("Name", row.name or "–"),
            Fact("Id", code(row.public_id)),
            Fact("Roles", ", ".join(row.roles) or "–"),
            Fact("Time zone", row.time_zone),
            Fact("Since", when(row.created_at)),
            Fact("Last login here", when(row.last_login)),
        ),
    )


@part("accounts.view", "API keys")
def keys(row: User, at: datetime) -> Table:
    """The newest keys of this person."""
    found = ApiKey.objects.filter(user=row).order_by("-pk")[:20]
    return Table(
        title="API keys",
        columns=columns("Key", "State", "May", "Expires", "Last used"),
        rows=tuple(
            (row_link(key, key.name), badge(_key_state(key, at)), ", ".join(key.scopes), when(key.expires_at),
             when(key.last_used_at))
            for key in found
        ),
    )  # fmt: skip


def _key_state(key: ApiKey, at: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at <= at else "active"


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Everybody who has an account. What they may do follows from their roles alone."""

    nouns = "People"
    noun = "account"
    list_display = ("title", "state", "roles_shown", "name", "since")
    list_filter = (choice_filter("role", "roles", Role.values, lookup="contains"),)
    searched = "e-mail address or id (usr_…)"
    heavy = ("password",)
    parts = (about, keys, history)
    acts = (CHANGE_ROLES, CREATE_KEY, DEACTIVATE, REACTIVATE)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).alias(lowered=Lower("email"))

    def finds(self, term: str) -> bool:
        return term.startswith("usr_") or "@" in term

    def find(self, term: str) -> Q | None:
        return Q(lowered=term.lower()) if "@" in term else Q(public_id=term)

    def headline(self, row: User, *, at: datetime) -> Headline:
        del at
        badges = [badge("active" if row.is_active else "shut out", tone=None if row.is_active else Tone.BAD)]
        badges += [badge(role, tone=Tone.WARNING) for role in row.roles if role in STAFF_ROLES]
        return Headline(row.called, tuple(badges))

    title = cell("e-mail", lambda row: row.email)
    state = cell(
        "state", lambda row: badge("active" if row.is_active else "shut out", tone=None if row.is_active else Tone.BAD)
    )
    roles_shown = cell("roles", lambda row: ", ".join(row.roles) or "–")
    since = cell("since", lambda row: when(row.created_at))


@part("accounts.view", "Key")
def key_facts(row: ApiKey, at: datetime) -> Facts:
    """What a program may do with it."""
    del at
    return Facts(
        "Key",
        (
            Fact("Id", code(row.public_id)),
            Fact("In the name of", row_link(row.user, row.user.email)),
            Fact("May", ", ".join(row.scopes)),
            Fact("Made", when(row.created_at)),
            Fact("Expires", when(row.expires_at)),
            Fact("Last used", when(row.last_used_at), hint="to the minute"),
            Fact("Revoked", when(row.revoked_at)),
        ),
    )


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Programs' credentials. Only hashes are kept."""

    nouns = "API keys"
    noun = "API key"
    list_display = ("title", "state", "owner", "expires", "used")
    list_select_related = ("user",)
    prefixes = ("key_",)
    searched = "id of a key (key_…)"
    intro = "A key is made on the page of the person in whose name its program acts."
    heavy = ("secret_sha256",)
    parts = (key_facts, history)
    acts = (REVOKE_KEY,)

    def find(self, term: str) -> Q | None:
        return Q(public_id=term.partition(".")[0])

    def headline(self, row: ApiKey, *, at: datetime) -> Headline:
        return Headline(row.name, (badge(_key_state(row, at)),))

    title = cell("key", lambda row: row.name)
    state = cell("state", lambda row: badge("revoked" if row.revoked_at else "active"))
    owner = cell("in the name of", lambda row: row.user.email)
    expires = cell("expires", lambda row: when(row.expires_at))
    used = cell("last used", lambda row: when(row.last_used_at))


@part("accounts.view", "Window")
def window(row: LoginFailure, at: datetime) -> Facts:
    """One address in one window of time."""
    del at
    everybody = not any(bytes(row.email_sha256))
    return Facts(
        "Failed logins",
        (
            Fact("From", row.remote_addr or "–"),
            Fact("With", "any e-mail address" if everybody else "one e-mail address", hint="kept as a keyed hash"),
            Fact("Window", when(row.window_start)),
            Fact("Attempts", row.count),
        ),
    )


@admin.register(LoginFailure)
class LoginFailureAdmin(ReadOnlyAdmin):
    """Counted per e-mail address and network address."""

    nouns = "Failed logins"
    noun = "count"
    list_display = ("remote_addr", "kind", "count", "since")
    intro = (
        "Attempts that failed, or are not known to have succeeded yet. Beyond the limit a door stays shut for a while."
    )
    parts = (window,)

    def headline(self, row: LoginFailure, *, at: datetime) -> Headline:
        del at
        return Headline(f"{row.remote_addr or 'unknown address'} ×{row.count}")

    kind = cell(
        "counts",
        lambda row: words(
            "one_address_with_one_e-mail" if any(bytes(row.email_sha256)) else "one_address_with_any_e-mail"
        ),
    )
    since = cell("window", lambda row: when(row.window_start))
