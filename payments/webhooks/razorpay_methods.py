"""Razorpay's events of setups and saved methods: payments of orders that register a token, and tokens themselves.

Each is only a hint: what counts is the order or the token as it stands when the event is handled, so that their order
does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from config.calls.fields import text_or_empty
from config.inbox.contract import Handled, Hopeless, Park
from payments.gateways.method_views import MethodView, SetupState, SetupView
from payments.gateways.razorpay.fields import SETUP_MARK, a
from payments.gateways.razorpay.fields import mark as note
from payments.methods.models import MethodSetup
from payments.methods.queries import find_method_of_token, find_setup, find_setup_of_token
from payments.methods.services.record import observe_method, observe_setup
from payments.webhooks.context import Context, mark


def of_a_setup(context: Context) -> Handled | None:
    """What an event of an order or of an attempt means for the setup that it belongs to; None where it belongs to
    none that is known here by its order's id."""
    order_id = _order_id(context)
    setup = find_setup(account=context.event.account, setup_id=order_id) if order_id else None
    return _observe(context, setup, order_id) if setup is not None else None


def of_an_unknown_setup(context: Context) -> Handled | None:
    """The same for one whose order's id is not stored yet: by our mark, for which the order is asked. Payments that
    register nothing carry no token, and cost no question."""
    payment: Any = context.obj.get("payment")
    order: Any = context.obj.get("order")
    marked = order is not None and bool(note(order, SETUP_MARK))
    if not marked and not (payment is not None and text_or_empty(payment, "token_id")):
        return None
    order_id = _order_id(context)
    view: SetupView | None = context.ask("setup", order_id) if order_id.startswith("order_") else None
    our_id = mark(view.our_id, "set") if view is not None else ""
    if not our_id:
        return None
    setup = find_setup(account=context.event.account, setup_id=order_id, our_id=our_id)
    if setup is None:
        raise Park(our_id)
    if setup.gateway_setup_id not in (None, order_id):
        return Handled.foreign("another object with our mark")
    return _observe(context, setup, order_id)


def _order_id(context: Context) -> str:
    order: Any = context.obj.get("order")
    payment: Any = context.obj.get("payment")
    return text_or_empty(order or {}, "id") or text_or_empty(payment or {}, "order_id")


def _observe(context: Context, setup: MethodSetup, order_id: str) -> Handled:
    """Raises Hopeless where money was taken that was only to be authorised: a person must give it back there."""
    view: SetupView | None = context.ask("setup", order_id)
    if view is None or view.customer_id != setup.customer.gateway_customer_id:
        return Handled.foreign("no setup of ours")
    if view.is_taken:
        raise Hopeless("setup_was_captured", f"{setup.public_id}: give it back at Razorpay")
    method: MethodView | None = None
    if view.state is SetupState.SUCCEEDED:
        method = context.ask("method", view.method_id)
    said = observe_setup(setup=setup, view=view, method=method, actor=context.actor, at=context.at)
    return Handled.processed(f"{setup.public_id}: {said}", setup.customer.person.public_id)


def _token(context: Context) -> Handled:
    """A token names neither its order nor, mostly, its customer: it is ours where we know it, be it as what a setup is
    to save. One that nobody registered through a setup of ours has no consent."""
    token_id = text_or_empty(a("token", context.obj.get("token")), "id")
    account = context.event.account
    method = find_method_of_token(account=account, token_id=token_id)
    if method is not None:
        view: MethodView | None = context.ask("method", method.gateway_method_id)
        said = observe_method(method=method, view=view, actor=context.actor, at=context.at)
        return Handled.processed(f"{method.public_id}: {said}", method.person.public_id)
    setup = find_setup_of_token(account=account, token_id=token_id)
    if setup is not None and setup.gateway_setup_id:
        return _observe(context, setup, setup.gateway_setup_id)
    return Handled.foreign("no saved method of ours")


TRANSLATIONS: dict[str, Callable[[Context], Handled]] = {
    "token.confirmed": _token,
    "token.rejected": _token,
    "token.paused": _token,
    "token.resumed": _token,
    "token.cancelled": _token,
    "token.cancellation_initiated": _token,
    "token.suspended": _token,
    "token.activated": _token,
    "token.deactivated": _token,
    "token.expiry_updated": _token,
}
