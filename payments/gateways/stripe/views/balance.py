"""Translates a balance transaction, the line that reconciliation and fees are read from."""

from __future__ import annotations

from config.calls.fields import instant, text, unreadable
from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.stripe.fields import a, id_of, listed, money


def balance_transaction_view(obj: object) -> BalanceTransactionView:
    """One movement of the balance; amounts in the currency of the settlement. Raises UnreadableObject."""
    movement = a("balance_transaction", obj)
    fee, net, amount = (money(movement, key) for key in ("fee", "net", "amount"))
    if amount - fee != net:
        raise unreadable(movement, "net")
    taxes = (detail for detail in listed(movement, "fee_details") if detail.get("type") == "tax")
    rate = movement.get("exchange_rate")
    return BalanceTransactionView(
        transaction_id=text(movement, "id"),
        type=text(movement, "type"),
        source_id=id_of(movement, "source"),
        amount_minor=amount.amount_minor,
        fee_minor=fee.amount_minor,
        tax_minor=sum(money(tax, "amount").amount_minor for tax in taxes),
        net_minor=net.amount_minor,
        currency=amount.currency,
        exchange_rate="" if rate is None else str(rate),
        created_at=instant(movement, "created"),
        available_at=instant(movement, "available_on"),
    )
