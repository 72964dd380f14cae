"""Starts a payment of an order: intent, call, outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from config.calls.models import GatewayCall
from config.calls.services import open_call
from config.inbox import accounts
from config.kernel.errors import Conflict, Refused, Unavailable, Unprocessable
from config.kernel.faultpoints import reached
from config.kernel.money import Money
from config.kernel.verdict import Verdict
from orders.order.access import return_token
from orders.order.models import Order
from orders.order.queries import lock_order
from orders.order.services import set_open_attempts
from payments.charges import rules
from payments.charges.models import GatewayAccount, Payment
from payments.charges.queries import open_payments
from payments.charges.services.calling import answer_of
from payments.charges.services.record import record_create
from payments.gateways.contract import Capability, Gateway, LineItem, NewPayment
from payments.gateways.payment_views import PaymentView
from payments.gateways.registry import gateway_for


class OrderNotPayable(Conflict):
    """This order can't be paid now."""

    code = "order_not_payable"


class ReservationOver(Conflict):
    """The stock is no longer kept for this order."""

    code = "reservation_over"


class AmountTooSmall(Unprocessable):
    """The gateway does not take so small an amount."""

    code = "amount_too_small"


class AmountTooLarge(Unprocessable):
    """The gateway does not take so large an amount."""

    code = "amount_too_large"


class AmountNotAMultiple(Unprocessable):
    """The gateway takes this currency in larger steps only."""

    code = "amount_not_a_multiple"


class CurrencyNotSupported(Unprocessable):
    """The gateway does not take this currency."""

    code = "currency_not_supported"


class GatewayNotOffered(Unprocessable):
    """There is no such gateway here, or it cannot do this."""

    code = "gateway_not_offered"


class PaymentInProgress(Conflict):
    """Another payment of this order is open; its result must be known first."""

    code = "payment_in_progress"


class GatewayDown(Unavailable):
    """The gateway did not take the request; nothing was charged. Try again."""

    code = "gateway_unavailable"


class OutcomeUnknown(Unavailable):
    """The gateway's answer was lost. Nothing is charged twice: repeat the request with the same idempotency key."""

    code = "payment_outcome_unknown"


class PaymentRefused(Unprocessable):
    """The gateway refused to make this payment."""

    code = "payment_refused"


_REFUSALS: dict[str, type[Refused]] = {
    error.code: error
    for error in (
        OrderNotPayable,
        ReservationOver,
        AmountTooSmall,
        AmountTooLarge,
        AmountNotAMultiple,
        CurrencyNotSupported,
    )
}


def enforce(verdict: Verdict) -> None:
    if not verdict:
        raise _REFUSALS[verdict.code](verdict.detail)


@dataclass(frozen=True, slots=True)
class Started:
    """A payment that the customer can go on with, and what they need for it (never stored)."""

    payment: Payment
    client_secret: str
    redirect_url: str


def check_amount(*, account: str, amount_minor: int, currency: str) -> None:
    """Raises CurrencyNotSupported, AmountTooSmall, AmountTooLarge, AmountNotAMultiple or GatewayNotOffered before
    anything is written."""
    if account not in settings.GATEWAY_ACCOUNTS:
        raise GatewayNotOffered(field="gateway")
    failure = gateway_for(account).why_not_charge(Money(amount_minor, currency))
    if failure is not None:
        raise _REFUSALS[failure.code](failure.detail)


def start_payment(
    *,
    order_id: str,
    account: str,
    actor: str,
    at: datetime,
    hosted: bool = False,
    capture_manually: bool = False,
    choice: str = "",
    saved_method_id: int | None = None,
) -> Started:
    """Opens a payment for what the order is due, at one gateway account; no money moves yet. `choice` says why there,
    `saved_method_id` what it is to be confirmed with.

    Raises OrderNotPayable, ReservationOver, what `check_amount` raises, PaymentInProgress
    while another one is open, OpenCallExists while another one's outcome is unknown, GatewayDown when nothing was
    executed, OutcomeUnknown when the answer was lost, PaymentRefused when the gateway says no.
    """
    gateway = check_offered(account, hosted=hosted, capture_manually=capture_manually)
    payment, call = _intend(
        order_id=order_id,
        account=account,
        actor=actor,
        at=at,
        hosted=hosted,
        capture_manually=capture_manually,
        choice=choice,
        saved_method_id=saved_method_id,
    )
    reached("payment.create.intended")
    new = new_payment(payment, call)
    answer = answer_of(lambda: gateway.create_payment(new))
    reached("payment.create.answered")
    record_create(payment_id=payment.pk, call=call, answer=answer, at=at)
    reached("payment.create.recorded")
    payment.refresh_from_db()
    return started(payment, call, answer.payment)


