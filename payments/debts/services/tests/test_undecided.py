"""A debt is not written off while a refund behind it may come to nothing."""

from __future__ import annotations

import pytest

from payments.debts.services.settle import RefundUndecided, decline
from payments.debts.services.tests.test_settle import AT, SECOND, confirmed, repaid, traces, write_off
from payments.debts.tests.owing import owes
from payments.ledger.models import PayeeBalance
from payments.refunds.models import Refund
from payments.refunds.services.settle import Kind
from payments.refunds.services.tests.test_by_staff import ask
from payments.refunds.services.tests.test_decide import approve
from payments.refunds.services.tests.test_settle import bounce, end
from payments.tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broken_books]


def given_back(world: World) -> tuple[PayeeBalance, Refund]:
    """A seller who has what they sold for 100 dollars, and all of it was asked back after that."""
    order = world.released_order(10_000)
    (hold,) = world.holds(order)
    owes(8_850, owner=hold.owner, at=world.at, key="paid out")
    refund = ask(world, order)
    approve(world, refund)
    row = PayeeBalance.objects.get(owner=hold.owner, currency="USD")
    assert (row.payable_minor, row.receivable_minor) == (0, 8_850)
    return row, refund


class TestWriteOff:
    def test_is_not_proposed_meanwhile_and_what_is_void_pays_the_debt(self, world: World) -> None:
        row, refund = given_back(world)
        for happens in (lambda: None, lambda: bounce(world, refund)):
            happens()
            before = traces()
            with pytest.raises(RefundUndecided):
                write_off(row, 8_850)
            assert traces() == before
        end(world, refund, Kind.VOIDED)
        row.refresh_from_db()
        assert (row.payable_minor, row.receivable_minor) == (0, 0), "they have the price once"

    def test_is_not_confirmed_once_the_refund_bounced(self, world: World) -> None:
        row, refund = given_back(world)
        world.hear()
        write_off(row, 8_850)
        bounce(world, refund)
        before = traces()
        with pytest.raises(RefundUndecided):
            confirmed(row)
        assert traces() == before
        decline(balance_pk=row.pk, actor=SECOND, reason="it bounced", at=AT)
        repaid(row, 8_850)
        assert confirmed(row), "what they paid is at our bank, whatever becomes of the refund"

    def test_is_confirmed_once_the_buyer_has_the_money(self, world: World) -> None:
        row, _ = given_back(world)
        world.hear()
        write_off(row, 8_850)
        assert confirmed(row)
