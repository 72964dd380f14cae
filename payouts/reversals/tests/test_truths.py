"""The truth of reversals notices what is not booked, and what is booked twice."""

from __future__ import annotations

import pytest

from payouts.payout.models import Payout
from payouts.payout.truths import connected_is_what_was_transferred_and_not_paid
from payouts.reversals.models import Reversal
from payouts.reversals.tests.owing import let_go, owing
from payouts.reversals.truths import reversals_are_back
from payouts.tests.connect_world import ConnectWorld

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broken_books]


def test_what_was_taken_back_and_is_not_booked_is_noticed(connect: ConnectWorld) -> None:
    payout = owing(connect)
    let_go(connect)
    connect.work()
    assert reversals_are_back(0) == connected_is_what_was_transferred_and_not_paid(0) == []
    Reversal.objects.update(amount_minor=3_001)
    (found,) = reversals_are_back(0)
    assert payout.public_id in found
    assert "3001" in found
    Payout.objects.filter(pk=payout.pk).update(transfer_repaid_minor=2_999)
    assert connected_is_what_was_transferred_and_not_paid(0) != []
