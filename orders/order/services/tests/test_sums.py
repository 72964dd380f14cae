"""Tests of what money does to an order's sums."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from config.outbox.models import OutboxJob
from orders.order.models import Order
from orders.order.rules import ExceedsRefundable
from orders.order.services import (
    allocate_refund,
    apply_payment,
    count_loss_as_refund,
    record_disputes,
    record_refund_bounced,
    record_refunded,
    restore_refund,
    set_open_attempts,
    take_payment,
)
from orders.order.services.sums import OrderTakesNoMore
from orders.order.states import OrderStatus
from orders.tests.factories import AT, force, item, make_order, make_paid_order, make_product, make_seller, traces

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=2)


class TestApplyPayment:
    def test_pays_the_order_when_all_that_is_due_is_there(self) -> None:
        order = make_order()
        apply_payment(order, amount_minor=400, actor="test", at=AT)
        assert (order.status, order.due_minor) == ("pending_payment", 600)
        apply_payment(order, amount_minor=600, actor="test", at=LATER)
        assert (order.status, order.applied_minor, order.paid_at) == ("paid", 1_000, LATER)

    def test_takes_money_after_the_reservation_as_long_as_it_was_not_expired(self) -> None:
        order = make_order()
        apply_payment(order, amount_minor=1_000, actor="test", at=order.reserved_until + timedelta(days=1))
        assert order.status == "paid"

    @pytest.mark.parametrize("amount", [1_001, 0, -1])
    def test_refuses_surplus_and_nothing(self, amount: int) -> None:
        order = make_order()
        before = traces()
        with pytest.raises(OrderTakesNoMore) as refused, transaction.atomic():
            apply_payment(order, amount_minor=amount, actor="test", at=AT)
        assert refused.value.code == "order_takes_no_more"
        assert traces() == before

    @pytest.mark.parametrize("status", [status for status in OrderStatus.values if status != "pending_payment"])
    def test_refuses_late_and_duplicate_money(self, status: str) -> None:
        order = make_order()
        force(order, status)
        before = traces()
        with pytest.raises(OrderTakesNoMore), transaction.atomic():
            apply_payment(order, amount_minor=1_000, actor="test", at=AT)
        assert traces() == before

    def test_does_not_trust_a_row_that_somebody_read_earlier(self) -> None:
        order = make_order()
        stale = Order.objects.get(pk=order.pk)
        apply_payment(order, amount_minor=1_000, actor="test", at=AT)
        with pytest.raises(OrderTakesNoMore), transaction.atomic():
            apply_payment(stale, amount_minor=1_000, actor="test", at=AT)
        assert stale.status == "paid"


class TestTakePayment:
    def test_is_one_write_of_the_order_with_what_its_caller_knows(self, django_assert_num_queries: Any) -> None:
        order = make_order(item(make_product()), item(make_product()))
        set_open_attempts(order, count=1, at=AT)
        parts = list(order.fulfilments.all())
        with django_assert_num_queries(3) as queries:  # the order, its audit entry, and the job of who listens
            take_payment(order, amount_minor=2_000, actor="test", at=AT, parts=parts, open_attempts=0)
        assert [query["sql"].split()[1] for query in queries if query["sql"].startswith("UPDATE")] == ['"orders_order"']
        assert (order.status, order.applied_minor, order.open_attempts) == ("paid", 2_000, 0)
        kept = Order.objects.get(pk=order.pk)
        assert (kept.status, kept.payment_status, kept.applied_minor, kept.open_attempts) == ("paid", "paid", 2_000, 0)

    def test_writes_the_sums_of_an_order_that_does_not_move(self) -> None:
        order = make_order()
        take_payment(order, amount_minor=400, actor="test", at=AT, open_attempts=2)
        kept = Order.objects.get(pk=order.pk)
        assert (kept.status, kept.applied_minor, kept.open_attempts) == ("pending_payment", 400, 2)

    @pytest.mark.parametrize("amount", [1_001, 0, -1])
    def test_refuses_surplus_and_nothing(self, amount: int) -> None:
        order = make_order()
        before = traces()
        with pytest.raises(OrderTakesNoMore):
            take_payment(order, amount_minor=amount, actor="test", at=AT, open_attempts=0)
        assert traces() == before


class TestAllocateRefund:
    @pytest.fixture
    def order(self) -> Order:
        seller = make_seller()
        products = [make_product(seller=seller, prices={"INR": price}) for price in (3_333, 3_333, 3_334)]
        return make_paid_order(*(item(product) for product in products))

    def test_splits_over_the_lines_as_in_the_example(self, order: Order) -> None:
        part = order.fulfilments.get()
        taken = allocate_refund(order, amounts={part.pk: 5_000})
        assert [(row.taken.amount_minor, row.taken.platform_fee_minor) for row in taken] == [
            (1_667, 166),
            (1_666, 166),
            (1_667, 166),
        ]
        assert list(order.lines.order_by("position").values_list("refunded_minor", flat=True)) == [1_667, 1_666, 1_667]
        order.refresh_from_db()
        assert order.refunded_minor == 0

    def test_the_next_one_is_split_over_what_then_remains(self, order: Order) -> None:
        part = order.fulfilments.get()
        first = allocate_refund(order, amounts={part.pk: 5_000})
        second = allocate_refund(order, amounts={part.pk: 5_000})
        assert [row.taken.amount_minor for row in second] == [1_666, 1_667, 1_667]
        fees = [a.taken.platform_fee_minor + b.taken.platform_fee_minor for a, b in zip(first, second, strict=True)]
        assert fees == [333, 333, 333]

    def test_touches_only_the_named_part_and_only_lines_that_give(self, order: Order) -> None:
        other = make_paid_order()
        part = order.fulfilments.get()
        taken = allocate_refund(order, amounts={part.pk: 1})
        assert [(row.fulfilment_id, row.line_id) for row in taken] == [
            (part.pk, order.lines.order_by("-position").first().pk)
        ]
        assert other.lines.get().refunded_minor == 0

    def test_refuses_more_than_what_is_left_of_a_part_and_takes_nothing(self) -> None:
        order = make_paid_order(item(make_product()), item(make_product()))
        first, second = order.fulfilments.order_by("id")
        before = traces()
        with pytest.raises(ExceedsRefundable):
            allocate_refund(order, amounts={first.pk: 500, second.pk: 1_001})
        assert traces() == before

    def test_refuses_a_part_of_another_order(self) -> None:
        order, other = make_paid_order(), make_paid_order()
        before = traces()
        with pytest.raises(ExceedsRefundable):
            allocate_refund(order, amounts={other.fulfilments.get().pk: 1})
        assert traces() == before


class TestRecordRefunded:
    def test_adds_up_and_moves_the_order_when_nothing_is_left(self) -> None:
        order = make_paid_order()
        record_refunded(order, amount_minor=400, actor="test", at=AT)
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("paid", "partially_refunded")
        record_refunded(order, amount_minor=600, actor="test", at=LATER)
        order.refresh_from_db()
        assert (order.status, order.payment_status, order.closed_at) == ("refunded", "refunded", LATER)

    def test_a_cancelled_order_stays_cancelled(self) -> None:
        order = make_paid_order()
        force(order, "cancelled")
        record_refunded(order, amount_minor=1_000, actor="test", at=AT)
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("cancelled", "refunded")

    @pytest.mark.parametrize(("lost", "amount"), [(0, 1_001), (0, 0), (0, -1), (600, 401)])
    def test_refuses_more_than_what_is_left(self, lost: int, amount: int) -> None:
        order = make_paid_order()
        Order.objects.filter(pk=order.pk).update(lost_minor=lost)
        before = traces()
        with pytest.raises(ExceedsRefundable):
            record_refunded(order, amount_minor=amount, actor="test", at=AT)
        assert traces() == before


class TestRecordRefundBounced:
    def test_while_it_is_owed_again_the_order_stays(self) -> None:
        order = make_paid_order()
        allocate_refund(order, amounts={order.fulfilments.get().pk: 1_000})
        record_refunded(order, amount_minor=1_000, actor="test", at=AT)
        record_refund_bounced(order, amount_minor=1_000, actor="test", at=AT)
        order.refresh_from_db()
        assert (order.status, order.payment_status, order.refunded_minor) == ("refunded", "paid", 0)

    def test_where_it_took_nothing_of_the_lines_the_order_follows(self) -> None:
        order = make_paid_order()
        record_refunded(order, amount_minor=1_000, actor="test", at=AT)
        record_refund_bounced(order, amount_minor=1_000, actor="test", at=AT)
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("paid", "paid")

    @pytest.mark.parametrize("amount", [0, -1, 401])
    def test_refuses_more_than_what_was_given_back(self, amount: int) -> None:
        order = make_paid_order()
        record_refunded(order, amount_minor=400, actor="test", at=AT)
        before = traces()
        with pytest.raises(ExceedsRefundable):
            record_refund_bounced(order, amount_minor=amount, actor="test", at=AT)
        assert traces() == before


class TestSetOpenAttempts:
    def test_decides_between_unpaid_and_processing(self) -> None:
        order = make_order()
        set_open_attempts(order, count=2, at=AT)
        order.refresh_from_db()
        assert order.payment_status == "processing"
        set_open_attempts(order, count=0, at=AT)
        order.refresh_from_db()
        assert order.payment_status == "unpaid"

    def test_writes_nothing_when_it_is_so(self, django_assert_num_queries: Any) -> None:
        order = make_order()
        # savepoint, lock, release
        with django_assert_num_queries(3):
            set_open_attempts(order, count=0, at=AT)


class TestRestoreRefund:
    def test_gives_lines_back_what_had_gone(self) -> None:
        order = make_paid_order()
        part = order.fulfilments.get()
        taken = allocate_refund(order, amounts={part.pk: 1_000})
        restored = restore_refund(order, amounts={part.pk: 1_000})
        assert [line.taken for line in restored] == [line.taken for line in taken]
        assert not order.lines.exclude(refunded_minor=0).exists()

    def test_refuses_more_than_went_back_and_changes_nothing(self) -> None:
        order = make_paid_order()
        part = order.fulfilments.get()
        allocate_refund(order, amounts={part.pk: 400})
        before = traces()
        with pytest.raises(ExceedsRefundable), transaction.atomic():
            restore_refund(order, amounts={part.pk: 401})
        assert traces() == before


class TestRecordDisputes:
    def test_payment_status_follows_and_the_order_where_nothing_is_left(self) -> None:
        order = make_paid_order()
        record_disputes(order, disputed_minor=400, lost_minor=0, actor="test", at=AT)
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("paid", "disputed")
        record_disputes(order, disputed_minor=0, lost_minor=1_000, actor="test", at=AT)
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("refunded", "charged_back")

    def test_told_again_it_changes_nothing(self) -> None:
        order = make_paid_order()
        record_disputes(order, disputed_minor=400, lost_minor=100, actor="test", at=AT)
        before = traces()
        record_disputes(order, disputed_minor=400, lost_minor=100, actor="test", at=AT)
        assert traces() == before

    def test_a_part_that_is_lost_leaves_it_paid(self) -> None:
        order = make_paid_order()
        record_disputes(order, disputed_minor=0, lost_minor=999, actor="test", at=AT)
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("paid", "paid")


class TestCountLossAsRefund:
    def test_the_buyer_has_as_much_as_before(self) -> None:
        order = make_paid_order()
        record_disputes(order, disputed_minor=0, lost_minor=600, actor="test", at=AT)
        count_loss_as_refund(order, amount_minor=200)
        order.refresh_from_db()
        assert (order.lost_minor, order.refunded_minor) == (400, 200)


class TestTellMoneyMoved:
    def told(self, order: Order) -> int:
        return OutboxJob.objects.filter(topic="order.money_moved", payload__order=order.public_id).count()

    def test_each_time_also_where_the_sums_are_what_they_were(self) -> None:
        order = make_paid_order()
        counts = []
        for _ in range(2):
            record_refunded(order, amount_minor=1_000, actor="test", at=AT)
            counts.append(self.told(order))
            record_refund_bounced(order, amount_minor=1_000, actor="test", at=AT)
            counts.append(self.told(order))
        assert counts == [1, 2, 3, 4]

    def test_by_a_dispute_and_not_when_it_is_told_again(self) -> None:
        order = make_paid_order()
        for disputed_minor, lost_minor, count in ((1_000, 0, 1), (0, 1_000, 2), (0, 1_000, 2), (0, 0, 3)):
            record_disputes(order, disputed_minor=disputed_minor, lost_minor=lost_minor, actor="test", at=AT)
            assert self.told(order) == count

    def test_not_by_what_is_refused(self) -> None:
        order = make_paid_order()
        with pytest.raises(ExceedsRefundable):
            record_refunded(order, amount_minor=1_001, actor="test", at=AT)
        assert self.told(order) == 0
