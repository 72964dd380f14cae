"""What came back of a transfer is booked once, whoever tells of it and in whatever order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.kernel.money import Money
from payments.ledger.queries import balance_minor
from payouts.payout.models import Payout
from payouts.payout.services.observe import NOT_OURS, NOTHING_NEW, observe_transfer
from payouts.rails.contract import RailCapability, RailState, RailTransferView
from payouts.tests.payout_world import PayoutWorld, lines_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _transfers_first(payouts: PayoutWorld) -> None:
    payouts.rail.capabilities |= {RailCapability.TRANSFERS_FIRST}
    payouts.fresh()


def transferred(world: PayoutWorld, then: Any = "down") -> Payout:
    """Its money is in the payee's account; `then` is what became of the payout itself."""
    payout = world.approved()
    world.charge(10_000)
    world.rail.says += [RailState.PROCESSING, then]
    world.work()
    return world.again(payout)


def view_of(world: PayoutWorld, payout: Payout, returned: int = 0, **changes: Any) -> RailTransferView:
    found = world.rail.find_transfer(our_id=payout.public_id, call_id="", since=world.at)
    assert found is not None
    return replace(found, returned=Money(returned, "INR"), **changes)


def tell(world: PayoutWorld, payout: Payout, returned: int, **changes: Any) -> str:
    view = view_of(world, payout, returned, **changes)
    return observe_transfer(payout=payout, view=view, actor="system:test", at=world.at)


def events(payout: Payout) -> list[tuple[str, int]]:
    """What was booked since its transfer, with what it did to the payee's account at the gateway."""
    return [(event, minor) for event, account, _, minor in lines_of(payout.public_id)[4:] if account == "connected"]


class TestReturned:
    def test_once_whether_told_again_or_by_what_is_older(self, payouts: PayoutWorld) -> None:
        payout = transferred(payouts, "lost")
        assert tell(payouts, payout, 4_000).endswith("of it is back")
        before = (lines_of(payout.public_id), AuditEntry.objects.count())
        for older in (4_000, 3_999, 0):
            assert tell(payouts, payout, older) == NOTHING_NEW
        assert (lines_of(payout.public_id), AuditEntry.objects.count()) == before
        payout = payouts.again(payout)
        assert (payout.transfer_returned_minor, payout.in_account_minor) == (4_000, 6_000)
        assert balance_minor("connected", currency="INR", owner=payout.owner) == 6_000

    def test_part_after_part_each_its_own(self, payouts: PayoutWorld) -> None:
        payout = transferred(payouts, "lost")
        for total in (1_000, 3_000, 10_000):
            tell(payouts, payout, total)
        assert events(payout) == [("transfer_reversed", -part) for part in (1_000, 2_000, 7_000)]
        assert payouts.again(payout).in_account_minor == 0

    def test_of_what_their_bank_has_they_gave_it_out_of_other_earnings(self, payouts: PayoutWorld) -> None:
        payout = transferred(payouts, RailState.PAID)
        tell(payouts, payout, 4_000)
        payout = payouts.again(payout)
        assert (payout.transfer_returned_minor, payout.transfer_repaid_minor) == (4_000, 4_000)
        assert payouts.balance(payout.payee)[0] == 4_000
        assert balance_minor("clearing", currency="INR", owner="paper") == 4_000

    @pytest.mark.parametrize(
        "change", [{"amount": Money(9_999, "INR")}, {"our_id": "po_x", "transfer_id": "tr_x"}, {"transfer_id": "tr_x"}]
    )
    def test_another_transfer_with_our_mark_books_nothing(self, payouts: PayoutWorld, change: dict[str, Any]) -> None:
        payout = transferred(payouts)
        before = lines_of(payout.public_id)
        assert tell(payouts, payout, 4_000, **change) == NOT_OURS
        assert (lines_of(payout.public_id), payouts.again(payout).transfer_returned_minor) == (before, 0)


class TestEmptied:
    """Sent all the same it would be paid out of what else their account holds."""

    @pytest.mark.parametrize("returned", [1, 4_000, 10_000])
    def test_what_was_taken_back_before_the_payout_was_made_is_not_paid_out(
        self, payouts: PayoutWorld, returned: int
    ) -> None:
        payout = transferred(payouts)
        assert payout.status == "approved"
        tell(payouts, payout, returned)
        payouts.later(minutes=6)
        payouts.work()
        payout = payouts.again(payout)
        assert (payout.status, payout.failure_code, payout.advice) == ("failed", "transfer_reversed", "retry")
        assert [operation for operation, _ in payouts.rail.asked] == ["transfer", "payout"]  # the one that was down
        assert payouts.rail.payouts == {}
        assert payouts.balance(payout.payee) == (10_000, 0, 0)

    def test_what_is_whole_goes_on(self, payouts: PayoutWorld) -> None:
        payout = transferred(payouts)
        payouts.later(minutes=6)
        payouts.work()
        assert payouts.again(payout).status == "in_transit"
        assert [operation for operation, _ in payouts.rail.asked] == ["transfer", "payout", "payout"]
        assert len({key for operation, key in payouts.rail.asked if operation == "payout"}) == 1
