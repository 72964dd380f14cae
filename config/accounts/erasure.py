"""What an account has of a person: its name and e-mail, its keys, tokens and failed logins."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from config.accounts.failures import digest
from config.accounts.models import ApiKey, LoginFailure, User
from config.accounts.roles import STAFF_ROLES
from config.audit.services import record
from config.erasure.contract import NOBODY, delete


def open_things(*, person: User) -> list[str]:
    """Who works here is not forgotten by a machine."""
    return ["works here: take the roles away first"] if STAFF_ROLES.intersection(person.roles) else []


def shut(*, person: User, actor: str, at: datetime) -> None:
    """Ends every way in, in the caller's transaction and lock."""
    User.objects.filter(pk=person.pk).update(is_active=False, password=make_password(None))
    record(person, act="shut", actor=actor, at=at, reason="to be forgotten")


def erase(*, person: User, batch: int, at: datetime) -> int:
    """The account stays, as nobody's: books and history refer to it. It goes last, for others find by its e-mail."""
    del at
    gone = delete(OutstandingToken.objects.filter(user=person), batch)
    gone += delete(ApiKey.objects.filter(user=person), batch)
    gone += delete(LoginFailure.objects.filter(email_sha256=digest(person.email)), batch)
    if gone:
        return gone
    named = User.objects.filter(pk=person.pk).exclude(email__endswith=f"@{NOBODY}")
    return named.update(
        email=f"{person.public_id.lower()}@{NOBODY}", name="", last_login=None, time_zone="UTC", roles=[]
    )
