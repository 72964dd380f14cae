"""Whatever course an order takes, nothing is sold twice, and it stands where its sums and parts say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.audit.models import AuditEntry
from config.kernel.errors import Refused
from orders.catalog.models import Product
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import begin_cancelling, complete, deliver, finish_cancelling
from orders.order.models import Order, OrderLine
from orders.order.rules import derive_status
from orders.order.services import (
    allocate_refund,
    apply_payment,
    cancel_unpaid_order,
    expire_order,
    record_refund_bounced,
    record_refunded,
    refresh_status,
    restore_refund,
    set_open_attempts,
)
from orders.order.states import ORDER_STATES
from orders.tests.factories import AT, item, make_order, make_product

STOCK, PIECES, PRICE = 9, 3, 333
LATE = AT + timedelta(days=1)
Act = Callable[[Order, Fulfilment, int], Any]


def cancel_part(order: Order, part: Fulfilment, amount_minor: int) -> None:
    del amount_minor
    begin_cancelling(fulfilment=part, actor="test", at=AT)
    finish_cancelling(fulfilment=part, order=order, actor="test", at=AT)


def hand_over(order: Order, part: Fulfilment, amount_minor: int) -> None:
    del amount_minor
    deliver(fulfilment=part, actor="test", by_staff=False, at=AT, policy=settings.POLICY)
    complete(fulfilment=part, order=order, actor="test", at=AT)


def void_part(order: Order, part: Fulfilment, amount_minor: int) -> None:
    restore_refund(order, amounts={part.pk: amount_minor})
    refresh_status(order, actor="test", at=AT)


ACTS: dict[str, Act] = {
    "pay all": lambda order, part, n: apply_payment(order, amount_minor=order.due_minor, actor="test", at=AT),
    "pay some": lambda order, part, n: apply_payment(order, amount_minor=n, actor="test", at=AT),
    "open": lambda order, part, n: set_open_attempts(order, count=1, at=AT),
    "close": lambda order, part, n: set_open_attempts(order, count=0, at=AT),
    "expire": lambda order, part, n: expire_order(order, actor="test", at=LATE),
    "cancel": lambda order, part, n: cancel_unpaid_order(order, actor="test", at=AT),
    "deliver": lambda order, part, n: deliver(
        fulfilment=part, actor="test", by_staff=False, at=AT, policy=settings.POLICY
    ),
    "begin": lambda order, part, n: begin_cancelling(fulfilment=part, actor="test", at=AT),
    "finish": lambda order, part, n: finish_cancelling(fulfilment=part, order=order, actor="test", at=AT),
    "complete": lambda order, part, n: complete(fulfilment=part, order=order, actor="test", at=AT),
    "cancel a part": cancel_part,
    "hand over": hand_over,
    "split": lambda order, part, n: allocate_refund(order, amounts={part.pk: n}),
    "refund": lambda order, part, n: record_refunded(order, amount_minor=n, actor="test", at=AT),
    "refund the rest": lambda order, part, n: record_refunded(
        order, amount_minor=order.applied_minor - order.refunded_minor, actor="test", at=AT
    ),
    "bounce": lambda order, part, n: record_refund_bounced(order, amount_minor=n, actor="test", at=AT),
    "void": void_part,
    "look": lambda order, part, n: refresh_status(order, actor="test", at=AT),
}


def check(order: Order) -> None:
    """What must hold after every act."""
    order = Order.objects.get(pk=order.pk)
    parts = list(order.fulfilments.values_list("status", flat=True))
    promised = (
        OrderLine.objects.filter(order=order)
        .exclude(fulfilment__status="cancelled")
        .aggregate(pieces=Sum("quantity", default=0))["pieces"]
    )
    on_the_shelf = Product.objects.filter(pk__in=order.lines.values("product_id")).aggregate(n=Sum("stock"))["n"]
    assert on_the_shelf + promised == 2 * STOCK
    assert 0 <= order.applied_minor <= order.total_minor
    kept = any(
        line.refunded_minor < line.amount_minor and line.fulfilment.status != "cancelled"
        for line in order.lines.select_related("fulfilment")
    )
    # It has come to rest: nothing that its sums and parts say was left undone.
    for reservation_over in (False, order.status == "expired"):
        assert order.status == derive_status(
            status=order.status,
            total_minor=order.total_minor,
            applied_minor=order.applied_minor,
            refunded_minor=order.refunded_minor,
            lost_minor=order.lost_minor,
            fulfilments=parts,
            reservation_over=reservation_over,
            keeps_money=kept,
        )
    if order.status in ("cancelled", "expired"):
        assert set(parts) == {"cancelled"}
    assert (order.closed_at is not None) == (order.status in ("completed", "cancelled", "expired", "refunded"))
    moves = list(AuditEntry.objects.filter(subject_id=order.public_id, act="move").order_by("id"))
    walked = ["pending_payment", *(entry.to_state for entry in moves)]
    assert walked[-1] == order.status
    assert all(ORDER_STATES.allows(origin, target) for origin, target in pairwise(walked))


@pytest.mark.django_db
class TestAnyCourse:
    @hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        course=st.lists(
            st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 1), st.integers(1, 1_500)), min_size=1, max_size=12
        ),
        is_paid=st.booleans(),
    )
    # Two steps at once: the last part that was awaited is cancelled after the other was completed.
    @example(course=[("hand over", 0, 1), ("cancel a part", 1, 1)], is_paid=True)
    @example(course=[("cancel a part", 0, 1), ("cancel a part", 1, 1), ("refund the rest", 0, 1)], is_paid=True)
    @example(course=[("hand over", 0, 1), ("refund the rest", 0, 1), ("bounce", 0, 500)], is_paid=True)
    # It bounces and is owed, until it is void.
    @example(
        course=[
            ("hand over", 0, 1), ("hand over", 1, 1), ("split", 0, 999), ("split", 1, 999), ("refund the rest", 0, 1),
            ("bounce", 0, 999), ("void", 0, 999),
        ],
        is_paid=True,
    )  # fmt: skip
    def test_ends_where_the_facts_say(self, course: list[tuple[str, int, int]], is_paid: bool) -> None:
        order = make_order(*(item(make_product(stock=STOCK, prices={"INR": PRICE}), PIECES) for _ in range(2)))
        if is_paid:
            apply_payment(order, amount_minor=order.total_minor, actor="test", at=AT)
        parts = list(order.fulfilments.order_by("id"))
        for name, which, amount_minor in course:
            try:
                with transaction.atomic():
                    ACTS[name](order, parts[which], amount_minor)
            except Refused:
                # What was refused is undone in the database; the rows in our hands may say otherwise, as they may
                # in any process, and every verb reads again.
                pass
            check(order)
