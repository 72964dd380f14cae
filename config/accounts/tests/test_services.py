"""Opening accounts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections

from config.accounts.models import User
from config.accounts.roles import Role
from config.accounts.services import EmailTaken, SellersAreInvited, WeakPassword, register
from config.audit.models import AuditEntry

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
PASSWORD = "a-long-and-quiet-river"


def sign_up(email: str = "ann@example.com", password: str = PASSWORD, *, as_seller: bool = False) -> User:
    return register(email=email, password=password, name="Ann", as_seller=as_seller, at=AT)


@pytest.mark.django_db
class TestRegister:
    def test_opens_a_buyers_account_at_the_given_time(self) -> None:
        user = sign_up()
        assert (user.roles, user.created_at) == ([Role.BUYER], AT)
        entry = AuditEntry.objects.get()
        assert (entry.act, entry.actor, entry.subject_id) == ("registered", user.actor, user.public_id)

    def test_a_seller_is_a_buyer_too(self) -> None:
        assert sign_up(as_seller=True).roles == [Role.BUYER, Role.SELLER]

    def test_sellers_may_be_invited_only(self, settings: Any) -> None:
        settings.SELF_SERVICE_SELLERS = False
        with pytest.raises(SellersAreInvited):
            sign_up(as_seller=True)
        assert not User.objects.exists()

    def test_refuses_a_password_like_the_email(self) -> None:
        with pytest.raises(WeakPassword):
            sign_up("verylongname@example.com", "verylongname")
        assert not User.objects.exists()

    def test_refuses_a_taken_email_and_leaves_no_trace(self) -> None:
        sign_up()
        with pytest.raises(EmailTaken):
            sign_up("ANN@example.com")
        assert User.objects.count() == AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_registrations_at_once_one_opens_the_account() -> None:
    def attempt(_: int) -> bool:
        try:
            sign_up()
        except EmailTaken:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(6))) == 1
    assert User.objects.count() == AuditEntry.objects.count() == 1
