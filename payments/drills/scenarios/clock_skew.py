"""The gateway's clock runs ten minutes late, so that its signatures are stale, until it is set right."""

from __future__ import annotations

from config.inbox.models import WebhookRejection
from payments.drills.buying import begin, fates, finish, pay_all, wait_until_paid
from payments.drills.scenarios.scenario import Scenario
from payments.drills.stage import Stage

BEHIND_S = 600.0


def _refused() -> int:
    return sum(WebhookRejection.objects.filter(reason="stale_timestamp").values_list("count", flat=True))


def play(stage: Stage) -> None:
    purchases = begin(stage, fates(stage))
    before = _refused()
    stage.control.post("clock", offset_s=-BEHIND_S, signatures="sandbox")
    pay_all(stage, purchases)
    stage.wait(lambda: _refused() - before >= len(purchases), "the refusal of stale signatures")
    stage.control.post("clock", offset_s=0, signatures="wall")
    stage.inject("deliveries are signed by a clock that is ten minutes late", _refused() - before)
    stage.control.flush()
    undelivered = stage.control.get("deliveries", state="failed", limit=1_000)["deliveries"]
    ours = {each["event_id"] for each in undelivered if each["created_at"] >= stage.began.timestamp() - BEHIND_S}
    for event in sorted(ours):
        stage.control.resend(event)
    wait_until_paid(stage, purchases)
    stage.note("stale deliveries were refused, and taken when they came again with a fresh signature")
    finish(stage, purchases)


SCENARIO = Scenario("signatures are stale while a clock is wrong", play)
