"""Contacts and their fund accounts: equal data give the object that is there already."""

from __future__ import annotations

import json
import re
from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.razorpay.call import ID_LENGTH, Call
from payments.sandbox.razorpay.errors import invalid
from payments.sandbox.razorpay.lists import PAGING, page

CONTACT, FUND_ACCOUNT = "contact", "fund_account"
TYPES = ("vendor", "customer", "employee", "self")
_NAME = re.compile(r"[A-Za-z0-9 '\-–_/().]{3,50}")
_IFSC = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")
_NUMBER = re.compile(r"[A-Za-z0-9]{5,35}")
_ADDRESS = re.compile(r"[A-Za-z0-9.\-_]{2,256}@[A-Za-z]{2,64}")


def create_contact(call: Call) -> dict[str, Any]:
    """POST /contacts."""
    params = call.params
    params.only("name", "email", "contact", "type", "reference_id", "notes")
    name = params.needed_text("name")
    if not _NAME.fullmatch(name):
        raise invalid("The name format is invalid.", field="name")
    kind = params.text("type")
    if kind is not None and kind not in TYPES:
        raise invalid(f"Invalid type: {kind}", field="type")
    details = {
        "name": name,
        "contact": params.text("contact"),
        "email": params.text("email"),
        "type": kind,
        "reference_id": params.text("reference_id", at_most=40),
    }
    body = {**details, "batch_id": None, "active": True, "notes": params.notes()}
    return _equal_or_new(call, CONTACT, "cont", [details, body["notes"]], body)


def create_fund_account(call: Call) -> dict[str, Any]:
    """POST /fund_accounts."""
    params = call.params
    params.only("contact_id", "account_type", "bank_account", "vpa")
    contact = call.load(CONTACT, params.needed_text("contact_id"))
    kind = params.needed_text("account_type")
    if kind not in ("bank_account", "vpa"):
        raise invalid("The account type is invalid.", field="account_type")
    given = params.part(kind)
    if given is None:
        raise invalid(f"The {kind} field is required.", field=kind)
    account = _bank_account(given) if kind == "bank_account" else _vpa(given)
    body = {"contact_id": contact.id, "account_type": kind, kind: account, "active": True, "batch_id": None}
    return _equal_or_new(call, FUND_ACCOUNT, "fa", [contact.id, account], body)


def _bank_account(given: dict[str, Any]) -> dict[str, Any]:
    name, ifsc, number = (str(given.get(each, "")) for each in ("name", "ifsc", "account_number"))
    if not name:
        raise invalid("The name field is required.", field="name")
    if not _IFSC.fullmatch(ifsc):
        raise invalid("Invalid IFSC Code in Bank Account", field="ifsc")
    if not _NUMBER.fullmatch(number):
        raise invalid("The account number format is invalid.", field="account_number")
    return {"ifsc": ifsc, "bank_name": f"{ifsc[:4]} Bank", "name": name, "notes": [], "account_number": number}


def _vpa(given: dict[str, Any]) -> dict[str, Any]:
    address = str(given.get("address", ""))
    if not _ADDRESS.fullmatch(address):
        raise invalid("The vpa format is invalid.", field="address")
    username, _, handle = address.partition("@")
    return {"username": username, "handle": handle, "address": address}


def _equal_or_new(call: Call, kind: str, prefix: str, details: list[Any], body: dict[str, Any]) -> dict[str, Any]:
    exact = json.dumps(details, sort_keys=True)
    known = call.objects.all(kind=kind, filters=[Filter("details", (exact,))])
    if known:
        return known[0].body
    stored = Stored(kind=kind, id=new_id(prefix=prefix, length=ID_LENGTH), created_s=call.now_s, body={}, hidden={})
    stored.body = {"id": stored.id, "entity": kind, **body, "created_at": call.now_s}
    labels = {"details": exact, "contact": body.get("contact_id")}
    return call.objects.add(stored, labels=labels).body


def retrieve_contact(call: Call, contact_id: str) -> dict[str, Any]:
    """GET /contacts/{id}."""
    call.params.only()
    return call.load(CONTACT, contact_id).body


def list_contacts(call: Call) -> dict[str, Any]:
    """GET /contacts."""
    call.params.only(*PAGING)
    return page(call, kind=CONTACT)


def retrieve_fund_account(call: Call, fund_account_id: str) -> dict[str, Any]:
    """GET /fund_accounts/{id}."""
    call.params.only()
    return call.load(FUND_ACCOUNT, fund_account_id).body


def list_fund_accounts(call: Call) -> dict[str, Any]:
    """GET /fund_accounts, of one contact where it is named."""
    call.params.only("contact_id", *PAGING)
    contact_id = call.params.text("contact_id")
    return page(call, kind=FUND_ACCOUNT, filters=[Filter("contact", (contact_id,))] if contact_id else [])


def destination_of(fund_account: Stored) -> str:
    """The account number or the UPI address."""
    body = fund_account.body
    return str(body["vpa"]["address"] if "vpa" in body else body["bank_account"]["account_number"])
