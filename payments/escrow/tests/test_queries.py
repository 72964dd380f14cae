"""Which hold is of a part, whether a refund still takes from it, and which must leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from payments.escrow.models import EscrowHold
from payments.escrow.queries import has_open_refund, holds_that_must_leave, lock_hold
from payments.escrow.states import HoldStatus
from payments.escrow.tests.holding import AT, a_hold
from payments.refunds.models import Refund, RefundShare
from payments.refunds.states import RefundStatus
from payments.tests.walking import unpaid_order

DAY = timedelta(days=1)
# Rows alone: no ledger stands behind them.
pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


class TestLockHold:
    def test_is_the_parts_own_with_its_account(self, django_assert_num_queries: Any) -> None:
        hold = a_hold()
        a_hold()
        with transaction.atomic(), django_assert_num_queries(1):
            found = lock_hold(hold.fulfilment)
            assert found is not None
            assert (found, found.payment.gateway_account.code) == (hold, "stripe")

    def test_is_nothing_before_anything_was_captured(self) -> None:
        with transaction.atomic():
            assert lock_hold(unpaid_order().fulfilments.get()) is None


class TestHasOpenRefund:
    @pytest.mark.parametrize("status", RefundStatus.values)
    def test_until_the_refund_has_ended(self, status: str) -> None:
        hold = a_hold()
        refund = Refund.objects.create(
            payment=hold.payment, gateway_account=hold.payment.gateway_account, amount_minor=1, currency="USD",
            cause="timeout", cause_key="k", requested_by="system", status=status, succeeded_at=AT,
        )  # fmt: skip
        assert not has_open_refund(hold)
        RefundShare.objects.create(refund=refund, pot="escrow", hold=hold, amount_minor=1)
        assert has_open_refund(hold) is (status in {"requested", "approved", "sending", "pending", "failed"})
        assert not has_open_refund(a_hold())


class TestHoldsThatMustLeave:
    def test_are_those_whose_time_is_up_by_then(self) -> None:
        soon = a_hold(must_leave_by=AT + DAY)
        a_hold(must_leave_by=AT + 2 * DAY)
        assert list(holds_that_must_leave(before=AT + DAY)) == [soon]

    @pytest.mark.parametrize("status", HoldStatus.values)
    def test_what_left_already_need_not(self, status: str) -> None:
        hold = a_hold()
        gone = {"remaining_minor": 0, "returned_minor": 10_000 if status == "returned" else 0}
        columns = gone if status in ("returned", "released") else {}
        released_at = AT if status == "released" else None
        EscrowHold.objects.filter(pk=hold.pk).update(status=status, released_at=released_at, **columns)
        assert holds_that_must_leave(before=AT + DAY).exists() is (status in ("held", "frozen"))
