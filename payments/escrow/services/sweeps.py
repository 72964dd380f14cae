"""Finds the fulfilments and holds whose time has come, and gives each its act."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from config.inbox.processor import oldest_unprocessed
from config.outbox.services import emit
from config.queue.sweep import Swept, sweep
from orders.fulfilment.models import Fulfilment
from orders.order.queries import lock_order
from payments.charges.models import GatewayAccount, Payment
from payments.charges.queries import lock_payment
from payments.disputes.services.standing import OF_CANCELLED, let_go_of_cancelled
from payments.escrow.models import EscrowHold
from payments.escrow.queries import holds_that_must_leave
from payments.escrow.services.cancel import SYSTEM, time_out_fulfilment
from payments.escrow.services.release import complete_fulfilment
from payments.escrow.states import HoldStatus

log = logging.getLogger(__name__)
RELEASE_TIMER = "system:release_timer"


def time_out_due(*, at: datetime) -> Swept:
    """Times out what was not delivered, and gives back what a cancelled part has again, except where a gateway's events
    lag: a delivery or a dispute that we have not read yet must not be answered with a refund."""
    limit = timedelta(seconds=settings.POLICY.inbox_lag_limit_s)
    gateways = GatewayAccount.objects.values_list("gateway", flat=True).distinct()
    lagging = [name for name in gateways if oldest_unprocessed(name, at=at) > limit]
    if lagging:
        log.warning("escrow timeouts stand still: the inbox lags", extra={"gateways": lagging})
    # Of a hold whose money went back already nothing is given again: its pieces belong on the shelf.
    due = Fulfilment.objects.filter(
        status="awaiting", deliver_by__lte=at, hold__status__in=(HoldStatus.HELD, HoldStatus.RETURNED)
    ).exclude(hold__payment__gateway_account__gateway__in=lagging)
    timed_out = sweep("escrow timeout", due, lambda key: time_out_fulfilment(fulfilment_pk=key, at=at))
    # Money came back while something else still kept it frozen, and the last reason was lifted since, by whomever.
    left = Payment.objects.filter(pk__in=EscrowHold.objects.filter(OF_CANCELLED).values("payment"), open_disputes=0)
    left = left.exclude(gateway_account__gateway__in=lagging)
    back = sweep("money of cancelled parts", left, lambda key: _give_back(key, at=at))
    return Swept(timed_out.done + back.done, timed_out.refused + back.refused, timed_out.failed + back.failed)


def _give_back(payment_pk: int, *, at: datetime) -> bool:
    with transaction.atomic():
        lock_order(Payment.objects.values_list("ref", flat=True).get(pk=payment_pk))
        return let_go_of_cancelled(lock_payment(payment_pk), actor=SYSTEM, at=at)


def release_due(*, at: datetime) -> Swept:
    """Completes what was delivered long enough ago without a complaint."""
    due = Fulfilment.objects.filter(status="delivered", release_at__lte=at, hold__status="held")
    return sweep(
        "escrow release",
        due,
        lambda key: complete_fulfilment(fulfilment_pk=key, actor=RELEASE_TIMER, reason="no complaint in time", at=at),
    )


def alarm_due(*, at: datetime) -> Swept:
    """Raises the alarm, once per hold, for money that the gateway lets wait no longer than a few days more."""
    before = at + timedelta(days=settings.POLICY.must_leave_alarm_days)
    due = holds_that_must_leave(before=before).filter(alarmed_at__isnull=True)
    return sweep("must leave", due, lambda key: _alarm(key, at=at))


def _alarm(hold_pk: int, *, at: datetime) -> bool:
    with transaction.atomic():
        hold = EscrowHold.objects.select_for_update().get(pk=hold_pk)
        if hold.alarmed_at is not None:
            return False
        EscrowHold.objects.filter(pk=hold_pk).update(alarmed_at=at)
        emit("hold.must_leave", fact_key=hold.public_id, payload={"hold": hold.public_id}, at=at)
    log.error("held money must leave soon", extra={"hold": hold.public_id, "by": hold.must_leave_by.isoformat()})
    return True
