"""What happens to people's accounts."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from config.accounts.models import User
from config.accounts.roles import Role
from config.audit.services import record
from config.kernel.errors import Conflict, Forbidden, Invalid
from config.outbox.services import emit


class EmailTaken(Conflict):
    """There is an account with this e-mail."""

    code = "email_taken"


class WeakPassword(Invalid):
    """The password is too easy to guess."""

    code = "password_too_weak"


class SellersAreInvited(Forbidden):
    """Sellers do not register themselves here."""

    code = "sellers_are_invited"


def register(
    *,
    email: str,
    password: str,
    name: str,
    as_seller: bool,
    at: datetime,
    referral_code: str = "",
    by_link: bool = False,
) -> User:
    """Opens an account: always a buyer, and a seller too where that is asked for and self-service is on.

    No other role can be asked for. That an e-mail is taken is told, because an account is signed in at once and so
    the answer shows it anyway; the door is throttled. Nothing is shared with an account because of its e-mail, which
    nobody has verified. A `referral_code` is looked at first by whom routes.py names; `by_link`: it stood in the link
    that they followed. Raises EmailTaken, WeakPassword and SellersAreInvited, and what that look refuses.
    """
    if as_seller and not settings.SELF_SERVICE_SELLERS:
        raise SellersAreInvited(field="account_type")
    try:
        validate_password(password, user=User(email=email, name=name))
    except ValidationError as weak:
        raise WeakPassword(" ".join(weak.messages), field="password") from weak
    if referral_code:
        import_string(settings.REFERRAL_VALIDATOR)(code=referral_code, email=email)
    roles = [Role.BUYER, Role.SELLER] if as_seller else [Role.BUYER]
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email, password, name=name, roles=roles, referral_code=referral_code, created_at=at
            )
            record(user, act="registered", actor=user.actor, at=at)
            told = {"user": user.public_id, "referral_code": referral_code, "by_link": by_link}
            emit("user.registered", fact_key=user.public_id, payload=told, at=at)
    except IntegrityError as error:
        if "an_email_belongs_to_one_user" not in str(error):
            raise
        raise EmailTaken(field="email") from error
    return user
