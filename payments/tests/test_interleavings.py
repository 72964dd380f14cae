"""Whatever happens in whatever order, and wherever processes die, the books balance after every step, and when all is
worked off the end is the same."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from payments.sandbox.testing import Sandbox
from payments.tests.machine import WALKED, WRITTEN, Marketplace, Returning, ReturningAtRazorpay
from payments.tests.machine_disputes import watching_what_is_sent
from payments.tests.machine_reserves import Keeping
from payments.tests.machine_tickets import BoxOffice
from payments.tests.razorpay_world import RazorpayWorld, use_razorpay
from payments.tests.world import World

# Walks of so many steps, so many of each machine; `INTERLEAVINGS=200` looks longer, and elsewhere at each run.
# The walk that fails is shown as it was; `SHRINK=1` looks for the shortest one, which takes minutes.
STEPS: dict[type[Marketplace], int] = {BoxOffice: 50}
ASKED = os.environ.get("INTERLEAVINGS")
SHRINKS = "SHRINK" in os.environ
WALKS: dict[type[Marketplace], int] = {Marketplace: 8, Returning: 12, ReturningAtRazorpay: 8, Keeping: 4, BoxOffice: 5}
# Any change to a machine leads its walks elsewhere: where they miss a place, as many more are walked, so often at most.
COURSES = 4
WORLDS: dict[type[Marketplace], type[World]] = {ReturningAtRazorpay: RazorpayWorld}
# Where all walks together must have been, or they proved little.
PLACES: dict[type[Marketplace], tuple[str, ...]] = {
    Marketplace: (
        "order expired", "order cancelled", "order completed", "payment captured", "payment failed", "refund timeout",
        "refund external", "refund requested", "hold released", "hold returned", "lost answers", "deaths",
    ),
    Returning: (
        "refund requested", "refund cancelled_by_staff", "refunds approved", "refund is rejected", "refund is voided",
        "refund is paid_otherwise", "refunds made anew", "refunds of goodwill", "refund external", "hold returned",
        "bounces", "dispute is won", "dispute is lost", "losses above what was left", "losses of holds",
        "losses made good", "disputed twice", "disputed and refunded",
    ),
    ReturningAtRazorpay: (
        "refunds approved", "refund external", "dispute is won", "dispute is lost", "losses of holds", "disputed twice",
        "losses made good", "disputed and refunded",
    ),
    BoxOffice: (
        "ticket delivered", "ticket released_back_to_seller", "transfer accepted", "transfer cancelled",
        "refund transfer_ended", "refund timeout", "hold released", "hold returned", "deaths", "ticket void",
        "void after review",
    ),
    Keeping: ("hold released", "refund requested", "booked release", "booked reserve_released", "booked reserve_kept"),
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("machine", PLACES)
def test_every_interleaving_ends_the_same(sandbox: Sandbox, settings: Any, machine: type[Marketplace]) -> None:
    use_razorpay(sandbox, settings)

    def make_world() -> World:
        sandbox.control.reset()
        TransactionTestCase._fixture_teardown(TransactionTestCase())  # type: ignore[attr-defined]
        return WORLDS.get(machine, World)(sandbox=sandbox)

    WALKED.clear()
    machine.make_world = staticmethod(make_world)
    with watching_what_is_sent() as wrong, connection.execute_wrapper(WRITTEN):
        machine.seen_wrong = wrong
        for course in range(COURSES):
            from_there = machine if ASKED else seed(course)(machine)
            run_state_machine_as_test(from_there, settings=walks(machine))
            if not missed(machine):
                break
    assert missed(machine) == [], dict(sum(WALKED, Counter()))


def missed(machine: type[Marketplace]) -> list[str]:
    """Where no walk has been yet."""
    went = sum(WALKED, Counter())
    return [place for place in PLACES[machine] if not went[place]]


def walks(machine: type[Marketplace]) -> settings:
    """The same walks at every run, from the seed of their course, unless somebody asks for more."""
    return settings(
        max_examples=int(ASKED) if ASKED else WALKS[machine],
        stateful_step_count=STEPS.get(machine, 30),
        deadline=None,
        derandomize=not ASKED,
        phases=[Phase.generate, Phase.shrink] if SHRINKS else [Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
