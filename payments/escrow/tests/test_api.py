"""The doors that end an order, over HTTP: who may complete and cancel what."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from config.accounts.models import User
from config.accounts.roles import Role
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import deliver
from orders.order.access import access_token
from orders.order.models import Order
from orders.tests.factories import make_user, policy
from payments.charges.tests.test_api import bearer, codes, post
from payments.ledger.models import LedgerEntry
from payments.refunds.models import Refund
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def guest(order: Order) -> dict[str, str]:
    return {"X_Order_Token": access_token(order)}


def delivered(world: World, *amounts: int) -> Order:
    order = world.paid_order(*amounts)
    for part in world.fulfilments(order):
        deliver(fulfilment=part, actor="user:seller", by_staff=False, at=world.at, policy=settings.POLICY)
    order.refresh_from_db()
    return order


def seller_of(order: Order, position: int = 0) -> User:
    return list(Fulfilment.objects.filter(order=order).select_related("seller").order_by("pk"))[position].seller


class TestComplete:
    def path(self, order: Order) -> str:
        return f"/api/v1/orders/{order.public_id}/complete/"

    def test_the_buyer_completes_and_the_seller_is_owed(self, world: World) -> None:
        order = delivered(world, 10_000)
        response = post(self.path(order), {}, **guest(order))
        assert (response.status_code, response.json()["status"]) == (200, "completed")
        assert [hold.status for hold in world.holds(order)] == ["released"]

    def test_twice_is_once(self, world: World) -> None:
        order = delivered(world, 10_000)
        for _ in range(2):
            assert post(self.path(order), {}, **guest(order)).status_code == 200
        assert LedgerEntry.objects.filter(event="release").count() == 1

    def test_one_of_two_fulfilments_is_named(self, world: World) -> None:
        order = delivered(world, 10_000, 5_000)
        first = world.fulfilments(order)[0]
        response = post(self.path(order), {"fulfilment": first.public_id}, **guest(order))
        assert [part["status"] for part in response.json()["fulfilments"]] == ["completed", "delivered"]
        assert response.json()["status"] == "delivered"

    def test_never_the_seller(self, world: World) -> None:
        order = delivered(world, 10_000)
        response = post(self.path(order), {}, **bearer(seller_of(order)))
        assert response.status_code == 403
        assert [hold.status for hold in world.holds(order)] == ["held"]

    def test_not_even_a_seller_who_works_here(self, world: World) -> None:
        order = delivered(world, 10_000)
        seller = seller_of(order)
        User.objects.filter(pk=seller.pk).update(roles=[Role.SELLER, Role.OPERATIONS])
        seller.refresh_from_db()
        assert post(self.path(order), {}, **bearer(seller)).status_code == 403
        assert [hold.status for hold in world.holds(order)] == ["held"]

    def test_staff_may(self, world: World) -> None:
        order = delivered(world, 10_000)
        assert post(self.path(order), {}, **bearer(make_user(Role.OPERATIONS))).status_code == 200

    def test_not_before_it_was_delivered(self, world: World) -> None:
        order = world.paid_order(10_000)
        named = {"fulfilment": world.fulfilments(order)[0].public_id}
        response = post(self.path(order), named, **guest(order))
        assert (response.status_code, codes(response)) == (409, {"not_delivered"})

    @pytest.mark.parametrize("role", [Role.BUYER, Role.SUPPORT, Role.AUDITOR])
    def test_nobody_else(self, world: World, role: Role) -> None:
        order = delivered(world, 10_000)
        assert post(self.path(order), {}, **bearer(make_user(role))).status_code in (403, 404)
        assert [hold.status for hold in world.holds(order)] == ["held"]


class TestCancel:
    def path(self, order: Order) -> str:
        return f"/api/v1/orders/{order.public_id}/cancel/"

    def test_the_buyer_cancels_what_is_not_paid_and_the_gateway_takes_nothing_more(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order)
        assert post(self.path(order), {}, **guest(order)).json()["status"] == "cancelled"
        answer: dict[str, Any] = world.sandbox.control.stripe(
            f"payment_intents/{started.payment.gateway_payment_id}/confirm", payment_method="pm_card_visa"
        )
        assert answer["error"]["code"] == "payment_intent_unexpected_state"

    def test_the_buyer_cannot_cancel_what_is_paid(self, world: World) -> None:
        order = world.paid_order(10_000)
        assert post(self.path(order), {}, **guest(order)).status_code == 403
        assert [hold.status for hold in world.holds(order)] == ["held"]

    def test_a_seller_cancels_their_part_and_the_buyer_gets_it_back(self, world: World) -> None:
        order = world.paid_order(10_000, 5_000)
        response = post(self.path(order), {"reason": "broken"}, **bearer(seller_of(order, 1)))
        own = {"id": world.fulfilments(order)[1].public_id, "status": "cancelled"}
        assert response.json() == {
            "id": order.public_id, "status": "paid", "payment_status": "refunded", "fulfilments": [own],
            "refunds_to_approve": [],
        }  # fmt: skip
        world.hear()
        order.refresh_from_db()
        assert (order.status, order.payment_status, order.refunded_minor) == ("paid", "partially_refunded", 5_000)

    def test_a_seller_cannot_cancel_anothers_part(self, world: World) -> None:
        order = world.paid_order(10_000, 5_000)
        named = {"fulfilment": world.fulfilments(order)[0].public_id}
        assert post(self.path(order), named, **bearer(seller_of(order, 1))).status_code == 404
        assert [hold.status for hold in world.holds(order)] == ["held", "held"]

    def test_nothing_is_cancelled_after_delivery(self, world: World) -> None:
        order = delivered(world, 10_000)
        response = post(self.path(order), {}, **bearer(make_user(Role.OPERATIONS)))
        assert (response.status_code, codes(response)) == (409, {"cannot_cancel"})

    def test_staff_cancel_everything_before_delivery(self, world: World, settings: Any) -> None:
        settings.POLICY = policy(refund_approval_threshold_minor={"USD": 15_000})
        order = world.paid_order(10_000, 5_000)
        assert post(self.path(order), {}, **bearer(make_user(Role.SUPPORT))).json()["status"] == "cancelled"
        world.hear()
        order.refresh_from_db()
        assert order.payment_status == "refunded"

    def test_what_one_of_staff_may_not_decide_alone_waits_for_a_second_person(
        self, world: World, settings: Any
    ) -> None:
        settings.POLICY = policy(refund_approval_threshold_minor={"USD": 10_000})
        order = world.paid_order(10_000, 5_000)
        answer = post(self.path(order), {}, **bearer(make_user(Role.SUPPORT))).json()
        assert [part["status"] for part in answer["fulfilments"]] == ["cancelled", "awaiting"]
        waiting = Refund.objects.get(status="requested")
        assert (answer["refunds_to_approve"], waiting.amount_minor) == ([waiting.public_id], 5_000)
        assert [hold.status for hold in world.holds(order)] == ["returned", "frozen"]

    @pytest.mark.parametrize("position", [0, 1])
    def test_staff_cancel_what_is_not_delivered_beside_what_is(
        self, world: World, position: int, settings: Any
    ) -> None:
        settings.POLICY = policy(refund_approval_threshold_minor={"USD": 15_000})
        order = world.paid_order(10_000, 5_000)
        world.hand_over_part(world.fulfilments(order)[position])
        response = post(self.path(order), {}, **bearer(make_user(Role.SUPPORT)))
        statuses = ["cancelled", "cancelled"]
        statuses[position] = "delivered"
        assert response.status_code == 200, response.content
        assert [part["status"] for part in response.json()["fulfilments"]] == statuses
