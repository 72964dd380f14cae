"""Logs people in by e-mail and password, for the API and the operator site alike."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from config.accounts import failures
from config.accounts.models import User
from config.accounts.queries import by_email
from config.kernel.clock import now
from config.ops.addresses import client_address, counted_as

# Far above any password; far below what would make hashing the attack.
MAX_PASSWORD_LENGTH = 256


class EmailBackend(BaseBackend):
    """E-mail in any case. A wrong password, an unknown and an inactive user get the same answer in the same time."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **credentials: Any
    ) -> User | None:
        """The user, or None. Raises TooManyFailures and LoginUnavailable, which the doors turn into answers."""
        del credentials
        if username is None or password is None:
            return None
        address = counted_as(client_address(request.META)) if request is not None else ""
        attempt = failures.count_attempt(email=username, address=address, at=now())
        user = by_email(username)
        is_right = _matches(user, password[: MAX_PASSWORD_LENGTH + 1])
        if user is None or not user.is_active or not is_right:
            return None
        failures.forgive(attempt)
        return user

    def get_user(self, user_id: Any) -> User | None:
        """The active user of a session."""
        return User.objects.filter(pk=user_id, is_active=True).first()


def _matches(user: User | None, password: str) -> bool:
    if user is None:
        # Hash all the same, or the time would tell which e-mails we know.
        User().set_password(password)
        return False
    return user.check_password(password)
