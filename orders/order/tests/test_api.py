"""The doors to orders, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.models import User
from config.accounts.roles import Role
from config.audit.models import AuditEntry
from orders.fulfilment.models import Fulfilment
from orders.order.access import access_token
from orders.order.models import Order
from orders.tests.calls import call, errors
from orders.tests.factories import (
    force,
    item,
    make_order,
    make_paid_order,
    make_product,
    make_seller,
    make_user,
    traces,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> User:
    return make_user(Role.BUYER)


@pytest.fixture
def ann() -> User:
    return make_seller()


@pytest.fixture
def bob() -> User:
    return make_seller()


@pytest.fixture
def staff() -> User:
    return make_user(Role.OPERATIONS)


@pytest.fixture
def order(buyer: User, ann: User, bob: User) -> Order:
    """Paid: 2 × 1,000 from Ann and 1 × 333 from Bob."""
    tee = make_product(seller=ann, sku="TEE", prices={"INR": 1_000}, category="shirts")
    cap = make_product(seller=bob, sku="CAP", prices={"INR": 333})
    return make_paid_order(item(tee, 2), item(cap), buyer=buyer, email="b@example.com", cart_metadata={"a": 1})


def inr(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "INR"}


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [order["id"] for order in response.json()["results"]]


class TestRetrieve:
    def test_its_buyer_sees_all_of_it_but_no_fees(self, order: Order, buyer: User, ann: User, bob: User) -> None:
        body = call("get", f"orders/{order.public_id}/", by=buyer).json()
        parts = list(order.fulfilments.order_by("id"))
        assert body["id"] == order.public_id
        assert (body["status"], body["payment_status"]) == ("paid", "paid")
        assert (body["total"], body["paid"], body["refunded"]) == (inr(2_333), inr(2_333), inr(0))
        assert (body["email"], body["cart_metadata"]) == ("b@example.com", {"a": 1})
        assert body["lines"] == [
            {
                "sku": "TEE", "name": "A thing", "category": "shirts", "quantity": 2, "unit": inr(1_000),
                "amount": inr(2_000), "refunded": inr(0), "fulfilment": parts[0].public_id, "fees": None,
            },
            {
                "sku": "CAP", "name": "A thing", "category": "", "quantity": 1, "unit": inr(333),
                "amount": inr(333), "refunded": inr(0), "fulfilment": parts[1].public_id, "fees": None,
            },
        ]  # fmt: skip
        assert [(part["seller"], part["amount"], part["status"]) for part in body["fulfilments"]] == [
            (ann.public_id, inr(2_000), "awaiting"), (bob.public_id, inr(333), "awaiting"),
        ]  # fmt: skip

    def test_a_seller_sees_their_own_part_and_nothing_of_the_others(self, order: Order, bob: User, ann: User) -> None:
        response = call("get", f"orders/{order.public_id}/", by=bob)
        body = response.json()
        assert [line["sku"] for line in body["lines"]] == ["CAP"]
        assert body["lines"][0]["fees"] == {
            "platform_fee": inr(33), "gateway_fee": inr(4), "tax": inr(0), "withheld": inr(0),
        }  # fmt: skip
        assert [part["seller"] for part in body["fulfilments"]] == [bob.public_id]
        assert (body["total"], body["paid"], body["refunded"]) == (inr(333), inr(333), inr(0))
        assert (body["email"], body["cart_metadata"]) == (None, None)
        assert "TEE" not in response.content.decode()
        assert ann.public_id not in response.content.decode()
        assert "b@example.com" not in response.content.decode()

    def test_a_seller_is_not_told_of_money_that_is_not_there(self, ann: User) -> None:
        order = make_order(item(make_product(seller=ann)))
        assert call("get", f"orders/{order.public_id}/", by=ann).json()["paid"] == inr(0)

    def test_staff_see_all_of_it_with_fees(self, order: Order, staff: User) -> None:
        body = call("get", f"orders/{order.public_id}/", by=staff).json()
        assert [line["fees"]["platform_fee"] for line in body["lines"]] == [inr(200), inr(33)]

    def test_a_guest_follows_it_by_its_token(self, order: Order) -> None:
        path = f"orders/{order.public_id}/"
        response = call("get", path, X_Order_Token=access_token(order))
        assert (response.status_code, response.json()["total"]) == (200, inr(2_333))
        assert access_token(order) not in response.content.decode()
        assert call("get", f"{path}?token={access_token(order)}").status_code == 401
        assert call("get", path, X_Order_Token="x" * 43).status_code == 404
        assert call("get", path, X_Order_Token=access_token(make_order())).status_code == 404

    def test_nobody_else_learns_that_it_exists(self, order: Order) -> None:
        path = f"orders/{order.public_id}/"
        for person in (make_user(Role.BUYER), make_seller()):
            assert errors(call("get", path, by=person)) == [("not_found", None)]
        assert call("get", path).status_code == 401
        assert call("get", path, by=make_user(Role.SCOUT)).status_code == 403

    def test_costs_the_same_however_many_lines(self, buyer: User, django_assert_max_num_queries: Any) -> None:
        order = make_order(*(item(make_product()) for _ in range(8)), buyer=buyer)
        # who asks, the order, order with lines and parts
        with django_assert_max_num_queries(6):
            assert len(call("get", f"orders/{order.public_id}/", by=buyer).json()["lines"]) == 8


class TestList:
    def test_everybody_sees_their_own(self, order: Order, buyer: User, ann: User, bob: User, staff: User) -> None:
        other = make_order()
        assert ids(call("get", "orders/", by=buyer)) == [order.public_id]
        assert ids(call("get", "orders/", by=ann)) == [order.public_id]
        assert ids(call("get", "orders/", by=staff)) == [other.public_id, order.public_id]
        assert ids(call("get", "orders/", by=make_user(Role.BUYER))) == []
        assert ids(call("get", "orders/", by=make_seller())) == []

    def test_a_seller_sees_only_their_own_lines_also_in_the_list(self, order: Order, bob: User) -> None:
        (seen,) = call("get", "orders/", by=bob).json()["results"]
        assert [line["sku"] for line in seen["lines"]] == ["CAP"]
        assert (seen["total"], seen["email"]) == (inr(333), None)

    def test_who_buys_and_sells_sees_both_pages_through(self, ann: User) -> None:
        hers = make_product(seller=ann)
        made = [make_order(buyer=ann), make_order(item(hers)), make_order(buyer=ann), make_order(item(hers), buyer=ann)]
        expected = [order.public_id for order in reversed(made)]
        seen, path = [], "orders/?page_size=1"
        for _ in made:
            page = call("get", path, by=ann)
            seen += ids(page)
            path = (page.json()["next"] or "").partition("/api/v1/")[2]
        assert (seen, path) == (expected, "")
        back = call("get", page.json()["previous"].partition("/api/v1/")[2], by=ann)
        assert ids(back) == [expected[-2]]

    def test_filters_by_status(self, order: Order, staff: User) -> None:
        waiting = make_order()
        assert ids(call("get", "orders/?status=paid", by=staff)) == [order.public_id]
        assert ids(call("get", "orders/?status=pending_payment", by=staff)) == [waiting.public_id]
        assert errors(call("get", "orders/?status=lost", by=staff)) == [("invalid_choice", "status")]

    def test_is_closed_to_guests_also_with_a_token(self, order: Order) -> None:
        assert call("get", "orders/", X_Order_Token=access_token(order)).status_code == 401


class TestDeliver:
    def test_a_seller_delivers_their_part(self, order: Order, ann: User) -> None:
        response = call("post", f"orders/{order.public_id}/deliver/", {"reason": "handed over"}, by=ann)
        assert response.status_code == 200
        (part,) = response.json()["fulfilments"]
        assert (part["status"], response.json()["status"]) == ("delivered", "paid")
        assert part["delivered_at"] < part["release_at"]
        entry = AuditEntry.objects.get(subject_id=part["id"])
        assert (entry.actor, entry.reason) == (ann.actor, "handed over")

    def test_the_last_one_delivers_the_order(self, order: Order, ann: User, bob: User) -> None:
        call("post", f"orders/{order.public_id}/deliver/", {}, by=ann)
        response = call("post", f"orders/{order.public_id}/deliver/", {}, by=bob)
        assert response.json()["status"] == "delivered"

    def test_staff_deliver_one_part_or_all(self, order: Order, staff: User) -> None:
        _, second = order.fulfilments.order_by("id")
        path = f"orders/{order.public_id}/deliver/"
        body = call("post", path, {"fulfilment": second.public_id}, by=staff).json()
        assert [part["status"] for part in body["fulfilments"]] == ["awaiting", "delivered"]
        body = call("post", path, {}, by=staff).json()
        assert [part["status"] for part in body["fulfilments"]] == ["delivered", "delivered"]

    def test_told_twice_changes_nothing(self, order: Order, ann: User) -> None:
        path = f"orders/{order.public_id}/deliver/"
        call("post", path, {}, by=ann)
        before = traces()
        assert call("post", path, {}, by=ann).status_code == 200
        assert traces() == before

    def test_a_seller_delivers_nobody_elses(self, order: Order, ann: User, bob: User) -> None:
        his = order.fulfilments.get(seller=bob)
        before = traces()
        response = call("post", f"orders/{order.public_id}/deliver/", {"fulfilment": his.public_id}, by=ann)
        assert (response.status_code, errors(response)) == (404, [("not_found", None)])
        stranger = call("post", f"orders/{order.public_id}/deliver/", {}, by=make_seller())
        assert stranger.status_code == 404
        assert traces() == before

    def test_buyers_guests_and_other_staff_do_not(self, order: Order, buyer: User) -> None:
        path = f"orders/{order.public_id}/deliver/"
        before = traces()
        assert call("post", path, {}, by=buyer).status_code == 403
        assert call("post", path, {}, by=make_user(Role.SUPPORT)).status_code == 403
        assert call("post", path, {}, X_Order_Token=access_token(order)).status_code == 401
        assert call("post", path, {}).status_code == 401
        assert traces() == before

    def test_who_bought_from_themselves_delivers_as_the_seller(self, ann: User) -> None:
        order = make_paid_order(item(make_product(seller=ann)), item(make_product()), buyer=ann)
        response = call("post", f"orders/{order.public_id}/deliver/", {}, by=ann)
        assert response.status_code == 200
        assert list(order.fulfilments.order_by("id").values_list("status", flat=True)) == ["delivered", "awaiting"]

    def test_refuses_an_unpaid_order(self, ann: User) -> None:
        order = make_order(item(make_product(seller=ann)))
        before = traces()
        response = call("post", f"orders/{order.public_id}/deliver/", {}, by=ann)
        assert (response.status_code, errors(response)) == (409, [("order_not_paid", None)])
        assert traces() == before

    def test_refuses_what_was_cancelled(self, order: Order, ann: User) -> None:
        force(order.fulfilments.get(seller=ann), "cancelled")
        before = traces()
        response = call("post", f"orders/{order.public_id}/deliver/", {}, by=ann)
        assert (response.status_code, errors(response)) == (409, [("not_awaiting", None)])
        assert traces() == before

    def test_all_or_none(self, order: Order, staff: User) -> None:
        first, second = order.fulfilments.order_by("id")
        force(first, "review")
        force(second, "cancelled")
        before = traces()
        assert call("post", f"orders/{order.public_id}/deliver/", {}, by=staff).status_code == 409
        assert traces() == before
        assert Fulfilment.objects.get(pk=first.pk).status == "review"
