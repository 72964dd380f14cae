"""What is unpaid, and of which releases."""

from __future__ import annotations

import pytest

from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.reserves.models import ReserveTerms
from payments.tests.world import World
from payouts.payees.models import Payee
from payouts.payees.services.ensure import find_earners
from payouts.payees.tests.paying import give, make_payee
from payouts.reversals.tests.transferring import transferred_payout
from payouts.tests.payout_world import PayoutWorld
from payouts.unpaid import queries
from payouts.unpaid.queries import earnings_of, owners_with_money, unpaid_minor


def _seller(world: World) -> Payee:
    find_earners(at=world.at)
    return Payee.objects.get()


@pytest.mark.django_db
class TestUnpaid:
    def test_is_what_is_payable_and_kept_back(self) -> None:
        payee = make_payee()
        ReserveTerms.objects.create(owner=payee.owner, currency="INR", fixed_minor=300, set_by="user:finance")
        give(payee, 700)
        give(payee, 300, account=Account.RESERVE)
        assert unpaid_minor(payee.owner, "INR") == 1_000
        assert unpaid_minor(payee.owner, "USD") == 0
        assert owners_with_money() == {(payee.owner, "INR")}

    @pytest.mark.broken_books
    @pytest.mark.parametrize(
        ("status", "unpaid"),
        [("approved", 10_000), ("sending", 10_000), ("in_transit", 10_000), ("paid", 0), ("failed", 0)],
    )
    def test_what_stands_in_their_account_at_the_gateway_is_unpaid_until_their_bank_has_it(
        self, payouts: PayoutWorld, status: str, unpaid: int
    ) -> None:
        payout = transferred_payout(payouts, status=status)
        assert unpaid_minor(payout.owner, "INR") == unpaid
        assert owners_with_money() == ({(payout.owner, "INR")} if unpaid else set())


class TestEarnings:
    @pytest.mark.django_db(transaction=True)
    def test_are_each_release_with_its_deadline_newest_first(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "STEP", 1)
        first = world.released_order(10_000)
        product = first.lines.get().product
        world.later(days=1)
        second = world.paid_order(product=product)
        world.hand_over(second)
        world.complete(second)
        payee = _seller(world)
        holds = [world.holds(order)[0] for order in (second, first)]
        found = list(earnings_of(payee.owner, "USD"))
        assert [each.must_leave_by for each in found] == [hold.must_leave_by for hold in holds]
        assert sum(each.amount_minor for each in found) == unpaid_minor(payee.owner, "USD") > 0

    @pytest.mark.django_db
    def test_money_that_no_sale_gave_is_none(self) -> None:
        payee = make_payee()
        give(payee, 700)
        assert list(earnings_of(payee.owner, "INR")) == []
        assert Money(unpaid_minor(payee.owner, "INR"), "INR") == Money(700, "INR")
