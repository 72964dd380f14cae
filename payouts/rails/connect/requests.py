"""The bodies of the rail's requests to Stripe. Pure: the same values always give the same body, as keys demand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure
from payments.gateways.stripe.amounts import maximum_minor, step_minor, to_wire
from payments.gateways.stripe.views.marks import CALL_MARK
from payouts.rails.connect.views import DESTINATION_MARK, PAYEE_MARK, PAYOUT_MARK, REVERSAL_MARK
from payouts.rails.contract import NewDestination, NewPayout

if TYPE_CHECKING:
    from stripe.params import (
        AccountCreateParams,
        PayoutCreateParams,
        TransferCreateParams,
        TransferReversalCreateParams,
    )

KIND: Final = "connected_account"
# Charges have two decimals, payouts none. [doc docs.stripe.com/currencies#special-cases]
WHOLE_PAYOUTS: Final = frozenset({"HUF", "TWD"})
_LONGEST_STATEMENT: Final = 22


def account_params(*, key: str, new: NewDestination) -> AccountCreateParams:
    """An account that its owner fills in on Stripe's pages, that takes transfers and nothing else, whose losses are
    ours, and that is paid out when we say so."""
    params: AccountCreateParams = {
        "business_type": "company" if new.legal_form == "company" else "individual",
        "capabilities": {"transfers": {"requested": True}},
        "controller": {
            "fees": {"payer": "application"},
            "losses": {"payments": "application"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "express"},
        },
        "metadata": {PAYEE_MARK: new.payee_id, DESTINATION_MARK: new.our_id, CALL_MARK: key},
        "settings": {"payouts": {"schedule": {"interval": "manual"}}},
    }
    if new.country:
        params["country"] = new.country
    return params


def transfer_params(*, key: str, new: NewPayout) -> TransferCreateParams:
    """From our balance to the payee's account. The group is what it is looked for by."""
    return {
        "amount": to_wire(new.amount),
        "currency": new.amount.currency.lower(),
        "destination": new.account_id,
        "metadata": {PAYOUT_MARK: new.our_id, CALL_MARK: key},
        "transfer_group": new.our_id,
    }


def reversal_params(*, key: str, our_id: str, amount: Money) -> TransferReversalCreateParams:
    """Part of a transfer, or all of it, back."""
    return {"amount": to_wire(amount), "metadata": {REVERSAL_MARK: our_id, CALL_MARK: key}}


def payout_params(*, key: str, new: NewPayout) -> PayoutCreateParams:
    """From the payee's account to their bank."""
    params: PayoutCreateParams = {
        "amount": to_wire(new.amount),
        "currency": new.amount.currency.lower(),
        "method": "standard",
        "metadata": {PAYOUT_MARK: new.our_id, CALL_MARK: key},
    }
    words = re.sub(r"[^A-Za-z0-9 .-]", "", new.narration).strip()[:_LONGEST_STATEMENT]
    if re.search(r"[A-Za-z]", words):  # Stripe takes none without a letter
        params["statement_descriptor"] = words
    return params


def why_not_pay(amount: Money, *, kind: str) -> GatewayFailure | None:
    """Why Stripe would refuse, before it is asked."""
    if kind != KIND:
        return GatewayFailure("kind_not_supported", "Stripe pays accounts at Stripe", field="kind")
    if amount.amount_minor <= 0:
        return GatewayFailure("amount_too_small", "nothing", field="amount")
    maximum = maximum_minor(amount.currency)
    if amount.amount_minor > maximum:
        return GatewayFailure("amount_too_large", f"more than {Money(maximum, amount.currency)}", field="amount")
    step = 100 if amount.currency in WHOLE_PAYOUTS else step_minor(amount.currency)
    if amount.amount_minor % step:
        return GatewayFailure("amount_not_a_multiple", f"not a multiple of {step} minor units", field="amount")
    return None
