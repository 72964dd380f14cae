"""The gateway answers 500: before it did anything, after it did, and with errors that it keeps under the key."""

from __future__ import annotations

from payments.drills.buying import (
    Fate,
    Purchase,
    check_out,
    fates,
    finish,
    hand_over,
    intend,
    pay_all,
    try_to_check_out,
    wait_until,
    wait_until_paid,
)
from payments.drills.scenarios.scenario import Scenario
from payments.drills.stage import Stage
from payments.health.models import GatewayHealth
from payments.health.states import BreakerStatus

# One for the request and one for the SDK's own repetition.
BOTH = 2
# The health of gateways is measured every ten seconds.
NOTICED_WITHIN_S = 15.0
NOT_DONE = ("500 before anything was done", {"stage": "before", "stored": False})
DONE = ("500 after it was done, kept under the key", {"stage": "after", "stored": True})
NEVER = ("500 before anything was done, kept under the key", {"stage": "before", "stored": True})


def play(stage: Stage) -> None:
    purchases = [intend(stage, fate) for fate in fates(stage)]
    for number, purchase in enumerate(purchases):
        _try_in_a_storm(stage, purchase, *(NOT_DONE, DONE)[number % 2])
    if stage.hands.until(lambda: not _is_closed(stage), within_s=NOTICED_WITHIN_S):
        stage.note("the gateway's breaker opened, and closed again when it answered")
    # Those who tried come again with the same key; others come for the first time, and wait while the breaker is open.
    later = [intend(stage, fate) for fate in (Fate.COMPLETED, Fate.CANCELLED)]
    for purchase in (*purchases, *later):
        check_out(stage, purchase)
    pay_all(stage, [*purchases, *later])
    wait_until_paid(stage, [*purchases, *later])
    cancelled = [each for each in purchases if each.fate is Fate.CANCELLED]
    for number, purchase in enumerate(cancelled):
        _refund_in_a_storm(stage, purchase, number)
    finish(stage, [*(each for each in purchases if each not in cancelled), *later])


def _is_closed(stage: Stage) -> bool:
    row = GatewayHealth.objects.filter(account__code=stage.account).first()
    return row is None or row.position == BreakerStatus.CLOSED


def _try_in_a_storm(stage: Stage, purchase: Purchase, told: str, rule: dict[str, object]) -> None:
    with stage.fault(
        "error", told=f"making a payment: {told}", method="POST", path="/v1/payment_intents", count=BOTH, **rule
    ):
        try_to_check_out(stage, purchase)


def _refund_in_a_storm(stage: Stage, purchase: Purchase, number: int) -> None:
    """An error that is kept under the key of a refund which was never made is found out by looking, and only after ten
    minutes: that is waited for where time is the drill's own, or where it may take its time."""
    kinds = [NEVER, DONE, NOT_DONE] if stage.hands.inline or stage.patient else [DONE, NOT_DONE]
    told, rule = kinds[number % len(kinds)]
    stage.control.pause()  # so that no webhook tells what only asking can find out
    with stage.fault("error", told=f"refunding: {told}", method="POST", path="/v1/refunds", count=BOTH, **rule):
        hand_over(stage, purchase)
        wait_until(stage, [purchase], Purchase.has_ended, "its refund")
    stage.control.resume()


SCENARIO = Scenario("the gateway answers 500", play)
