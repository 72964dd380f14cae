"""The doors to the catalogue, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.models import User
from config.accounts.roles import Role
from config.audit.models import AuditEntry
from orders.catalog.models import Product
from orders.tests.calls import call, errors
from orders.tests.factories import make_product, make_seller, make_user, traces

pytestmark = pytest.mark.django_db
TEE = {"sku": "TEE", "name": "Tee", "stock": 3, "prices": [{"currency": "INR", "amount_minor": 900}]}


@pytest.fixture
def seller() -> User:
    return make_seller()


@pytest.fixture
def staff() -> User:
    return make_user(Role.OPERATIONS)


def skus(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [product["sku"] for product in response.json()["results"]]


class TestList:
    @pytest.fixture(autouse=True)
    def shelf(self, seller: User) -> None:
        make_product(seller=seller, sku="RED-1", name="Red shoe", category="shoes", prices={"INR": 500})
        make_product(sku="BLUE-1", name="Blue shoe", category="shoes", prices={"INR": 900, "USD": 20}, stock=0)
        gone = make_product(seller=seller, sku="GONE-1", name="Old shoe")
        Product.objects.filter(pk=gone.pk).update(is_active=False)

    def test_is_open_to_strangers_and_shows_what_is_on_sale(self) -> None:
        response = call("get", "products/")
        assert skus(response) == ["BLUE-1", "RED-1"]
        product = response.json()["results"][0]
        assert set(product) == {
            "id", "sku", "name", "description", "category", "seller", "stock", "is_active", "prices", "gateway_ids",
            "created_at", "updated_at",
        }  # fmt: skip
        assert product["prices"] == [
            {"currency": "INR", "amount_minor": 900},
            {"currency": "USD", "amount_minor": 20},
        ]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("search=red", ["RED-1"]),
            ("search=red-", ["RED-1"]),
            ("search=shoe", ["BLUE-1", "RED-1"]),
            ("search=", ["BLUE-1", "RED-1"]),
            ("category=shoes", ["BLUE-1", "RED-1"]),
            ("category=hats", []),
            ("seller=usr_nobody", []),
            ("in_stock=true", ["RED-1"]),
            ("in_stock=false", ["BLUE-1"]),
            ("currency=USD", ["BLUE-1"]),
            ("currency=INR&max_amount_minor=500", ["RED-1"]),
            ("currency=INR&min_amount_minor=501", ["BLUE-1"]),
            ("search=shoe&in_stock=true&currency=INR", ["RED-1"]),
        ],
    )
    def test_filters(self, query: str, expected: list[str]) -> None:
        assert skus(call("get", f"products/?{query}")) == expected

    def test_filters_by_seller(self, seller: User) -> None:
        assert skus(call("get", f"products/?seller={seller.public_id}")) == ["RED-1"]

    @pytest.mark.parametrize(
        ("query", "error"),
        [
            ("currency=XXX", ("unknown_currency", "currency")),
            ("min_amount_minor=5", ("invalid", "currency")),
            ("currency=INR&min_amount_minor=x", ("invalid", "min_amount_minor")),
            ("in_stock=maybe", ("invalid", "in_stock")),
            (f"search={'a' * 201}", ("max_length", "search")),
            ("cursor=x", ("invalid_cursor", "cursor")),
            ("search=%00", ("null_characters_not_allowed", None)),
        ],
    )
    def test_refuses_what_it_cannot_read(self, query: str, error: tuple[str, str | None]) -> None:
        response = call("get", f"products/?{query}")
        assert (response.status_code, errors(response)) == (400, [error])

    def test_a_seller_also_sees_their_own_that_is_off_the_shelf_and_staff_all(self, seller: User, staff: User) -> None:
        assert skus(call("get", "products/", by=seller)) == ["GONE-1", "BLUE-1", "RED-1"]
        assert skus(call("get", "products/", by=make_seller())) == ["BLUE-1", "RED-1"]
        assert skus(call("get", "products/", by=make_user(Role.BUYER))) == ["BLUE-1", "RED-1"]
        assert skus(call("get", "products/", by=staff)) == ["GONE-1", "BLUE-1", "RED-1"]

    def test_pages_by_keyset_in_two_queries(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(2):
            first = call("get", "products/?page_size=1&search=shoe")
        assert skus(first) == ["BLUE-1"]
        second = call("get", first.json()["next"].split("/api/v1/")[1])
        assert skus(second) == ["RED-1"]
        assert second.json()["next"] is None


class TestRetrieve:
    def test_is_open_to_strangers(self) -> None:
        product = make_product(sku="TEE")
        response = call("get", f"products/{product.public_id}/")
        assert (response.status_code, response.json()["sku"]) == (200, "TEE")

    def test_what_is_off_the_shelf_is_for_its_seller_and_staff(self, seller: User, staff: User) -> None:
        product = make_product(seller=seller)
        Product.objects.filter(pk=product.pk).update(is_active=False)
        path = f"products/{product.public_id}/"
        codes = [call("get", path, by=user).status_code for user in (None, make_seller(), seller, staff)]
        assert codes == [404, 404, 200, 200]

    @pytest.mark.parametrize("product_id", ["prd_nobody", "1", "' or 1=1"])
    def test_knows_no_other(self, product_id: str) -> None:
        make_product()
        assert errors(call("get", f"products/{product_id}/")) == [("not_found", None)]


class TestCreate:
    def test_a_seller_lists_a_product(self, seller: User) -> None:
        response = call("post", "products/", {**TEE, "category": "shirts", "description": "soft"}, by=seller)
        assert response.status_code == 201
        product = Product.objects.get()
        assert response.json()["id"] == product.public_id
        assert (product.sku, product.seller, product.stock, product.category) == ("TEE", seller, 3, "shirts")
        assert AuditEntry.objects.get(subject_id=product.public_id).actor == seller.actor

    def test_staff_list_for_a_seller(self, seller: User, staff: User) -> None:
        response = call("post", "products/", {**TEE, "seller": seller.public_id}, by=staff)
        assert (response.status_code, response.json()["seller"]) == (201, seller.public_id)

    @pytest.mark.parametrize(
        ("role", "status"), [(None, 401), (Role.BUYER, 403), (Role.SUPPORT, 403), (Role.AUDITOR, 403)]
    )
    def test_nobody_else_does(self, role: Role | None, status: int) -> None:
        person = make_user(role) if role else None
        before = traces()
        assert call("post", "products/", TEE, by=person).status_code == status
        assert traces() == before

    def test_refuses_a_seller_who_is_none_or_somebody_else(self, seller: User, staff: User) -> None:
        before = traces()
        assert errors(call("post", "products/", TEE, by=staff)) == [("seller_unknown", "seller")]
        for named in ("usr_nobody", make_user(Role.BUYER).public_id):
            assert errors(call("post", "products/", {**TEE, "seller": named}, by=staff)) == [
                ("seller_unknown", "seller")
            ]
        other = make_seller().public_id
        assert errors(call("post", "products/", {**TEE, "seller": other}, by=seller)) == [
            ("permission_denied", "seller")
        ]
        assert traces() == before

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"sku": "a b"}, ("invalid_product", "sku")),
            ({"sku": None}, ("null", "sku")),
            ({"name": ""}, ("blank", "name")),
            ({"stock": -1}, ("invalid_product", "stock")),
            ({"stock": 1.0}, ("invalid", "stock")),
            ({"stock": True}, ("invalid", "stock")),
            ({"stock": "3"}, ("invalid", "stock")),
            ({"stock": 10**12}, ("invalid_product", "stock")),
            ({"prices": []}, ("invalid_product", "prices")),
            ({"prices": [{"currency": "INR", "amount_minor": 0}]}, ("invalid_product", "prices")),
            ({"prices": [{"currency": "INR", "amount_minor": 9.5}]}, ("invalid", "prices.0.amount_minor")),
            ({"prices": [{"currency": "XXX", "amount_minor": 5}]}, ("unknown_currency", "prices")),
            ({"prices": [{"currency": "INR", "amount_minor": 5}] * 2}, ("invalid_product", "prices")),
            ({"category": "UPPER"}, ("invalid_product", "category")),
        ],
    )
    def test_refuses_bad_fields_and_writes_nothing(
        self, seller: User, change: dict[str, Any], error: tuple[str, str]
    ) -> None:
        before = traces()
        response = call("post", "products/", {**TEE, **change}, by=seller)
        assert (response.status_code, errors(response)) == (400, [error])
        assert traces() == before

    def test_refuses_a_sku_that_is_taken(self, seller: User) -> None:
        make_product(sku="TEE")
        response = call("post", "products/", TEE, by=seller)
        assert (response.status_code, errors(response)) == (409, [("sku_taken", "sku")])

    def test_an_idempotency_key_lists_once(self, seller: User) -> None:
        answers = [call("post", "products/", TEE, by=seller, Idempotency_Key="once") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert answers[1]["Idempotent-Replayed"] == "true"
        assert Product.objects.count() == 1

    def test_writing_is_throttled_and_reading_is_not(self, seller: User, settings: Any) -> None:
        settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "listing": 2}
        codes = [call("post", "products/", {**TEE, "sku": f"T-{n}"}, by=seller).status_code for n in range(3)]
        assert codes == [201, 201, 429]
        assert call("get", "products/", by=seller).status_code == 200


class TestUpdate:
    def test_changes_what_is_given(self, seller: User) -> None:
        product = make_product(seller=seller, stock=5, prices={"INR": 7, "USD": 9})
        body = {"stock": 9, "prices": [{"currency": "INR", "amount_minor": 8}], "is_active": False}
        response = call("patch", f"products/{product.public_id}/", body, by=seller)
        assert response.status_code == 200
        assert {name: response.json()[name] for name in body} == body
        assert response.json()["name"] == product.name

    def test_the_sku_stays(self, seller: User) -> None:
        product = make_product(seller=seller, sku="TEE")
        response = call("patch", f"products/{product.public_id}/", {"sku": "OTHER"}, by=seller)
        assert (response.status_code, response.json()["sku"]) == (200, "TEE")

    def test_staff_change_anybodys(self, staff: User) -> None:
        product = make_product()
        assert call("patch", f"products/{product.public_id}/", {"stock": 1}, by=staff).status_code == 200
        assert AuditEntry.objects.get(act="changed").actor == staff.actor

    @pytest.mark.parametrize(
        ("role", "status"), [(None, 401), (Role.SELLER, 403), (Role.BUYER, 403), (Role.SUPPORT, 403)]
    )
    def test_nobody_else_does(self, role: Role | None, status: int) -> None:
        product, person = make_product(), make_user(role) if role else None
        before = traces()
        assert call("patch", f"products/{product.public_id}/", {"stock": 1}, by=person).status_code == status
        assert traces() == before

    @pytest.mark.parametrize("body", [{"stock": -1}, {"stock": None}, {"prices": []}, {"name": ""}, {"is_active": "?"}])
    def test_refuses_bad_values_and_writes_nothing(self, seller: User, body: dict[str, Any]) -> None:
        product = make_product(seller=seller)
        before = traces()
        assert call("patch", f"products/{product.public_id}/", body, by=seller).status_code == 400
        assert traces() == before


class TestGatewayIds:
    IDS = {"stripe": {"product": "prod_1", "prices": {"INR": "price_1"}}}

    def test_are_kept_by_staff_and_shown_to_them_alone(self, seller: User, staff: User) -> None:
        product = make_product(seller=seller, prices={"INR": 500, "USD": 9})
        answer = call("patch", f"products/{product.public_id}/", {"gateway_ids": self.IDS}, by=staff)
        assert answer.json()["gateway_ids"] == self.IDS
        assert call("get", f"products/{product.public_id}/", by=staff).json()["gateway_ids"] == self.IDS
        for user in (seller, None):
            assert call("get", f"products/{product.public_id}/", by=user).json()["gateway_ids"] is None

    def test_a_new_price_is_new_to_the_gateway(self, staff: User) -> None:
        product = make_product(prices={"INR": 500})
        call("patch", f"products/{product.public_id}/", {"gateway_ids": self.IDS}, by=staff)
        prices = [{"currency": "INR", "amount_minor": 600}]
        changed = call("patch", f"products/{product.public_id}/", {"prices": prices}, by=staff)
        assert changed.json()["gateway_ids"] == {"stripe": {"product": "prod_1", "prices": {}}}

    def test_told_again_nothing_is_written(self, staff: User) -> None:
        product = make_product(prices={"INR": 500})
        call("patch", f"products/{product.public_id}/", {"gateway_ids": self.IDS}, by=staff)
        before = traces()
        call("patch", f"products/{product.public_id}/", {"gateway_ids": self.IDS}, by=staff)
        assert traces() == before

    def test_are_none_of_a_sellers_business(self, seller: User) -> None:
        product = make_product(seller=seller, prices={"INR": 500})
        answer = call("patch", f"products/{product.public_id}/", {"gateway_ids": self.IDS, "name": "Other"}, by=seller)
        assert answer.status_code == 403
        product.refresh_from_db()
        assert (product.gateway_product_ids, product.name != "Other") == ({}, True)

    @pytest.mark.parametrize(
        "ids",
        [
            [], "x", {"nobody": {"product": "prod_1"}}, {"stripe": []}, {"stripe": {}}, {"stripe": {"product": ""}},
            {"stripe": {"product": 1}}, {"stripe": {"product": "a b"}}, {"stripe": {"product": "p", "extra": 1}},
            {"stripe": {"product": "p", "prices": []}}, {"stripe": {"product": "p", "prices": {"INR": None}}},
            {"stripe": {"product": "p", "prices": {"ZZZ": "price_1"}}},
            {"stripe": {"product": "p", "prices": {"USD": "price_1"}}},
        ],
    )  # fmt: skip
    def test_that_make_no_sense_are_refused_whole(self, staff: User, ids: Any) -> None:
        product = make_product(prices={"INR": 500}, name="Old")
        before = traces()
        answer = call("patch", f"products/{product.public_id}/", {"gateway_ids": ids, "name": "New"}, by=staff)
        assert answer.status_code == 400
        assert errors(answer)[0][0] in ("invalid_product", "unknown_currency")
        assert traces() == before
