"""How fast this PhonePe is; the control endpoint may change it while it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from payments.sandbox.phonepe.config import PhonePeConfig
from payments.sandbox.store import Transaction, get_meta, set_meta

_META = "phonepe_rules"


class RuleRefused(Exception):
    """The control endpoint asked for a rule that does not exist."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`refund_after_s`: when a refund is through, None by order only; `refunds_wait`: how many of the next ones wait
    for an order all the same. `token_life_s`: how long a new token is good for."""

    refund_after_s: float | None = 2.0
    refunds_wait: int = 0
    token_life_s: float = 3600.0


def load_rules(transaction: Transaction, *, config: PhonePeConfig) -> Rules:
    """The environment's rules with the control endpoint's changes over them."""
    rules = Rules(refund_after_s=config.refund_after_s, token_life_s=config.token_life_s)
    return replace(rules, **get_meta(transaction, key=_META, default={}))


def change_rules(transaction: Transaction, *, config: PhonePeConfig, changes: dict[str, Any]) -> dict[str, Any]:
    """Keeps the changes over a restart; returns all rules. Raises RuleRefused."""
    unknown = sorted(set(changes) - {each.name for each in fields(Rules)})
    if unknown:
        raise RuleRefused(f"there is no rule {', '.join(unknown)}")
    set_meta(transaction, key=_META, value={**get_meta(transaction, key=_META, default={}), **changes})
    return asdict(load_rules(transaction, config=config))


def keep_waiting(transaction: Transaction, *, refunds: int) -> None:
    """So many more refunds wait for an order."""
    set_meta(transaction, key=_META, value={**get_meta(transaction, key=_META, default={}), "refunds_wait": refunds})
