"""A person has the gateway asked about a call at once, instead of waiting for the ladder."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import record
from config.calls.models import GatewayCall
from config.calls.services import is_asked_about
from config.kernel.errors import Conflict


class Answered(Conflict):
    """The outcome of this call is known."""

    code = "call_answered"


def ask_now(*, call_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Makes an unanswered call due, from the first step of the ladder. False when it is due already.

    Asking charges and pays nothing: how each operation is asked about is its asker's business. Raises Answered.
    """
    with transaction.atomic():
        call = GatewayCall.objects.select_for_update().defer("answer").get(pk=call_pk)
        if not is_asked_about(call):
            raise Answered(f"the call is {call.status}")
        if call.state == "due" and call.due_at <= at:
            return False
        GatewayCall.objects.filter(pk=call.pk).update(
            state="due", due_at=at, attempts=0, lost_leases=0, replays=call.replays + 1
        )
        record(call, act="asked_again", actor=actor, at=at, reason=reason)
    return True
