"""Validations: a rupee goes to the account, and the bank says whether it is there and whose it is."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.razorpay.call import ID_LENGTH, Call
from payments.sandbox.razorpay.errors import RazorpayError, invalid
from payments.sandbox.razorpay.lists import PAGING, page
from payments.sandbox.razorpay.x import contacts
from payments.sandbox.razorpay.x.balance import check_number
from payments.sandbox.razorpay.x.events import tell
from payments.sandbox.razorpay.x.outcomes import VALIDATIONS

KIND = "fund_account.validation"
DECIDES_TIMER = "x_validation"
COST_MINOR = 100


def create(call: Call) -> dict[str, Any]:
    """POST /fund_accounts/validations. What it costs stays out of the balance here."""
    params = call.params
    params.only("account_number", "fund_account", "amount", "currency", "notes")
    if not call.rules.validates:
        raise RazorpayError("Account validation is not available for this account.", reason="feature_not_enabled")
    number = check_number(call)
    named = params.part("fund_account") or {}
    fund_account = call.load(contacts.FUND_ACCOUNT, str(named.get("id", "")))
    if fund_account.body["account_type"] == "bank_account" and params.needed_whole("amount") < COST_MINOR:
        raise invalid("The amount must be atleast 100", field="amount")
    stored = Stored(kind=KIND, id=new_id(prefix="fav", length=ID_LENGTH), created_s=call.now_s, body={}, hidden={})
    stored.body = {
        "id": stored.id,
        "entity": KIND,
        "fund_account": fund_account.body,
        "status": "created",
        "amount": params.whole("amount") or 0,
        "currency": params.text("currency") or "INR",
        "notes": params.notes(),
        "results": {"account_status": None, "registered_name": None},
        "created_at": call.now_s,
        "utr": None,
    }
    call.objects.add(stored, labels={"account": number})
    if VALIDATIONS.get(contacts.destination_of(fund_account)) != "created":
        call.set_timer(DECIDES_TIMER, stored.id, due_at=call.now)
    return stored.body


def retrieve(call: Call, validation_id: str) -> dict[str, Any]:
    """GET /fund_accounts/validations/{id}."""
    call.params.only()
    return call.load(KIND, validation_id).body


def list_validations(call: Call) -> dict[str, Any]:
    """GET /fund_accounts/validations of our account."""
    call.params.only("account_number", *PAGING)
    return page(call, kind=KIND, filters=[Filter("account", (check_number(call),))])


def decide(call: Call, validation: Stored, *, verdict: str = "") -> None:
    """The bank answers: `active`, `invalid`, or nothing that can be used (`failed`)."""
    if validation.body["status"] != "created":
        raise RazorpayError(f"The validation is {validation.body['status']}.")
    fund_account = call.load(contacts.FUND_ACCOUNT, validation.body["fund_account"]["id"])
    said = verdict or VALIDATIONS.get(contacts.destination_of(fund_account), "active")
    if said == "failed":
        validation.body["status"] = "failed"
        validation.body["results"] = {
            "account_status": "", "registered_name": "", "details": "null", "name_match_score": None,
        }  # fmt: skip
    else:
        is_there = said != "invalid"
        validation.body["status"] = "completed"
        validation.body["utr"] = f"{call.now_s}utr{validation.id[-6:]}"
        validation.body["results"] = {
            "account_status": "active" if is_there else "invalid",
            "registered_name": fund_account.body.get("bank_account", {}).get("name", "Gaurav Kumar"),
            "details": f"The beneficiary account is {'valid' if is_there else 'invalid'}.",
            "name_match_score": 100 if is_there else 0,
        }
    call.save(validation)
    tell(call, f"{KIND}.{validation.body['status']}", validation)
