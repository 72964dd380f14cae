"""Disputes are found at their own account, and what a payment's holds still have is told in the order of locks."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from orders.tests.factories import force
from payments.disputes import rules
from payments.disputes.queries import find_dispute, lock_dispute, parts_left, takes_answers
from payments.disputes.tests.test_states import a_dispute
from payments.escrow.tests.holding import a_hold
from payments.refunds.models import RefundShare
from payments.refunds.tests.refunding import a_refund

# Rows alone: no ledger stands behind them.
pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


class TestFinding:
    def test_by_the_gateways_id_at_its_account(self) -> None:
        dispute = a_dispute()
        assert find_dispute(account="stripe", gateway_dispute_id="dp_1") == dispute
        assert find_dispute(account="razorpay", gateway_dispute_id="dp_1") is None
        assert find_dispute(account="stripe", gateway_dispute_id="dp_2") is None

    def test_locked_with_all_that_is_asked_of_it(self, django_assert_num_queries: Any) -> None:
        dispute = a_dispute()
        with transaction.atomic(), django_assert_num_queries(1):
            locked = lock_dispute(dispute.pk)
            assert (locked.gateway_account.code, locked.payment.gateway_account.code) == ("stripe", "stripe")
            assert locked.payment.order is not None


class TestPartsLeft:
    def test_is_what_no_refund_has_taken_or_will(self, django_assert_num_queries: Any) -> None:
        hold = a_hold(amount_minor=10_000, remaining_minor=9_000, returned_minor=1_000)
        asked = a_refund(hold.payment)
        RefundShare.objects.create(refund=asked, pot="escrow", hold=hold, amount_minor=4_000)
        a_hold()
        with django_assert_num_queries(3):  # holds, what refunds and what disputes took of their parts
            (left,) = parts_left(hold.payment)
        # What somebody only asked for stands behind what the bank took already.
        assert left == rules.Left(hold_pk=hold.pk, left_minor=9_000, was_delivered=False)

    @pytest.mark.parametrize("status", ["awaiting", "delivered", "completed"])
    def test_says_whether_its_part_was_delivered(self, status: str) -> None:
        hold = a_hold()
        force(hold.fulfilment, status)
        (left,) = parts_left(hold.payment)
        assert left.was_delivered is (status != "awaiting")


class TestTakesAnswers:
    def test_not_where_nobody_is_there_to_ask(self) -> None:
        assert not takes_answers("no_such_account")
        assert takes_answers("stripe")
