"""From a credential to the person who holds it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from config.accounts import api_keys, tokens
from config.accounts.authentication import CredentialAuthentication, who_is
from config.accounts.credentials import NOTHING, Credential, CredentialKind, Unauthenticated
from config.accounts.models import User
from config.accounts.roles import Role

AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def ann(db: None) -> User:
    del db
    return User.objects.create_user("ann@example.com", roles=[Role.SELLER])


class TestWhoIs:
    def test_nobody_showed_anything(self) -> None:
        assert who_is(credential=NOTHING, at=AT) is None

    def test_a_session_or_an_order_token_names_nobody(self) -> None:
        shown = Credential(kind=CredentialKind.NONE, order_token="t" * 22, session="abc")
        assert who_is(credential=shown, at=AT) is None

    def test_the_holder_of_a_token(self, ann: User) -> None:
        shown = Credential(kind=CredentialKind.BEARER, secret=tokens.issue(user=ann).access)
        assert who_is(credential=shown, at=AT) == (ann, None)

    def test_the_owner_of_a_key_and_the_key(self, ann: User) -> None:
        key, secret = api_keys.create(user=ann, name="k", scopes=["orders.view"], days=1, actor="test", at=AT)
        assert who_is(credential=Credential(kind=CredentialKind.API_KEY, secret=secret), at=AT) == (ann, key)

    @pytest.mark.parametrize("kind", [CredentialKind.BEARER, CredentialKind.API_KEY])
    def test_a_wrong_one_is_an_error(self, db: None, kind: CredentialKind) -> None:
        with pytest.raises(Unauthenticated):
            who_is(credential=Credential(kind=kind, secret="wrong"), at=AT)


class TestCredentialAuthentication:
    def test_says_how_to_authenticate(self) -> None:
        request = Request(APIRequestFactory().get("/"))
        assert CredentialAuthentication().authenticate_header(request) == 'Bearer realm="api"'

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ("Basic YTpi", "authentication_failed"),
            ("Bearer a.b.c", "token_not_valid"),
            ("Api-Key key_x.y", "api_key_not_valid"),
        ],
    )
    def test_keeps_the_code_of_the_refusal(self, db: None, given: str, code: str) -> None:
        request = Request(APIRequestFactory().get("/", headers={"Authorization": given}))
        with pytest.raises(AuthenticationFailed) as refused:
            CredentialAuthentication().authenticate(request)
        assert refused.value.get_codes() == code
