"""Stripe's objects, as plain JSON of any API version since 2020, in the words of the contract. Pure.

Two shapes are read wherever they differ: before 2022-11-15 a PaymentIntent carries its `charges` and a charge its
`refunds`; since then it names its `latest_charge`, as an id or expanded. What an object does not say is left empty,
never guessed: a view made from a bare webhook has less in it than one made from our own, expanded, request.
"""

from payments.gateways.stripe.views.balance import balance_transaction_view
from payments.gateways.stripe.views.charge import capture_from_charge, payment_from_charge
from payments.gateways.stripe.views.dispute import dispute_view, names_its_movements
from payments.gateways.stripe.views.intent import payment_from_intent
from payments.gateways.stripe.views.invoice import intents_of_invoice
from payments.gateways.stripe.views.payout import settlement_view
from payments.gateways.stripe.views.refund import refund_view, refunds_from_charge
from payments.gateways.stripe.views.saved import customer_view, method_view, setup_view
from payments.gateways.stripe.views.session import payment_from_session
from payments.gateways.stripe.views.transfer import transfer_view

__all__ = [
    "balance_transaction_view",
    "capture_from_charge",
    "customer_view",
    "dispute_view",
    "intents_of_invoice",
    "method_view",
    "names_its_movements",
    "payment_from_charge",
    "payment_from_intent",
    "payment_from_session",
    "refund_view",
    "refunds_from_charge",
    "settlement_view",
    "setup_view",
    "transfer_view",
]
