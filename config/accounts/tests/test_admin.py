"""People and keys on the operator site: an administrator says who they are, with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from config.accounts import api_keys
from config.accounts.models import ApiKey, LoginFailure, User
from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, signed_in, somebody, text_of
from config.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def chief() -> User:
    return somebody(Role.ADMINISTRATOR)


@pytest.fixture
def client(chief: User) -> Client:
    return signed_in(chief)


def key_of(user: User) -> ApiKey:
    key, _ = api_keys.create(user=user, name="importer", scopes=["orders.view"], days=9, actor="x", at=AT)
    return key


class TestPeople:
    def test_are_listed_and_narrowed_by_role(self, client: Client) -> None:
        seller, buyer = somebody(Role.SELLER), somebody(Role.BUYER)
        text = text_of(client.get(f"{list_of(User)}?roles__exact=seller"))
        assert seller.email in text
        assert buyer.email not in text

    def test_show_their_roles_and_keys_and_no_secret(self, client: Client) -> None:
        ann = User.objects.create_user("ann@example.com", "a passphrase", roles=[Role.SELLER])
        key = key_of(ann)
        page = client.get(page_of(ann)).content.decode()
        assert "importer" in page
        for secret in (ann.password, bytes(key.secret_sha256).hex()):
            assert secret not in page

    def test_are_seen_by_auditors_and_changed_by_administrators_alone(self) -> None:
        ann = somebody(Role.BUYER)
        auditor = as_role(Role.AUDITOR)
        assert "Change roles…" not in text_of(auditor.get(page_of(ann)))
        for name in ("roles", "key", "deactivate"):
            assert auditor.get(act_of(ann, name)).status_code == 403
        for role in (Role.SUPPORT, Role.OPERATIONS, Role.FINANCE):
            assert as_role(role).get(page_of(ann)).status_code == 403


class TestRoles:
    def test_are_given_with_a_reason(self, client: Client) -> None:
        ann = somebody(Role.BUYER)
        page = client.get(act_of(ann, "roles")).content.decode()
        assert 'value="buyer" ' in page
        confirm(client, ann, "roles", reason="joins support", roles=["buyer", "support"])
        ann.refresh_from_db()
        assert ann.roles == ["buyer", "support"]
        assert AuditEntry.objects.get().reason == "joins support"

    def test_may_all_be_taken(self, client: Client) -> None:
        ann = somebody(Role.SUPPORT)
        confirm(client, ann, "roles", reason="left support")
        ann.refresh_from_db()
        assert ann.roles == []

    def test_that_there_are_not_are_refused(self, client: Client) -> None:
        ann = somebody(Role.BUYER)
        confirm(client, ann, "roles", roles=["emperor"])
        ann.refresh_from_db()
        assert ann.roles == ["buyer"]

    def test_nobody_changes_their_own(self, client: Client, chief: User) -> None:
        assert "nobody changes their own rights" in text_of(client.get(act_of(chief, "roles")))
        body = {"reason": "because", "seen": "administrator", "nonce": "x" * 32, "roles": ["buyer"]}
        assert "not_on_yourself" in text_of(client.post(act_of(chief, "roles"), body))
        chief.refresh_from_db()
        assert chief.roles == ["administrator"]

    def test_that_were_changed_meanwhile_are_looked_at_again(self, client: Client) -> None:
        ann = somebody(Role.BUYER)
        body = {"reason": "because", "seen": "support", "nonce": "x" * 32, "roles": ["administrator"]}
        assert "It changed while you were looking." in text_of(client.post(act_of(ann, "roles"), body))
        ann.refresh_from_db()
        assert ann.roles == ["buyer"]


class TestShuttingOut:
    def test_ends_with_letting_in_again(self, client: Client) -> None:
        ann = somebody(Role.SUPPORT)
        hers = signed_in(ann)
        assert hers.get("/admin/").status_code == 200
        confirm(client, ann, "deactivate", reason="left")
        assert hers.get("/admin/").status_code == 302
        confirm(client, ann, "reactivate", reason="is back")
        ann.refresh_from_db()
        assert ann.is_active
        assert list(AuditEntry.objects.order_by("pk").values_list("act", flat=True)) == ["deactivated", "reactivated"]


class TestKeys:
    def test_are_made_for_what_their_owner_may(self, client: Client) -> None:
        ann = somebody(Role.SELLER)
        given = {"name": "importer", "scopes": ["orders.view"], "days": "30"}
        shown = confirm(client, ann, "key", reason="for the importer", **given)
        key = ApiKey.objects.get()
        secret = shown.content.decode().split(f"{key.public_id}.")[1][:43]
        assert api_keys.verify(presented=f"{key.public_id}.{secret}", at=datetime.now(UTC)) == key
        assert key.expires_at - key.created_at == timedelta(days=30)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"scopes": ["ledger.view"]}, "scope_not_allowed"),
            ({"scopes": []}, "required"),
            ({"days": "0"}, "greater than or equal to 1"),
            ({"days": "367"}, "less than or equal to 366"),
            ({"name": ""}, "required"),
        ],
    )
    def test_are_refused_beyond_it(self, client: Client, changes: dict[str, object], said: str) -> None:
        ann = somebody(Role.SELLER)
        given: dict[str, Any] = {"name": "importer", "scopes": ["orders.view"], "days": "30", **changes}
        assert said in text_of(confirm(client, ann, "key", **given))
        assert not ApiKey.objects.exists()

    def test_are_revoked_with_a_reason(self, client: Client) -> None:
        key = key_of(somebody(Role.SELLER))
        confirm(client, key, "revoke", reason="it leaked")
        key.refresh_from_db()
        assert key.revoked_at is not None
        assert "Revoke…" not in text_of(client.get(page_of(key)))
        assert "revoked" in text_of(client.get(list_of(ApiKey)))


class TestFailedLogins:
    def test_are_counted_without_saying_whose(self, client: Client) -> None:
        row = LoginFailure.objects.create(email_sha256=b"x" * 32, remote_addr="203.0.113.7", window_start=AT, count=9)
        LoginFailure.objects.create(email_sha256=bytes(32), remote_addr="203.0.113.7", window_start=AT, count=20)
        assert "203.0.113.7" in text_of(client.get(list_of(LoginFailure)))
        assert "one e-mail address" in text_of(client.get(page_of(row)))
