"""People and keys, as rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from config.accounts.models import ApiKey, LoginFailure, User
from config.accounts.roles import Role
from config.kernel.ids import PATTERN

AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.django_db
class TestUser:
    def test_is_created_in_lower_case_with_a_public_id(self) -> None:
        user = User.objects.create_user("Ann@EXAMPLE.com", "pw")
        assert user.email == "ann@example.com"
        assert PATTERN.fullmatch(user.public_id)
        assert user.actor == f"user:{user.public_id}"
        assert user.check_password("pw")

    def test_is_called_by_name_or_where_there_is_none_by_email(self) -> None:
        user = User.objects.create_user("ann@example.com")
        assert user.called == "ann@example.com"
        user.name = "Ann"
        assert user.called == "Ann"

    def test_one_email_in_any_case_is_one_user(self) -> None:
        User.objects.create_user("ann@example.com")
        with pytest.raises(IntegrityError, match="an_email_belongs_to_one_user"), transaction.atomic():
            User.objects.create(email="ANN@example.com")
        assert User.objects.count() == 1

    def test_has_known_roles_only(self) -> None:
        with pytest.raises(IntegrityError, match="a_user_has_known_roles"), transaction.atomic():
            User.objects.create_user("ann@example.com", roles=["root"])

    def test_without_a_password_cannot_log_in(self) -> None:
        assert not User.objects.create_user("ann@example.com").has_usable_password()

    def test_a_superuser_is_an_administrator(self) -> None:
        user = User.objects.create_superuser("root@example.com", "pw")
        assert user.roles == [Role.ADMINISTRATOR]
        assert User.objects.get_by_natural_key("ROOT@example.com") == user


class TestDjangoPermissions:
    @pytest.mark.parametrize("role", list(Role))
    def test_staff_is_who_has_a_staff_role(self, role: Role) -> None:
        is_staff = role in {Role.SUPPORT, Role.OPERATIONS, Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR}
        assert User(roles=[role]).is_staff is is_staff
        assert User(roles=[role]).is_superuser is (role == Role.ADMINISTRATOR)

    def test_an_inactive_administrator_is_nobody(self) -> None:
        user = User(roles=[Role.ADMINISTRATOR], is_active=False)
        assert not user.is_staff
        assert not user.is_superuser
        assert user.get_all_permissions() == set()

    def test_answers_djangos_questions_from_the_table(self) -> None:
        support = User(roles=[Role.SUPPORT])
        assert support.has_perm("orders.view_order")
        assert support.has_perms(["orders.view_order", "payments.view_payment"])
        assert not support.has_perms(["orders.view_order", "payments.view_ledgerline"])
        assert support.has_module_perms("orders")
        assert not support.has_module_perms("token_blacklist")

    def test_an_administrator_gets_no_way_round_the_table(self) -> None:
        assert not User(roles=[Role.ADMINISTRATOR]).has_perm("payments.change_payment")


@pytest.mark.django_db
class TestApiKey:
    def test_expires_after_it_was_made(self) -> None:
        user = User.objects.create_user("ann@example.com")
        with pytest.raises(IntegrityError, match="an_api_key_expires_after_it_was_made"), transaction.atomic():
            ApiKey.objects.create(user=user, name="x", secret_sha256=b"x" * 32, created_at=AT, expires_at=AT)

    def test_does_not_show_its_hash(self) -> None:
        key = ApiKey(name="till", secret_sha256=b"s" * 32, expires_at=AT + timedelta(days=1))
        assert str(key) == f"till ({key.public_id})"


@pytest.mark.django_db
def test_a_login_failure_is_counted_per_window() -> None:
    LoginFailure.objects.create(email_sha256=b"e" * 32, remote_addr="192.0.2.1", window_start=AT)
    with pytest.raises(IntegrityError, match="login_failures_are_counted_per_window"), transaction.atomic():
        LoginFailure.objects.create(email_sha256=b"e" * 32, remote_addr="192.0.2.1", window_start=AT)
