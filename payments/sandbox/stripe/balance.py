"""The balance: its transactions, their fees and exchange, and the sums by currency."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.stripe.amounts import fee_minor, settle
from payments.sandbox.stripe.call import GATEWAY, Call
from payments.sandbox.stripe.errors import resource_missing
from payments.sandbox.stripe.lists import PAGING, label_filters, list_objects

KIND = "balance_transaction"
# Those of connected accounts are kept apart: each has a balance of its own.
CONNECTED = "connected_balance_transaction"
_DAY_S = 24 * 60 * 60


def book_charge(call: Call, charge: Stored) -> str:
    """Writes the transaction of captured money, fee included, and links it to the charge; returns its id."""
    body = charge.body
    rules = call.rules
    settled = settle(
        amount=body["amount_captured"],
        currency=body["currency"],
        settlement=rules.settlement_currencies,
        rates=rules.rates,
    )
    fee = fee_minor(amount=settled.amount_minor, bps=rules.fee_bps, fixed=rules.fee_fixed_minor)
    stored = _book(
        call,
        type="charge" if charge.id.startswith("ch_") else "payment",
        category="charge",
        amount=settled.amount_minor,
        fee=fee,
        currency=settled.currency,
        rate=settled.exchange_rate,
        source=charge.id,
        description=body["description"],
        at_once=bool(charge.hidden.get("available_at_once")),
    )
    body["balance_transaction"] = stored.id
    return stored.id


def check_settles(call: Call, charge: Stored) -> None:
    """Raises StripeError (400) where there is no rate from the charge's currency into one that settles."""
    rules = call.rules
    settle(
        amount=charge.body["amount"],
        currency=charge.body["currency"],
        settlement=rules.settlement_currencies,
        rates=rules.rates,
    )


def book_refund(call: Call, refund: Stored, *, charge: Stored) -> str:
    """Writes the transaction of a refund: the processing fee is not given back. Returns its id."""
    return _book_refund_side(call, refund, charge, sign=-1, type="refund", category="refund")


def book_refund_failure(call: Call, refund: Stored, *, charge: Stored) -> str:
    """Writes the transaction that puts the money of a failed refund back; returns its id."""
    return _book_refund_side(call, refund, charge, sign=1, type="refund_failure", category="refund_failure")


def _book_refund_side(call: Call, refund: Stored, charge: Stored, *, sign: int, type: str, category: str) -> str:
    settled = settle(
        amount=refund.body["amount"],
        currency=refund.body["currency"],
        settlement=call.rules.settlement_currencies,
        rates=call.rules.rates,
    )
    if charge.id.startswith("py_"):
        type = {"refund": "payment_refund", "refund_failure": "payment_failure_refund"}[type]
    return _book(
        call,
        type=type,
        category=category,
        amount=sign * settled.amount_minor,
        fee=0,
        currency=settled.currency,
        rate=settled.exchange_rate,
        source=refund.id,
        description=f"REFUND FOR {'CHARGE' if charge.id.startswith('ch_') else 'PAYMENT'}",
        at_once=False,
    ).id


def book_dispute(call: Call, dispute: Stored, *, charge: Stored, amount: int, fee: int) -> Stored:
    """Writes what a dispute takes (below zero, with its fee) or gives back; `fee` in the settlement currency."""
    settled = settle(
        amount=abs(amount),
        currency=dispute.body["currency"],
        settlement=call.rules.settlement_currencies,
        rates=call.rules.rates,
    )
    return _book(
        call,
        type="adjustment",
        category="dispute" if amount < 0 else "dispute_reversal",
        amount=settled.amount_minor if amount > 0 else -settled.amount_minor,
        fee=fee,
        currency=settled.currency,
        rate=settled.exchange_rate,
        source=dispute.id,
        description=f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {charge.id}",
        at_once=False,
        fee_for="Dispute fee",
    )


def book(call: Call, *, type: str, category: str, amount: int, currency: str, source: str, account: str = "") -> Stored:
    """Writes a movement without a fee that is available at once; of a connected account where it is given."""
    return _book(
        call,
        type=type,
        category=category,
        amount=amount,
        fee=0,
        currency=currency,
        rate=None,
        source=source,
        description=None,
        at_once=True,
        account=account,
    )


