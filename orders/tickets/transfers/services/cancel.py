"""Takes a transfer back: wanted by us, ended by the provider's word alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from config.calls.models import GatewayCall
from config.calls.services import count_absence, open_call, record_outcome, reopen
from config.calls.states import OPEN, CallStatus
from config.kernel.faultpoints import reached
from orders.tickets.providers.contract import TransferAnswer, TransferCapability
from orders.tickets.providers.registry import account_of, provider_for
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.queries import lock_transfer
from orders.tickets.transfers.services.calling import answer_of, raise_if_not_sent
from orders.tickets.transfers.services.record import (
    CANCEL,
    CREATE,
    become,
    observe_transfer,
    order_cancel,
    record_answer,
)
from orders.tickets.transfers.states import OPEN as OPEN_THERE
from orders.tickets.transfers.states import TransferStatus

MACHINE = "system:transfers"
# A cancellation that the provider has and has not decided is asked about by the call journal too.
UNDECIDED = timedelta(minutes=30)


def call_back(*, transfer_pk: int, actor: str, at: datetime, reason: str = "") -> str:
    """We want the tickets back, in the caller's transaction. Returns the status that it has then.

    What no request was ever made for is cancelled at once. Anything else is `cancelling` until the provider says what
    became of it: nothing is assumed. What is decided, or with a person, stays as it is.
    """
    transfer = lock_transfer(transfer_pk)
    status = transfer.status
    if status == TransferStatus.STARTING and not _may_be_out(transfer):
        become(
            transfer, to=TransferStatus.CANCELLED, why=reason or "never sent", actor=actor, at=at, cancel_wanted_at=at
        )
    elif status in (TransferStatus.STARTING, TransferStatus.INITIATED, TransferStatus.PENDING):
        become(transfer, to=TransferStatus.CANCELLING, why=reason, actor=actor, at=at, cancel_wanted_at=at)
        if transfer.provider_id is not None:  # else once it is known what became of its making
            order_cancel(transfer, again=0, at=at)
    return transfer.status


def follow_called_back(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `tickets.called_back`: the part is being cancelled while its tickets are out. Told again, it does
    nothing."""
    transfer = TicketTransfer.objects.filter(
        fulfilment__public_id=payload["fulfilment"], status__in=[TransferStatus.STARTING, *OPEN_THERE]
    ).first()
    if transfer is not None:
        with transaction.atomic():
            call_back(transfer_pk=transfer.pk, actor=MACHINE, at=at, reason="its part is cancelled")
        reached("transfer.called_back")


def _may_be_out(transfer: TicketTransfer) -> bool:
    calls = GatewayCall.objects.filter(
        subject_type="tickettransfer", subject_id=transfer.public_id, operation=CREATE
    ).exclude(status=CallStatus.NOT_EXECUTED)
    return calls.exists()


def send_cancel(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `ticket_transfer.cancel_wanted`. Told again, it asks nothing twice. Raises TransferNotSent."""
    transfer = TicketTransfer.objects.get(public_id=payload["transfer"])
    provider = provider_for(transfer.provider)
    if TransferCapability.CANCEL not in provider.capabilities:
        return  # it ends by itself, and is asked about
    call = _intend(transfer, at=at)
    if call is None:
        return
    reached("transfer.cancel.intended")
    answer = answer_of(lambda: provider.cancel(key=call.public_id, provider_id=transfer.provider_id or ""))
    reached("transfer.cancel.answered")
    _record(transfer, call, answer, at=at)
    reached("transfer.cancel.recorded")
    raise_if_not_sent(answer)


def _intend(transfer: TicketTransfer, *, at: datetime) -> GatewayCall | None:
    account = account_of(transfer.provider)
    with transaction.atomic():
        transfer = lock_transfer(transfer.pk)
        if transfer.status != TransferStatus.CANCELLING or transfer.provider_id is None:
            return None
        calls = GatewayCall.objects.filter(
            subject_type="tickettransfer", subject_id=transfer.public_id, operation=CANCEL
        )
        if calls.filter(status__in=OPEN).exists():
            return None  # it is asked about
        earlier = calls.filter(status=CallStatus.NOT_EXECUTED).order_by("-pk").first()
        if earlier is not None:
            reopen(earlier, at=at)
            return earlier
        if calls.exists():
            return None  # the provider has answered: nothing is gained by asking for the same again
        return open_call(
            subject=transfer,
            operation=CANCEL,
            service=account.gateway,
            account=account.code,
            actor=MACHINE,
            facts={"transfer": transfer.public_id},
            at=at,
        )


def _record(transfer: TicketTransfer, call: GatewayCall, answer: TransferAnswer, *, at: datetime) -> None:
    """The third beat, under lock: the provider's word on the transfer is what counts, not its word on the request."""
    with transaction.atomic():
        lock_transfer(transfer.pk)
        record_answer(call=call, answer=answer, at=at, ask_at=at + UNDECIDED)
        if answer.transfer is not None:
            observe_transfer(transfer_pk=transfer.pk, view=answer.transfer, actor=call.actor, at=at)


def ask_cancel(call: GatewayCall, at: datetime) -> None:
    """What became of a cancellation: the transfer itself shows it. One that stays open for long was never asked to be
    cancelled, and is asked again."""
    transfer = TicketTransfer.objects.get(public_id=call.subject_id)
    provider = provider_for(transfer.provider)
    view = provider.get(provider_id=transfer.provider_id or "")
    reached("transfer.cancel.asked")
    if view is None:
        return
    absent = provider.absent
    with transaction.atomic():
        lock_transfer(transfer.pk)
        observe_transfer(transfer_pk=transfer.pk, view=view, actor=call.actor, at=at)  # closes the call where decided
        if not view.state.is_open or call.status != CallStatus.UNKNOWN:
            return
        if count_absence(call=call, after=absent.after, times=absent.times, apart=absent.apart, at=at):
            record_outcome(call=call, outcome=CallStatus.NOT_EXECUTED, at=at, external_id=view.provider_id)
            order_cancel(transfer, again=call.resends + 1, at=at)
