"""Records what a provider says of a transfer, whoever told us: an answer, a webhook, a list, or a question."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from config.audit.services import move
from config.calls.models import GatewayCall
from config.calls.services import record_outcome
from config.calls.states import CallStatus
from config.outbox.services import emit
from orders.tickets.providers.contract import TransferAnswer, TransferView
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.queries import lock_transfer
from orders.tickets.transfers.rules import what_follows
from orders.tickets.transfers.states import ENDED, TransferStatus

CREATE, CANCEL = "transfer.create", "transfer.cancel"
# What nobody told us about meanwhile is asked about this long after the last word.
QUIET = timedelta(hours=1)
# What was called back is asked about sooner: a hold waits for it.
QUIET_WHILE_CANCELLING = timedelta(minutes=2)
_DECIDED = (TransferStatus.ACCEPTED, *ENDED)


def observe_transfer(*, transfer_pk: int, view: TransferView, actor: str, at: datetime) -> str:
    """Brings our transfer up to what is said of it, in the caller's transaction. Told twice, it changes nothing.
    Returns what was done, in a few words."""
    transfer = lock_transfer(transfer_pk)
    step = what_follows(
        status=transfer.status,
        told=view.state,
        told_at=view.changed_at,
        known=transfer.told,
        known_at=transfer.told_at,
    )
    if not step.is_news:
        return step.why
    said: dict[str, Any] = {"told": view.state.value, "told_at": view.changed_at}
    if transfer.provider_id is None:
        said["provider_id"] = view.provider_id
    is_named = transfer.provider_id is not None
    if step.to is None:
        TicketTransfer.objects.filter(pk=transfer.pk).update(**said)
    else:
        become(transfer, to=step.to, why=step.why, actor=actor, at=at, **said)
    _close_calls(transfer, view, at=at)
    if not is_named and transfer.status == TransferStatus.CANCELLING and view.state.is_open:
        order_cancel(transfer, again=0, at=at)  # it was called back before anybody knew whether there is one
    return f"{transfer.public_id} is {step.to}" if step.to else step.why


def become(
    transfer: TicketTransfer, *, to: TransferStatus, actor: str, at: datetime, why: str = "", **changes: Any
) -> bool:
    """Moves a locked transfer, and says so to whoever must know."""
    changes["ended_at"] = at if to in _DECIDED else None
    changes.setdefault("ask_at", next_question(to, at=at))
    moved = move(transfer, to=to, actor=actor, at=at, reason=why, **changes)
    if moved:
        _say(transfer, why=why, actor=actor, at=at)
    return moved


def _say(transfer: TicketTransfer, *, why: str, actor: str, at: datetime) -> None:
    """Tells whoever must act: tickets and money follow the fulfilment."""
    fact: dict[str, Any] = {
        "fact_key": f"{transfer.public_id}:{transfer.status}:{at.isoformat()}",
        "payload": {
            "transfer": transfer.public_id,
            "fulfilment": transfer.fulfilment.public_id,
            "state": transfer.status,
            "why": why,
            "by": actor,
        },
        # Of two words on one transfer the later is heard later, also where the first has to be tried again.
        "ordering_key": transfer.public_id,
    }
    if transfer.status == TransferStatus.ACCEPTED:
        emit("ticket_transfer.accepted", **fact, at=at)
    elif transfer.status == TransferStatus.REVIEW:
        emit("ticket_transfer.unanswered", **fact, at=at)
    elif transfer.status in ENDED:
        emit("ticket_transfer.ended", **fact, at=at)


def next_question(status: str, *, at: datetime) -> datetime | None:
    """When to ask, if nobody tells us. Before the provider has it the call is asked about; with a person, nobody is."""
    if status == TransferStatus.CANCELLING:
        return at + QUIET_WHILE_CANCELLING
    return at + QUIET if status in (TransferStatus.INITIATED, TransferStatus.PENDING) else None


def record_answer(*, call: GatewayCall, answer: TransferAnswer, at: datetime, ask_at: datetime | None = None) -> bool:
    """Writes a provider's answer into the journal, in the caller's transaction."""
    return record_outcome(
        call=call,
        outcome=answer.outcome,
        at=at,
        answer=answer.raw,
        external_id=answer.transfer.provider_id if answer.transfer else "",
        http_status=answer.http_status,
        request_id=answer.request_id,
        error_code=answer.failure.code if answer.failure else "",
        ask_at=ask_at,
    )


def order_cancel(transfer: TicketTransfer, *, again: int, at: datetime) -> None:
    """Has the provider asked to take it back, in the caller's transaction: one job per asking."""
    emit(
        "ticket_transfer.cancel_wanted",
        fact_key=f"{transfer.public_id}:{again}",
        payload={"transfer": transfer.public_id},
        at=at,
    )


def _close_calls(transfer: TicketTransfer, view: TransferView, *, at: datetime) -> None:
    """What the provider says also answers the questions that are open. A call that is on its way has its own answer."""
    unknown = GatewayCall.objects.filter(
        subject_type="tickettransfer",
        subject_id=transfer.public_id,
        status__in=[CallStatus.UNKNOWN, CallStatus.PENDING],
    )
    for call in unknown.select_for_update().order_by("pk"):
        if call.operation == CREATE:
            outcome: CallStatus | None = CallStatus.SUCCEEDED
        elif view.state.has_ended:
            outcome = CallStatus.SUCCEEDED
        else:
            outcome = CallStatus.DECLINED if view.state == "accepted" else None
        if outcome is not None:
            record_outcome(call=call, outcome=outcome, at=at, external_id=view.provider_id)
