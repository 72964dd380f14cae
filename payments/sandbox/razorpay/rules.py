"""The numbers by which this Razorpay account works; the control endpoint may change them while it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from payments.sandbox.store import Transaction, get_meta, set_meta

_META = "razorpay_rules"
_DAY_S = 24 * 60 * 60


class RuleRefused(Exception):
    """The control endpoint asked for a rule that does not exist or cannot have this value."""


@dataclass(frozen=True, slots=True)
class AccountRules:
    """Times in seconds, the fee in basis points.

    `capture_within_s`: what is authorised and not captured by then is refunded by Razorpay itself. `gives_up_after_s`:
    without the bank's answer a payment is failed. `debits_after_s`: when a recurring charge is decided by itself (0:
    before it is answered; None: by order only). `refund_status`: what the next `refund_count` refunds begin as.
    `takes_unique_receipt`: whether orders honour `unique_receipt`, which not every account does. `rates`: rupees for
    one major unit, by currency.

    Of RazorpayX: `payout_fee_minor` before tax; `payouts_after_s`: when the bank decides on a payout (None: by order
    only), and `payouts_return_after_s`: when it gives back what comes back by a test value; `validates`: whether
    accounts are validated, which only some accounts can; `address_is_listed`: whether our address may call at all.
    """

    fee_bps: int = 200
    capture_within_s: int = 3 * _DAY_S
    gives_up_after_s: int = 12 * 60
    debits_after_s: int | None = 0
    refund_status: str = ""
    refund_count: int = 0
    takes_unique_receipt: bool = True
    rates: dict[str, str] = field(default_factory=dict)
    payout_fee_minor: int = 500
    payouts_after_s: float | None = 0
    payouts_return_after_s: float = 0
    validates: bool = True
    address_is_listed: bool = True


def load_rules(transaction: Transaction) -> AccountRules:
    """The rules with the control endpoint's changes over them."""
    return replace(AccountRules(), **get_meta(transaction, key=_META, default={}))


def change_rules(transaction: Transaction, *, changes: dict[str, Any]) -> dict[str, Any]:
    """Keeps the changes over a restart; returns all rules. Raises RuleRefused for what is none."""
    known = {each.name for each in fields(AccountRules)}
    unknown = sorted(set(changes) - known)
    if unknown:
        raise RuleRefused(f"there is no rule {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    kept = {**get_meta(transaction, key=_META, default={}), **changes}
    rules = replace(AccountRules(), **kept)
    if rules.refund_status not in ("", "pending", "processed"):
        raise RuleRefused("refund_status must be pending or processed")
    set_meta(transaction, key=_META, value=kept)
    return asdict(rules)


def take_refund_order(transaction: Transaction, *, rules: AccountRules) -> str:
    """The status that was ordered for the next refund, counted down; `processed` when none was."""
    if rules.refund_count < 1:
        return "processed"
    kept = get_meta(transaction, key=_META, default={})
    set_meta(transaction, key=_META, value={**kept, "refund_count": rules.refund_count - 1})
    return rules.refund_status or "processed"
