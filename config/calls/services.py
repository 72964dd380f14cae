"""Opens an intent before a call, records its outcome after it, and asks about those whose outcome is unknown."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.module_loading import import_string

from config.audit.services import move
from config.calls.models import GatewayCall
from config.calls.states import CallStatus
from config.crypto import seal
from config.kernel import backoff, clock
from config.kernel.errors import Conflict, Refused
from config.kernel.faultpoints import reached
from config.ops import context
from config.outbox.services import emit
from config.queue.engine import Claim, Queue, retry, stamp
from config.queue.runner import drain

log = logging.getLogger(__name__)
# A call that has no recorded answer by then was lost with its process: SDK timeouts end long before.
ANSWER_DUE_S = 300
FIRST_QUESTION_S = 10
UNANSWERED = (CallStatus.SENT, CallStatus.UNKNOWN)
_SETTLED = (CallStatus.SUCCEEDED, CallStatus.DECLINED, CallStatus.REVERSED)


def is_asked_about(call: GatewayCall) -> bool:
    """Whether the engine asks about it, or has given that up."""
    return call.status in UNANSWERED or (call.status == CallStatus.PENDING and call.state != "done")


def _open_case(row_id: int, at: datetime) -> None:
    """Nobody will ask any more: a person decides, and the debt stays blocked until then. Runs in the commit that gives
    the row up."""
    call = GatewayCall.objects.only("public_id", "resends", "replays").get(pk=row_id)
    GatewayCall.objects.filter(pk=row_id).update(case_opened_at=at)
    # Sent again, or asked about again by a person, and still no answer: that is another case.
    case = f"{call.public_id}:{call.resends}:{call.replays}"
    emit("call.unanswered", fact_key=case, payload={"call": call.public_id}, at=at)


CALLS = Queue(
    name="calls", model=GatewayCall, kinds=("q.operation",), ladder=backoff.ASKING, lease_s=600, given_up=_open_case
)
# The same rows, of a call that the other side has but has not decided.
WAITING = replace(CALLS, ladder=backoff.WAITING)


class OpenCallExists(Conflict):
    """An earlier call for the same thing has no outcome yet; a second one could do it twice."""

    code = "attempt_outcome_unknown"


def open_call(
    *,
    subject: Any,
    operation: str,
    service: str,
    account: str,
    actor: str,
    facts: Mapping[str, Any],
    at: datetime,
) -> GatewayCall:
    """Writes the intent, in the caller's transaction; that transaction must commit before the call is made.

    `facts` says what is asked, without secrets or personal data. Raises OpenCallExists while another call for the
    same subject and operation is open.
    """
    call = GatewayCall(
        service=service,
        account=account,
        operation=operation,
        subject_type=subject._meta.model_name,
        subject_id=subject.public_id,
        actor=actor,
        request_facts=dict(facts),
        sent_at=at,
        created_at=at,
        due_at=at + timedelta(seconds=ANSWER_DUE_S),
    )
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError as error:
        if "one_open_call_per_subject_and_operation" in str(error):
            raise OpenCallExists from None
        raise
    return call


def record_outcome(
    *,
    call: GatewayCall,
    outcome: str,
    at: datetime,
    answer: Mapping[str, Any] | None = None,
    external_id: str = "",
    http_status: int | None = None,
    request_id: str = "",
    error_code: str = "",
    ask_at: datetime | None = None,
) -> bool:
    """Writes what became of the call, in the caller's transaction, together with what follows from it.

    Returns False when that outcome is recorded already. An `unknown` outcome makes the row due for asking; so does a
    `pending` one at `ask_at`, in case nobody tells us what was decided.
    """
    unknown, waits = outcome == CallStatus.UNKNOWN, outcome == CallStatus.PENDING and ask_at is not None
    known = GatewayCall.objects.select_for_update().values_list("status", flat=True).get(pk=call.pk)
    if (unknown and known not in UNANSWERED) or (outcome == CallStatus.PENDING and known in _SETTLED):
        return False  # a webhook was faster and knows more than this answer, which is older
    changes: dict[str, Any] = {
        "state": "due" if unknown or waits else "done",
        "due_at": ask_at if waits else at + timedelta(seconds=FIRST_QUESTION_S),
        "attempts": 0,
        "http_status": http_status,
        "error_code": error_code[:80],
        "answered_at": None if unknown else at,
        "case_opened_at": None,
    }
    if unknown:
        changes["answer_lost"] = True
    else:  # whoever asks about it at this moment need not ask again
        changes |= {"lease_token": None, "lease_until": None, "lost_leases": 0}
    if request_id:
        changes["request_id"] = request_id[:80]
    if answer:
        changes["answer"] = seal(json.dumps(answer, default=str).encode())
    if external_id:
        changes["external_id"] = external_id
    return move(call, to=outcome, actor=call.actor, at=at, reason=error_code, **changes)


def reopen(call: GatewayCall, *, at: datetime) -> bool:
    """Sends the same call again under the same key: only after `not_executed`, in the caller's transaction."""
    return move(
        call,
        to=CallStatus.SENT,
        actor=call.actor,
        at=at,
        reason="sent again",
        state="due",
        due_at=at + timedelta(seconds=ANSWER_DUE_S),
        resends=call.resends + 1,
        sent_at=at,
        attempts=0,
        absences=0,
        absent_at=None,
    )


