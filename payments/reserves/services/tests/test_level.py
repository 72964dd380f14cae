"""A reserve that was taken from is filled again from what becomes payable, up to its level and never above."""

from __future__ import annotations

import threading

import pytest

from config.tests.together import TIMEOUT_S, together
from payments.ledger.models import LedgerEntry, PayeeBalance
from payments.ledger.services import lock_balance
from payments.reserves.queries import level_minor
from payments.reserves.services import level
from payments.reserves.services.level import refill_reserve
from payments.reserves.tests.kept import another, balance, owner_of, paid_out, set_terms, told
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def short(world: World) -> str:
    """A seller with a reserve of 5,000, of which a refund took 1,770 because the rest was paid out."""
    order = world.order(10_000)
    owner = owner_of(order)
    set_terms(owner, 5_000, at=world.at)
    first = another(world, order)
    paid_out(owner, 3_850, at=world.at)
    world.refund_outside(first, 2_000)  # 200 and 30 of fees come back
    world.hear()
    assert balance(owner) == (0, 3_230, 0)
    return owner


def give(owner: str, minor: int, world: World) -> None:
    paid_out(owner, -minor, at=world.at, key=f"came back {minor}")


def refill(owner: str, world: World) -> int:
    return refill_reserve(owner=owner, currency="USD", actor="system:payouts", at=world.at)


class TestRefillReserve:
    @pytest.mark.parametrize(
        ("came", "after"), [(1_500, (0, 4_730, 0)), (1_770, (0, 5_000, 0)), (3_850, (2_080, 5_000, 0))]
    )
    def test_up_to_its_level(self, world: World, came: int, after: tuple[int, int, int]) -> None:
        owner = short(world)
        give(owner, came, world)
        assert refill(owner, world) == min(came, 1_770)
        assert balance(owner) == after
        entry = LedgerEntry.objects.get(event="reserve_kept")
        assert (entry.key, entry.memo) == (f"reserve:{owner}:USD:1:kept", "refilled")

    def test_again_or_without_a_gap_moves_nothing(self, world: World) -> None:
        owner = short(world)
        give(owner, 3_850, world)
        refill(owner, world)
        before = told()
        assert refill(owner, world) == 0
        assert refill_reserve(owner="usr_nobody", currency="USD", actor="x", at=world.at) == 0
        PayeeBalance.objects.filter(owner="usr_nobody").delete()
        assert told() == before

    def test_four_at_once_fill_it_once(self, world: World) -> None:
        owner = short(world)
        give(owner, 3_850, world)
        found = together([lambda: refill(owner, world)] * 4)
        assert sorted(map(str, found)) == ["0", "0", "0", "1770"]
        assert balance(owner) == (2_080, 5_000, 0)
        assert level_minor(owner, "USD") == 5_000

    @pytest.mark.broken_books
    def test_negative_control_without_the_lock_it_is_filled_twice(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What each finds before the other has filled it is filled by both."""
        owner = short(world)
        give(owner, 3_850, world)
        both_have_read, has_read = threading.Barrier(2), threading.local()

        def read_first(owner: str, currency: str) -> PayeeBalance:
            if not hasattr(has_read, "once"):
                has_read.once = True
                row = PayeeBalance.objects.get(owner=owner, currency=currency)
                both_have_read.wait(TIMEOUT_S)
                return row
            return lock_balance(owner, currency)

        monkeypatch.setattr(level, "lock_balance", read_first)
        together([lambda: refill(owner, world)] * 2)
        assert balance(owner) == (310, 6_770, 0)
        assert level_minor(owner, "USD") == 5_000
