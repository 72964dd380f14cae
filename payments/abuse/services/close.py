"""Closes what somebody who is blocked had begun: else each open payment would still try cards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orders.order.models import Order
from payments.abuse.models import Block
from payments.abuse.queries import begun_and_open
from payments.abuse.services.block import MACHINE
from payments.charges.queries import unclosed_payments
from payments.charges.services.close import close_all
from payments.charges.services.start import PaymentInProgress
from payments.gateways.contract import Capability
from payments.gateways.registry import gateway_for
from payments.methods.models import MethodSetup
from payments.methods.services.abandon import cancel


def close_blocked(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `abuse.blocked`: what was begun by that e-mail, and what was begun from that address and declined
    already, takes no further card. Others behind the address may go on with what they began, until a card of theirs is
    declined.

    Raises PaymentInProgress while one of them cannot be closed, so that the outbox tries again. One that its bank works
    on cannot be stopped.
    """
    block = Block.objects.get(public_id=payload["block"])
    if block.lifted_at is not None or block.until <= at:
        return
    payments, setups = begun_and_open(block)
    is_left = False
    for order in Order.objects.filter(payments__in=payments, status="pending_payment").distinct().order_by("pk"):
        close_all(order=order, actor=MACHINE, at=at)
        is_left |= any(not payment.is_processing for payment in unclosed_payments(order))
    for setup in MethodSetup.objects.filter(pk__in=setups).select_related("gateway_account", "customer").order_by("pk"):
        if Capability.CANCEL_SETUP in gateway_for(setup.gateway_account.code).capabilities:
            cancel(setup=setup, at=at, why="blocked")
    if is_left:
        raise PaymentInProgress
