"""Whatever happens in whatever order, and wherever processes die, the books balance after every step, and when all is
worked off the end is the same."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from payments.sandbox.testing import Sandbox
from payments.tests.machine import WALKED, Marketplace
from payments.tests.world import World

# Walks of so many steps, so many of them; `INTERLEAVINGS=200` looks longer, and elsewhere at each run.
STEPS = 30
# Where all walks together must have been, or they proved little.
PLACES = (
    "order expired", "order cancelled", "order completed", "payment captured", "payment failed", "refund timeout",
    "refund external", "hold released", "hold returned", "bounces", "lost answers", "deaths",
)  # fmt: skip
WALKS = int(os.environ.get("INTERLEAVINGS", "15"))


@pytest.mark.django_db(transaction=True)
def test_every_interleaving_ends_the_same(sandbox: Sandbox) -> None:
    def make_world() -> World:
        sandbox.control.reset()
        TransactionTestCase._fixture_teardown(TransactionTestCase())  # type: ignore[attr-defined]
        return World(sandbox=sandbox)

    Marketplace.make_world = staticmethod(make_world)
    run_state_machine_as_test(
        Marketplace,
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="INTERLEAVINGS" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    went = sum(WALKED, Counter())
    assert min(went[place] for place in PLACES) > 0, went