def check_offered(account: str, *, hosted: bool, capture_manually: bool) -> Gateway:
    """The account's gateway, which can do what is wanted. Raises GatewayNotOffered."""
    if account not in settings.GATEWAY_ACCOUNTS:
        raise GatewayNotOffered(field="gateway")
    gateway = gateway_for(account)
    if hosted and Capability.HOSTED_CHECKOUT not in gateway.capabilities:
        raise GatewayNotOffered("this gateway has no hosted checkout", field="gateway")
    if capture_manually and Capability.MANUAL_CAPTURE not in gateway.capabilities:
        raise GatewayNotOffered("this gateway cannot capture later", field="gateway")
    return gateway


def _intend(
    *,
    order_id: str,
    account: str,
    actor: str,
    at: datetime,
    hosted: bool,
    capture_manually: bool,
    choice: str,
    saved_method_id: int | None,
) -> tuple[Payment, GatewayCall]:
    """The first beat: our payment and the intent to make the gateway's object, committed before the call."""
    with transaction.atomic():
        order = lock_order(order_id)
        enforce(rules.may_pay(status=order.status, reserved_until=order.reserved_until, at=at))
        check_amount(account=account, amount_minor=order.due_minor, currency=order.currency)
        if open_payments(order):
            raise PaymentInProgress
        row = ensure_account(account)
        payment = Payment.objects.create(
            ref=order.public_id,
            order=order,
            gateway_account=row,
            amount_minor=order.due_minor,
            currency=order.currency,
            capture_manually=capture_manually,
            hosted=hosted,
            choice=choice[:120],
            saved_method_id=saved_method_id,
            livemode=row.livemode,
            created_at=at,
        )
        call = open_call(
            subject=order,
            operation="payment.create",
            service=row.gateway,
            account=account,
            actor=actor,
            facts={
                "payment": payment.public_id,
                "amount_minor": payment.amount_minor,
                "currency": payment.currency,
                "hosted": hosted,
                "capture_manually": capture_manually,
            },
            at=at,
        )
        set_open_attempts(order, count=1, at=at)
    return payment, call


def ensure_account(code: str) -> GatewayAccount:
    """The row of a configured gateway account, made at its first use.

    Raises GatewayNotOffered when the keys are of another mode than the account's money: test and live never mix.
    """
    credentials = accounts.known()[code]
    row, _ = GatewayAccount.objects.get_or_create(
        code=code, defaults={"gateway": credentials.gateway, "livemode": credentials.livemode}
    )
    if row.livemode != credentials.livemode:
        raise GatewayNotOffered("the keys of this gateway are of another mode than its money here", field="gateway")
    return row


def new_payment(payment: Payment, call: GatewayCall) -> NewPayment:
    """What the gateway's object is made from: built from our rows alone, so that the same request can be sent again
    to the letter."""
    order = Order.objects.get(public_id=payment.ref)
    method = payment.saved_method
    follow, token = f"{settings.PUBLIC_URL}/orders/{order.public_id}", return_token(order)
    return NewPayment(
        our_id=payment.public_id,
        call_id=call.public_id,
        order_id=order.public_id,
        amount=payment.amount,
        capture_manually=payment.capture_manually,
        hosted=payment.hosted,
        items=(LineItem(name=f"Order {order.public_id}", unit=payment.amount, quantity=1),),
        expires_at=order.reserved_until,
        opened_at=payment.created_at,
        success_url=f"{follow}?paid=1#{token}",
        cancel_url=f"{follow}?paid=0#{token}",
        email=order.email,
        customer_id=(method.customer.gateway_customer_id or "") if method is not None else "",
        method_id=method.gateway_method_id if method is not None else "",
        setup_id=(method.setup.gateway_setup_id or "") if method is not None else "",
    )


def started(payment: Payment, call: GatewayCall, view: PaymentView | None) -> Started:
    """What the customer needs to go on, or the reason why there is nothing to go on with."""
    call.refresh_from_db(fields=["status", "error_code"])
    if call.status == "succeeded" and view is not None:
        return Started(payment=payment, client_secret=view.client_secret, redirect_url=view.redirect_url)
    if call.status == "not_executed":
        raise GatewayDown
    if call.status == "declined":
        raise PaymentRefused(f"the gateway refused: {call.error_code}")
    raise OutcomeUnknown
