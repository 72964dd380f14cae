"""The control endpoint's verbs for saved methods: the customer who saves one, and the bank that changes its card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payments.sandbox.objects import Stored
from payments.sandbox.stripe import customers, payment_methods, setup_intents
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.trial_methods import method_named


def _confirm(call: Call, setup: Stored, order: dict[str, Any]) -> dict[str, Any]:
    """The customer saves this method on the page; a refusal is the `error` of the answer."""
    if setup.body["status"] not in setup_intents.CONFIRMABLE:
        raise setup_intents.unexpected_state(setup, "confirm")
    setup.body["payment_method"] = payment_methods.obtain(call, str(order.get("payment_method", "pm_card_visa"))).id
    setup_intents.try_method(call, setup)
    return setup.body


def _authenticate(call: Call, setup: Stored, order: dict[str, Any]) -> dict[str, Any]:
    setup_intents.authenticate(call, setup, succeeds=bool(order.get("succeeds", True)))
    return setup.body


def _renew(call: Call, method: Stored, order: dict[str, Any]) -> dict[str, Any]:
    """The bank gives out a new card: the network tells its number and expiry."""
    payment_methods.renew(call, method, {name: order[name] for name in ("exp_month", "exp_year", "last4")})
    return method.body


def _become(call: Call, method: Stored, order: dict[str, Any]) -> dict[str, Any]:
    """From now on the card behaves as that test method does: its account is empty, it was reported lost."""
    name = str(order["behave_as"])
    method_named(name)
    method.hidden["trial"] = name
    call.save(method)
    return method.body


def _detach(call: Call, method: Stored, order: dict[str, Any]) -> dict[str, Any]:
    del order
    return payment_methods.detach(call, method.id)


def _save(call: Call, customer: Stored, order: dict[str, Any]) -> dict[str, Any]:
    """Somebody attaches a method in the dashboard, without a setup."""
    method = payment_methods.obtain(call, str(order.get("payment_method", "pm_card_visa")))
    payment_methods.attach_to(call, method, customer=customer.id)
    return method.body


def _delete(call: Call, customer: Stored, order: dict[str, Any]) -> dict[str, Any]:
    del order
    return customers.delete(call, customer.id)


VERBS: dict[tuple[str, str], Callable[[Call, Stored, dict[str, Any]], dict[str, Any]]] = {
    ("setup_intents", "confirm"): _confirm,
    ("setup_intents", "authenticate"): _authenticate,
    ("payment_methods", "renew"): _renew,
    ("payment_methods", "behave"): _become,
    ("payment_methods", "detach"): _detach,
    ("customers", "save"): _save,
    ("customers", "delete"): _delete,
}
