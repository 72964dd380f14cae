"""Gives a transfer to its provider: intent, call, outcome; and asks where the answer was lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from config.calls.models import GatewayCall
from config.calls.outcomes import Outcome
from config.calls.services import count_absence, open_call, reopen
from config.calls.states import CallStatus
from config.kernel.faultpoints import reached
from config.outbox.services import emit
from orders.tickets.providers.contract import TransferAnswer
from orders.tickets.providers.registry import account_of, provider_for
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.queries import lock_transfer, new_transfer
from orders.tickets.transfers.services.calling import answer_of, raise_if_not_sent
from orders.tickets.transfers.services.record import CREATE, become, observe_transfer, record_answer
from orders.tickets.transfers.states import TransferStatus


def send_wanted(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `ticket_transfer.wanted`. Told again, it does nothing: a transfer is sent while it is `starting` and
    no call for it is open or was answered. Raises TransferNotSent, so that the outbox tries again."""
    transfer = TicketTransfer.objects.get(public_id=payload["transfer"])
    call = _intend(transfer, at=at)
    if call is None:
        return
    reached("transfer.create.intended")
    provider = provider_for(transfer.provider)
    answer = answer_of(lambda: provider.initiate(new_transfer(transfer)))
    reached("transfer.create.answered")
    _record(transfer, call, answer, at=at)
    reached("transfer.create.recorded")
    raise_if_not_sent(answer)


def _intend(transfer: TicketTransfer, *, at: datetime) -> GatewayCall | None:
    account = account_of(transfer.provider)
    with transaction.atomic():
        transfer = lock_transfer(transfer.pk)
        if transfer.status != TransferStatus.STARTING:
            return None
        earlier = GatewayCall.objects.filter(
            subject_type="tickettransfer", subject_id=transfer.public_id, operation=CREATE
        ).first()
        if earlier is None:
            return open_call(
                subject=transfer,
                operation=CREATE,
                service=account.gateway,
                account=account.code,
                actor=transfer.started_by,
                facts={"transfer": transfer.public_id, "tickets": len(transfer.ticket_ids)},
                at=at,
            )
        if earlier.status != CallStatus.NOT_EXECUTED:
            return None  # it is asked about
        reopen(earlier, at=at)
        return earlier


def _record(transfer: TicketTransfer, call: GatewayCall, answer: TransferAnswer, *, at: datetime) -> None:
    """The third beat, under lock."""
    with transaction.atomic():
        transfer = lock_transfer(transfer.pk)
        record_answer(call=call, answer=answer, at=at)
        if answer.transfer is not None:
            observe_transfer(transfer_pk=transfer.pk, view=answer.transfer, actor=call.actor, at=at)
        elif answer.outcome == Outcome.DECLINED and transfer.status in (
            TransferStatus.STARTING,
            TransferStatus.CANCELLING,
        ):
            why = answer.failure.code if answer.failure else "declined"
            become(transfer, to=TransferStatus.FAILED, why=why, actor=call.actor, at=at)
        elif answer.outcome == Outcome.NOT_EXECUTED and transfer.status == TransferStatus.CANCELLING:
            become(transfer, to=TransferStatus.CANCELLED, why="it was never sent", actor=call.actor, at=at)


def ask_create(call: GatewayCall, at: datetime) -> None:
    """Whether the provider has a transfer whose making had no answer: looked for by our reference. Where it has none
    for long enough it was never made, and is sent again if it is still wanted."""
    transfer = TicketTransfer.objects.get(public_id=call.subject_id)
    provider = provider_for(transfer.provider)
    view = provider.find_by_reference(reference=transfer.public_id)
    reached("transfer.create.asked")
    absent = provider.absent
    if view is not None:
        answer = TransferAnswer(Outcome.SUCCEEDED, transfer=view)
    elif count_absence(call=call, after=absent.after, times=absent.times, apart=absent.apart, at=at):
        answer = TransferAnswer(Outcome.NOT_EXECUTED)
    else:
        return
    with transaction.atomic():
        _record(transfer, call, answer, at=at)
        if answer.outcome == Outcome.NOT_EXECUTED:
            emit(  # the job that sent it was done long ago
                "ticket_transfer.wanted",
                fact_key=f"{transfer.public_id}:{call.public_id}:{call.resends}",
                payload={"transfer": transfer.public_id},
                at=at,
            )
