"""What is kept back of sellers in a marketplace in which anything may happen; and what must hold of reserves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models import F
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from orders.fulfilment.models import Fulfilment
from payments.ledger.models import LedgerEntry, PayeeBalance
from payments.ledger.queries import balance_minor
from payments.reserves.models import ReserveSlice
from payments.reserves.queries import level_minor
from payments.reserves.services.level import refill_reserve
from payments.reserves.services.sweeps import free_reserves_due
from payments.reserves.services.terms import set_reserve_terms
from payments.reserves.tests.kept import paid_out
from payments.tests.happenings import WHICH, Death, happening
from payments.tests.machine import AFTERWARDS, Returning
from payments.tests.machine_gateways import StripeSide
from payments.tests.world import World

# A fixed amount, a share in bps, and its days.
TERMS = [(0, 0, 0), (500, 0, 0), (2_000, 1_000, 1), (0, 2_500, 2), (1_000, 10_000, 1)]


class Reserves:
    """Finance keeps something back of a seller, or less, or lets it go, within the machine that `Marketplace` is."""

    world: World
    side: StripeSide
    act: Callable[[Death, Callable[[], object]], None]
    has_news: bool = False
    part: Callable[[int], Fulfilment]

    @happening(often=0, which=WHICH, terms=st.sampled_from(TERMS))
    def keeps_a_reserve(self, which: int, terms: tuple[int, int, int]) -> None:
        owner, (fixed, bps, days) = self.part(which).seller.public_id, terms
        self.act(None, lambda: set_reserve_terms(
            owner=owner, currency=self.side.currency, fixed_minor=fixed, rolling_bps=bps, rolling_days=days,
            actor="user:finance", reason="", at=self.world.at))  # fmt: skip

    @happening(often=0, what=st.sampled_from(["day", "paid out", "called back"]))
    def moves_reserves(self, what: str) -> None:
        """A day is over and what is due is free (for all others time stands still); payees are paid out; or what was
        paid out is called back, and fills their reserves again."""
        if what == "day":
            tomorrow = self.world.at + timedelta(days=1)
            self.act(None, lambda: free_reserves_due(at=tomorrow))
            return
        for row in PayeeBalance.objects.order_by("pk"):
            away = -balance_minor("bank", owner=row.owner, currency=row.currency)
            minor = row.payable_minor if what == "paid out" else -away
            if minor:
                key = f"paid out {LedgerEntry.objects.count()}"
                paid_out(row.owner, minor, currency=row.currency, at=self.world.at, key=key, bank=row.owner)
            if what == "called back":
                refill_reserve(owner=row.owner, currency=row.currency, actor="system", at=self.world.at)

    @invariant()
    def no_reserve_is_above_its_level(self) -> None:
        """Nor does a slice keep more than its release gave; what has had its day is free."""
        if not self.has_news:
            return
        for row in PayeeBalance.objects.all():
            assert row.reserve_minor <= level_minor(row.owner, row.currency)
        assert not ReserveSlice.objects.filter(earned_minor__lt=F("fixed_minor") + F("rolling_minor")).exists()


class Keeping(Reserves, Returning):
    """The same with one seller's three orders, all delivered and one completed, of whom finance keeps
    something back."""

    @initialize(data=st.data())
    def open(self, data: st.DataObject) -> None:
        self.begin()
        first = self.world.paid_order(10_000)
        self.orders = [first, *(self.world.paid_order(product=first.lines.get().product) for _ in range(2))]
        for order in self.orders:
            self.world.hand_over(order)
        self.do("keeps_a_reserve", data)
        self.world.complete(first)

    @rule(
        data=st.data(), name=st.sampled_from([*AFTERWARDS, *["keeps_a_reserve", "wants"] * 3, *["moves_reserves"] * 8])
    )
    def happens(self, data: st.DataObject, name: str) -> None:
        self.do(name, data)
