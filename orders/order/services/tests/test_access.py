"""Tests of taking a guest's link back."""

from __future__ import annotations

import pytest

from config.audit.models import AuditEntry
from orders.order.models import Order
from orders.order.services import revoke_access
from orders.tests.factories import AT, make_order


@pytest.mark.django_db
class TestRevokeAccess:
    def test_raises_the_version_and_says_who_and_why(self) -> None:
        order = make_order()
        stale = Order.objects.get(pk=order.pk)
        revoke_access(order, actor="user:x", at=AT, reason="lost phone")
        revoke_access(stale, actor="user:x", at=AT, reason="again")
        order.refresh_from_db()
        assert (order.access_version, stale.access_version) == (3, 3)
        entries = AuditEntry.objects.filter(subject_id=order.public_id, act="access_revoked").order_by("id")
        assert [entry.reason for entry in entries] == ["lost phone", "again"]
