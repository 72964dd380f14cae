"""The control endpoint's verbs for disputes: the cardholder, the bank and the card network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payments.sandbox.objects import Stored
from payments.sandbox.stripe import disputing
from payments.sandbox.stripe.call import Call


def _dispute(call: Call, charge: Stored, order: dict[str, Any]) -> dict[str, Any]:
    return disputing.open_dispute(
        call,
        charge,
        amount=int(order.get("amount", charge.body["amount_captured"])),
        reason=str(order.get("reason", "fraudulent")),
        inquiry=bool(order.get("inquiry", False)),
        network_reason=str(order.get("network_reason", "10.4")),
    ).body


def _escalate(call: Call, dispute: Stored, order: dict[str, Any]) -> dict[str, Any]:
    disputing.escalate(call, dispute)
    return dispute.body


def _win(call: Call, dispute: Stored, order: dict[str, Any]) -> dict[str, Any]:
    reinstated, fee = bool(order.get("reinstated", True)), int(order.get("fee", 0))
    disputing.close(call, dispute, won=True, reinstated=reinstated, fee=fee)
    return dispute.body


def _lose(call: Call, dispute: Stored, order: dict[str, Any]) -> dict[str, Any]:
    disputing.close(call, dispute, won=False)
    return dispute.body


def _appeal(call: Call, dispute: Stored, order: dict[str, Any]) -> dict[str, Any]:
    disputing.reopen(call, dispute)
    return dispute.body


def _prevent(call: Call, dispute: Stored, order: dict[str, Any]) -> dict[str, Any]:
    disputing.prevent(call, dispute)
    return dispute.body


def _withdraw(call: Call, dispute: Stored, order: dict[str, Any]) -> dict[str, Any]:
    disputing.withdraw(call, dispute, amount=_amount(order), fee=int(order.get("fee", 0)))
    return dispute.body


def _reinstate(call: Call, dispute: Stored, order: dict[str, Any]) -> dict[str, Any]:
    disputing.reinstate(call, dispute, amount=_amount(order), fee=int(order.get("fee", 0)))
    return dispute.body


def _amount(order: dict[str, Any]) -> int | None:
    return int(order["amount"]) if "amount" in order else None


VERBS: dict[tuple[str, str], Callable[[Call, Stored, dict[str, Any]], dict[str, Any]]] = {
    ("charges", "dispute"): _dispute,
    ("disputes", "escalate"): _escalate,
    ("disputes", "win"): _win,
    ("disputes", "lose"): _lose,
    ("disputes", "appeal"): _appeal,
    ("disputes", "prevent"): _prevent,
    ("disputes", "withdraw"): _withdraw,
    ("disputes", "reinstate"): _reinstate,
}
