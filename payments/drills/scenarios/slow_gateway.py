"""The gateway is slow: slow enough that its answers come too late, or only slow."""

from __future__ import annotations

from payments.drills.buying import (
    Fate,
    check_out,
    fates,
    finish,
    intend,
    pay_all,
    try_to_check_out,
    wait_until_paid,
)
from payments.drills.scenarios.scenario import Scenario
from payments.drills.stage import Stage
from payments.gateways.stripe import client

BOTH = 2
SLOW_S = 1.0
MARGIN_S = 2.0


def too_slow_s() -> float:
    """Longer than we listen for an answer."""
    return client.READ_TIMEOUT_S + MARGIN_S


def play(stage: Stage) -> None:
    purchases = [intend(stage, fate) for fate in fates(stage)]
    first, *others = purchases
    with stage.fault(
        "delay", told="making a payment takes longer than we wait", method="POST", path="/v1/payment_intents",
        stage="after", delay_s=too_slow_s(), count=BOTH,
    ):  # fmt: skip
        try_to_check_out(stage, first)
    check_out(stage, first)
    with (
        stage.fault("delay", told="every answer takes a second", delay_s=SLOW_S, count=None),
        stage.fault("webhook_delay", told="every webhook comes a second late", delay_s=SLOW_S, count=None),
    ):
        for purchase in others:
            check_out(stage, purchase)
        pay_all(stage, purchases)
        wait_until_paid(stage, purchases)
        cancelled = [each for each in purchases if each.fate is Fate.CANCELLED]
        finish(stage, [each for each in purchases if each not in cancelled[:1]])
    with stage.fault(
        "delay", told="a refund takes longer than we wait", method="POST", path="/v1/refunds", stage="before",
        delay_s=too_slow_s(), count=BOTH,
    ):  # fmt: skip
        finish(stage, cancelled[:1])


SCENARIO = Scenario("the gateway answers slowly, or too late", play)
