"""What an operator does about an order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from config.accounts.roles import Role
from config.audit.models import AuditEntry
from orders.order.access import access_token, check_access
from orders.tests.factories import AT, make_order, make_user
from orders.tests.operators import act, page_of, signed_in, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_page_alone(settings: Any) -> None:
    """What the apps above add to the page is theirs to test."""
    settings.ADMIN_PARTS, settings.ADMIN_ACTS = {}, {}


@pytest.fixture
def support() -> Client:
    return signed_in(make_user(Role.SUPPORT))


class TestRevokeLink:
    def test_takes_the_link_back_with_a_reason(self, support: Client) -> None:
        order = make_order()
        token = access_token(order)
        assert "does not work any more" in text_of(act(support, order, "revoke-link", reason="sent to a stranger"))
        order.refresh_from_db()
        assert not check_access(order=order, token=token, at=AT + timedelta(hours=1))
        assert AuditEntry.objects.get(act="access_revoked").reason == "sent to a stranger"

    def test_an_auditor_only_looks(self) -> None:
        auditor, order = signed_in(make_user(Role.AUDITOR)), make_order()
        assert "Revoke" not in text_of(auditor.get(page_of(order)))
        assert auditor.get(page_of(order).replace("change/", "act/revoke-link/")).status_code == 403
