"""The numbers by which this Stripe account works; the control endpoint may change them while it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from payments.sandbox.config import SandboxConfig
from payments.sandbox.store import Transaction, get_meta, set_meta

_META = "stripe_rules"


class RuleRefused(Exception):
    """The control endpoint asked for a rule that does not exist or cannot have this value."""


@dataclass(frozen=True, slots=True)
class AccountRules:
    """Fees in basis points and minor units of the settlement currency; times in seconds.

    `late_fee_s`: None leaves late balance transactions and refund references to the control endpoint.
    `require_return_url`: refuse a server-side confirmation without `return_url` where redirects are allowed, as Stripe
    does; off by default, so that one call can charge a test card. `refund_status`: what the next `refund_count` refunds
    begin as, instead of what their payment method says. `dispute_fee_minor`: what a chargeback costs, in the settlement
    currency (docs.stripe.com/disputes: 15 dollars in the US). `payout_step_s`: how long a connected account's payout
    takes for each step of its way; None leaves that to the control endpoint. `rates`: US dollars for one major unit,
    by currency.
    """

    fee_bps: int = 290
    fee_fixed_minor: int = 30
    settlement_currencies: tuple[str, ...] = ("usd",)
    late_fee_s: float | None = None
    available_after_s: int = 2 * 24 * 60 * 60
    authorization_lasts_s: int = 7 * 24 * 60 * 60
    require_return_url: bool = False
    refund_status: str = ""
    refund_count: int = 0
    dispute_fee_minor: int = 1_500
    payout_step_s: float | None = None
    rates: dict[str, str] = field(default_factory=dict)


def load_rules(transaction: Transaction, *, config: SandboxConfig) -> AccountRules:
    """The environment's rules with the control endpoint's changes over them."""
    rules = AccountRules(
        fee_bps=config.fee_bps,
        fee_fixed_minor=config.fee_fixed_minor,
        settlement_currencies=config.settlement_currencies,
        late_fee_s=config.late_fee_s,
        payout_step_s=config.late_fee_s,
    )
    return _changed(rules, get_meta(transaction, key=_META, default={}))


def change_rules(transaction: Transaction, *, config: SandboxConfig, changes: dict[str, Any]) -> dict[str, Any]:
    """Keeps the changes over a restart; returns all rules. Raises RuleRefused for names and values that are none."""
    known = {each.name for each in fields(AccountRules)}
    unknown = sorted(set(changes) - known)
    if unknown:
        raise RuleRefused(f"there is no rule {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    kept = {**get_meta(transaction, key=_META, default={}), **changes}
    rules = load_rules(transaction, config=config)
    try:
        rules = _changed(rules, kept)
    except TypeError as problem:
        raise RuleRefused(str(problem)) from problem
    if rules.refund_status not in ("", "succeeded", "pending", "requires_action", "failed"):
        raise RuleRefused("refund_status must be succeeded, pending, requires_action or failed")
    set_meta(transaction, key=_META, value=kept)
    return asdict(rules)


def take_refund_order(transaction: Transaction, *, rules: AccountRules) -> str:
    """The status that the control endpoint ordered for the next refund, counted down; empty when none is ordered."""
    if rules.refund_count < 1:
        return ""
    kept = get_meta(transaction, key=_META, default={})
    set_meta(transaction, key=_META, value={**kept, "refund_count": rules.refund_count - 1})
    return rules.refund_status


def _changed(rules: AccountRules, changes: dict[str, Any]) -> AccountRules:
    if not changes:
        return rules
    changes = dict(changes)
    if "settlement_currencies" in changes:
        changes["settlement_currencies"] = tuple(changes["settlement_currencies"])
    return replace(rules, **changes)
