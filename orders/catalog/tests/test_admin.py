"""The operator's page of products."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from config.accounts.roles import Role
from config.audit.models import AuditEntry
from orders.catalog.models import Product
from orders.tests.factories import make_product, make_user
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
    def test_shows_prices_and_stock_and_is_found_by_sku(self, operations: Client) -> None:
        make_product(sku="TEE", prices={"INR": 100, "JPY": 50}, stock=1_234)
        make_product(sku="CAP")
        text = text_of(operations.get(f"{list_of(Product)}?q=TEE"))
        for shown in ("TEE", "₹1.00 · ¥50", "on sale"):
            assert shown in text
        assert "CAP" not in text


class TestDetail:
    def test_shows_what_it_is(self, operations: Client) -> None:
        product = make_product(description="soft as <b>air</b>", prices={"USD": 100})
        text = text_of(operations.get(page_of(product)))
        assert "soft as <b>air</b>" in text
        assert "$1.00" in text


class TestActs:
    def test_adjusts_the_stock_by_what_is_there_then(self, operations: Client) -> None:
        product = make_product(stock=5)
        text = text_of(act(operations, product, "adjust-stock", by="-2", reason="two were broken"))
        assert "3 pieces may be sold now." in text
        product.refresh_from_db()
        assert product.stock == 3
        entry = AuditEntry.objects.get(act="changed")
        assert (entry.reason, entry.facts) == ("two were broken", {"stock": [5, 3]})

    def test_does_not_take_more_than_there_is(self, operations: Client) -> None:
        product = make_product(stock=5)
        assert "out_of_stock" in text_of(act(operations, product, "adjust-stock", by="-6"))
        assert Product.objects.get(pk=product.pk).stock == 5

    def test_takes_off_and_puts_back(self, operations: Client) -> None:
        product = make_product()
        assert "It is off the shelf." in text_of(act(operations, product, "take-off"))
        assert not Product.objects.get(pk=product.pk).is_active
        assert "It is on the shelf again." in text_of(act(operations, product, "put-back"))
        assert Product.objects.get(pk=product.pk).is_active

    @pytest.mark.parametrize("name", ["adjust-stock", "take-off"])
    def test_support_may_not(self, name: str) -> None:
        product = make_product()
        support = signed_in(make_user(Role.SUPPORT))
        assert support.get(page_of(product).replace("change/", f"act/{name}/")).status_code == 403