def _book(
    call: Call,
    *,
    type: str,
    category: str,
    amount: int,
    fee: int,
    currency: str,
    rate: float | None,
    source: str,
    description: str | None,
    at_once: bool,
    fee_for: str = "Stripe processing fees",
    account: str = "",
) -> Stored:
    details = [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": fee_for,
            "type": "stripe_fee",
        }
    ]
    # Funds become available at midnight UTC, some days later.
    available_s = call.now_s if at_once else -(-(call.now_s + call.rules.available_after_s) // _DAY_S) * _DAY_S
    kind = CONNECTED if account else KIND
    stored = Stored(kind=kind, id=new_id(prefix="txn"), created_s=call.now_s, body={}, hidden={"account": account})
    stored.body = {
        "id": stored.id,
        "object": KIND,
        "amount": amount,
        "available_on": available_s,
        "balance_type": "payments",
        "created": call.now_s,
        "currency": currency,
        "description": description,
        "exchange_rate": rate,
        "fee": fee,
        "fee_details": details if fee else [],
        "net": amount - fee,
        "reporting_category": category,
        "source": source or None,
        "status": "pending",
        "type": type,
    }
    labels = {"type": type, "currency": currency, "source": source or None, "account": account or None}
    return call.objects.add(stored, labels=labels)


def show(call: Call, stored: Stored) -> dict[str, Any]:
    """The transaction with the status that the clock gives it."""
    available = stored.body["available_on"] <= call.now_s
    return {**stored.body, "status": "available" if available else "pending"}


def retrieve(call: Call, transaction_id: str) -> dict[str, Any]:
    """GET of one transaction."""
    call.params.only()
    stored = call.load(CONNECTED if call.account else KIND, transaction_id)
    if stored.hidden.get("account", "") != call.account:
        raise resource_missing(kind="balance transaction", object_id=transaction_id)
    return show(call, stored)


def list_transactions(call: Call) -> dict[str, Any]:
    """Filters: `created`, `type`, `source`, `currency`, `payout`."""
    names = ("type", "source", "currency", "payout")
    call.params.only(*PAGING, *names)
    return list_objects(
        call,
        kind=CONNECTED if call.account else KIND,
        url="/v1/balance_transactions",
        filters=[*_of_account(call), *label_filters(call.params, *names)],
        show=lambda stored: show(call, stored),
    )


def available_minor(call: Call, *, currency: str, account: str = "") -> int:
    """What can be transferred or paid out now, in this currency."""
    return next((available for code, available, _ in _sums(call, account) if code == currency), 0)


def retrieve_balance(call: Call) -> dict[str, Any]:
    """The sums of all transactions by currency, available and pending."""
    call.params.only()
    sums = _sums(call, call.account) or [(call.rules.settlement_currencies[0], 0, 0)]
    return {
        "object": "balance",
        "available": [_part(currency, available) for currency, available, _ in sums],
        "connect_reserved": [{"amount": 0, "currency": currency} for currency, _, _ in sums],
        "livemode": False,
        "pending": [_part(currency, pending) for currency, _, pending in sums],
    }


def _sums(call: Call, account: str) -> list[tuple[str, int, int]]:
    """Currency, available and pending."""
    rows = call.transaction.rows(
        "SELECT json_extract(body, '$.currency') AS currency, SUM(json_extract(body, '$.net')) AS total,"
        " SUM(CASE WHEN json_extract(body, '$.available_on') <= ? THEN json_extract(body, '$.net') ELSE 0 END)"
        " AS available FROM objects WHERE gateway = ? AND kind = ?"
        " AND (? = '' OR json_extract(hidden, '$.account') = ?) GROUP BY 1 ORDER BY 1",
        call.now_s,
        GATEWAY,
        CONNECTED if account else KIND,
        account,
        account,
    )
    return [(row["currency"], row["available"], row["total"] - row["available"]) for row in rows]


def _of_account(call: Call) -> list[Filter]:
    return [Filter("account", (call.account,))] if call.account else []


def _part(currency: str, amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}
