"""JSON web tokens, below HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from config.accounts import tokens
from config.accounts.models import User
from config.kernel.clock import now


def read(kind: Any, raw: str) -> Any:
    """What a token says. The library's stubs forget that one is made from text."""
    return kind(raw)


@pytest.fixture
def ann(db: None) -> User:
    del db
    return User.objects.create_user("ann@example.com", "pw")


class TestIssue:
    def test_names_the_person_by_public_id(self, ann: User) -> None:
        pair = tokens.issue(user=ann)
        assert read(AccessToken, pair.access)["sub"] == ann.public_id
        assert tokens.user_of_access(raw=pair.access) == ann

    def test_does_not_show_itself(self, ann: User) -> None:
        pair = tokens.issue(user=ann)
        assert pair.access not in repr(pair)
        assert pair.refresh not in repr(pair)

    def test_stores_no_usable_token(self, ann: User) -> None:
        tokens.issue(user=ann)
        assert OutstandingToken.objects.get().token == ""


class TestUserOfAccess:
    def test_refuses_a_refresh_token(self, ann: User) -> None:
        with pytest.raises(tokens.BadToken):
            tokens.user_of_access(raw=tokens.issue(user=ann).refresh)

    def test_refuses_an_expired_one(self, ann: User) -> None:
        token = read(AccessToken, tokens.issue(user=ann).access)
        token.set_exp(lifetime=-timedelta(seconds=1))
        with pytest.raises(tokens.BadToken):
            tokens.user_of_access(raw=str(token))

    @pytest.mark.parametrize("claim", ["sub", "pwd"])
    def test_refuses_a_signed_one_without_a_claim(self, ann: User, claim: str) -> None:
        token = read(AccessToken, tokens.issue(user=ann).access)
        del token[claim]
        with pytest.raises(tokens.BadToken):
            tokens.user_of_access(raw=str(token))

    def test_refuses_one_that_is_not_signed(self, ann: User) -> None:
        header = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"  # {"alg":"none","typ":"JWT"}
        _, payload, _ = tokens.issue(user=ann).access.split(".")
        with pytest.raises(tokens.BadToken):
            tokens.user_of_access(raw=f"{header}.{payload}.")

    def test_ends_with_the_password_and_with_the_account(self, ann: User) -> None:
        access = tokens.issue(user=ann).access
        User.objects.update(is_active=False)
        with pytest.raises(tokens.BadToken):
            tokens.user_of_access(raw=access)
        User.objects.update(is_active=True)
        ann.set_password("other")
        ann.save()
        with pytest.raises(tokens.BadToken):
            tokens.user_of_access(raw=access)


class TestRotate:
    def test_uses_up_the_old_one(self, ann: User) -> None:
        old = tokens.issue(user=ann).refresh
        new = tokens.rotate(raw=old).refresh
        with pytest.raises(tokens.BadToken):
            tokens.rotate(raw=old)
        assert tokens.rotate(raw=new)

    def test_a_refusal_uses_nothing_up(self, ann: User) -> None:
        refresh = tokens.issue(user=ann).refresh
        User.objects.update(is_active=False)
        with pytest.raises(tokens.BadToken):
            tokens.rotate(raw=refresh)
        User.objects.update(is_active=True)
        assert tokens.rotate(raw=refresh)

    def test_works_for_a_token_whose_row_was_purged(self, ann: User) -> None:
        refresh = tokens.issue(user=ann).refresh
        OutstandingToken.objects.all().delete()
        tokens.rotate(raw=refresh)
        with pytest.raises(tokens.BadToken):
            tokens.rotate(raw=refresh)


class TestRevoke:
    def test_happens_once(self, ann: User) -> None:
        refresh = tokens.issue(user=ann).refresh
        tokens.revoke(raw=refresh)
        with pytest.raises(tokens.BadToken):
            tokens.revoke(raw=refresh)
        assert BlacklistedToken.objects.count() == 1


class TestPurgeOutstanding:
    def test_forgets_what_is_expired_with_its_blacklist_entry(self, ann: User) -> None:
        for _ in range(5):
            tokens.revoke(raw=tokens.issue(user=ann).refresh)
        OutstandingToken.objects.update(expires_at=now() - timedelta(seconds=1))
        living = tokens.issue(user=ann).refresh
        assert tokens.purge_outstanding(at=now(), batch=2) == 5
        assert OutstandingToken.objects.get().jti == read(RefreshToken, living)["jti"]
        assert not BlacklistedToken.objects.exists()
        assert tokens.purge_outstanding(at=now(), batch=2) == 0
