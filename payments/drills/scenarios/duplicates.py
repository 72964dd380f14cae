"""Every webhook comes three times, and old ones come again."""

from __future__ import annotations

from config.inbox.models import WebhookEvent
from payments.drills.buying import begin, fates, finish, pay_all, wait_until_paid
from payments.drills.scenarios.scenario import Scenario
from payments.drills.stage import Stage

COPIES = 3


def play(stage: Stage) -> None:
    newest = WebhookEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with stage.fault("webhook_duplicate", told=f"every webhook is delivered {COPIES} times", copies=COPIES, count=None):
        purchases = begin(stage, fates(stage))
        pay_all(stage, purchases)
        wait_until_paid(stage, purchases)
        finish(stage, purchases)
    told = WebhookEvent.objects.filter(pk__gt=newest, source="stripe", fetched=False)
    events = list(told.order_by("pk").values_list("event_id", flat=True))
    for event in events:
        stage.control.resend(event)
    stage.inject("events that were handled long ago are delivered again", len(events))


SCENARIO = Scenario("webhooks are delivered more than once", play)
