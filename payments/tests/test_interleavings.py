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
from payments.tests.machine import WALKED, Marketplace, Refunding
from payments.tests.world import World

# Walks of so many steps, so many of them; `INTERLEAVINGS=200` looks longer, and elsewhere at each run.
STEPS = 30
WALKS = int(os.environ.get("INTERLEAVINGS", "15"))
# Where all walks together must have been, or they proved little.
PLACES = {
    Marketplace: (
        "order expired", "order cancelled", "order completed", "payment captured", "payment failed", "refund timeout",
        "refund external", "refund requested", "hold released", "hold returned", "bounces", "lost answers", "deaths",
    ),
    Refunding: (
        "refund requested", "refund cancelled_by_staff", "refunds approved", "refund is rejected", "refund is voided",
        "refund is paid_otherwise", "refunds made anew", "refunds of goodwill", "refund external", "hold returned",
    ),
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("machine", PLACES)
def test_every_interleaving_ends_the_same(sandbox: Sandbox, machine: type[Marketplace]) -> None:
    def make_world() -> World:
        sandbox.control.reset()
        TransactionTestCase._fixture_teardown(TransactionTestCase())  # type: ignore[attr-defined]
        return World(sandbox=sandbox)

    WALKED.clear()
    machine.make_world = staticmethod(make_world)
    run_state_machine_as_test(
        machine,
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
    assert {place: went[place] for place in PLACES[machine] if not went[place]} == {}, dict(went)
