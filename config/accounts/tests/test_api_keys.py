"""API keys: made once, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts import api_keys
from config.accounts.api_keys import ApiKeyExpired, ApiKeyRevoked, BadApiKey, BadLifetime, BadScope
from config.accounts.models import ApiKey, User
from config.accounts.roles import Role
from config.audit.models import AuditEntry

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def seller(db: None) -> User:
    del db
    return User.objects.create_user("s@example.com", roles=[Role.SELLER])


@pytest.fixture
def made(seller: User) -> tuple[ApiKey, str]:
    return api_keys.create(user=seller, name="till", scopes=["products.write"], days=30, actor="test", at=AT)


class TestCreate:
    def test_keeps_only_a_hash(self, made: tuple[ApiKey, str]) -> None:
        key, shown = made
        public_id, _, secret = shown.partition(".")
        kept = ApiKey.objects.get()
        assert public_id == kept.public_id
        assert bytes(kept.secret_sha256) == hashlib.sha256(secret.encode()).digest()
        assert len(secret) >= 43  # 32 random bytes
        assert kept.expires_at == AT + timedelta(days=30)
        assert secret not in str(AuditEntry.objects.values().get(subject_id=key.public_id))

    @pytest.mark.parametrize("scopes", [[], ["refunds.approve"], ["products.write", "nonsense"], ["*"]])
    def test_gives_no_scope_that_its_owner_does_not_have(self, seller: User, scopes: list[str]) -> None:
        with pytest.raises(BadScope):
            api_keys.create(user=seller, name="x", scopes=scopes, days=1, actor="test", at=AT)
        assert not ApiKey.objects.exists()
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize("days", [0, -1, 367])
    def test_gives_no_endless_life(self, seller: User, days: int) -> None:
        with pytest.raises(BadLifetime):
            api_keys.create(user=seller, name="x", scopes=["products.write"], days=days, actor="test", at=AT)
        assert not ApiKey.objects.exists()


class TestVerify:
    def test_knows_its_own(self, made: tuple[ApiKey, str], seller: User) -> None:
        key = api_keys.verify(presented=made[1], at=AT)
        assert (key, key.user) == (made[0], seller)

    def test_refuses_anything_else(self, made: tuple[ApiKey, str]) -> None:
        public_id, _, secret = made[1].partition(".")
        for presented in (
            "",
            ".",
            public_id,
            f"{public_id}.",
            f".{secret}",
            f"{public_id}.{secret}x",
            f"key_no.{secret}",
        ):
            with pytest.raises(BadApiKey) as refused:
                api_keys.verify(presented=presented, at=AT)
            assert refused.value.code == "api_key_not_valid"
        assert ApiKey.objects.get().last_used_at is None

    def test_refuses_an_expired_one_from_its_last_instant_on(self, made: tuple[ApiKey, str]) -> None:
        key, shown = made
        assert api_keys.verify(presented=shown, at=key.expires_at - SECOND)
        with pytest.raises(ApiKeyExpired):
            api_keys.verify(presented=shown, at=key.expires_at)

    def test_tells_expired_and_revoked_only_to_who_has_the_secret(self, made: tuple[ApiKey, str]) -> None:
        key, _ = made
        with pytest.raises(BadApiKey) as refused:
            api_keys.verify(presented=f"{key.public_id}.guess", at=key.expires_at)
        assert refused.value.code == "api_key_not_valid"

    def test_refuses_a_revoked_one(self, made: tuple[ApiKey, str]) -> None:
        key, shown = made
        assert api_keys.revoke(key=key, actor="test", reason="lost", at=AT)
        with pytest.raises(ApiKeyRevoked):
            api_keys.verify(presented=shown, at=AT)

    def test_refuses_the_key_of_a_deactivated_person(self, made: tuple[ApiKey, str]) -> None:
        User.objects.update(is_active=False)
        with pytest.raises(BadApiKey):
            api_keys.verify(presented=made[1], at=AT)


class TestLastUse:
    def test_is_written_at_most_once_a_minute(self, made: tuple[ApiKey, str]) -> None:
        for after_s in (0, 1, 30, 59):
            api_keys.verify(presented=made[1], at=AT + after_s * SECOND)
            assert ApiKey.objects.get().last_used_at == AT
        api_keys.verify(presented=made[1], at=AT + 60 * SECOND)
        assert ApiKey.objects.get().last_used_at == AT + 60 * SECOND

    def test_a_second_use_asks_one_query(self, made: tuple[ApiKey, str]) -> None:
        api_keys.verify(presented=made[1], at=AT)
        with CaptureQueriesContext(connection) as queries:
            api_keys.verify(presented=made[1], at=AT + SECOND)
        assert len(queries) == 1


class TestRevoke:
    def test_happens_once(self, made: tuple[ApiKey, str]) -> None:
        key, _ = made
        assert api_keys.revoke(key=key, actor="test", reason="lost", at=AT)
        assert not api_keys.revoke(key=key, actor="test", reason="lost", at=AT + SECOND)
        assert ApiKey.objects.get().revoked_at == AT
        assert [entry.act for entry in AuditEntry.objects.order_by("id")] == ["created", "revoked"]
