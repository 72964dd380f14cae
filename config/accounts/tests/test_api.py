"""The doors to accounts, over HTTP."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection, connections
from django.test import Client
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from config.accounts.models import LoginFailure, User
from config.accounts.roles import Role
from config.audit.models import AuditEntry
from config.idempotency.models import IdempotencyKey


class CountingHasher(MD5PasswordHasher):
    algorithm = "counting"
    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).hashed += 1
        return super().encode(password, salt)


PASSWORD = "a-long-and-quiet-river"
KEY = "k" * 22


def post(client: Client, path: str, body: Any, **headers: str) -> Any:
    return client.post(f"/api/v1/auth/{path}/", body, content_type="application/json", headers=headers or None)


def errors(response: Any) -> list[tuple[str, str | None]]:
    return [(error["code"], error["attr"]) for error in response.json()["errors"]]


def log_in(client: Client, email: str = "ann@example.com", password: str = PASSWORD) -> Any:
    return post(client, "token", {"email": email, "password": password})


@pytest.fixture
def ann(db: None) -> User:
    del db
    return User.objects.create_user("ann@example.com", PASSWORD, roles=[Role.BUYER])


@pytest.mark.django_db
class TestRegister:
    def test_opens_a_buyers_account_and_signs_it_in(self, client: Client) -> None:
        response = post(client, "register", {"email": "Ann@Example.com", "password": PASSWORD, "name": "Ann"})
        assert response.status_code == 201
        user = User.objects.get()
        assert (user.email, user.name, user.roles) == ("ann@example.com", "Ann", ["buyer"])
        assert AccessToken(response.json()["access"])["sub"] == user.public_id
        assert AuditEntry.objects.get().act == "registered"

    def test_keeps_no_password_and_no_token(self, client: Client) -> None:
        response = post(client, "register", {"email": "ann@example.com", "password": PASSWORD})
        assert PASSWORD not in User.objects.get().password
        assert OutstandingToken.objects.get().token == ""
        assert response.json()["refresh"]

    @pytest.mark.parametrize(
        "asked", [{"roles": ["administrator"]}, {"is_staff": True}, {"is_superuser": True}, {"role": "finance"}]
    )
    def test_no_role_can_be_set(self, client: Client, asked: dict[str, Any]) -> None:
        response = post(client, "register", {"email": "ann@example.com", "password": PASSWORD, **asked})
        assert response.status_code == 201
        assert User.objects.get().roles == ["buyer"]

    def test_seller_may_be_asked_for(self, client: Client) -> None:
        body = {"email": "s@example.com", "password": PASSWORD, "account_type": "seller"}
        assert post(client, "register", body).status_code == 201
        assert User.objects.get().roles == ["buyer", "seller"]

    def test_seller_is_refused_where_sellers_are_invited(self, client: Client, settings: Any) -> None:
        settings.SELF_SERVICE_SELLERS = False
        body = {"email": "s@example.com", "password": PASSWORD, "account_type": "seller"}
        response = post(client, "register", body)
        assert (response.status_code, errors(response)) == (403, [("sellers_are_invited", "account_type")])
        assert not User.objects.exists()

    @pytest.mark.parametrize("role", ["administrator", "finance", "organizer", "scout", ""])
    def test_no_other_account_type_exists(self, client: Client, role: str) -> None:
        body = {"email": "s@example.com", "password": PASSWORD, "account_type": role}
        response = post(client, "register", body)
        assert (response.status_code, errors(response)) == (400, [("invalid_choice", "account_type")])
        assert not User.objects.exists()

    def test_an_email_in_any_case_is_taken_once(self, client: Client, ann: User) -> None:
        response = post(client, "register", {"email": "ANN@example.com", "password": PASSWORD})
        assert (response.status_code, errors(response)) == (409, [("email_taken", "email")])
        assert User.objects.get() == ann
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize("password", ["short", "password123", "1234567890123", "ann@example.com"])
    def test_refuses_a_weak_password(self, client: Client, password: str) -> None:
        response = post(client, "register", {"email": "ann@example.com", "password": password})
        assert (response.status_code, errors(response)) == (400, [("password_too_weak", "password")])
        assert not User.objects.exists()

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            ({}, ("required", "email")),
            ({"email": "no"}, ("invalid", "email")),
            ({"email": "a@b.example", "password": ""}, ("blank", "password")),
            ({"email": "a@b.example", "password": "p" * 257}, ("max_length", "password")),
            ({"email": ["a@b.example"], "password": PASSWORD}, ("invalid", "email")),
            ({"email": "a@b.example", "password": PASSWORD, "name": "x\x00y"}, ("null_characters_not_allowed", "name")),
            ({"email": "a@b.example", "password": PASSWORD, "name": "n" * 121}, ("max_length", "name")),
        ],
    )
    def test_refuses_bad_input_by_name(self, client: Client, body: Any, error: tuple[str, str]) -> None:
        response = post(client, "register", body)
        assert response.status_code == 400
        assert error in errors(response)
        assert not User.objects.exists()

    def test_the_same_key_signs_in_again_instead_of_registering_again(self, client: Client) -> None:
        body = {"email": "ann@example.com", "password": PASSWORD}
        first = post(client, "register", body, **{"Idempotency-Key": KEY})
        again = post(client, "register", body, **{"Idempotency-Key": KEY})
        assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
        assert AccessToken(again.json()["access"])["sub"] == User.objects.get().public_id
        kept = IdempotencyKey.objects.get()
        assert kept.intent_id == User.objects.get().public_id
        assert first.json()["refresh"].encode() not in bytes(kept.answer or b"")

    def test_the_same_key_does_not_sign_in_who_was_deactivated_since(self, client: Client) -> None:
        body = {"email": "ann@example.com", "password": PASSWORD}
        post(client, "register", body, **{"Idempotency-Key": KEY})
        User.objects.update(is_active=False)
        response = post(client, "register", body, **{"Idempotency-Key": KEY})
        assert (response.status_code, errors(response)) == (401, [("wrong_credentials", None)])

    def test_the_same_key_with_another_password_learns_nothing(self, client: Client) -> None:
        post(client, "register", {"email": "ann@example.com", "password": PASSWORD}, **{"Idempotency-Key": KEY})
        other = {"email": "ann@example.com", "password": "another-long-river"}
        response = post(client, "register", other, **{"Idempotency-Key": KEY})
        assert (response.status_code, errors(response)) == (422, [("idempotency_key_reused", None)])

    def test_a_registration_that_died_after_its_commit_is_continued(self, client: Client) -> None:
        body = {"email": "ann@example.com", "password": PASSWORD}
        post(client, "register", body, **{"Idempotency-Key": KEY})
        IdempotencyKey.objects.update(status_code=None, answer=None, lease_until=None)
        response = post(client, "register", body, **{"Idempotency-Key": KEY})
        assert response.status_code == 201
        assert User.objects.count() == 1


@pytest.mark.django_db
class TestToken:
    def test_gives_a_pair_for_the_public_id(self, client: Client, ann: User) -> None:
        response = log_in(client, "ANN@Example.com")
        assert response.status_code == 200
        assert RefreshToken(response.json()["refresh"])["sub"] == ann.public_id

    @pytest.mark.parametrize(("email", "password"), [("ann@example.com", "wrong"), ("nobody@example.com", PASSWORD)])
    def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(
        self, client: Client, ann: User, email: str, password: str
    ) -> None:
        response = log_in(client, email, password)
        body = response.json()
        assert response.status_code == 401
        assert body["errors"] == [{"code": "wrong_credentials", "detail": "E-mail or password is wrong.", "attr": None}]
        assert not OutstandingToken.objects.exists()

    def test_an_inactive_user_gets_that_answer_too(self, client: Client, ann: User) -> None:
        User.objects.update(is_active=False)
        assert errors(log_in(client)) == [("wrong_credentials", None)]

    def test_a_stale_token_in_the_header_does_not_keep_anybody_out(self, client: Client, ann: User) -> None:
        response = post(
            client, "token", {"email": ann.email, "password": PASSWORD}, Authorization="Bearer long.since.over"
        )
        assert response.status_code == 200

    def test_too_many_failures_are_told_with_a_time_to_wait(self, client: Client, ann: User, settings: Any) -> None:
        settings.LOGIN_FAILURE_LIMIT = 3
        assert [log_in(client, password="wrong").status_code for _ in range(3)] == [401, 401, 401]
        response = log_in(client)
        assert (response.status_code, errors(response)) == (429, [("too_many_failures", None)])
        assert 1 <= int(response["Retry-After"]) <= settings.LOGIN_FAILURE_WINDOW_S
        assert not OutstandingToken.objects.exists()

    def test_nobody_gets_in_when_failures_cannot_be_counted(self, client: Client, ann: User) -> None:
        with connection.cursor() as cursor:
            # Reading the user still works: it is the count alone that fails.
            cursor.execute("SET LOCAL transaction_read_only = on")
        response = log_in(client)
        assert (response.status_code, errors(response)) == (503, [("login_unavailable", None)])

    def test_is_throttled(self, client: Client, ann: User, settings: Any) -> None:
        settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "auth": 2}
        statuses = {log_in(client).status_code for _ in range(5)}
        assert 429 in statuses


@pytest.mark.django_db
class TestRefresh:
    def test_rotates(self, client: Client, ann: User) -> None:
        old = log_in(client).json()
        new = post(client, "token/refresh", {"refresh": old["refresh"]})
        assert new.status_code == 200
        assert new.json()["refresh"] != old["refresh"]
        assert RefreshToken(new.json()["refresh"])["sub"] == ann.public_id

    def test_the_old_one_is_refused(self, client: Client, ann: User) -> None:
        # simplejwt quietly forgets to blacklist when its app is not installed.
        old = log_in(client).json()["refresh"]
        post(client, "token/refresh", {"refresh": old})
        response = post(client, "token/refresh", {"refresh": old})
        assert (response.status_code, errors(response)) == (401, [("token_not_valid", None)])
        assert BlacklistedToken.objects.count() == 1

    @pytest.mark.parametrize("kind", ["access", "garbage", "forged", "expired"])
    def test_refuses_what_is_no_refresh_token(self, client: Client, ann: User, kind: str) -> None:
        pair = log_in(client).json()
        expired = RefreshToken(pair["refresh"])
        expired.set_exp(lifetime=-timedelta(seconds=1))
        header, payload, _ = pair["refresh"].split(".")
        given = {
            "access": pair["access"],
            "garbage": "abc",
            "forged": f"{header}.{payload}.AAAA",
            "expired": str(expired),
        }
        response = post(client, "token/refresh", {"refresh": given[kind]})
        assert (response.status_code, errors(response)) == (401, [("token_not_valid", None)])

    def test_refuses_a_deactivated_person(self, client: Client, ann: User) -> None:
        refresh = log_in(client).json()["refresh"]
        User.objects.update(is_active=False)
        assert post(client, "token/refresh", {"refresh": refresh}).status_code == 401
        assert not BlacklistedToken.objects.exists()

    def test_refuses_tokens_from_before_a_change_of_password(self, client: Client, ann: User) -> None:
        refresh = log_in(client).json()["refresh"]
        ann.set_password("another-long-river")
        ann.save()
        assert post(client, "token/refresh", {"refresh": refresh}).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_of_many_refreshes_with_one_token_a_single_one_wins() -> None:
    User.objects.create_user("ann@example.com", PASSWORD)
    refresh = log_in(Client()).json()["refresh"]

    def attempt(_: int) -> int:
        try:
            return int(post(Client(), "token/refresh", {"refresh": refresh}).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(attempt, range(8)))
    assert statuses == [200] + [401] * 7


@pytest.mark.django_db
class TestLogout:
    def test_ends_the_refresh_token(self, client: Client, ann: User) -> None:
        refresh = log_in(client).json()["refresh"]
        assert post(client, "logout", {"refresh": refresh}).status_code == 204
        assert post(client, "token/refresh", {"refresh": refresh}).status_code == 401

    def test_refuses_a_forged_one_and_keeps_no_row_of_it(self, client: Client, ann: User) -> None:
        response = post(client, "logout", {"refresh": "a.b.c"})
        assert (response.status_code, errors(response)) == (401, [("token_not_valid", None)])
        assert not OutstandingToken.objects.exists()

    def test_another_session_goes_on(self, client: Client, ann: User) -> None:
        one, other = log_in(client).json()["refresh"], log_in(client).json()["refresh"]
        post(client, "logout", {"refresh": one})
        assert post(client, "token/refresh", {"refresh": other}).status_code == 200


@pytest.mark.django_db
class TestBadBodies:
    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            (b"", "required"),
            (b"{", "parse_error"),
            (b"\xff\xfe{}", "parse_error"),
            (b"[]", "parse_error"),
            (b'"x"', "parse_error"),
            (b'{"email": NaN}', "parse_error"),
            (b'{"email": "\\u0000"}', "null_characters_not_allowed"),
            (b'{"email": "\\ud800"}', "invalid_unicode"),
            (b'{"email": 9223372036854775808}', "number_out_of_range"),
            (b'{"email": 1e999}', "number_out_of_range"),
            (b'{"a":' * 100_000, "parse_error"),
            (b'{"a":' + b"[" * 60 + b"]" * 60 + b"}", "parse_error"),
        ],
    )
    def test_get_400_and_a_code(self, client: Client, raw: bytes, code: str) -> None:
        response = client.post("/api/v1/auth/token/", raw, content_type="application/json")
        assert response.status_code == 400
        assert code in [code for code, _ in errors(response)]
        assert response.json()["request_id"] == response["X-Request-ID"]
        assert not LoginFailure.objects.exists()

    def test_over_one_mebibyte_is_413(self, client: Client) -> None:
        raw = json.dumps({"email": "a" * (1024 * 1024)})
        response = client.post("/api/v1/auth/token/", raw, content_type="application/json")
        assert (response.status_code, errors(response)) == (413, [("body_too_large", None)])

    def test_another_content_type_is_415(self, client: Client) -> None:
        response = client.post("/api/v1/auth/token/", "email=a", content_type="application/x-www-form-urlencoded")
        assert (response.status_code, errors(response)) == (415, [("unsupported_media_type", None)])

    def test_another_method_is_405(self, client: Client) -> None:
        response = client.get("/api/v1/auth/token/")
        assert (response.status_code, errors(response)) == (405, [("method_not_allowed", None)])

    def test_an_unknown_path_is_404_in_json(self, client: Client) -> None:
        response = client.get("/api/v1/auth/nothing/")
        assert (response.status_code, errors(response)) == (404, [("not_found", None)])


@pytest.mark.django_db
def test_an_unknown_email_costs_as_much_time_as_a_known_one(client: Client, ann: User, settings: Any) -> None:
    """Not by the clock, which would lie on a busy machine: by the work that the real hasher is given."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    ann.set_password(PASSWORD)
    ann.save()
    work = []
    for email in ("ann@example.com", "nobody@example.com"):
        CountingHasher.hashed = 0
        log_in(client, email, "wrong-but-long-enough")
        work.append(CountingHasher.hashed)
    assert work == [1, 1]
