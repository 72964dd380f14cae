"""Webhooks are lost on their way and never come; what they said is fetched."""

from __future__ import annotations

from datetime import timedelta

from payments.drills.buying import begin, fates, finish, pay_all, wait_until_paid
from payments.drills.scenarios.scenario import Scenario
from payments.drills.stage import Stage
from payments.health.services.missed import fetch_missed

# Missed is what did not come two minutes after it was made: the gateway lives so long ago while it forgets.
AGO = timedelta(minutes=10)
QUIET_S = 1.0


def play(stage: Stage) -> None:
    purchases = begin(stage, fates(stage))
    stage.control.post("clock", offset_s=-AGO.total_seconds())
    with stage.fault("webhook_drop", told="webhooks are dropped and never sent again", count=None):
        pay_all(stage, purchases)
        stage.hands.rest(QUIET_S)
        for purchase in purchases:
            if purchase.order.paid_at is not None:
                stage.problem(f"{purchase.order_id} was paid though nobody had told it")
    stage.control.post("clock", offset_s=0)
    fetch_missed(account=stage.account, since=stage.began - 2 * AGO, at=stage.hands.now())
    wait_until_paid(stage, purchases)
    stage.note("the gateway's list of events was read, and what it held went through the same inbox")
    finish(stage, purchases)


SCENARIO = Scenario("webhooks never come, and what they said is fetched", play)
