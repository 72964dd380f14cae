"""One ticket with its seat, listed or paid for, and who looks after it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from config.accounts.roles import Role
from orders.order.models import Order
from orders.tests.factories import AT, item, make_paid_order, make_product, make_tickets, make_user
from orders.tests.operators import signed_in
from orders.tickets.models import Ticket
from orders.tickets.tests.seat import BARCODE


@pytest.fixture
def own_page_alone(settings: Any) -> None:
    """What the apps above add to the page is theirs to test."""
    settings.ADMIN_PARTS, settings.ADMIN_ACTS, settings.BEFORE_TRANSFER = {}, {}, []


@pytest.fixture
def operations() -> Client:
    return signed_in(make_user(Role.OPERATIONS))


@pytest.fixture
def ticket() -> Ticket:
    place = {"barcode": BARCODE, "section": "A", "row": "12", "seat": "7"}
    (made,) = make_tickets(product=make_product(stock=0), tickets=[place], event_name="The Band", event_at=AT)
    return made


@pytest.fixture
def order(ticket: Ticket) -> Order:
    """It is paid for."""
    order = make_paid_order(item(ticket.product))
    ticket.refresh_from_db()
    return order
