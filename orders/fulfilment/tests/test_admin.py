"""The operator's page of fulfilments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from config.accounts.roles import Role
from config.audit.models import AuditEntry
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.tests.factories import AT, force, make_order, make_paid_order, make_user
from orders.tests.operators import act, list_of, page_of, signed_in, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_page_alone(settings: Any) -> None:
    """What the apps above add to the page is theirs to test."""
    settings.ADMIN_PARTS, settings.ADMIN_ACTS = {}, {}


@pytest.fixture
def operations() -> Client:
    return signed_in(make_user(Role.OPERATIONS))


class TestList:
    def test_shows_order_seller_and_amount_and_is_found_by_id(self, operations: Client) -> None:
        order, other = make_paid_order(), make_order()
        part = order.fulfilments.get()
        text = text_of(operations.get(f"{list_of(Fulfilment)}?q={part.public_id}"))
        for shown in (part.public_id, part.seller.email, "₹10.00", "awaiting"):
            assert shown in text
        assert other.public_id not in text


class TestDetail:
    @pytest.mark.parametrize("status", FulfilmentStatus.values)
    def test_says_what_happens_next_in_every_state(self, operations: Client, status: str) -> None:
        part = make_paid_order().fulfilments.get()
        force(part, status, deliver_by=AT, release_at=AT)
        text = text_of(operations.get(page_of(part)))
        assert part.lines.get().sku in text
        assert "could not be read" not in text


class TestDeliver:
    def test_moves_it_and_keeps_how_they_know(self, operations: Client) -> None:
        order = make_paid_order()
        part = order.fulfilments.get()
        act(operations, part, "deliver", reason="the buyer told us")
        part.refresh_from_db()
        assert part.status == "delivered"
        assert part.delivered_at is not None
        assert part.release_at == part.delivered_at + timedelta(minutes=1_440)
        assert AuditEntry.objects.get(subject_id=part.public_id).reason == "the buyer told us"

    def test_looking_at_the_effect_changes_nothing_and_names_the_moves(self, operations: Client) -> None:
        part = make_paid_order().fulfilments.get()
        text = text_of(operations.get(page_of(part).replace("change/", "act/deliver/")))
        assert "delivered" in text
        assert Fulfilment.objects.get(pk=part.pk).status == "awaiting"

    def test_refuses_an_unpaid_order_and_says_why(self, operations: Client) -> None:
        part = make_order().fulfilments.get()
        assert "order_not_paid" in text_of(act(operations, part, "deliver"))
        assert Fulfilment.objects.get(pk=part.pk).status == "awaiting"

    def test_support_may_not(self) -> None:
        part = make_paid_order().fulfilments.get()
        support = signed_in(make_user(Role.SUPPORT))
        assert support.get(page_of(part).replace("change/", "act/deliver/")).status_code == 403
