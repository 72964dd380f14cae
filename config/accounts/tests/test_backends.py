"""Logging in by e-mail and password."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from config.accounts.backends import EmailBackend
from config.accounts.failures import TooManyFailures
from config.accounts.models import LoginFailure, User

PASSWORD = "a-long-and-quiet-river"
REQUEST = RequestFactory().post("/", REMOTE_ADDR="192.0.2.1")


@pytest.fixture
def ann(db: None) -> User:
    del db
    return User.objects.create_user("ann@example.com", PASSWORD)


class TestAuthenticate:
    @pytest.mark.parametrize("email", ["ann@example.com", "ANN@EXAMPLE.COM"])
    def test_lets_the_right_person_in_and_counts_nothing(self, ann: User, email: str) -> None:
        assert authenticate(REQUEST, username=email, password=PASSWORD) == ann
        assert not LoginFailure.objects.exclude(count=0).exists()

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            ("ann@example.com", "wrong"),
            ("bob@example.com", PASSWORD),
            ("", PASSWORD),
            ("ann@example.com", ""),
            ("ann\x00@example.com", PASSWORD),
            ("a" * 5000, PASSWORD),
            ("ann@example.com", "p" * 100_000),
            ("\ud800", PASSWORD),
        ],
    )
    def test_lets_nobody_else_in_and_counts_each(self, ann: User, email: str, password: str) -> None:
        assert authenticate(REQUEST, username=email, password=password) is None
        assert sorted(LoginFailure.objects.values_list("count", flat=True)) == [1, 1]

    def test_an_inactive_person_stays_out_and_is_counted(self, ann: User) -> None:
        User.objects.update(is_active=False)
        assert authenticate(REQUEST, username=ann.email, password=PASSWORD) is None
        assert LoginFailure.objects.count() == 2

    def test_a_longer_password_that_begins_right_is_wrong(self, db: None) -> None:
        User.objects.create_user("long@example.com", "p" * 256)
        assert authenticate(REQUEST, username="long@example.com", password="p" * 257) is None
        assert authenticate(REQUEST, username="long@example.com", password="p" * 256)

    def test_a_request_without_both_is_not_ours(self, ann: User) -> None:
        assert EmailBackend().authenticate(REQUEST, username=ann.email) is None
        assert not LoginFailure.objects.exists()

    def test_once_refused_the_right_password_does_not_help(self, ann: User, settings: Any) -> None:
        settings.LOGIN_FAILURE_LIMIT = 1
        authenticate(REQUEST, username=ann.email, password="wrong")
        with pytest.raises(TooManyFailures):
            authenticate(REQUEST, username=ann.email, password=PASSWORD)

    def test_ipv6_neighbours_are_one(self, ann: User, settings: Any) -> None:
        settings.LOGIN_FAILURE_LIMIT = 2
        factory = RequestFactory()
        for host in ("1", "2"):
            authenticate(factory.get("/", REMOTE_ADDR=f"2001:db8::{host}"), username=ann.email, password="wrong")
        with pytest.raises(TooManyFailures):
            authenticate(factory.get("/", REMOTE_ADDR="2001:db8::3"), username=ann.email, password=PASSWORD)


class TestGetUser:
    def test_finds_the_active_user_of_a_session(self, ann: User) -> None:
        assert EmailBackend().get_user(ann.pk) == ann
        User.objects.update(is_active=False)
        assert EmailBackend().get_user(ann.pk) is None
