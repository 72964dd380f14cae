"""Each truth of payouts notices when it is broken, and says of what."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F

from config.kernel.money import Money
from payments.ledger.payout_recipes import payout_frozen
from payments.ledger.sealing import last_seal
from payments.ledger.services import post
from payments.ledger.tests.test_sealing import seal_everything
from payouts.payout.models import Payout
from payouts.payout.services.decide import cancel_payout
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


@pytest.mark.django_db(transaction=True)
class TestLinesSinceTheSeal:
    """From a seal on only what was booked since is read."""

    def sealed(self, payouts: PayoutWorld) -> tuple[Payout, int]:
        """A payee whose older payout and some of whose later earnings are sealed."""
        payee = payouts.payee(500)
        payout = payouts.freeze(payee)
        payouts.earn(payee, 40)
        seal_everything()
        assert last_seal() > 0
        return payout, last_seal()

    def test_what_was_earned_before_it_and_after_it_is_frozen_together(self, payouts: PayoutWorld) -> None:
        payout, seal = self.sealed(payouts)
        payouts.earn(payout.payee, 2)
        assert payouts_are_their_lines(seal) == payouts_are_their_lines(0) == []
        assert payouts.freeze(payout.payee).gross_minor == 42
        payouts.earn(payout.payee, 7)
        assert payouts.freeze(payout.payee).gross_minor == 7
        cancel_payout(payout_pk=payout.pk, actor="user:finance", reason="wrong", at=payouts.at)
        assert payouts_are_their_lines(seal) == payouts_are_their_lines(0) == []

    @pytest.mark.parametrize(
        "change",
        [
            {"after_line_id": F("after_line_id") - 1},
            {"upto_line_id": F("upto_line_id") + 1},
            {"gross_minor": 41, "net_minor": 41},
        ],
    )
    def test_a_payout_since_then_that_is_not_its_lines_is_noticed(
        self, payouts: PayoutWorld, change: dict[str, object]
    ) -> None:
        older, seal = self.sealed(payouts)
        payout = payouts.freeze(older.payee)
        Payout.objects.filter(pk=payout.pk).update(**change)
        assert any(payout.public_id in row for row in payouts_are_their_lines(seal))

    def test_a_balance_that_moved_since_then_is_noticed(self, payouts: PayoutWorld) -> None:
        payout, seal = self.sealed(payouts)
        payouts.earn(payout.payee, 2)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE payments_payeebalance SET payable_minor = 43 WHERE owner = %s", [payout.owner])
        (found,) = payouts_are_their_lines(seal)
        assert payout.owner in found

    def test_what_is_older_is_left_to_the_run_from_zero(self, payouts: PayoutWorld) -> None:
        payout, seal = self.sealed(payouts)
        Payout.objects.filter(pk=payout.pk).update(gross_minor=499, net_minor=499)
        assert payouts_are_their_lines(seal) == []
        assert any(payout.public_id in row for row in payouts_are_their_lines(0))


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
