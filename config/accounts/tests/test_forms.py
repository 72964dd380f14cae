"""The operators' login, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.db import connection
from django.test import Client

from config.accounts.forms import OperatorLoginForm
from config.accounts.models import User
from config.accounts.roles import Role

PASSWORD = "a-long-and-quiet-river"


def log_in(client: Client, email: str = "op@example.com", password: str = PASSWORD) -> Any:
    return client.post("/admin/login/?next=/admin/", {"username": email, "password": password})


@pytest.fixture
def operator(db: None) -> User:
    del db
    return User.objects.create_user("op@example.com", PASSWORD, roles=[Role.SUPPORT])


class TestOperatorLogin:
    def test_the_site_uses_this_form(self) -> None:
        assert site.login_form is OperatorLoginForm

    def test_lets_staff_in(self, client: Client, operator: User) -> None:
        response = log_in(client, "OP@example.com")
        assert (response.status_code, response["Location"]) == (302, "/admin/")

    def test_lets_nobody_in_who_is_not_staff(self, client: Client, operator: User) -> None:
        User.objects.update(roles=[Role.SELLER])
        assert log_in(client).status_code == 200
        assert "_auth_user_id" not in client.session

    def test_says_clearly_that_there_were_too_many_failures(
        self, client: Client, operator: User, settings: Any
    ) -> None:
        settings.LOGIN_FAILURE_LIMIT = 1
        log_in(client, password="wrong")
        response = log_in(client)
        assert "Too many failed logins" in response.content.decode()
        assert "_auth_user_id" not in client.session

    def test_failures_at_the_api_count_here_too(self, client: Client, operator: User, settings: Any) -> None:
        settings.LOGIN_FAILURE_LIMIT = 1
        body = {"email": operator.email, "password": "wrong"}
        client.post("/api/v1/auth/token/", body, content_type="application/json")
        assert "Too many failed logins" in log_in(client).content.decode()

    def test_lets_nobody_in_when_failures_cannot_be_counted(self, client: Client, operator: User) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
        response = log_in(client)
        assert "Nobody can log in right now" in response.content.decode()
