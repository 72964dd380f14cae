"""Finds the PaymentIntents behind an invoice: it names one itself, or, since 2025-03-31, its payments do."""

from __future__ import annotations

from config.calls.fields import part
from payments.gateways.stripe.fields import a, id_of, listed


def intents_of_invoice(obj: object) -> tuple[str, ...]:
    """Ids of PaymentIntents, at most ten. Raises UnreadableObject."""
    invoice = a("invoice", obj)
    named = [id_of(invoice, "payment_intent")]
    named += [id_of(part(each, "payment"), "payment_intent") for each in listed(invoice, "payments")]
    return tuple(dict.fromkeys(each for each in named if each))[:10]
