"""Makes an approved destination known to its rail: first the payee, then where their money goes. Intent, call, outcome
each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from config.calls.failures import GatewayFailure, GatewayMisconfigured
from config.calls.models import GatewayCall
from config.calls.outcomes import Outcome
from config.calls.services import count_absence, open_call, open_calls, record_outcome, reopen
from config.calls.states import CallStatus
from config.kernel.errors import Unavailable
from config.kernel.faultpoints import reached
from config.outbox.services import emit
from payouts.payees.models import Destination, DestinationKind
from payouts.payees.queries import legal_name, lock_destination, lock_payee, opened
from payouts.payees.routing import account_of
from payouts.payees.services.observe import observe_destination
from payouts.payees.services.settle import stop
from payouts.payees.states import DestinationStatus
from payouts.rails.contract import CheckState, DestinationView, NewDestination, Rail, RailAnswer
from payouts.rails.registry import UnknownRailAccount, rail_for
from payouts.rails.untold import note_untold

log = logging.getLogger(__name__)

SYSTEM = "system:payees"
PAYEE, DESTINATION = "payee.create", "destination.create"
# The same request under the same key makes the same thing; past this time rails may have forgotten the key.
RESEND_WITHIN = timedelta(hours=20)
UNDECIDED = timedelta(hours=1)


class DestinationNotTold(Unavailable):
    """The rail was not told of the destination. It is told again."""

    code = "destination_not_told"


def make_known(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `destination.approved`. Told again, it goes on where it stopped, and does nothing where it is done.

    Raises DestinationNotTold when nothing was executed, so that the outbox tries again.
    """
    destination = _row(payload["destination"])
    rail = rail_for(account_of(destination.rail))
    if needs_recipient(destination):
        if _tell(destination, PAYEE, rail, at=at) is not Outcome.SUCCEEDED:
            return
        destination = _row(payload["destination"])
    if not destination.account_id:
        _tell(destination, DESTINATION, rail, at=at)


def needs_recipient(destination: Destination) -> bool:
    """Whether the payee themself must be made known first. An account of theirs at the rail is both at once."""
    return destination.kind != DestinationKind.CONNECTED_ACCOUNT and not destination.recipient_id


def _row(public_id: str) -> Destination:
    return Destination.objects.select_related("payee__user").get(public_id=public_id)


def _tell(destination: Destination, operation: str, rail: Rail, *, at: datetime) -> Outcome | None:
    call = _intend(destination, operation, at=at)
    if call is None:
        return None
    _reached(operation, "intended")
    answer = _answer_of(_sender(destination, call, rail))
    _reached(operation, "answered")
    record_known(destination=destination, call=call, answer=answer, at=at)
    _reached(operation, "recorded")
    if answer.outcome is Outcome.NOT_EXECUTED:
        raise DestinationNotTold(answer.failure.code if answer.failure else "not executed")
    return answer.outcome


def _reached(operation: str, beat: str) -> None:
    # Whole names, so that they can be found.
    reached(
        {
            (PAYEE, "intended"): "payee.create.intended",
            (PAYEE, "answered"): "payee.create.answered",
            (PAYEE, "recorded"): "payee.create.recorded",
            (DESTINATION, "intended"): "destination.create.intended",
            (DESTINATION, "answered"): "destination.create.answered",
            (DESTINATION, "recorded"): "destination.create.recorded",
        }[operation, beat]
    )


def _intend(destination: Destination, operation: str, *, at: datetime) -> GatewayCall | None:
    with transaction.atomic():
        payee = lock_payee(destination.payee_id)
        row = lock_destination(destination.pk)
        if row.status != DestinationStatus.VERIFYING or open_calls(row):
            return None
        before = GatewayCall.objects.filter(
            subject_type="destination", subject_id=row.public_id, operation=operation, status=CallStatus.NOT_EXECUTED
        )
        call = before.filter(absences=0).order_by("-pk").first()
        if call is not None:
            reopen(call, at=at)
            return call
        return open_call(
            subject=row, operation=operation, service=row.rail, account=account_of(row.rail), actor=SYSTEM,
            facts={"destination": row.public_id, "payee": payee.public_id, "recipient": row.recipient_id}, at=at,
        )  # fmt: skip


def _sender(destination: Destination, call: GatewayCall, rail: Rail) -> Callable[[], RailAnswer]:
    payee, details = destination.payee, opened(destination)
    new = NewDestination(
        our_id=destination.public_id,
        payee_id=payee.public_id,
        kind=destination.kind,
        currency=destination.currency,
        holder=details.get("holder") or legal_name(payee),
        legal_form=payee.legal_form,
        country=payee.country,
        details=details,
        recipient_id=str(call.request_facts["recipient"]),
    )
    if call.operation == PAYEE:
        return lambda: rail.create_recipient(key=call.public_id, new=new)
    return lambda: rail.create_destination(key=call.public_id, new=new)