def count_absence(*, call: GatewayCall, after: timedelta, times: int, apart: timedelta, at: datetime) -> bool:
    """Notes that the gateway knows of nothing which this call made. True once that proves that it never did: `times`
    times, the first `after` the request was last sent, each `apart` from the one before."""
    if at - call.sent_at < after or (call.absent_at is not None and at - call.absent_at < apart):
        return False
    call.absences, call.absent_at = call.absences + 1, at
    GatewayCall.objects.filter(pk=call.pk).update(absences=call.absences, absent_at=at)
    return call.absences >= times


def open_calls(subject: Any) -> list[GatewayCall]:
    """Calls for this thing whose outcome is not known yet."""
    return list(
        GatewayCall.objects.filter(
            subject_type=subject._meta.model_name, subject_id=subject.public_id, status__in=UNANSWERED
        )
    )


Ask = Callable[[GatewayCall, datetime], None]


def ask_due(*, budget_s: float = 60.0, once: bool = False, now: Callable[[], datetime] = clock.now) -> int:
    """Asks about every call whose answer or decision is overdue. Returns how many had their turn."""
    return drain(CALLS, _ask, budget_s=budget_s, once=once, now=now)


def _ask(row: Claim, at: datetime) -> None:
    context.start(f"question-{row.id}")
    call = _still_unanswered(row, at)
    if call is None:
        return
    reached("call.marked")
    queue = WAITING if call.status == CallStatus.PENDING else CALLS
    code, detail = "undecided" if queue is WAITING else "no_answer", ""
    try:
        ask: Ask = import_string(settings.CALL_ASKERS[call.operation])
        ask(call, at)
        reached("call.asked")
    except Refused as refusal:
        log.warning("asking refused", extra={"call": call.public_id, "operation": call.operation, "code": refusal.code})
        code, detail = refusal.code, refusal.detail
    except Exception as error:
        connection.close_if_unusable_or_obsolete()
        log.exception("asking failed", extra={"call": call.public_id, "operation": call.operation})
        code, detail = type(error).__name__, str(error)
    with transaction.atomic():
        present = GatewayCall.objects.select_for_update().only("lease_token").get(pk=row.id)
        if present.lease_token == row.token:
            retry(queue, row, at=at, code=code, error=detail)
        # else it was answered, which ended our lease, or somebody else asks by now


def _still_unanswered(row: Claim, at: datetime) -> GatewayCall | None:
    """The call, if it was not answered since it was claimed, or is still undecided. One that was sent and never came
    back is unknown now."""
    with transaction.atomic():
        call = GatewayCall.objects.select_for_update().get(pk=row.id)
        if call.lease_token != row.token:
            return None
        if call.status == CallStatus.PENDING:
            return call
        if call.status not in UNANSWERED:
            stamp(CALLS, row, state="done")
            return None
        move(call, to=CallStatus.UNKNOWN, actor="system:asking", at=at, reason="no answer was recorded")
        return call
