"""The account that payouts are drawn on: its balance, and each movement as a transaction."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.razorpay.call import ID_LENGTH, Call
from payments.sandbox.razorpay.errors import invalid
from payments.sandbox.razorpay.lists import PAGING, collection, page
from payments.sandbox.razorpay.x.events import tell
from payments.sandbox.store import Transaction, get_meta, set_meta

KIND = "transaction"
_META = "razorpay_x_balance"


def balance_of(transaction: Transaction) -> int:
    """What is there, in paise."""
    return int(get_meta(transaction, key=_META, default=0))


def move(call: Call, amount: int, *, source: dict[str, Any]) -> Stored:
    """Credits the amount, or debits it where it is negative, and tells it."""
    present = balance_of(call.transaction) + amount
    set_meta(call.transaction, key=_META, value=present)
    stored = Stored(kind=KIND, id=new_id(prefix="txn", length=ID_LENGTH), created_s=call.now_s, body={}, hidden={})
    stored.body = {
        "id": stored.id,
        "entity": KIND,
        "account_number": call.account_number,
        "amount": abs(amount),
        "currency": "INR",
        "credit": max(amount, 0),
        "debit": max(-amount, 0),
        "balance": present,
        "source": source,
        "created_at": call.now_s,
    }
    call.objects.add(stored, labels={"account": call.account_number})
    tell(call, "transaction.created", stored)
    return stored


def fund(call: Call, *, amount: int) -> Stored:
    """Our own bank sends money there."""
    source = {
        "id": new_id(prefix="bt", length=ID_LENGTH),
        "entity": "bank_transfer",
        "payer_name": "Holdfast",
        "payer_account": "6543266545411243",
        "payer_ifsc": "UTIB0000001",
        "mode": "NEFT",
        "bank_reference": f"AXIR{call.now_s:012d}",
        "amount": amount,
    }
    return move(call, amount, source=source)


def check_number(call: Call) -> str:
    """The account number that must be named in nearly every request."""
    number = call.params.needed_text("account_number")
    if number != call.account_number:
        raise invalid("The account number is invalid.", field="account_number")
    return number


def list_transactions(call: Call) -> dict[str, Any]:
    """GET /transactions."""
    call.params.only("account_number", *PAGING)
    return page(call, kind=KIND, filters=[Filter("account", (check_number(call),))])


def retrieve(call: Call, transaction_id: str) -> dict[str, Any]:
    """GET /transactions/{id}."""
    call.params.only()
    return call.load(KIND, transaction_id).body


def balances(call: Call) -> dict[str, Any]:
    """GET /banking_balances: every account, of which there is one."""
    call.params.only("account_type", "bank_code")
    present = balance_of(call.transaction)
    return collection(
        [
            {
                "entity": "banking_balance",
                "currency": "INR",
                "account_number": call.account_number,
                "account_type": "razorpayx_lite",
                "bank_name": None,
                "bank_code": None,
                "amount": present,
                "available_amount": present,
                "refreshed_at": call.now_s,
            }
        ]
    )
