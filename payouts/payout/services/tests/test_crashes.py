"""A process dies at every place of a payout's way; another takes over, and the end is the same: it leaves once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from config.calls.models import GatewayCall
from config.calls.services import OpenCallExists
from config.outbox.models import OutboxJob
from payments.tests.lives import Died, dying_at, forget_leases
from payouts.payout.models import Payout
from payouts.payout.services.decide import approve_payout
from payouts.payout.services.due import pay_due, send_waiting
from payouts.payout.services.observe import observe_payout
from payouts.payout.services.stop import CannotStop, stop_payout
from payouts.rails.contract import RailCapability, RailState
from payouts.tests.payout_world import FINANCE, PayoutWorld

pytestmark = pytest.mark.django_db(transaction=True)
Step = Callable[[PayoutWorld], Any]


def run(world: PayoutWorld) -> None:
    pay_due(at=world.at)


def approve(world: PayoutWorld) -> None:
    for key in Payout.objects.filter(status="awaiting_approval").values_list("pk", flat=True):
        approve_payout(payout_pk=key, actor=FINANCE, reason="fine", at=world.at)


def work(world: PayoutWorld) -> None:
    world.work()
    send_waiting(at=world.at)


def wait(world: PayoutWorld) -> None:
    world.later(minutes=16)


def pay(world: PayoutWorld) -> None:
    """The rail pays, and tells us."""
    world.rail.become(RailState.PAID)
    payout = Payout.objects.get()
    observe_payout(payout=payout, view=world.view(payout), actor="webhook:test", at=world.at)


def stop(world: PayoutWorld) -> None:
    try:
        stop_payout(payout_pk=Payout.objects.get().pk, actor=FINANCE, reason="wrong", at=world.at)
    except (CannotStop, OpenCallExists):
        return  # it was stopped, or nobody knows yet


def short(world: PayoutWorld) -> None:
    if not OutboxJob.objects.filter(topic="payee.short").exists():
        world.take_back(Payout.objects.get().payee, 300)


def says(*words: Any) -> Step:
    return lambda world: world.rail.says.extend(words)


def can(*capabilities: RailCapability) -> Step:
    def learn(world: PayoutWorld) -> None:
        world.rail.capabilities |= set(capabilities)

    return learn


WAITING: tuple[Step, ...] = (work, wait, work, wait, work, wait, wait, work, wait, wait, work)
CONNECT = can(RailCapability.TRANSFERS_FIRST)
REPLAYING = can(RailCapability.REPLAYS_IDEMPOTENCY_KEYS)
COURSES: dict[str, tuple[Step, ...]] = {
    "paid": (run, approve, *WAITING, pay),
    "lost": (says("lost"), run, approve, *WAITING, pay),
    "never made": (says("refused"), run, approve, *WAITING, pay),
    "sent again to the letter": (REPLAYING, says("refused"), run, approve, *WAITING, pay),
    "by transfer": (CONNECT, run, approve, *WAITING, pay),
    "by a transfer that was lost": (CONNECT, says("lost"), run, approve, *WAITING, pay),
    "by a transfer sent again": (CONNECT, REPLAYING, says("refused"), run, approve, *WAITING, pay),
    "stopped": (says(RailState.QUEUED), run, approve, work, stop, *WAITING, stop, *WAITING),
    "stopped, and nobody knows": (says(RailState.QUEUED, "lost"), run, approve, work, stop, *WAITING),
    "called back": (run, approve, short, *WAITING),
}
DEATHS = [
    ("paid", "payout.frozen"),
    ("paid", "payout.looked"),
    ("paid", "payout.decided"),
    ("paid", "payout.create.intended"),
    ("paid", "payout.create.answered"),
    ("paid", "payout.create.recorded"),
    ("lost", "payout.create.looked"),
    ("never made", "payout.create.looked"),
    ("never made", "payout.settled"),
    ("sent again to the letter", "payout.create.resending"),
    ("sent again to the letter", "payout.create.asked"),
    ("by transfer", "payout.transfer.intended"),
    ("by transfer", "payout.transfer.answered"),
    ("by transfer", "payout.transfer.recorded"),
    ("by transfer", "payout.create.answered"),
    ("by a transfer that was lost", "payout.transfer.looked"),
    ("by a transfer sent again", "payout.transfer.resending"),
    ("by a transfer sent again", "payout.transfer.asked"),
    ("stopped", "payout.cancel.intended"),
    ("stopped", "payout.cancel.answered"),
    ("stopped", "payout.cancel.recorded"),
    ("stopped, and nobody knows", "payout.cancel.looked"),
    ("called back", "payout.recalled"),
]


def begin(world: PayoutWorld) -> None:
    payee = world.payee(10_000)
    payee.accounts.update(due_at=world.at)
    world.fund(10_000)
    world.charge(10_000)


def ending(world: PayoutWorld) -> dict[str, Any]:
    """All that must be the same whoever died."""
    payout = Payout.objects.select_related("payee").get()
    made = [view for view in world.rail.payouts.values() if view.our_id == payout.public_id]
    return {
        "payout": (payout.status, payout.gross_minor),
        "balance": world.balance(payout.payee),
        "left": [(view.state, view.amount.amount_minor) for view in made],
        "transferred": [view.amount.amount_minor for view in world.rail.transfers.values()],
        "open": list(GatewayCall.objects.filter(status__in=["sent", "unknown"]).values_list("operation", flat=True)),
        "outbox": OutboxJob.objects.exclude(state="done").count(),
    }


def live(world: PayoutWorld, steps: Sequence[Step], point: str = "") -> list[str]:
    """Lives the steps in turn; the process that is at `point` for the first time dies, and its step is done again by
    another. Returns the points that were passed."""
    begin(world)
    with dying_at(point) as passed:
        for step in steps:
            try:
                step(world)
            except Died:
                forget_leases()
                # What it was asked to say, it has said: the rail is another process, and did not die.
                step(world)
    return passed


@pytest.mark.parametrize(("name", "point"), DEATHS)
def test_whoever_dies_the_end_is_the_same(
    payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch, settings: Any, name: str, point: str
) -> None:
    passed = live(payouts, COURSES[name], point)
    assert point in passed
    assert ending(payouts) == EXPECTED[name]


PAID = {
    "payout": ("paid", 10_000), "balance": (0, 0, 0), "left": [(RailState.PAID, 10_000)], "transferred": [],
    "open": [], "outbox": 0,
}  # fmt: skip
CANCELLED = {
    "payout": ("cancelled", 10_000), "balance": (10_000, 0, 0), "left": [(RailState.CANCELLED, 10_000)],
    "transferred": [], "open": [], "outbox": 0,
}  # fmt: skip
EXPECTED: dict[str, dict[str, Any]] = {
    **{name: PAID | ({"transferred": [10_000]} if "transfer" in name else {}) for name in COURSES},
    "stopped": CANCELLED,
    "stopped, and nobody knows": CANCELLED,
    "called back": CANCELLED | {"left": [], "balance": (9_700, 0, 0)},
}


@pytest.mark.parametrize("name", list(COURSES))
def test_nobody_dies(payouts: PayoutWorld, name: str) -> None:
    live(payouts, COURSES[name])
    assert ending(payouts) == EXPECTED[name]


def test_negative_control_without_another_process_it_is_not_the_same(payouts: PayoutWorld) -> None:
    begin(payouts)
    run(payouts)
    approve(payouts)
    with dying_at("payout.create.answered"), pytest.raises(Died):
        work(payouts)
    assert ending(payouts) != PAID
