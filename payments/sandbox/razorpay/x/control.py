"""The control endpoint's part for RazorpayX: our bank, the payee's bank, and the dashboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payments.sandbox.gateways import OrderRefused
from payments.sandbox.objects import Stored
from payments.sandbox.razorpay.call import Call
from payments.sandbox.razorpay.params import Params
from payments.sandbox.razorpay.x import balance, payouts, progress, validations

KINDS = {"payouts": progress.KIND, "validations": validations.KIND}
Verb = Callable[[Call, Stored, dict[str, Any]], dict[str, Any]]


def fund(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Money comes to the account, or leaves it by a way that is none of ours where the amount is negative."""
    amount = int(given["amount"])
    if amount == 0:
        raise OrderRefused("the amount is nothing")
    made = balance.fund(call, amount=amount)
    progress.wake_queue(call)
    return {"object": made.body, "balance": balance.balance_of(call.transaction)}


def dashboard(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Somebody makes a payout in the dashboard."""
    defaults = {"account_number": call.account_number, "currency": "INR", "mode": "IMPS", "purpose": "payout"}
    call.params = Params({**defaults, **given})
    return {"object": payouts.by_dashboard(call, given).body}


def _on(change: Callable[..., None], **defaults: str) -> Verb:
    """A step, with the reason that was ordered where it takes one."""

    def verb(call: Call, stored: Stored, given: dict[str, Any]) -> dict[str, Any]:
        change(call, stored, **{name: str(given.get(name, value)) for name, value in defaults.items()})
        return {"object": stored.body}

    return verb


VERBS: dict[tuple[str, str], Verb] = {
    ("payouts", "go_on"): _on(progress.go_on),
    ("payouts", "process"): _on(progress.process),
    ("payouts", "fail"): _on(progress.fail, reason="beneficiary_bank_offline"),
    ("payouts", "reverse"): _on(progress.reverse, reason="beneficiary_bank_rejected"),
    ("payouts", "reject"): _on(progress.reject),
    ("payouts", "cancel"): _on(progress.cancel),
    ("validations", "decide"): _on(validations.decide, verdict="active"),
}
