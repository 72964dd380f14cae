"""Asks about refunds that wait at a gateway, or might still come back, where nobody can rely on its events."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from payments.charges.models import Payment
from payments.gateways.refund_views import RefundState
from payments.gateways.registry import gateway_for
from payments.refunds.models import Refund
from payments.refunds.queries import find_refund
from payments.refunds.services.record import NOTHING_NEW, observe_refund, record_seen
from payments.refunds.states import RefundStatus
from payments.watching.services import Found, keep_as_fetched

WATCH = "system:watch"


def ask_watched_outside(*, ref: str, at: datetime) -> Found:
    """What became of a refund that somebody made at the gateway. Over once it succeeded or failed.

    Raises GatewayUnreachable.
    """
    payment_id, _, refund_id = ref.partition(":")
    payment = Payment.objects.select_related("gateway_account").get(public_id=payment_id)
    account = payment.gateway_account.code
    view = gateway_for(account).get_refund(refund_id=refund_id)
    if view is None or view.state is RefundState.PENDING:
        return Found.WAITS
    with transaction.atomic():
        known = find_refund(account=account, view=view)
        if record_seen(payment=payment, refund=known, view=view, actor=WATCH, at=at) != NOTHING_NEW:
            keep_as_fetched(account=account, view=view, at=at)
    return Found.OVER


def ask_watched_bounce(*, ref: str, at: datetime) -> Found:
    """Whether a refund that succeeded still does. Over once it failed; it stands as long as it did not.

    Raises GatewayUnreachable.
    """
    refund = Refund.objects.select_related("gateway_account", "payment").get(public_id=ref)
    if refund.status != RefundStatus.SUCCEEDED or not refund.gateway_refund_id:
        return Found.OVER
    account = refund.gateway_account.code
    view = gateway_for(account).get_refund(refund_id=refund.gateway_refund_id)
    if view is None or view.state is RefundState.SUCCEEDED:
        return Found.STANDS
    with transaction.atomic():
        if observe_refund(refund=refund, view=view, actor=WATCH, at=at) != NOTHING_NEW:
            keep_as_fetched(account=account, view=view, at=at)
    return Found.OVER if view.state is not RefundState.PENDING else Found.STANDS
