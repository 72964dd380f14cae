"""Looks after transfers of which nobody told us: what changed at a provider, what is silent, what nobody answers."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from config.calls.failures import GatewayMisconfigured, GatewayUnreachable, QuestionRefused, UnreadableObject
from config.kernel.faultpoints import reached
from orders.tickets.providers.contract import TransferCapability, TransferProvider, TransferView
from orders.tickets.providers.registry import UnknownTransferProvider, provider_for
from orders.tickets.transfers.models import TicketTransfer, TransferWatermark
from orders.tickets.transfers.services.record import next_question, observe_transfer
from orders.tickets.transfers.services.settle import leave_to_a_person
from orders.tickets.transfers.states import OPEN, TransferStatus

log = logging.getLogger(__name__)
MACHINE = "system:transfers"
# Providers stamp changes by clocks of their own, and list one a little after it happened.
OVERLAP = timedelta(minutes=2)
FIRST_LOOK = timedelta(days=1)
MOST_PAGES, BATCH = 50, 100
_BROKEN = (GatewayUnreachable, GatewayMisconfigured, QuestionRefused, UnreadableObject, UnknownTransferProvider)


def follow_changes(*, at: datetime) -> int:
    """Reads every provider's list of what changed, from where it was read last. One that cannot be asked does not stop
    the others. Returns how many changes of ours were listed."""
    seen = 0
    for name in settings.TRANSFER_PROVIDERS:
        provider = provider_for(name)
        if TransferCapability.LIST_SINCE not in provider.capabilities:
            continue
        try:
            seen += _follow(provider, at=at)
        except _BROKEN:
            log.warning("changes of transfers not read", extra={"provider": name}, exc_info=True)
    return seen


def _follow(provider: TransferProvider, *, at: datetime) -> int:
    mark, _ = TransferWatermark.objects.get_or_create(provider=provider.name, defaults={"read_until": at - FIRST_LOOK})
    since, cursor, seen, newest = mark.read_until - OVERLAP, "", 0, mark.read_until
    for _ in range(MOST_PAGES):
        page = provider.list_changed(since=since, cursor=cursor)
        for view in page.transfers:
            seen += _hear(provider.name, view, at=at)
            newest = max(newest, view.changed_at)
        cursor = page.cursor
        if not cursor:
            break
    # Only what is newer: two sweeps at once never set it back.
    TransferWatermark.objects.filter(pk=mark.pk, read_until__lt=newest).update(read_until=newest)
    reached("transfer.followed")
    return seen


def _hear(provider: str, view: TransferView, *, at: datetime) -> int:
    """What is none of ours is none of our business."""
    if not view.reference:
        return 0
    pk = TicketTransfer.objects.filter(provider=provider, public_id=view.reference).values_list("pk", flat=True).first()
    if pk is None:
        return 0
    with transaction.atomic():
        observe_transfer(transfer_pk=pk, view=view, actor=MACHINE, at=at)
    return 1


def ask_silent(*, at: datetime) -> int:
    """Asks about transfers of which nothing was heard for long; what was called back and is answered by nobody within
    TRANSFER_PATIENCE_MINUTES goes to a person. Returns how many were asked about."""
    asked = 0
    due = TicketTransfer.objects.filter(ask_at__lte=at, status__in=[*OPEN, TransferStatus.CANCELLING])
    for transfer in due.order_by("ask_at")[:BATCH]:
        following = next_question(transfer.status, at=at)
        # Of two sweeps at once one asks.
        if not TicketTransfer.objects.filter(pk=transfer.pk, ask_at=transfer.ask_at).update(ask_at=following):
            continue
        asked += 1
        _ask(transfer, at=at)
        reached("transfer.asked")
        _give_up(transfer, at=at)
    return asked


def _ask(transfer: TicketTransfer, *, at: datetime) -> None:
    try:
        provider = provider_for(transfer.provider)
        if transfer.provider_id is not None:
            view = provider.get(provider_id=transfer.provider_id)
        else:
            view = provider.find_by_reference(reference=transfer.public_id)
    except _BROKEN:
        log.warning("silent transfer not asked about", extra={"transfer": transfer.public_id}, exc_info=True)
        return
    reached("transfer.looked")
    if view is not None:
        with transaction.atomic():
            observe_transfer(transfer_pk=transfer.pk, view=view, actor=MACHINE, at=at)


def _give_up(transfer: TicketTransfer, *, at: datetime) -> None:
    patience = timedelta(minutes=settings.POLICY.transfer_patience_minutes)
    if transfer.cancel_wanted_at is None or at - transfer.cancel_wanted_at < patience:
        return
    with transaction.atomic():
        if leave_to_a_person(transfer_pk=transfer.pk, why="no answer", actor=MACHINE, at=at):
            log.error("nobody knows who has the tickets", extra={"transfer": transfer.public_id})
