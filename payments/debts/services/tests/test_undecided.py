"""A debt is not written off while a refund behind it may come to nothing; what does so later is not theirs twice."""

from __future__ import annotations

import pytest

from payments.debts.services.settle import RefundUndecided, decline
from payments.debts.services.tests.test_settle import AT, SECOND, confirmed, repaid, traces, write_off
from payments.debts.tests.owing import owes
from payments.debts.truths import bad_debt_is_what_two_people_wrote_off
from payments.disputes.services.tests.deciding import balance, decided
from payments.ledger.models import LedgerEntry, PayeeBalance
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


class TestGivenBackAfterIt:
    """What left a debt comes back after two people wrote that debt off: the payee kept the price, and has it once."""

    def test_what_a_void_refund_took_is_our_expense_no_more(self, world: World) -> None:
        row, refund = given_back(world)
        world.hear()
        write_off(row, 8_850)
        assert confirmed(row)
        bounce(world, refund)
        end(world, refund, Kind.VOIDED)
        row.refresh_from_db()
        assert (row.payable_minor, row.receivable_minor) == (0, 0)
        assert balance("bad_debt") == 0
        entry = LedgerEntry.objects.get(event="write_off_undone")
        assert entry.subject_id == refund.public_id
        assert set(entry.lines.values_list("account", "amount_minor")) == {("payable", 8_850), ("bad_debt", -8_850)}
        assert bad_debt_is_what_two_people_wrote_off(0) == []

    def test_only_as_much_of_it_as_was_written_off(self, world: World) -> None:
        row, refund = given_back(world)
        world.hear()
        write_off(row, 5_000)
        assert confirmed(row)
        repaid(row, 3_850)
        assert confirmed(row)
        bounce(world, refund)
        end(world, refund, Kind.VOIDED)
        row.refresh_from_db()
        assert (row.payable_minor, row.receivable_minor) == (3_850, 0), "what they paid us themselves is theirs again"
        assert balance("bad_debt") == 0

    def test_nothing_for_a_debt_that_another_thing_left(self, world: World) -> None:
        order = world.released_order(10_000)
        (hold,) = world.holds(order)
        refund = ask(world, order)
        approve(world, refund)
        row = owes(500, owner=hold.owner, at=world.at)
        world.hear()
        write_off(row, 500)
        assert confirmed(row)
        bounce(world, refund)
        end(world, refund, Kind.VOIDED)
        row.refresh_from_db()
        assert (row.payable_minor, balance("bad_debt")) == (8_850, 500)

    def test_a_dispute_that_is_won_after_all_and_lost_again(self, world: World) -> None:
        order = world.released_order(10_000)
        (hold,) = world.holds(order)
        row = owes(8_850, owner=hold.owner, at=world.at, key="paid out")
        gateway_id = world.dispute(order)
        decided(world, gateway_id, "lose")
        write_off(row, 8_850)
        assert confirmed(row)
        decided(world, gateway_id, "appeal")
        row.refresh_from_db()
        assert (row.payable_minor, row.receivable_minor, balance("bad_debt")) == (0, 0, 0)
        decided(world, gateway_id, "lose")
        row.refresh_from_db()
        assert (row.payable_minor, row.receivable_minor, balance("bad_debt")) == (0, 8_850, 0)
