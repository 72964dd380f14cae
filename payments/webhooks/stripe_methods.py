"""Stripe's events of customers, setups and saved methods, one line of translation per type.

A method's event is only a hint: what counts is the method as it stands when the event is handled, so that their order
does not matter.
"""

from __future__ import annotations

from collections.abc import Callable

from config.inbox.contract import Handled, Park
from payments.gateways.method_views import MethodView, SetupState
from payments.gateways.stripe import views
from payments.methods.queries import find_customer, find_method, find_setup
from payments.methods.services.record import forget_customer, observe_method, observe_setup
from payments.webhooks.context import Context, mark


def _setup(context: Context) -> Handled:
    """A setup of ours, by our mark or its id there; what it saved is asked for."""
    view = views.setup_view(context.obj)
    our_id = mark(view.our_id, "set")
    setup = find_setup(account=context.event.account, setup_id=view.setup_id, our_id=our_id)
    if setup is None and our_id:
        raise Park(our_id)
    if setup is None or view.customer_id != setup.customer.gateway_customer_id:
        return Handled.foreign("no setup of ours")
    if setup.gateway_setup_id not in (None, view.setup_id):
        return Handled.foreign("another object with our mark")
    method: MethodView | None = None
    if view.state is SetupState.SUCCEEDED:
        method = context.ask("method", view.method_id)
    note = observe_setup(setup=setup, view=view, method=method, actor=context.actor, at=context.at)
    return Handled.processed(f"{setup.public_id}: {note}", setup.customer.person.public_id)


def _method(context: Context) -> Handled:
    """One that nobody saved through a setup of ours has no consent: it is nobody's here."""
    method_id = str(context.obj.get("id", ""))
    method = find_method(account=context.event.account, method_id=method_id)
    if method is None:
        return Handled.foreign("no saved method of ours")
    note = observe_method(method=method, view=context.ask("method", method_id), actor=context.actor, at=context.at)
    return Handled.processed(f"{method.public_id}: {note}", method.person.public_id)


def _customer_updated(context: Context) -> Handled:
    """We keep nothing of the gateway's customer but its id."""
    view = views.customer_view(context.obj)
    customer = find_customer(
        account=context.event.account, customer_id=view.customer_id, our_id=mark(view.our_id, "gcus")
    )
    if customer is None:
        return Handled.foreign("no customer of ours")
    return Handled.processed(f"{customer.public_id}: nothing of it is kept here", customer.person.public_id)


def _customer_deleted(context: Context) -> Handled:
    view = views.customer_view(context.obj)
    customer = find_customer(
        account=context.event.account, customer_id=view.customer_id, our_id=mark(view.our_id, "gcus")
    )
    if customer is None or customer.gateway_customer_id not in (None, view.customer_id):
        return Handled.foreign("no customer of ours")
    note = forget_customer(customer=customer, actor=context.actor, at=context.at)
    return Handled.processed(f"{customer.public_id}: {note}", customer.person.public_id)


TRANSLATIONS: dict[str, Callable[[Context], Handled]] = {
    "setup_intent.created": _setup,
    "setup_intent.requires_action": _setup,
    "setup_intent.setup_failed": _setup,
    "setup_intent.succeeded": _setup,
    "setup_intent.canceled": _setup,
    "payment_method.attached": _method,
    "payment_method.updated": _method,
    "payment_method.automatically_updated": _method,
    "payment_method.detached": _method,
    "customer.updated": _customer_updated,
    "customer.deleted": _customer_deleted,
}
