"""Customers: those to whom tokens belong."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.razorpay.call import ID_LENGTH, Call
from payments.sandbox.razorpay.errors import RazorpayError
from payments.sandbox.razorpay.lists import PAGING, page

KIND = "customer"
DETAILS = ("name", "email", "contact")


def create(call: Call) -> dict[str, Any]:
    """POST /customers. One with the exact details of another is refused, or with `fail_existing` 0 that other one."""
    params = call.params
    params.only(*DETAILS, "gstin", "notes", "fail_existing")
    details = {name: params.text(name) for name in DETAILS}
    exact = "\n".join(value or "" for value in details.values())
    known = call.objects.all(kind=KIND, filters=[Filter("details", (exact,))]) if exact.strip() else []
    if known:
        if params.flag("fail_existing", default=True):
            raise RazorpayError("Customer already exists for the merchant")
        return known[0].body
    customer = Stored(kind=KIND, id=new_id(prefix="cust", length=ID_LENGTH), created_s=call.now_s, body={}, hidden={})
    customer.body = {
        "id": customer.id,
        "entity": KIND,
        **details,
        "gstin": params.text("gstin"),
        "notes": params.notes(),
        "created_at": call.now_s,
    }
    return call.objects.add(customer, labels={"details": exact}).body


def retrieve(call: Call, customer_id: str) -> dict[str, Any]:
    """GET /customers/{id}."""
    call.params.only()
    return call.load(KIND, customer_id).body


def list_customers(call: Call) -> dict[str, Any]:
    """GET /customers."""
    call.params.only(*PAGING)
    return page(call, kind=KIND)


def edit(call: Call, customer_id: str) -> dict[str, Any]:
    """PUT /customers/{id}: name, e-mail and phone."""
    call.params.only(*DETAILS)
    customer = call.load(KIND, customer_id)
    customer.body |= {name: call.params.text(name) for name in DETAILS if name in call.params}
    call.objects.relabel(customer, name="details", value="\n".join(customer.body[name] or "" for name in DETAILS))
    call.save(customer)
    return customer.body
