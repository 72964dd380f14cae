"""Settlements: what is not settled yet goes to our bank, and `recon/combined` says of which lines it is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.razorpay import disputes, paying, refunds
from payments.sandbox.razorpay.call import ID_LENGTH, Call
from payments.sandbox.razorpay.errors import invalid
from payments.sandbox.razorpay.events import emit
from payments.sandbox.razorpay.lists import PAGING, collection, page

KIND = "settlement"
LINE = "settlement_line"
MOST_LINES = 1_000
IST: Final = timezone(timedelta(hours=5, minutes=30))  # days are India's


def settle(call: Call) -> Stored | None:
    """Puts everything that moved the balance since into one settlement; None where it comes to nothing or less."""
    lines = [*_payments(call), *_refunds(call), *_disputes(call)]
    amount = sum(each["credit"] - each["debit"] for each in lines)
    if amount <= 0:
        return None
    settlement = Stored(kind=KIND, id=new_id(prefix="setl", length=ID_LENGTH), created_s=call.now_s, body={}, hidden={})
    settlement.body = {
        "id": settlement.id,
        "entity": KIND,
        "amount": amount,
        "status": "processed",
        "fees": 0,
        "tax": 0,
        "utr": f"{call.now_s}utr{settlement.id[-6:]}",
        "created_at": call.now_s,
    }
    call.objects.add(settlement, labels={})
    day = datetime.fromtimestamp(call.now_s, tz=IST).strftime("%Y-%m-%d")
    for each in lines:
        each |= {"settled_at": call.now_s, "settlement_id": settlement.id, "settlement_utr": settlement.body["utr"]}
        line_id = f"{each['type']}:{each['entity_id']}"
        line = Stored(kind=LINE, id=line_id, created_s=call.now_s, body=each, hidden={})
        call.objects.add(line, labels={"day": day, "month": day[:7]})
    emit(call, "settlement.processed", settlement=settlement)
    return settlement


def retrieve(call: Call, settlement_id: str) -> dict[str, Any]:
    """GET /settlements/{id}."""
    call.params.only()
    return call.load(KIND, settlement_id).body


def list_settlements(call: Call) -> dict[str, Any]:
    """GET /settlements."""
    call.params.only(*PAGING)
    return page(call, kind=KIND)


def recon(call: Call) -> dict[str, Any]:
    """GET /settlements/recon/combined: the lines of a day or a month, at most 1,000 a page."""
    params = call.params
    params.only("year", "month", "day", "count", "skip")
    year, month, day = params.needed_whole("year"), params.needed_whole("month"), params.whole("day")
    if not 1 <= month <= 12:
        raise invalid("The month is not a valid month.", field="month")
    try:
        datetime(year, month, day or 1, tzinfo=UTC)
    except ValueError:
        raise invalid("The day is not a valid day.", field="day") from None
    count, skip = params.whole("count") or 10, params.whole("skip") or 0
    if not 1 <= count <= MOST_LINES:
        raise invalid(f"The count may not be greater than {MOST_LINES}.", field="count")
    label = (
        Filter("day", (f"{year:04d}-{month:02d}-{day:02d}",)) if day else Filter("month", (f"{year:04d}-{month:02d}",))
    )
    found = call.objects.all(kind=LINE, filters=[label])
    return collection(found[skip : skip + count])


def _payments(call: Call) -> list[dict[str, Any]]:
    taken = [each for each in call.objects.all(kind=paying.KIND) if each.body["captured"]]
    return [_taken(each) for each in taken if _is_news(call, "payment", each.id)]


def _taken(payment: Stored) -> dict[str, Any]:
    amount, fee = payment.body["base_amount"], payment.body["fee"]
    return _line(payment, "payment", payment, amount=amount, credit=amount - fee, fee=fee, tax=payment.body["tax"])


def _refunds(call: Call) -> list[dict[str, Any]]:
    gone = [each for each in call.objects.all(kind=refunds.KIND) if "processed_s" in each.hidden]
    lines = [
        _line(each, "refund", _payment_of(call, each), amount=each.body["amount"], debit=each.body["amount"])
        for each in gone
        if _is_news(call, "refund", each.id)
    ]
    back = [each for each in gone if each.body["status"] == "failed" and _is_news(call, "adjustment", each.id)]
    return lines + [
        _line(each, "adjustment", _payment_of(call, each), amount=each.body["amount"], credit=each.body["amount"])
        for each in back
    ]


def _disputes(call: Call) -> list[dict[str, Any]]:
    taken = [each for each in call.objects.all(kind=disputes.KIND) if each.body["amount_deducted"]]
    return [_deducted(call, each) for each in taken if _is_news(call, "adjustment", each.id)]


def _deducted(call: Call, dispute: Stored) -> dict[str, Any]:
    amount = dispute.body["amount_deducted"]
    line = _line(dispute, "adjustment", _payment_of(call, dispute), amount=amount, debit=amount)
    return {**line, "dispute_id": dispute.id}


def _payment_of(call: Call, stored: Stored) -> Stored:
    return call.load(paying.KIND, stored.body["payment_id"])


def _is_news(call: Call, kind: str, entity_id: str) -> bool:
    return call.find(LINE, f"{kind}:{entity_id}") is None


def _line(
    stored: Stored,
    kind: str,
    payment: Stored,
    *,
    amount: int,
    credit: int = 0,
    debit: int = 0,
    fee: int = 0,
    tax: int = 0,
) -> dict[str, Any]:
    card = payment.body.get("card") or {}
    return {
        "entity_id": stored.id,
        "type": kind,
        "debit": debit,
        "credit": credit,
        "amount": amount,
        "currency": "INR",
        "fee": fee,
        "tax": tax,
        "on_hold": False,
        "settled": True,
        "created_at": stored.created_s,
        "settled_at": 0,
        "settlement_id": "",
        "posted_at": None,
        "credit_type": "default",
        "description": None,
        "notes": None,
        "payment_id": None if kind == "payment" else payment.id,
        "settlement_utr": "",
        "order_id": payment.body["order_id"],
        "order_receipt": None,
        "method": payment.body["method"],
        "card_network": card.get("network"),
        "card_issuer": card.get("issuer"),
        "card_type": card.get("type"),
        "dispute_id": None,
    }
