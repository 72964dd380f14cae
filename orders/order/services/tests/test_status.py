"""Tests of the one place that moves an order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from orders.order.models import Order
from orders.order.services import refresh_status
from orders.order.services.status import CLOSED, TOPICS, settle
from orders.order.states import ORDER_STATES
from orders.tests.factories import AT, force, item, make_order, make_product, traces

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=2)


def moves_of(order: Order) -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(subject_id=order.public_id, act="move").order_by("id")
    return [(entry.from_state, entry.to_state) for entry in entries]


class TestRefreshStatus:
    def test_moves_to_paid_once_with_its_time_and_its_topics(self, settings: Any) -> None:
        one = {"order.paid": ["somebody.listens"], "checkout.completed": ["somebody.listens"]}
        settings.LISTENERS = {**settings.LISTENERS, **one}
        order = make_order()
        Order.objects.filter(pk=order.pk).update(applied_minor=order.total_minor)
        assert refresh_status(order, actor="webhook:stripe", at=LATER, reason="captured")
        assert (order.status, order.payment_status, order.paid_at, order.closed_at) == ("paid", "paid", LATER, None)
        assert sorted(OutboxJob.objects.values_list("topic", "fact_key")) == [
            ("checkout.completed", f"checkout.completed:{order.public_id}"),
            ("order.paid", f"order.paid:{order.public_id}"),
        ]
        assert OutboxJob.objects.get(topic="order.paid").payload == {"order": order.public_id}
        entry = AuditEntry.objects.get(subject_id=order.public_id, act="move")
        assert (entry.actor, entry.reason, entry.at) == ("webhook:stripe", "captured", LATER)
        before = traces()
        assert not refresh_status(order, actor="webhook:stripe", at=LATER + timedelta(hours=1))
        assert traces() == before

    def test_reads_what_others_committed_not_what_its_caller_remembers(self) -> None:
        order = make_order()
        Order.objects.filter(pk=order.pk).update(applied_minor=order.total_minor)
        assert order.applied_minor == 0
        refresh_status(order, actor="test", at=LATER)
        assert (order.applied_minor, order.status) == (order.total_minor, "paid")

    def test_walks_every_step_when_facts_skip_ahead(self) -> None:
        """One part was completed before the other, which was awaited, is cancelled."""
        order = make_order(item(make_product()), item(make_product()))
        first, second = order.fulfilments.order_by("id")
        Order.objects.filter(pk=order.pk).update(applied_minor=order.total_minor)
        refresh_status(order, actor="test", at=AT)
        force(first, "completed")
        assert not refresh_status(order, actor="test", at=LATER)
        force(second, "cancelled")
        assert refresh_status(order, actor="test", at=LATER)
        assert moves_of(order) == [("pending_payment", "paid"), ("paid", "delivered"), ("delivered", "completed")]
        assert order.closed_at == LATER

    def test_closes_once(self) -> None:
        order = make_order()
        force(order, "completed", applied_minor=1_000, closed_at=AT)
        Order.objects.filter(pk=order.pk).update(refunded_minor=1_000)
        assert refresh_status(order, actor="test", at=LATER)
        assert (order.status, order.payment_status, order.closed_at) == ("refunded", "refunded", AT)

    def test_a_paid_order_whose_parts_are_all_cancelled_is_cancelled_and_says_so(self, settings: Any) -> None:
        settings.LISTENERS = {**settings.LISTENERS, "order.cancelled": ["somebody.listens"]}
        order = make_order()
        force(order, "paid", applied_minor=1_000)
        force(order.fulfilments.get(), "cancelled")
        refresh_status(order, actor="test", at=LATER)
        assert (order.status, order.closed_at) == ("cancelled", LATER)
        assert OutboxJob.objects.get().topic == "order.cancelled"

    @pytest.mark.parametrize(
        ("part", "back", "closed_at"), [("awaiting", "paid", None), ("delivered", "delivered", None),
                                        ("completed", "completed", AT)],
    )  # fmt: skip
    def test_one_whose_money_came_back_is_what_it_was(
        self, settings: Any, part: str, back: str, closed_at: datetime | None
    ) -> None:
        settings.LISTENERS = {**settings.LISTENERS, "order.paid": ["somebody.listens"]}
        order = make_order()
        force(order, "refunded", applied_minor=1_000, refunded_minor=1_000, paid_at=AT, closed_at=AT)
        force(order.fulfilments.get(), part)
        order.lines.update(refunded_minor=1_000)
        assert not refresh_status(order, actor="test", at=LATER)
        Order.objects.filter(pk=order.pk).update(refunded_minor=400)
        assert not refresh_status(order, actor="test", at=LATER), "the rest bounced and is still owed"
        order.lines.update(refunded_minor=400)
        assert refresh_status(order, actor="test", at=LATER)
        assert (order.status, order.paid_at, order.closed_at) == (back, AT, closed_at)
        assert moves_of(order) == [("refunded", back)]
        assert not OutboxJob.objects.exists(), "it was announced when it was paid"

    @pytest.mark.parametrize("status", sorted(ORDER_STATES.final))
    def test_what_is_final_stays(self, status: str) -> None:
        order = make_order()
        force(order, status, applied_minor=1_000)
        before = traces()
        assert not refresh_status(order, actor="test", at=LATER)
        assert traces() == before


class TestSettle:
    def test_costs_one_read_when_nothing_moves(self, django_assert_num_queries: Any) -> None:
        order = make_order()
        with django_assert_num_queries(1):
            settle(order, actor="test", at=AT)

    def test_believes_the_parts_of_a_caller_who_locked_them(self, django_assert_num_queries: Any) -> None:
        order = make_order()
        parts = list(order.fulfilments.all())
        with django_assert_num_queries(0):
            assert not settle(order, actor="test", at=AT, parts=parts)


class TestTables:
    def test_every_topic_and_closing_names_a_status(self) -> None:
        assert set(TOPICS) <= set(ORDER_STATES.states)
        assert ORDER_STATES.final < set(CLOSED)
