"""Payouts as the API has them: made once for a key, listed, cancelled."""

from __future__ import annotations

import re
from typing import Any

from payments.sandbox.idempotency import fingerprint
from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.razorpay.call import ID_LENGTH, Call
from payments.sandbox.razorpay.errors import RazorpayError, invalid
from payments.sandbox.razorpay.lists import PAGING, page
from payments.sandbox.razorpay.x import contacts, progress
from payments.sandbox.razorpay.x.balance import check_number
from payments.sandbox.razorpay.x.outcomes import Fate

FIELDS = (
    "account_number", "fund_account_id", "amount", "currency", "mode", "purpose", "queue_if_low_balance",
    "reference_id", "narration", "notes",
)  # fmt: skip
KEY_HEADER = "X-Payout-Idempotency"
PURPOSES = ("refund", "cashback", "payout", "salary", "utility bill", "vendor bill")
MODES = {"bank_account": ("NEFT", "RTGS", "IMPS"), "vpa": ("UPI",)}
MOST_MINOR = {"IMPS": 50_000_000, "UPI": 10_000_000}
LEAST_MINOR = {"RTGS": 20_000_000}
_NARRATION = re.compile(r"[A-Za-z0-9 ]{0,30}")
FILTERS = ("contact_id", "fund_account_id", "mode", "reference_id", "status")


def create(call: Call) -> dict[str, Any]:
    """POST /payouts. The same key with the same body gives the payout as it is now, until for ever; with another one
    it is refused. Sources: razorpay.com/docs/api/x/payout-idempotency, razorpay.com/docs/x/payouts/best-practices."""
    key = call.idempotency_key
    if not key:
        raise RazorpayError(
            "Idempotency key is missing. Include idempotency header and key in the request.",
            field=KEY_HEADER, reason="null", step=None,
        )  # fmt: skip
    mark = fingerprint(params=call.params.plain())
    earlier = call.objects.all(kind=progress.KIND, filters=[Filter("key", (key,))])
    if earlier:
        if earlier[0].hidden["fingerprint"] != mark:
            raise invalid("Different request body for the same idempotency key.", field=KEY_HEADER)
        return earlier[0].body
    payout = _new(call)
    payout.hidden = {"fingerprint": mark}
    call.objects.add(payout, labels=_labels(payout, key))
    _start(call, payout, progress.fate(call, payout), waits=call.params.flag("queue_if_low_balance", default=False))
    return payout.body


def _start(call: Call, payout: Stored, fate: Fate, *, waits: bool) -> None:
    if fate.word == "pending":
        progress.ask_approval(call, payout)
    elif fate.word == "queued":
        progress.queue(call, payout, reason=fate.reason)
    elif not progress.begin(call, payout):
        if waits:
            progress.queue(call, payout, reason="low_balance")
        else:
            progress.fail(call, payout, reason="insufficient_funds")


def _new(call: Call) -> Stored:
    params = call.params
    params.only(*FIELDS)
    check_number(call)
    fund_account = call.load(contacts.FUND_ACCOUNT, params.needed_text("fund_account_id"))
    amount, mode = params.needed_whole("amount"), params.needed_text("mode")
    if params.needed_text("currency") != "INR":
        raise invalid("The currency should be INR.", field="currency")
    if params.needed_text("purpose") not in PURPOSES:
        raise invalid("Invalid purpose", field="purpose")
    if mode not in MODES[fund_account.body["account_type"]]:
        raise invalid(f"The payout mode {mode} is not valid for this fund account.", field="mode")
    if amount < max(100, LEAST_MINOR.get(mode, 0)):
        raise invalid("The amount is below the minimum of the mode.", field="amount")
    if amount > MOST_MINOR.get(mode, amount):
        raise invalid("The amount exceeds the maximum of the mode.", field="amount")
    narration = params.text("narration") or "Sandbox Fund Transfer"
    if not _NARRATION.fullmatch(narration):
        raise invalid("The narration may only have letters, digits and spaces, at most 30.", field="narration")
    payout = Stored(
        kind=progress.KIND, id=new_id(prefix="pout", length=ID_LENGTH), created_s=call.now_s, body={}, hidden={}
    )
    payout.body = {
        "id": payout.id,
        "entity": progress.KIND,
        "fund_account_id": fund_account.id,
        "amount": amount,
        "currency": "INR",
        "notes": params.notes(),
        "fees": 0,
        "tax": 0,
        "status": "queued",
        "purpose": params.text("purpose"),
        "utr": None,
        "mode": mode,
        "reference_id": params.text("reference_id", at_most=40),
        "narration": narration,
        "batch_id": None,
        "status_details": None,
        "created_at": call.now_s,
        "fee_type": "",
    }
    return payout


def _labels(payout: Stored, key: str) -> dict[str, str | None]:
    named = ("fund_account_id", "mode", "reference_id", "status")
    return {"key": key, **{name: payout.body[name] for name in named}}


def by_dashboard(call: Call, given: dict[str, Any]) -> Stored:
    """A payout that a person of ours makes there: no key of ours, and no mark."""
    payout = _new(call)
    call.objects.add(payout, labels=_labels(payout, f"dashboard-{payout.id}"))
    _start(call, payout, progress.fate(call, payout), waits=True)
    return payout


def retrieve(call: Call, payout_id: str) -> dict[str, Any]:
    """GET /payouts/{id}."""
    call.params.only()
    return call.load(progress.KIND, payout_id).body


def list_payouts(call: Call) -> dict[str, Any]:
    """GET /payouts of our account, by what they carry."""
    call.params.only("account_number", *FILTERS, *PAGING)
    check_number(call)
    wanted = {name: call.params.text(name) for name in FILTERS if name != "contact_id"}
    return page(call, kind=progress.KIND, filters=[Filter(name, (value,)) for name, value in wanted.items() if value])


def cancel(call: Call, payout_id: str) -> dict[str, Any]:
    """POST /payouts/{id}/cancel: of what is queued."""
    call.params.only("remarks")
    payout = call.load(progress.KIND, payout_id)
    progress.cancel(call, payout)
    return payout.body
