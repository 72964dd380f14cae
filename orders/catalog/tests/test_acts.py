"""What an operator does about a product."""

from __future__ import annotations

import pytest
from django.test import Client

from config.accounts.roles import Role
from config.audit.models import AuditEntry
from orders.catalog.models import Product
from orders.tests.factories import make_product, make_user
from orders.tests.operators import act, page_of, signed_in, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operations() -> Client:
    return signed_in(make_user(Role.OPERATIONS))


class TestAdjustStock:
    def test_counts_from_what_is_there_when_it_is_confirmed(self, operations: Client) -> None:
        product = make_product(stock=5)
        text = text_of(act(operations, product, "adjust-stock", by="-2", reason="two were broken"))
        assert "3 pieces may be sold now." in text
        assert Product.objects.get(pk=product.pk).stock == 3
        entry = AuditEntry.objects.get(act="changed")
        assert (entry.reason, entry.facts) == ("two were broken", {"stock": [5, 3]})

    def test_does_not_take_more_than_there_is(self, operations: Client) -> None:
        product = make_product(stock=5)
        assert "out_of_stock" in text_of(act(operations, product, "adjust-stock", by="-6"))
        assert Product.objects.get(pk=product.pk).stock == 5

    @pytest.mark.parametrize("by", ["", "x", "1.5", "9" * 20])
    def test_asks_again_for_what_is_no_number(self, operations: Client, by: str) -> None:
        product = make_product(stock=5)
        act(operations, product, "adjust-stock", by=by)
        assert Product.objects.get(pk=product.pk).stock == 5
        assert not AuditEntry.objects.filter(act="changed").exists()


class TestShelf:
    def test_takes_off_and_puts_back(self, operations: Client) -> None:
        product = make_product()
        assert "It is off the shelf." in text_of(act(operations, product, "take-off", reason="recalled"))
        assert not Product.objects.get(pk=product.pk).is_active
        assert AuditEntry.objects.get(act="changed").reason == "recalled"
        assert "It is on the shelf again." in text_of(act(operations, product, "put-back"))
        assert Product.objects.get(pk=product.pk).is_active

    def test_looking_changes_nothing(self, operations: Client) -> None:
        product = make_product()
        assert operations.get(page_of(product).replace("change/", "act/take-off/")).status_code == 200
        assert Product.objects.get(pk=product.pk).is_active


@pytest.mark.parametrize("name", ["adjust-stock", "take-off"])
class TestWhoMay:
    def test_support_and_auditors_only_look(self, name: str) -> None:
        product = make_product()
        for role in (Role.SUPPORT, Role.AUDITOR):
            staff = signed_in(make_user(role))
            assert staff.get(page_of(product)).status_code == 200
            assert staff.get(page_of(product).replace("change/", f"act/{name}/")).status_code == 403
