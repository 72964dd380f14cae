"""Checks a cart out: the order and its first payment, or what is left of that after an interruption."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from config.accounts.models import User
from config.calls.services import open_calls
from config.idempotency.services import Claim, remember_intent
from config.kernel.errors import Unprocessable
from config.kernel.faultpoints import reached
from config.kernel.money import Money
from orders.order.models import Order
from orders.order.services import place_order, price_order
from payments.charges.models import Payment
from payments.charges.queries import open_payments
from payments.charges.rules import Choice
from payments.charges.services.ask import ask_create
from payments.charges.services.choose import choose_account, trying
from payments.charges.services.close import replace_payments
from payments.charges.services.record import observe_payment
from payments.charges.services.start import GatewayDown, OutcomeUnknown, Started, start_payment
from payments.gateways.contract import Capability
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.payment_views import PaymentView
from payments.gateways.registry import gateway_for


class ConfirmationNotGenuine(Unprocessable):
    """The gateway did not sign that for this payment."""

    code = "confirmation_not_genuine"


@dataclass(frozen=True, slots=True)
class Cart:
    """What a client sends to check out. A price among the items is never read."""

    items: Iterable[Any]
    currency: str
    email: str
    accept_terms: bool
    metadata: Mapping[str, Any]


def check_out(
    *,
    cart: Cart,
    account: str,
    hosted: bool,
    buyer: User | None,
    claim: Claim | None,
    at: datetime,
    method: str = "",
) -> tuple[Order, Started]:
    """Places the order and opens its first payment at the gateway `account`, or at one chosen by the rules.

    Refusals of the cart, of the amount and of the gateway write nothing. An interrupted run with the same
    idempotency key is gone on with: its order is not placed again. Raises what pricing, `choose_account`,
    `trying` and `start_payment` raise.
    """
    actor = buyer.actor if buyer else "guest"
    if claim is not None and claim.intent_id:
        order = Order.objects.get(public_id=claim.intent_id)
        return order, go_on(order=order, account=account, hosted=hosted, method=method, actor=actor, at=at)
    lines = price_order(items=cart.items, currency=cart.currency, policy=settings.POLICY)
    sellers = User.objects.filter(pk__in={line.offer.seller_id for line in lines})
    choice = choose_account(
        asked=account,
        amount=Money(sum(line.amount_minor for line in lines), cart.currency),
        method=method,
        sellers=sellers.values_list("public_id", flat=True),
        hosted=hosted,
        capture_manually=settings.POLICY.capture_manually,
    )
    with trying(choice.account):
        with transaction.atomic():
            order = place_order(
                items=cart.items,
                currency=cart.currency,
                email=cart.email,
                buyer=buyer,
                accept_terms=cart.accept_terms,
                cart_metadata=cart.metadata,
                policy=settings.POLICY,
                at=at,
            )
            remember_intent(claim=claim, intent_id=order.public_id)
        reached("checkout.placed")
        return order, _start(order, choice, hosted=hosted, actor=actor, at=at)


def _start(order: Order, choice: Choice, *, hosted: bool, actor: str, at: datetime) -> Started:
    return start_payment(
        order_id=order.public_id,
        account=choice.account,
        actor=actor,
        at=at,
        hosted=hosted,
        capture_manually=settings.POLICY.capture_manually,
        choice=choice.why,
    )


def attempt(
    *, order: Order, account: str, method: str, hosted: bool, actor: str, claim: Claim | None, at: datetime
) -> Started:
    """A further attempt to pay an order, in place of the one that stands; an interrupted run with the same key goes on
    with what it began. Raises what `replace_payments` and `go_on` raise."""
    if claim is not None and not claim.intent_id:
        replace_payments(order=order, actor=actor, at=at)
        with transaction.atomic():
            remember_intent(claim=claim, intent_id=order.public_id)
        reached("checkout.attempted")
    return go_on(order=order, account=account, method=method, hosted=hosted, actor=actor, at=at)


def go_on(*, order: Order, account: str, hosted: bool, actor: str, at: datetime, method: str = "") -> Started:
    """The order's open payment as it stands at the gateway, after asking about a lost answer; else a new one."""
    for call in open_calls(order):
        ask_create(call, at)
    if open_calls(order):
        raise OutcomeUnknown  # not a refusal that the idempotency key would keep for ever
    present = open_payments(order)
    if present and (present[-1].gateway_payment_id or present[-1].gateway_order_id):
        return reread(present[-1])
    choice = choose_account(
        asked=account,
        amount=Money(order.due_minor, order.currency),
        method=method,
        sellers=order.fulfilments.values_list("seller__public_id", flat=True),
        hosted=hosted,
        capture_manually=settings.POLICY.capture_manually,
    )
    with trying(choice.account):
        return _start(order, choice, hosted=hosted, actor=actor, at=at)


def reread(payment: Payment) -> Started:
    """What the customer needs to go on with a payment, asked of the gateway: it is never stored. Raises GatewayDown."""
    view = _view_of(payment)
    secret, url = (view.client_secret, view.redirect_url) if view else ("", "")
    return Started(payment=payment, client_secret=secret, redirect_url=url)


def confirm(payment: Payment, *, proof: Mapping[str, str], at: datetime) -> None:
    """The client says that this payment was paid, with the proof that the gateway's page handed it, if it signs one.
    A genuine one is still only a reason to ask: what the gateway says now is what counts.

    Raises ConfirmationNotGenuine for a proof that the gateway did not sign for this payment, and GatewayDown.
    """
    gateway = gateway_for(payment.gateway_account.code)
    if proof and Capability.CLIENT_CONFIRMATION in gateway.capabilities:
        gateway_payment_id = payment.gateway_payment_id or ""
        if not gateway.verify_confirmation(gateway_payment_id=gateway_payment_id, proof=proof):
            raise ConfirmationNotGenuine
    ask_again(payment, at=at)


def ask_again(payment: Payment, *, at: datetime) -> None:
    """Brings a payment up to what the gateway says now; one that was never made there stays as it is.

    Raises GatewayDown.
    """
    view = _view_of(payment)
    if view is not None:
        with transaction.atomic():
            observe_payment(payment=payment, view=view, actor="gateway:asked", at=at)


def _view_of(payment: Payment) -> PaymentView | None:
    if not payment.gateway_payment_id and not payment.gateway_order_id:
        return None
    try:
        view = gateway_for(payment.gateway_account.code).get_payment(
            gateway_payment_id=payment.gateway_payment_id or "", session_id=payment.gateway_order_id or ""
        )
    except GatewayUnreachable as error:
        raise GatewayDown from error
    reached("payment.reread")
    return view
