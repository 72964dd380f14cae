"""The audit trail, entry by entry."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, list_of, page_of, somebody, text_of
from config.audit.admin import _KINDS
from config.audit.models import AuditEntry
from config.audit.services import record

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, tzinfo=UTC)


class TestPages:
    def test_show_the_whole_entry(self) -> None:
        ann = somebody(Role.BUYER)
        facts = {"amount": [1, 2]}
        record(ann, act="move", actor="system:x", at=AT, reason="because", from_state="a", to_state="b", facts=facts)
        entry = AuditEntry.objects.get()
        client = as_role(Role.AUDITOR)
        for page in (list_of(AuditEntry), page_of(entry)):
            text = text_of(client.get(page))
            for shown in (ann.public_id, "a → b", "system:x", "because"):
                assert shown in text
        assert str(entry.xact_id) in text_of(client.get(page_of(entry)))

    def test_is_found_by_the_id_of_its_row(self) -> None:
        ann, bob = somebody(Role.BUYER), somebody(Role.BUYER)
        for person in (ann, bob):
            record(person, act="x", actor="s", at=AT)
        text = text_of(as_role(Role.SUPPORT).get(list_of(AuditEntry), {"q": ann.public_id}))
        assert ann.public_id in text
        assert bob.public_id not in text

    def test_knows_the_prefix_of_everything_that_has_one(self) -> None:
        assert {"ord", "pay", "rf", "hold", "ful", "usr", "key", "call", "prd", "rpl"} == set(_KINDS)

    def test_offers_nothing_to_do(self) -> None:
        record(somebody(Role.BUYER), act="x", actor="s", at=AT)
        assert (
            "What you can do" not in as_role(Role.ADMINISTRATOR).get(page_of(AuditEntry.objects.get())).content.decode()
        )
