"""What releases keep in a reserve is free on its day: less what was taken back meanwhile, and once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from config.tests.together import TIMEOUT_S, together
from orders.order.models import Order
from payments.escrow.models import EscrowHold
from payments.escrow.services import release
from payments.escrow.services.release import release_draft
from payments.ledger.models import LedgerEntry, PayeeBalance
from payments.reserves.models import ReserveSlice
from payments.reserves.queries import kept_of_release
from payments.reserves.rules import Kept, Terms
from payments.reserves.services.sweeps import SYSTEM, free_reserves_due
from payments.reserves.tests.kept import another, balance, owner_of, paid_out, set_terms
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(world: World) -> str:
    """A fifth of each release for 30 days; one release of 8,850 was made."""
    order = world.order(10_000)
    set_terms(owner_of(order), 0, 2_000, 30, at=world.at)
    another(world, order)
    return owner_of(order)


def lines(event: str) -> list[tuple[str, int]]:
    entry = LedgerEntry.objects.filter(event=event).latest("pk")
    return sorted(entry.lines.values_list("account", "amount_minor"))


class TestRelease:
    def test_keeps_a_part_and_says_until_when(self, world: World, owner: str) -> None:
        """8,850 are the seller's: 1,770 are kept, 7,080 are payable."""
        assert lines("release") == [
            ("escrow", 10_000), ("fees_recovered", -150), ("payable", -7_080), ("platform_fees", -1_000),
            ("reserve", -1_770),
        ]  # fmt: skip
        kept = ReserveSlice.objects.get()
        assert (kept.owner, kept.currency, kept.hold) == (owner, "USD", EscrowHold.objects.get(status="released"))
        assert (kept.earned_minor, kept.fixed_minor, kept.rolling_minor) == (8_850, 0, 1_770)
        assert (kept.kept_at, kept.kept_until, kept.freed_at) == (world.at, world.at + timedelta(days=30), None)

    def test_the_preview_is_what_is_posted(self, world: World, owner: str) -> None:
        order = world.paid_order(product=EscrowHold.objects.get().fulfilment.lines.get().product)
        world.hand_over(order)
        shown = release_draft(EscrowHold.objects.get(status="held"))
        world.complete(order)
        assert sorted((str(line.account), line.amount.amount_minor) for line in shown.lines) == lines("release")

    def test_of_a_seller_who_owes_nothing_is_kept_before_the_debt_is_made_good(self, world: World, owner: str) -> None:
        paid_out(owner, 7_080, at=world.at)
        first = EscrowHold.objects.get().fulfilment.order
        world.refund_outside(first, 10_000)
        world.hear()
        assert balance(owner) == (0, 0, 7_080)
        another(world, first)
        # 8,850 - 7,080 = 1,770 are left to them, of which a fifth is kept.
        assert balance(owner) == (1_416, 354, 0)

    def test_who_has_no_terms_has_no_reserve(self, world: World) -> None:
        order = world.released_order(10_000)
        assert balance(owner_of(order)) == (8_850, 0, 0)
        assert not ReserveSlice.objects.exists()


class TestTermsThatChangeMeanwhile:
    def delivered(self, world: World) -> Order:
        order = world.paid_order(10_000)
        set_terms(owner_of(order), 5_000, at=world.at)
        world.hand_over(order)
        return order

    def test_release_by_the_old_ones_and_are_freed_or_by_the_new_ones(self, world: World) -> None:
        order = self.delivered(world)
        found = together([lambda: world.complete(order), lambda: set_terms(owner_of(order), at=world.at)])
        assert found == [None, True]
        assert balance(owner_of(order)) == (8_850, 0, 0)

    @pytest.mark.broken_books
    def test_negative_control_without_the_lock_something_stays_that_nothing_explains(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The release has read terms that are gone when it books."""
        order = self.delivered(world)
        has_read, is_set = threading.Event(), threading.Event()

        def read_and_wait(row: PayeeBalance, *, earned_minor: int) -> tuple[Kept, Terms]:
            found = kept_of_release(row, earned_minor=earned_minor)
            has_read.set()
            assert is_set.wait(TIMEOUT_S)
            return found

        def set_meanwhile() -> None:
            assert has_read.wait(TIMEOUT_S)
            set_terms(owner_of(order), at=world.at)
            is_set.set()

        monkeypatch.setattr(release, "kept_of_release", read_and_wait)
        monkeypatch.setattr(
            release, "lock_balance", lambda owner, currency: PayeeBalance(owner=owner, currency=currency)
        )
        assert together([lambda: world.complete(order), set_meanwhile]) == [None, None]
        assert balance(owner_of(order)) == (3_850, 5_000, 0)


class TestFreeReservesDue:
    def test_on_its_day_and_not_before(self, world: World, owner: str) -> None:
        world.later(days=29)
        assert free_reserves_due(at=world.at).done == 0
        world.later(days=1)
        assert free_reserves_due(at=world.at).done == 1
        assert balance(owner) == (8_850, 0, 0)
        entry = LedgerEntry.objects.get(event="reserve_released")
        assert (entry.actor, entry.memo) == (SYSTEM, f"kept of {EscrowHold.objects.get().public_id}")
        assert lines("reserve_released") == [("payable", -1_770), ("reserve", 1_770)]
        assert ReserveSlice.objects.get().freed_at == world.at
        assert free_reserves_due(at=world.at).done == 0

    def test_each_release_has_its_own_day(self, world: World, owner: str) -> None:
        world.later(days=10)
        another(world, EscrowHold.objects.get().fulfilment.order)
        world.later(days=20)
        assert free_reserves_due(at=world.at).done == 1
        assert balance(owner) == (8_850 + 7_080, 1_770, 0)

    def test_what_was_taken_back_meanwhile_is_not_freed(self, world: World, owner: str) -> None:
        """The refund took 1,000 of the reserve: 770 are left to be freed."""
        paid_out(owner, 7_080, at=world.at)
        world.refund_outside(EscrowHold.objects.get().fulfilment.order, 1_130)  # 113 and 16 of fees come back
        world.hear()
        assert balance(owner) == (0, 769, 0)
        world.later(days=30)
        assert free_reserves_due(at=world.at).done == 1
        assert balance(owner) == (769, 0, 0)

    def test_one_that_stands_empty_is_done_without_an_entry(self, world: World, owner: str) -> None:
        paid_out(owner, 7_080, at=world.at)
        world.refund_outside(EscrowHold.objects.get().fulfilment.order, 10_000)
        world.hear()
        world.later(days=30)
        assert free_reserves_due(at=world.at).done == 1
        assert not LedgerEntry.objects.filter(event="reserve_released").exists()

    def test_four_sweeps_at_once_free_it_once(self, world: World, owner: str) -> None:
        world.later(days=30)
        swept = together([lambda: free_reserves_due(at=world.at)] * 4)
        assert sum(each.done for each in swept) == 1, swept
        assert balance(owner) == (8_850, 0, 0)
