"""The operator's page of products."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from config.accounts.roles import Role
from orders.catalog.models import Product
from orders.tests.factories import make_product, make_user
from orders.tests.operators import list_of, page_of, signed_in, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_page_alone(settings: Any) -> None:
    """What the apps above add to the page is theirs to test."""
    settings.ADMIN_PARTS, settings.ADMIN_ACTS = {}, {}


@pytest.fixture
def operations() -> Client:
    return signed_in(make_user(Role.OPERATIONS))


class TestList:
    def test_shows_the_stock_and_is_found_by_sku(self, operations: Client) -> None:
        make_product(sku="TEE", prices={"INR": 100, "JPY": 50}, stock=1_234)
        make_product(sku="CAP")
        text = text_of(operations.get(f"{list_of(Product)}?q=TEE"))
        for shown in ("TEE", "1234", "A thing"):
            assert shown in text
        assert "CAP" not in text


class TestDetail:
    def test_shows_what_it_is(self, operations: Client) -> None:
        product = make_product(description="soft as <b>air</b>", prices={"USD": 100})
        text = text_of(operations.get(page_of(product)))
        assert "soft as <b>air</b>" in text
        assert "$1.00" in text
