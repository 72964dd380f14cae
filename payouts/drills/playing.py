"""What is broken while payouts are sent: answers are lost, a worker is killed, every webhook comes three times."""

from __future__ import annotations

import time
from functools import partial

from payments.drills.scene import Stalled
from payments.drills.workers import OUTBOX, held_now, make_due
from payouts.drills import cast
from payouts.drills.stage import Due, Stage
from payouts.payees.models import Payee
from payouts.payout.services.decide import approve_payout
from payouts.payout.services.freeze import freeze_payout

COPIES = 3
# So long the rail keeps the victim waiting, so that it can be met in the middle of its work.
HELD_UP_S = 15.0
MET_WITHIN_S = 60.0
LOOK_S = 0.05
BACK_WITHIN_S = 120.0
PATH = "/v1/payouts"


def play(stage: Stage) -> None:
    """Everybody is paid out, or not, as fated; waits until each payout has come to its end. Raises Stalled."""
    with stage.fault("webhook_duplicate", told=f"every webhook comes {COPIES} times", copies=COPIES, count=None):
        cast.gather(stage)
        for number, due in enumerate(stage.dues):
            _freeze(stage, due)
            if number == 0:
                _send_and_die(stage, due)
            elif number % 2:
                _send_without_an_answer(stage, due)
            else:
                _let_go(stage, due)
        for due in stage.dues:
            stage.wait(due.has_ended, f"{due.payout_id}: its end ({', '.join(due.fate.end.ends)})")


def _freeze(stage: Stage, due: Due) -> None:
    payee = Payee.objects.get(owner=due.owner)
    payout = freeze_payout(payee=payee, currency=cast.CURRENCY, requested_by=cast.ACTOR, at=stage.hands.now())
    due.payout_id = payout.public_id


def _let_go(stage: Stage, due: Due) -> None:
    """A first payout always needs a second person."""
    approve_payout(payout_pk=due.payout.pk, actor=cast.SECOND, reason="drill", at=stage.hands.now())


def _send_without_an_answer(stage: Stage, due: Due) -> None:
    with stage.fault(
        "lost_answer", told="answers to payouts are lost after success", method="POST", path=PATH, count=1
    ) as fault:
        _let_go(stage, due)
        stage.wait(partial(_has_struck, stage, fault), f"{due.payout_id}: a request whose answer is lost")


def _has_struck(stage: Stage, fault: int) -> bool:
    return stage.strikes(fault) > 0


def _send_and_die(stage: Stage, due: Due) -> None:
    """The request is on its way; who sent it does not live to hear the answer."""
    with stage.fault(
        "delay", told="the rail keeps the worker waiting for the answer to a payout", method="POST", path=PATH,
        stage="after", delay_s=HELD_UP_S, count=1,
    ) as fault:  # fmt: skip
        _let_go(stage, due)
        stage.workers.begin(OUTBOX)
        _kill_when_it_waits(stage, fault)
    stage.wait(stage.workers.is_back, "a worker after the one that was killed", within_s=BACK_WITHIN_S)
    if stage.patient:
        stage.notes.append("the dead worker's leases ran out, and another one went on")
        return
    ended = held_now().end()
    asked = make_due(subjects=[due.payout_id], at=stage.hands.now())
    stage.notes.append(
        "another worker went on where the dead one had stopped (leases that run for ten minutes were ended by hand)"
        if ended or asked
        else "another worker went on, and the dead one had held nothing"
    )


def _kill_when_it_waits(stage: Stage, fault: int) -> None:
    deadline = time.monotonic() + MET_WITHIN_S
    while not stage.strikes(fault):
        if time.monotonic() > deadline:
            raise Stalled("no worker came to ask the rail: nothing could be killed")
        time.sleep(LOOK_S)
    pid = stage.workers.kill()
    stage.injected["a worker is killed -9 while it waits for the answer to a payout"] = 1
    stage.say(f"worker {pid} is dead")
