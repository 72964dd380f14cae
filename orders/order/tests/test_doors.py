"""Tests of who may act on an order, and as whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from rest_framework.request import Request

from config.accounts.models import ApiKey, User
from config.accounts.roles import Role
from config.kernel.errors import NotFound
from orders.order.access import access_token
from orders.order.doors import Caller, Capacity, caller_of
from orders.order.models import Order
from orders.order.services import revoke_access
from orders.tests.factories import AT, item, make_order, make_product, make_seller, make_user

pytestmark = pytest.mark.django_db


def ask(
    order_id: str,
    user: User | None = None,
    *,
    code: str = "orders.view",
    token: str = "",
    key: Any = None,
    at: datetime = AT,
) -> Caller:
    request = Request(RequestFactory().get("/", headers={"X-Order-Token": token} if token else {}))
    request.user = user or AnonymousUser()
    request.auth = key
    return caller_of(request, order_id=order_id, code=code, at=at)


@pytest.fixture
def buyer() -> User:
    return make_user(Role.BUYER)


@pytest.fixture
def seller() -> User:
    return make_seller()


@pytest.fixture
def order(buyer: User, seller: User) -> Order:
    return make_order(item(make_product(seller=seller)), buyer=buyer)


class TestCallerOf:
    def test_knows_buyer_seller_and_staff(self, order: Order, buyer: User, seller: User) -> None:
        staff = make_user(Role.SUPPORT)
        asked = [ask(order.public_id, person) for person in (buyer, seller, staff)]
        assert [caller.capacity for caller in asked] == [Capacity.BUYER, Capacity.SELLER, Capacity.STAFF]
        assert [caller.actor for caller in asked] == [buyer.actor, seller.actor, staff.actor]
        assert all(caller.order == order for caller in asked)

    def test_a_guest_comes_with_the_orders_token(self, order: Order) -> None:
        caller = ask(order.public_id, token=access_token(order))
        assert (caller.capacity, caller.user, caller.actor) == (Capacity.GUEST, None, f"guest:{order.public_id}")

    def test_strangers_learn_nothing(self, order: Order) -> None:
        said = []
        other = make_order()
        attempts: list[Callable[[], Caller]] = [
            lambda: ask(order.public_id),
            lambda: ask(order.public_id, make_user(Role.BUYER)),
            lambda: ask(order.public_id, make_seller()),
            lambda: ask(order.public_id, make_user(Role.SCOUT)),
            lambda: ask(order.public_id, token="x" * 43),
            lambda: ask(order.public_id, token=access_token(other)),
            lambda: ask("ord_nobody", make_user(Role.ADMINISTRATOR)),
            lambda: ask("ord_nobody", token=access_token(order)),
        ]
        for attempt in attempts:
            with pytest.raises(NotFound) as refused:
                attempt()
            said.append(refused.value.detail)
        assert len(set(said)) == 1

    def test_a_token_expires_and_is_revoked(self, order: Order) -> None:
        token = access_token(order)
        with pytest.raises(NotFound):
            ask(order.public_id, token=token, at=order.access_expires_at)
        revoke_access(order, actor="test", at=AT, reason="lost")
        with pytest.raises(NotFound):
            ask(order.public_id, token=token, at=AT + timedelta(seconds=1))

    def test_each_act_needs_its_code(self, order: Order, buyer: User, seller: User) -> None:
        assert ask(order.public_id, seller, code="orders.deliver").capacity == Capacity.SELLER
        with pytest.raises(NotFound):
            ask(order.public_id, buyer, code="orders.deliver")
        with pytest.raises(NotFound):
            ask(order.public_id, make_user(Role.AUDITOR), code="orders.deliver")

    def test_an_api_key_reaches_no_further_than_its_scopes(self, order: Order, buyer: User) -> None:
        assert ask(order.public_id, buyer, key=ApiKey(scopes=["orders.view"])).capacity == Capacity.BUYER
        with pytest.raises(NotFound):
            ask(order.public_id, buyer, key=ApiKey(scopes=["products.view"]))
