"""A payout's life: pending, on its way, paid, failed at once or days after it was paid, cancelled."""

from __future__ import annotations

from typing import Any, Final

from payments.sandbox.objects import Stored
from payments.sandbox.stripe import balance
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.connect import accounts, banks
from payments.sandbox.stripe.errors import StripeError, wrong_state
from payments.sandbox.stripe.events import emit, emit_body

KIND: Final = "payout"
TIMER: Final = "payout"
# docs.stripe.com/api/payouts/failures
MESSAGES: Final = {
    "account_closed": "The bank account has been closed",
    "could_not_process": "The bank could not process this payout.",
    "debit_not_authorized": "Debit transactions are not approved on your bank account.",
    "insufficient_funds": "Your Stripe account has insufficient funds to cover the payout.",
    "invalid_currency": "The bank was unable to process this payout because of its currency.",
    "no_account": "The bank account details on file are probably incorrect. No bank account could be located with "
    "those details.",
}


def go_on(call: Call, payout: Stored) -> None:
    """Sets the clock for what the payout does next by itself."""
    if call.rules.payout_step_s is not None:
        call.set_timer(TIMER, payout.id, due_at=call.now + call.rules.payout_step_s)


def advance(call: Call, payout: Stored) -> bool:
    """Does what the payout would do by itself next; False when it is at its end."""
    status, number = payout.body["status"], payout.hidden["number"]
    if status == "pending":
        _label(call, payout, "in_transit")
        payout.body["trace_id"] = {"status": "pending", "value": None}
        _tell(call, payout, "payout.updated", {"status": "pending"})
    elif status == "in_transit" and banks.FAILURES.get(number):
        fail(call, payout, code=banks.FAILURES[number])
    elif status == "in_transit":
        _pay(call, payout)
    elif status == "paid" and number == banks.RETURNS:
        fail(call, payout, code="no_account")
    else:
        return False
    if payout.body["status"] in ("in_transit", "paid"):
        go_on(call, payout)
    return True


def fail(call: Call, payout: Stored, *, code: str) -> None:
    """The bank gave it back, perhaps after it was shown as paid; it is the account's again."""
    previous = {"failure_code": None, "status": payout.body["status"]}
    if previous["status"] not in ("pending", "in_transit", "paid"):
        raise _state(payout, "fail")
    _label(call, payout, "failed")
    payout.body["failure_code"] = code
    payout.body["failure_message"] = MESSAGES.get(code, code)
    payout.body["failure_balance_transaction"] = _give_back(call, payout, "payout_failure")
    account = call.load(accounts.KIND, payout.hidden["account"])
    for bank in account.body["external_accounts"]["data"]:
        if bank["id"] == payout.body["destination"] and bank["status"] != "errored":
            bank["status"] = "errored"
            call.save(account)
            emit_body(call, "account.external_account.updated", bank, account=account.id)
    _tell(call, payout, "payout.failed", previous)


def cancel(call: Call, payout: Stored) -> None:
    """Only one that has not left can be stopped."""
    if payout.body["status"] != "pending":
        raise _state(payout, "cancel")
    _label(call, payout, "canceled")
    payout.body["failure_balance_transaction"] = _give_back(call, payout, "payout_cancel")
    _tell(call, payout, "payout.canceled", {"status": "pending"})


def _pay(call: Call, payout: Stored) -> None:
    previous = {"status": payout.body["status"]}
    _label(call, payout, "paid")
    payout.body["trace_id"] = {"status": "supported", "value": f"{payout.created_s:010d}{payout.seq:09d}"}
    _tell(call, payout, "payout.paid", previous)


def _give_back(call: Call, payout: Stored, kind: str) -> str:
    body, account = payout.body, payout.hidden["account"]
    call.clear_timer(TIMER, payout.id)
    call.note_money(
        "payout_returned",
        amount=body["amount"],
        currency=body["currency"],
        object_id=payout.id,
        subjects=(account, *(f"{key}={value}" for key, value in body["metadata"].items())),
    )
    return balance.book(
        call, type=kind, category=kind.replace("failure", "reversal").replace("cancel", "reversal"),
        amount=body["amount"], currency=body["currency"], source=payout.id, account=account,
    ).id  # fmt: skip


def _label(call: Call, payout: Stored, status: str) -> None:
    payout.body["status"] = status
    call.objects.relabel(payout, name="status", value=status)


def _tell(call: Call, payout: Stored, type: str, previous: dict[str, Any]) -> None:
    call.save(payout)
    told = previous if type == "payout.updated" else None
    emit(call, type, payout, previous=told, account=payout.hidden["account"])


def _state(payout: Stored, verb: str) -> StripeError:
    return wrong_state(
        f"Payouts with status {payout.body['status']} cannot be changed by: {verb}.", code="payout_unexpected_state"
    )