def _answer_of(send: Callable[[], RailAnswer]) -> RailAnswer:
    """The rail's answer. Where it refuses our credentials nothing was executed."""
    try:
        return send()
    except GatewayMisconfigured as error:
        return RailAnswer(Outcome.NOT_EXECUTED, failure=GatewayFailure("gateway_misconfigured", str(error)))


def record_known(*, destination: Destination, call: GatewayCall, answer: RailAnswer, at: datetime) -> None:
    """The third beat: what became of the call, and of the destination with it."""
    view, outcome = answer.destination, answer.outcome
    if outcome is Outcome.PENDING and view is not None:
        outcome = Outcome.SUCCEEDED  # it is made; how it stands there is the destination's own state
    with transaction.atomic():
        lock_payee(destination.payee_id)
        row = lock_destination(destination.pk)
        record_outcome(
            call=call, outcome=outcome, at=at, answer=answer.raw, http_status=answer.http_status,
            request_id=answer.request_id, error_code=answer.failure.code if answer.failure else "",
            external_id=_made(call, view), ask_at=at + UNDECIDED,
        )  # fmt: skip
        if outcome is Outcome.SUCCEEDED and view is not None:
            seen = view if call.operation == DESTINATION else _recipient_alone(view)
            observe_destination(destination=row, view=seen, actor=call.actor, at=at)
        elif outcome is Outcome.DECLINED and row.status == DestinationStatus.VERIFYING:
            why = answer.failure.detail or answer.failure.code if answer.failure else "the rail refused it"
            stop(row, to=DestinationStatus.REJECTED, why=why, actor=call.actor, at=at)
    destination.refresh_from_db()


def _made(call: GatewayCall, view: DestinationView | None) -> str:
    if view is None:
        return ""
    return view.account_id if call.operation == DESTINATION else view.recipient_id


def _recipient_alone(view: DestinationView) -> DestinationView:
    """That the rail knows the payee says nothing of their account."""
    return DestinationView(recipient_id=view.recipient_id, account_id="", check=CheckState.PENDING)


def ask_known(call: GatewayCall, at: datetime) -> None:
    """Whether the rail knows of it: the identical request under the same key tells, and makes nothing twice. Past the
    time for which keys are kept it was never made, and is told anew."""
    destination = _row(call.subject_id)
    rail = rail_for(call.account)
    if at - call.created_at < RESEND_WITHIN:
        GatewayCall.objects.filter(pk=call.pk).update(sent_at=at)
        answer = _answer_of(_sender(destination, call, rail))
        reached("destination.asked")
        if answer.outcome is Outcome.UNKNOWN:
            return
    else:
        absence = rail.absent_payout
        if not count_absence(call=call, after=absence.after, times=absence.times, apart=absence.apart, at=at):
            return
        answer = RailAnswer(Outcome.NOT_EXECUTED)
    with transaction.atomic():
        record_known(destination=destination, call=call, answer=answer, at=at)
        if answer.outcome is not Outcome.DECLINED:  # there is the next step, or this one again
            fact = f"{destination.public_id}:{call.public_id}:{call.resends}"
            emit("destination.approved", fact_key=fact, payload={"destination": destination.public_id}, at=at)


def refresh_due(*, at: datetime, most: int = 200) -> int:
    """Asks the rails how those destinations stand that wait for them: a webhook that never came costs hours, never the
    payee. In no order, so that none waits behind those that nobody cares for. Returns how many changed."""
    waiting = Destination.objects.filter(
        status__in=(DestinationStatus.VERIFYING, DestinationStatus.SUSPENDED), details__isnull=False
    )
    return sum(_refresh(row, at=at) for row in waiting.exclude(account_id="").order_by("?")[:most])


def _refresh(destination: Destination, *, at: datetime) -> bool:
    try:
        rail = rail_for(account_of(destination.rail))
        view = rail.get_destination(recipient_id=destination.recipient_id, account_id=destination.account_id)
    except (Unavailable, GatewayMisconfigured, UnknownRailAccount) as error:
        log.warning("no answer about a destination", extra={"destination": destination.public_id, "why": str(error)})
        return False
    before = destination.status
    changed = view is not None and observe_destination(destination=destination, view=view, actor=SYSTEM, at=at)
    if destination.status != before:
        note_untold(rail_account=account_of(destination.rail), at=at)
    return changed
