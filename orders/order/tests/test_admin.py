"""The operator's page of orders."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from config.accounts.roles import Role
from orders.order.access import access_token
from orders.order.models import Order
from orders.order.states import OrderStatus
from orders.tests.factories import force, item, make_order, make_paid_order, make_product, make_user
from orders.tests.operators import list_of, page_of, signed_in, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_page_alone(settings: Any) -> None:
    """What the apps above add to the page is theirs to test."""
    settings.ADMIN_PARTS, settings.ADMIN_ACTS = {}, {}


@pytest.fixture
def support() -> Client:
    return signed_in(make_user(Role.SUPPORT))


class TestList:
    def test_shows_where_each_stands_and_what_it_costs(self, support: Client) -> None:
        order = make_paid_order(item(make_product(prices={"INR": 150_000})), email="ann@example.com")
        text = text_of(support.get(list_of(Order)))
        for shown in (order.public_id, "paid", "₹1,500.00", "ann@example.com"):
            assert shown in text

    def test_finds_by_id_and_by_address_and_filters_by_status(self, support: Client) -> None:
        one, two = make_order(email="ann@example.com"), make_paid_order(email="bob@example.com")
        for query, found, other in (
            (f"q={one.public_id}", one, two),
            ("q=bob@example.com", two, one),
            ("status__exact=paid", two, one),
        ):
            text = text_of(support.get(f"{list_of(Order)}?{query}"))
            assert found.public_id in text
            assert other.public_id not in text

    def test_costs_the_same_however_many_rows(self, support: Client, django_assert_max_num_queries: Any) -> None:
        for _ in range(5):
            make_order()
        support.get(list_of(Order))
        with django_assert_max_num_queries(12):
            support.get(list_of(Order))


class TestDetail:
    def test_shows_money_lines_and_parts(self, support: Client) -> None:
        tee = make_product(sku="TEE", prices={"INR": 1_000})
        order = make_paid_order(item(tee, 2), item(make_product(sku="CAP", prices={"INR": 333})))
        text = text_of(support.get(page_of(order)))
        parts = [part.public_id for part in order.fulfilments.all()]
        for shown in ("₹23.33", "TEE", "CAP", "₹20.00", "₹2.00", "₹0.30", *parts):
            assert shown in text

    @pytest.mark.parametrize("status", OrderStatus.values)
    def test_says_what_happens_next_in_every_state(self, support: Client, status: str) -> None:
        order = make_order()
        force(order, status)
        assert "could not be read" not in text_of(support.get(page_of(order)))

    def test_never_shows_the_guests_token(self, support: Client) -> None:
        order = make_order()
        assert access_token(order) not in support.get(page_of(order)).content.decode()

    @pytest.mark.parametrize("role", [Role.SELLER, Role.BUYER])
    def test_is_for_staff(self, role: Role) -> None:
        assert signed_in(make_user(role)).get(page_of(make_order())).status_code == 302
