"""Each truth of payouts notices when it is broken, and says of what."""

from __future__ import annotations

import pytest
from django.db import connection

from config.kernel.money import Money
from payments.ledger.payout_recipes import payout_frozen
from payments.ledger.services import post
from payouts.payout.models import Payout
from payouts.payout.truths import (
    connected_is_what_was_transferred_and_not_paid,
    in_transit_is_what_payouts_froze,
    payouts_are_their_lines,
)
from payouts.rails.contract import RailCapability, RailState
from payouts.tests.payout_world import PayoutWorld

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


def all_truths() -> list[str]:
    truths = (
        in_transit_is_what_payouts_froze, payouts_are_their_lines, connected_is_what_was_transferred_and_not_paid,
    )  # fmt: skip
    return [row for truth in truths for row in truth(0)]


class TestInTransit:
    def test_a_status_without_its_entry_is_noticed(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        assert all_truths() == []
        Payout.objects.filter(pk=payout.pk).update(status="failed")
        (found,) = in_transit_is_what_payouts_froze(0)
        assert payout.public_id in found
        assert "10000" in found

    def test_money_in_transit_without_a_payout_is_noticed(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(500)
        draft = payout_frozen(payout_id="po_none", owner=payee.owner, gross=Money(500, "INR"), fee=Money(0, "INR"))
        post(draft, actor="t", at=payouts.at)
        (found,) = in_transit_is_what_payouts_froze(0)
        assert "po_none" in found


class TestLines:
    def test_several_in_a_row_hold(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(500)
        for minor in (300, 200, 100):
            payouts.freeze(payee)
            payouts.earn(payee, minor)
        assert all_truths() == []

    @pytest.mark.parametrize("change", [{"after_line_id": 1}, {"gross_minor": 499, "net_minor": 499}])
    def test_a_range_that_begins_elsewhere_or_comes_to_something_else_is_noticed(
        self, payouts: PayoutWorld, change: dict[str, int]
    ) -> None:
        payout = payouts.freeze(payouts.payee(500))
        Payout.objects.filter(pk=payout.pk).update(**change)
        assert any(payout.public_id in row for row in payouts_are_their_lines(0))

    def test_what_is_payable_is_what_no_payout_took(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(500)
        payouts.freeze(payee)
        payouts.earn(payee, 200)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE payments_payeebalance SET payable_minor = 201 WHERE owner = %s", [payee.owner])
        (found,) = payouts_are_their_lines(0)
        assert payee.owner in found


class TestConnected:
    def test_a_transfer_without_its_entry_is_noticed(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(500))
        Payout.objects.filter(pk=payout.pk).update(transferred_at=payouts.at)
        (found,) = connected_is_what_was_transferred_and_not_paid(0)
        assert payout.owner in found

    def test_between_transfer_and_payment_it_stands_there(self, payouts: PayoutWorld) -> None:
        payouts.rail.capabilities |= {RailCapability.TRANSFERS_FIRST}
        payout = payouts.approved(500)
        payouts.charge(500)
        payouts.rail.says += [RailState.PROCESSING, RailState.PAID]
        payouts.work()
        assert payouts.again(payout).status == "paid"
        assert all_truths() == []
        Payout.objects.filter(pk=payout.pk).update(transfer_returned_minor=5)
        assert connected_is_what_was_transferred_and_not_paid(0) != []
