"""Tests of placing an order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from config.audit.models import AuditEntry
from config.kernel.errors import Refused
from config.outbox.models import OutboxJob
from orders.catalog.models import Price, Product
from orders.catalog.rules import UnknownCurrency
from orders.catalog.services import OutOfStock
from orders.order.models import Order
from orders.order.rules.pricing import (
    AmountTooLarge,
    EmptyCart,
    InvalidItem,
    InvalidMetadata,
    InvalidQuantity,
    NoPriceInCurrency,
    ProductInactive,
    TooManyLines,
    UnknownSku,
)
from orders.order.services import place_order, price_order
from orders.order.services.placing import InvalidEmail, TermsNotAccepted
from orders.tests.factories import AT, item, make_order, make_product, make_seller, make_user, policy, traces

pytestmark = pytest.mark.django_db


class TestPriceOrder:
    def test_says_what_the_cart_costs_and_writes_nothing(self, django_assert_num_queries: Any) -> None:
        one, two = make_product(prices={"INR": 100}), make_product(prices={"INR": 50, "USD": 1})
        before = traces()
        with django_assert_num_queries(1):
            lines = price_order(items=[item(two, 2), item(one)], currency="INR", policy=settings.POLICY)
        assert [(line.offer.sku, line.quantity, line.amount_minor) for line in lines] == [
            (two.sku, 2, 100), (one.sku, 1, 100),
        ]  # fmt: skip
        assert traces() == before


class TestPlaceOrder:
    def test_writes_order_parts_lines_and_takes_the_stock(self) -> None:
        ann, bob = make_seller(), make_seller()
        tee = make_product(seller=ann, prices={"INR": 1_001}, stock=5, category="shirts", name="Tee")
        cap = make_product(seller=bob, prices={"INR": 333}, stock=1)
        mug = make_product(seller=ann, prices={"INR": 50}, stock=9)
        order = make_order(item(tee, 2), item(cap), item(mug, 3), cart_metadata={"campaign": "x"})
        order.refresh_from_db()
        assert (order.status, order.payment_status, order.total_minor) == ("pending_payment", "unpaid", 2_485)
        assert (order.email, order.buyer, order.currency) == ("guest@example.com", None, "INR")
        assert order.cart_metadata == {"campaign": "x"}
        assert order.reserved_until == AT + timedelta(minutes=settings.POLICY.reservation_minutes)
        assert order.access_expires_at == AT + timedelta(days=settings.POLICY.order_link_days)
        assert [(part.seller, part.amount_minor, part.status) for part in order.fulfilments.order_by("id")] == [
            (ann, 2_152, "awaiting"), (bob, 333, "awaiting"),
        ]  # fmt: skip
        assert list(
            order.lines.order_by("position").values_list(
                "sku", "quantity", "unit_minor", "amount_minor", "platform_fee_minor", "gateway_fee_minor",
                "fulfilment__seller_id",
            )
        ) == [
            (tee.sku, 2, 1_001, 2_002, 200, 30, ann.pk),
            (cap.sku, 1, 333, 333, 33, 4, bob.pk),
            (mug.sku, 3, 50, 150, 15, 2, ann.pk),
        ]  # fmt: skip
        assert order.lines.values_list("name", "category").get(position=1) == ("Tee", "shirts")
        assert list(Product.objects.order_by("id").values_list("stock", flat=True)) == [3, 0, 6]
        entry = AuditEntry.objects.get(subject_id=order.public_id)
        assert (entry.act, entry.actor, entry.to_state) == ("placed", "guest", "pending_payment")

    def test_announces_that_a_checkout_has_started(self, settings: Any) -> None:
        settings.LISTENERS = {**settings.LISTENERS, "checkout.started": ["somebody.listens"]}
        order = make_order()
        job = OutboxJob.objects.get()
        assert (job.topic, job.payload) == ("checkout.started", {"order": order.public_id})

    def test_a_sku_that_stands_twice_is_one_line(self) -> None:
        product = make_product(stock=5, prices={"INR": 7})
        order = make_order(item(product, 2), item(product, 3))
        assert list(order.lines.values_list("quantity", "amount_minor")) == [(5, 35)]
        assert Product.objects.get(pk=product.pk).stock == 0

    def test_an_order_keeps_what_it_was_priced_with(self) -> None:
        product = make_product(prices={"INR": 1_000})
        order = make_order(item(product), policy=policy(platform_fee_bps=500, gateway_fee_bps=0))
        Price.objects.filter(product=product).update(amount_minor=5_000)
        Product.objects.filter(pk=product.pk).update(name="Renamed", category="other")
        line = order.lines.get()
        assert (line.amount_minor, line.platform_fee_minor, line.gateway_fee_minor) == (1_000, 50, 0)
        assert (line.name, line.category) == ("A thing", "")

    def test_freezes_tax_and_withholding(self) -> None:
        product = make_product(prices={"INR": 1_001}, stock=7)
        line = make_order(item(product, 7), policy=policy(fee_tax_bps=1_800, withholding_bps=100)).lines.get()
        # 7,007: 10 % 700, 1.5 % 105, 18 % of 805 144, 1 % 70
        assert (line.platform_fee_minor, line.gateway_fee_minor, line.tax_minor, line.withheld_minor) == (
            700,
            105,
            144,
            70,
        )

    def test_never_reads_a_price_from_the_client(self) -> None:
        product = make_product(prices={"INR": 1_000})
        order = make_order({**item(product), "unit_minor": 1, "amount_minor": 1, "price": 1, "currency": "JPY"})
        assert order.total_minor == 1_000

    @pytest.mark.parametrize(
        ("items", "error", "code"),
        [
            ([], EmptyCart, "empty_cart"),
            ([{"sku": "NONE", "quantity": 1}], UnknownSku, "unknown_sku"),
            ([{"sku": "A b", "quantity": 1}], InvalidItem, "invalid_item"),
            ([{"quantity": 1}], InvalidItem, "invalid_item"),
            ([{"sku": "TEE", "quantity": 0}], InvalidQuantity, "invalid_quantity"),
            ([{"sku": "TEE", "quantity": -1}], InvalidQuantity, "invalid_quantity"),
            ([{"sku": "TEE", "quantity": 1.0}], InvalidQuantity, "invalid_quantity"),
            ([{"sku": "TEE", "quantity": True}], InvalidQuantity, "invalid_quantity"),
            ([{"sku": "TEE", "quantity": 10**40}], InvalidQuantity, "invalid_quantity"),
            ([{"sku": "TEE", "quantity": 600}] * 2, InvalidQuantity, "invalid_quantity"),
            ([{"sku": f"N-{n}", "quantity": 1} for n in range(51)], TooManyLines, "too_many_lines"),
            ([{"sku": "TEE", "quantity": 4}], OutOfStock, "out_of_stock"),
            ([{"sku": "CAP", "quantity": 1}, {"sku": "TEE", "quantity": 4}], OutOfStock, "out_of_stock"),
            ([{"sku": "OLD", "quantity": 1}], ProductInactive, "product_inactive"),
            ([{"sku": "USA", "quantity": 1}], NoPriceInCurrency, "no_price_in_currency"),
            ([{"sku": "DEAR", "quantity": 2}], AmountTooLarge, "amount_too_large"),
        ],
    )
    def test_refuses_a_cart_that_cannot_be_sold_and_writes_nothing(
        self, items: list[Any], error: type[Refused], code: str
    ) -> None:
        make_product(sku="TEE", stock=3)
        make_product(sku="CAP", stock=3)
        make_product(sku="USA", prices={"USD": 5})
        make_product(sku="DEAR", prices={"INR": 50_000_000})
        Product.objects.filter(pk=make_product(sku="OLD").pk).update(is_active=False)
        before = traces()
        with pytest.raises(error) as refused:
            make_order(items=items)
        assert refused.value.code == code
        assert 400 <= refused.value.http_status < 500
        assert traces() == before

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"currency": "XXX"}, UnknownCurrency),
            ({"currency": "inr"}, UnknownCurrency),
            ({"accept_terms": False}, TermsNotAccepted),
            ({"accept_terms": "yes"}, TermsNotAccepted),
            ({"email": ""}, InvalidEmail),
            ({"email": "not an address"}, InvalidEmail),
            ({"email": f"{'a' * 250}@example.com"}, InvalidEmail),
            ({"email": None}, InvalidEmail),
            ({"cart_metadata": []}, InvalidMetadata),
            ({"cart_metadata": {"a": "x" * 9_000}}, InvalidMetadata),
        ],
    )
    def test_refuses_what_is_not_an_order_and_writes_nothing(
        self, given: dict[str, Any], error: type[Exception]
    ) -> None:
        cart = item(make_product())
        before = traces()
        with pytest.raises(error):
            make_order(cart, **given)
        assert traces() == before


class TestTerms:
    def test_are_kept_with_version_and_time(self) -> None:
        order = make_order(policy=policy(terms_version="2027-02"))
        assert (order.terms_version, order.terms_accepted_at) == ("2027-02", AT)

    def test_a_known_buyer_accepts_a_version_once(self) -> None:
        buyer, later = make_user(), AT + timedelta(days=3)
        make_order(buyer=buyer)
        again = make_order(buyer=buyer, accept_terms=False, at=later)
        assert (again.terms_version, again.terms_accepted_at) == (settings.POLICY.terms_version, AT)
        assert again.created_at == later

    def test_a_new_version_is_accepted_anew(self) -> None:
        buyer = make_user()
        make_order(buyer=buyer)
        with pytest.raises(TermsNotAccepted):
            make_order(buyer=buyer, accept_terms=False, policy=policy(terms_version="2027-02"))

    @pytest.mark.parametrize("who", ["a guest", "another buyer"])
    def test_nobody_accepts_for_somebody_else(self, who: str) -> None:
        make_order(buyer=make_user(), email="same@example.com")
        with pytest.raises(TermsNotAccepted) as refused:
            make_order(buyer=None if who == "a guest" else make_user(), email="same@example.com", accept_terms=False)
        assert (refused.value.code, refused.value.field) == ("terms_not_accepted", "accept_terms")
        assert Order.objects.count() == 1


class TestCost:
    def test_a_cart_costs_few_statements(self, django_assert_max_num_queries: Any) -> None:
        one, two = make_product(), make_product()
        # price, order, parts, lines, a conditional update each, audit; and savepoints because the test is a transaction
        with django_assert_max_num_queries(12):
            place_order(
                items=[item(one), item(two)], currency="INR", email="a@example.com", buyer=None, accept_terms=True,
                cart_metadata={}, policy=settings.POLICY, at=AT,
            )  # fmt: skip
