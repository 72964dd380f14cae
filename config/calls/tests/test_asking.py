"""A person has a call asked about at once; nothing is charged or paid by that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.calls.asking import Answered, ask_now
from config.calls.models import GatewayCall
from config.calls.services import CALLS, ask_due
from config.calls.tests.asking import AT, OVERDUE, Gateway, answered, fresh, opened
from config.kernel.backoff import ASKING
from config.outbox.models import OutboxJob
from config.queue.engine import claim
from config.tests.together import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


def asked(call: GatewayCall, **options: Any) -> bool:
    return ask_now(call_pk=call.pk, **{"actor": "user:ops", "reason": "the customer rang", "at": AT, **options})


class TestAskNow:
    def test_makes_it_due_at_once_from_the_first_step(self, gateway: Gateway) -> None:
        call = opened()
        answered(call, "unknown")
        GatewayCall.objects.update(attempts=7, lost_leases=2)
        assert asked(call) is True
        call = fresh(call)
        assert (call.state, call.due_at, call.attempts, call.lost_leases, call.replays) == ("due", AT, 0, 0, 1)
        assert ask_due(now=lambda: AT) == 1
        assert gateway.asked == [(call.public_id, AT)]

    def test_is_kept_with_who_and_why(self) -> None:
        call = opened()
        asked(call)
        entry = AuditEntry.objects.get()
        assert (entry.act, entry.actor, entry.reason) == ("asked_again", "user:ops", "the customer rang")

    def test_asks_again_where_asking_had_ended(self, gateway: Gateway, settings: Any) -> None:
        settings.LISTENERS = {"call.unanswered": ["config.outbox.tests.listening.first"]}
        call = opened()
        for turn in (1, 2):
            GatewayCall.objects.update(attempts=len(ASKING.steps_s))
            ask_due(now=lambda: OVERDUE)
            assert (fresh(call).state, fresh(call).case_opened_at) == ("dead", OVERDUE)
            assert OutboxJob.objects.count() == turn, "each end of asking is announced"
            asked(call, at=OVERDUE)
        assert fresh(call).state == "due"

    def test_told_twice_does_it_once(self) -> None:
        call = opened()
        assert asked(call) is True
        assert asked(call) is False
        assert (fresh(call).replays, AuditEntry.objects.count()) == (1, 1)

    @pytest.mark.parametrize("outcome", ["succeeded", "pending", "declined", "not_executed"])
    def test_is_refused_where_the_outcome_is_known(self, outcome: str) -> None:
        call = opened()
        answered(call, outcome)
        before = GatewayCall.objects.values().get()
        with pytest.raises(Answered) as refused:
            asked(call)
        assert (refused.value.code, refused.value.http_status) == ("call_answered", 409)
        assert GatewayCall.objects.values().get() == before
        assert not AuditEntry.objects.filter(act="asked_again").exists()

    def test_does_not_take_it_from_who_asks_at_this_moment(self) -> None:
        call = opened()
        (row,) = claim(CALLS, at=OVERDUE)
        asked(call, at=OVERDUE + timedelta(seconds=1))
        assert fresh(call).lease_token == row.token
        assert elsewhere(lambda: claim(CALLS, at=OVERDUE + timedelta(hours=1))) == []
