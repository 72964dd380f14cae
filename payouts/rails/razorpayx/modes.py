"""By which of the banks' systems a payout goes: a pure rule by destination, amount, and what failed before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure

CURRENCY: Final = "INR"
MINIMUM_MINOR: Final = 100  # razorpay.com/docs/api/x/payouts/create/bank-account: "Minimum value 100"
KINDS: Final = {"bank_account": "bank_account", "upi": "vpa"}


@dataclass(frozen=True, slots=True)
class Limit:
    """What one payout by a mode may be, in paise. None: no limit that the system itself has."""

    least_minor: int = MINIMUM_MINOR
    most_minor: int | None = None


# IMPS: up to ₹2,00,000, as RazorpayX chooses by itself for payout links (razorpay.com/docs/x/payout-links); NPCI allows
# ₹5,00,000, which not every bank takes [general knowledge, as the next two]. RTGS: from ₹2,00,000 (RBI). UPI: up to
# ₹1,00,000 between persons (NPCI). NEFT: any amount, in batches of half an hour around the clock (RBI).
LIMITS: Final = {
    "IMPS": Limit(most_minor=20_000_000),
    "NEFT": Limit(),
    "RTGS": Limit(least_minor=20_000_000),
    "UPI": Limit(most_minor=10_000_000),
}
# Of a bank account the quick one first; what is above goes at once and whole, not in a batch.
_PREFERRED: Final = {"bank_account": ("IMPS", "RTGS", "NEFT"), "upi": ("UPI",)}
# After these reasons the same mode would fail again.
_SHUT: Final = {"imps_not_allowed": "IMPS", "amount_limit_exhausted_neft": "NEFT", "npci_beneficiary_timeout": "IMPS"}


def mode_of(amount: Money, *, kind: str, failed_before: str = "") -> str:
    """The mode; empty where none takes this amount to this kind of destination. `failed_before`: why the payout failed
    that this one is for."""
    fitting = [mode for mode in _PREFERRED.get(kind, ()) if _takes(LIMITS[mode], amount)]
    others = [mode for mode in fitting if mode != _SHUT.get(failed_before)]
    return (others or fitting or [""])[0]


def why_not_pay(amount: Money, *, kind: str) -> GatewayFailure | None:
    """Why RazorpayX would refuse this amount to this kind of destination; None where it would not.

    Codes: currency_not_supported, destination_not_supported, amount_too_small, amount_too_large.
    """
    if amount.currency != CURRENCY:
        return GatewayFailure("currency_not_supported", f"{amount.currency} is not paid out", field="currency")
    if kind not in _PREFERRED:
        return GatewayFailure("destination_not_supported", f"{kind} is not paid to", field="kind")
    if amount.amount_minor < MINIMUM_MINOR:
        return GatewayFailure("amount_too_small", f"less than {Money(MINIMUM_MINOR, CURRENCY)}", field="amount")
    if not mode_of(amount, kind=kind):
        return GatewayFailure("amount_too_large", f"no mode takes {amount} to {kind}", field="amount")
    return None


def _takes(limit: Limit, amount: Money) -> bool:
    return limit.least_minor <= amount.amount_minor and (
        limit.most_minor is None or amount.amount_minor <= limit.most_minor
    )
