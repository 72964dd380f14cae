"""A suspicion keeps the money of its payment where it is, and ends by the gateway's word or a person's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.audit.models import AuditEntry
from orders.order.models import Order
from payments.charges.models import Payment
from payments.escrow.models import HoldFreeze
from payments.escrow.services.sweeps import release_due
from payments.reviews.models import Review
from payments.reviews.services.suspect import Suspicion, observe_suspicion, settle_review
from payments.reviews.states import ReviewKind
from payments.tests.walking import AT, everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
OPENED = Suspicion("prv_one", ReviewKind.REVIEW, "rule", is_open=True, outcome="", opened_at=AT)
CLOSED = replace(OPENED, is_open=False, outcome="approved")
WARNED = replace(OPENED, gateway_review_id="issfr_one", kind=ReviewKind.EARLY_FRAUD_WARNING)


def told(world: World, payment: Payment, said: Suspicion) -> str:
    return observe_suspicion(payment=payment, said=said, actor="gateway:stripe", at=world.at)


def settled(world: World, reason: str) -> bool:
    return settle_review(review_pk=Review.objects.get().pk, actor="user:op", reason=reason, at=world.at)


def held(world: World, order: Order) -> list[str]:
    return [hold.status for hold in world.holds(order)]


class TestObserveSuspicion:
    def test_freezes_every_hold_of_its_payment_once(self, world: World) -> None:
        order, other = world.paid_order(10_000, 5_000), world.paid_order()
        payment = world.payment(order)
        assert told(world, payment, OPENED) == "open"
        before = everything()
        assert told(world, payment, OPENED) == "known already"
        assert everything() == before
        assert (held(world, order), held(world, other)) == (["frozen", "frozen"], ["held"])
        row = Review.objects.get()
        assert (row.payment, row.kind, row.reason, row.opened_at) == (payment, "review", "rule", AT)

    def test_closed_it_lets_go_and_stays_closed(self, world: World) -> None:
        order = world.paid_order()
        payment = world.payment(order)
        assert [told(world, payment, said) for said in (OPENED, CLOSED, OPENED, CLOSED)] == [
            "open", "closed", "known already", "known already"
        ]  # fmt: skip
        assert (held(world, order), Review.objects.get().outcome) == (["held"], "approved")
        assert not HoldFreeze.objects.filter(lifted_at__isnull=True).exists()

    def test_first_heard_of_when_it_was_over_it_freezes_nothing(self, world: World) -> None:
        order = world.paid_order()
        assert told(world, world.payment(order), CLOSED) == "closed"
        assert held(world, order) == ["held"]
        assert not HoldFreeze.objects.exists()

    def test_of_two_both_must_end(self, world: World) -> None:
        order = world.paid_order()
        payment = world.payment(order)
        told(world, payment, OPENED)
        told(world, payment, WARNED)
        told(world, payment, CLOSED)
        assert held(world, order) == ["frozen"]
        told(world, payment, replace(WARNED, is_open=False, outcome="not actionable"))
        assert held(world, order) == ["held"]

    def test_what_is_longer_than_its_column_is_cut(self, world: World) -> None:
        payment = world.payment(world.paid_order())
        told(world, payment, replace(OPENED, reason="r" * 200))
        told(world, payment, replace(CLOSED, outcome="o" * 200))
        assert (len(Review.objects.get().reason), len(Review.objects.get().outcome)) == (80, 80)


class TestFreezeForOpenReviews:
    def test_money_that_comes_under_an_open_one_stands_still_at_once(self, world: World) -> None:
        order = world.order()
        world.pay(world.start(order))
        told(world, order.payments.get(), OPENED)
        world.hear()
        assert held(world, order) == ["frozen"]

    def test_under_one_that_is_closed_it_is_free(self, world: World) -> None:
        order = world.order()
        world.pay(world.start(order))
        told(world, order.payments.get(), OPENED)
        told(world, order.payments.get(), CLOSED)
        world.hear()
        assert held(world, order) == ["held"]


class TestSettleReview:
    def test_a_person_lets_it_go_on(self, world: World) -> None:
        order = world.paid_order()
        world.hand_over(order)
        told(world, world.payment(order), WARNED)
        release_due(at=world.later(days=3))
        assert held(world, order) == ["frozen"]
        assert settled(world, "called the buyer")
        assert not settled(world, "again")
        release_due(at=world.at)
        assert held(world, order) == ["released"]
        assert AuditEntry.objects.get(subject_type="review").reason == "called the buyer"

    def test_what_the_gateway_says_later_changes_nothing(self, world: World) -> None:
        order = world.paid_order()
        told(world, world.payment(order), OPENED)
        settled(world, "fine")
        assert told(world, world.payment(order), OPENED) == "known already"
        assert told(world, world.payment(order), replace(CLOSED, outcome="refunded_as_fraud")) == "known already"
        assert (held(world, order), Review.objects.get().outcome) == (["held"], "settled by a person")
