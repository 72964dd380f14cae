"""Charges a saved method for an order with nobody present: first the payment is made, then it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from config.audit.services import move
from config.calls.models import GatewayCall
from config.kernel.errors import Conflict
from config.outbox.services import emit
from orders.order.models import Order
from payments.charges.models import Payment
from payments.charges.queries import unclosed_payments
from payments.charges.services.choose import GatewayPaused
from payments.charges.services.close import replace_payments
from payments.charges.services.confirm import confirm_unattended
from payments.charges.services.start import GatewayNotOffered, start_payment
from payments.gateways.contract import Capability
from payments.gateways.registry import gateway_for
from payments.health.services.permit import may_charge_unattended
from payments.methods import rules
from payments.methods.models import SavedMethod
from payments.methods.queries import lock_method, lock_person
from payments.methods.states import METHOD_STATES, MethodStatus

SYSTEM = "system:declines"


class MethodNotChargeable(Conflict):
    """This saved method cannot be charged for that."""

    code = "method_not_chargeable"


class MethodNotYours(Conflict):
    """This saved method is not of the person who owes this."""

    code = "method_not_yours"


_REFUSALS = {error.code: error for error in (MethodNotChargeable, MethodNotYours)}


def charge_saved_method(*, order: Order, method: SavedMethod, actor: str, at: datetime) -> Payment:
    """The order's payment by this method, charged. A payment by it that is still open is confirmed again: never a
    second object beside one that could take the money.

    Raises MethodNotChargeable, MethodNotYours, GatewayPaused, GatewayNotOffered, and what `replace_payments`,
    `start_payment` and `confirm_unattended` raise. A decline raises nothing: the payment says it.
    """
    account = method.gateway_account
    verdict = rules.may_charge(
        status=method.status,
        is_owner=order.buyer_id == method.person_id,
        same_mode=method.livemode == account.livemode,
    )
    if not verdict:
        raise _REFUSALS[verdict.code](verdict.detail)
    if account.code not in settings.GATEWAY_ACCOUNTS:
        raise GatewayNotOffered(field="gateway")
    if Capability.OFF_SESSION not in gateway_for(account.code).capabilities:
        raise GatewayNotOffered("this gateway charges nobody who is absent", field="gateway")
    permit = may_charge_unattended(account.code)
    if not permit:
        raise GatewayPaused(permit.detail, field="gateway")
    payment = _present(order, method)
    if payment is None:
        replace_payments(order=order, actor=actor, at=at)
        payment = start_payment(
            order_id=order.public_id, account=account.code, actor=actor, at=at, saved_method_id=method.pk
        ).payment
    confirm_unattended(payment=payment, actor=actor, at=at)
    payment.refresh_from_db()
    return payment


def _present(order: Order, method: SavedMethod) -> Payment | None:
    """The order's payment by this method that could still take the money."""
    found = (each for each in unclosed_payments(order) if each.saved_method_id == method.pk)
    return next((each for each in found if each.gateway_payment_id), None)


def follow_decline(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `payment.declined_unattended`: bars a method that its bank never wants to see again, and has the
    customer asked where only they can go on. What may be tried later is left to whoever charges."""
    payment = Payment.objects.select_related("saved_method").get(public_id=payload["payment"])
    method = payment.saved_method
    if method is None:
        return
    tries = GatewayCall.objects.filter(
        subject_type="payment", subject_id=payment.public_id, operation="payment.confirm", status="declined"
    ).count()
    code = payload["decline_code"] or payload["code"]
    follows = rules.after_decline(
        code=payload["code"], decline_code=payload["decline_code"], advice_code=payload["advice_code"], tries=tries
    )
    with transaction.atomic():
        lock_person(method.person_id)
        method = lock_method(method.pk)
        if follows is rules.Next.NEVER and METHOD_STATES.allows(method.status, MethodStatus.BARRED):
            move(method, to=MethodStatus.BARRED, actor=SYSTEM, at=at, reason=code, barred_code=code[:80])
        if follows is not rules.Next.RETRY_LATER:
            emit("payment.needs_customer", fact_key=payment.public_id, payload={"payment": payment.public_id}, at=at)
