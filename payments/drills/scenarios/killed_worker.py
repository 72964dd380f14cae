"""A worker is killed with -9 while it works on an event, and while it waits for the answer to a refund."""

from __future__ import annotations

import time

from payments.drills.buying import (
    Fate,
    Purchase,
    begin,
    fates,
    finish,
    hand_over,
    pay,
    pay_all,
    wait_until_paid,
)
from payments.drills.scenarios.scenario import Scenario
from payments.drills.scene import Stalled
from payments.drills.stage import Stage
from payments.drills.workers import INBOX, OUTBOX, held_now, make_due
from payments.refunds.models import Refund

# So long the gateway keeps the victim waiting, so that it can be met in the middle of its work.
HELD_UP_S = 15.0
MET_WITHIN_S = 60.0
LOOK_S = 0.05
BACK_WITHIN_S = 120.0


def play(stage: Stage) -> None:
    purchases = begin(stage, fates(stage))
    first, *others = purchases
    _kill_while_it_hears(stage, first)
    pay_all(stage, others)
    wait_until_paid(stage, purchases)
    cancelled = [each for each in purchases if each.fate is Fate.CANCELLED]
    for purchase in cancelled[:1]:
        _kill_while_it_refunds(stage, purchase)
    finish(stage, [each for each in purchases if each not in cancelled[:1]])
    finish(stage, cancelled[1:])
    stage.wait(lambda: all(each.has_ended() for each in purchases), "the end of every order")


def _kill_while_it_hears(stage: Stage, purchase: Purchase) -> None:
    """Who handles the event of a late fee asks the gateway for it, and is killed while it waits."""
    with stage.fault(
        "delay", told="the gateway keeps the worker waiting in the middle of an event", method="GET",
        path="/v1/balance_transactions/*", stage="before", delay_s=HELD_UP_S, count=1,
    ) as fault:  # fmt: skip
        pay(stage, purchase)
        stage.control.stripe("settle")
        stage.control.settle_deliveries()
        stage.workers.begin(INBOX)
        _kill_when_it_waits(stage, fault, "a worker is killed -9 in the middle of an event")
    _take_over(stage, purchase)


def _kill_while_it_refunds(stage: Stage, purchase: Purchase) -> None:
    """The refund's request is on its way; who sent it does not live to hear the answer."""
    with stage.fault(
        "delay", told="the gateway keeps the worker waiting for the answer to a refund", method="POST",
        path="/v1/refunds", stage="after", delay_s=HELD_UP_S, count=1,
    ) as fault:  # fmt: skip
        hand_over(stage, purchase)
        stage.workers.begin(OUTBOX)
        _kill_when_it_waits(stage, fault, "a worker is killed -9 while it waits for the answer to a refund")
    _take_over(stage, purchase)


def _kill_when_it_waits(stage: Stage, fault: int, told: str) -> None:
    deadline = stage.hands.now().timestamp() + MET_WITHIN_S
    while not stage.strikes(fault):
        if stage.hands.now().timestamp() > deadline:
            raise Stalled("no worker came to ask the gateway: nothing could be killed")
        time.sleep(LOOK_S)
    pid = stage.workers.kill()
    stage.inject(told)
    stage.say(f"worker {pid} is dead")


def _take_over(stage: Stage, purchase: Purchase) -> None:
    """Another worker comes. The dead one's leases run out by themselves; who is in a hurry ends them by hand."""
    stage.wait(stage.workers.is_back, "a worker after the one that was killed", within_s=BACK_WITHIN_S)
    if stage.patient:
        stage.note("the dead worker's leases ran out, and another one went on")
        return
    ended = held_now().end()
    refunds = Refund.objects.filter(payment__order__public_id=purchase.order_id)
    asked = make_due(subjects=list(refunds.values_list("public_id", flat=True)), at=stage.hands.now())
    stage.note(
        "another worker went on where the dead one had stopped (leases that run for ten minutes were ended by hand)"
        if ended or asked
        else "another worker went on, and the dead one had held nothing"
    )


SCENARIO = Scenario("a worker is killed in the middle of its work", play)
