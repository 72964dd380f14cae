"""A suspicion freezes the money of its payment, in whatever order it is told, and lets it go when it is closed."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.inbox.models import WebhookEvent
from orders.order.models import Order
from payments.escrow.models import HoldFreeze
from payments.escrow.services.sweeps import time_out_due
from payments.reviews.models import Review
from payments.reviews.services.suspect import settle_review
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def event(kind: str, obj: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"evt_{kind}_{obj['id']}_{obj.get('open', obj.get('actionable'))}", "object": "event",
        "api_version": "2026-10-28.endive", "created": 1_784_115_300, "data": {"object": obj}, "livemode": False,
        "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None}, "type": kind,
    }  # fmt: skip


def review(world: World, order: Order, *, is_open: bool, closed: str = "approved") -> dict[str, Any]:
    """In the shape of stripe-python 16's Review."""
    payment = world.payment(order)
    obj = {
        "id": f"prv_{order.pk}", "object": "review", "billing_zip": None, "charge": payment.charge_id or None,
        "closed_reason": None if is_open else closed, "created": 1_784_115_300, "ip_address": None,
        "ip_address_location": None, "livemode": False, "open": is_open, "opened_reason": "rule",
        "payment_intent": payment.gateway_payment_id, "reason": "rule" if is_open else closed, "session": None,
    }  # fmt: skip
    return event("review.opened" if is_open else "review.closed", obj)


def warning(world: World, order: Order, *, actionable: bool) -> dict[str, Any]:
    """In the shape of stripe-python 16's radar.EarlyFraudWarning."""
    payment = world.payment(order)
    obj = {
        "id": f"issfr_{order.pk}", "object": "radar.early_fraud_warning", "actionable": actionable,
        "charge": payment.charge_id, "created": 1_784_115_300, "fraud_type": "made_with_stolen_card", "livemode": False,
        "payment_intent": payment.gateway_payment_id,
    }  # fmt: skip
    return event(f"radar.early_fraud_warning.{'created' if actionable else 'updated'}", obj)


def held(world: World, order: Order) -> list[str]:
    return [hold.status for hold in world.holds(order)]


class TestReview:
    def test_freezes_every_hold_until_it_is_closed(self, world: World) -> None:
        order = world.paid_order(10_000, 5_000)
        world.hear([review(world, order, is_open=True)])
        assert held(world, order) == ["frozen", "frozen"]
        row = Review.objects.get()
        assert (row.status, row.kind, row.reason, row.payment_id) == ("open", "review", "rule", world.payment(order).pk)
        time_out_due(at=world.later(hours=2))
        assert held(world, order) == ["frozen", "frozen"]
        world.hear([review(world, order, is_open=False)])
        assert held(world, order) == ["held", "held"]
        row.refresh_from_db()
        assert (row.status, row.outcome) == ("closed", "approved")
        assert HoldFreeze.objects.filter(lifted_at__isnull=True).count() == 0

    def test_told_twice_is_told_once(self, world: World) -> None:
        order = world.paid_order()
        opened, closed = review(world, order, is_open=True), review(world, order, is_open=False)
        world.hear([opened, {**opened, "id": "evt_again"}, closed, {**closed, "id": "evt_again_too"}])
        assert AuditEntry.objects.filter(subject_type="review").count() == 1
        assert held(world, order) == ["held"]

    @pytest.mark.parametrize("order_of_events", list(permutations(["opened", "closed", "paid"])))
    def test_in_any_order_beside_the_capture(self, world: World, order_of_events: tuple[str, ...]) -> None:
        order = world.order()
        world.pay(world.start(order))
        paid = world.new_events()
        told = {"opened": [review(world, order, is_open=True)], "closed": [review(world, order, is_open=False)],
                "paid": paid}  # fmt: skip
        for name in order_of_events:
            world.hear(told[name])
        assert held(world, order) == ["held"]
        assert Review.objects.get().status == "closed"

    def test_that_is_open_when_the_money_comes_freezes_it_at_once(self, world: World) -> None:
        order = world.order()
        world.pay(world.start(order))
        paid = world.new_events()
        world.hear([review(world, order, is_open=True)])
        world.hear(paid)
        assert held(world, order) == ["frozen"]

    def test_does_not_reach_what_was_released(self, world: World) -> None:
        order = world.released_order()
        world.hear([review(world, order, is_open=True)])
        assert held(world, order) == ["released"]
        assert Review.objects.get().status == "open"
        world.hear([review(world, order, is_open=False)])
        assert held(world, order) == ["released"]

    def test_of_nobodys_payment_is_foreign(self, world: World) -> None:
        order = world.paid_order()
        stranger = review(world, order, is_open=True)
        stranger["data"]["object"] |= {"charge": "ch_of_nobody", "payment_intent": "pi_of_nobody"}
        before = everything()
        world.hear([stranger])
        assert WebhookEvent.objects.latest("pk").state == "foreign"
        assert everything() == before


class TestEarlyFraudWarning:
    def test_freezes_until_it_is_not_actionable_any_more(self, world: World) -> None:
        order = world.paid_order()
        world.hear([warning(world, order, actionable=True)])
        assert held(world, order) == ["frozen"]
        assert Review.objects.get().reason == "made_with_stolen_card"
        world.hear([warning(world, order, actionable=False)])
        assert held(world, order) == ["held"]

    def test_that_comes_too_late_freezes_nothing(self, world: World) -> None:
        order = world.paid_order()
        world.hear([warning(world, order, actionable=False)])
        assert held(world, order) == ["held"]
        assert Review.objects.get().status == "closed"
        assert not HoldFreeze.objects.exists()

    def test_beside_a_review_both_must_end(self, world: World) -> None:
        order = world.paid_order()
        world.hear([warning(world, order, actionable=True), review(world, order, is_open=True)])
        world.hear([review(world, order, is_open=False)])
        assert held(world, order) == ["frozen"]
        world.hear([warning(world, order, actionable=False)])
        assert held(world, order) == ["held"]


class TestSettledByAPerson:
    def test_what_the_gateway_says_later_changes_nothing(self, world: World) -> None:
        order = world.paid_order()
        world.hear([review(world, order, is_open=True)])
        settle_review(review_pk=Review.objects.get().pk, actor="user:op", reason="fine", at=world.at)
        world.hear([{**review(world, order, is_open=True), "id": "evt_late"}])
        assert held(world, order) == ["held"]
