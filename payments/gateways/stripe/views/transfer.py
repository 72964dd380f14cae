"""Translates a transfer of Stripe's out of our balance."""

from __future__ import annotations

from config.calls.fields import flag, instant, text
from config.kernel.money import Money
from payments.gateways.stripe.fields import a, id_of, money
from payments.gateways.transfer_views import TransferView


def transfer_view(obj: object) -> TransferView:
    """A transfer. In its oldest shape it names its day and nothing of what was reversed. Raises UnreadableObject."""
    transfer = a("transfer", obj)
    amount = money(transfer, "amount")
    returned = money(transfer, "amount_reversed") if "amount_reversed" in transfer else Money(0, amount.currency)
    return TransferView(
        transfer_id=text(transfer, "id"),
        amount=amount,
        returned=returned,
        destination=id_of(transfer, "destination"),
        created_at=instant(transfer, "created" if "created" in transfer else "date"),
        livemode=flag(transfer, "livemode"),
    )
