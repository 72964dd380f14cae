"""The one clock."""

from __future__ import annotations

import time

from payments.sandbox.clock import Clock
from payments.sandbox.store import Store


class TestClock:
    def test_is_the_machine_s_until_it_is_moved(self, store: Store) -> None:
        clock = Clock(store)
        assert abs(clock.now() - time.time()) < 5
        clock.set(offset_s=3_600, signatures="wall")
        assert 3_595 < clock.now() - time.time() < 3_605

    def test_keeps_its_place_over_a_restart(self, store: Store) -> None:
        Clock(store).set(offset_s=-60, signatures="sandbox")
        again = Clock(store)
        assert (again.offset_s, again.signatures) == (-60, "sandbox")

    def test_signs_by_the_wall_unless_asked(self, store: Store) -> None:
        clock = Clock(store)
        clock.set(offset_s=100_000, signatures="wall")
        assert abs(clock.signing_now() - time.time()) < 5
        clock.set(offset_s=100_000, signatures="sandbox")
        assert clock.signing_now() - time.time() > 99_000
