"""Customers: as much as payments need."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id, random_text
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.stripe.addresses import address_of, shipping_of
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import resource_missing
from payments.sandbox.stripe.events import emit
from payments.sandbox.stripe.lists import PAGING, label_filters, list_objects
from payments.sandbox.stripe.params import Params, merge_metadata

KIND = "customer"
_TEXTS = ("description", "email", "name", "phone")
_WRITABLE = (*_TEXTS, "metadata", "address", "shipping", "preferred_locales", "payment_method", "invoice_settings")


def create(call: Call) -> dict[str, Any]:
    """POST of a new customer."""
    call.params.only(*_WRITABLE)
    customer = Stored(kind=KIND, id=new_id(prefix="cus", length=14), created_s=call.now_s, body={}, hidden={})
    customer.body = {
        "id": customer.id,
        "object": KIND,
        "address": None,
        "balance": 0,
        "created": call.now_s,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": random_text(length=8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    _write(customer, call.params)
    call.objects.add(customer, labels={"email": customer.body["email"], "present": "yes"})
    emit(call, "customer.created", customer)
    return customer.body


def retrieve(call: Call, customer_id: str) -> dict[str, Any]:
    """A deleted customer is still found, as `deleted`."""
    call.params.only()
    return _shown(call.load(KIND, customer_id))


def update(call: Call, customer_id: str) -> dict[str, Any]:
    """POST of changes; tells the old values."""
    call.params.only(*_WRITABLE)
    customer = _present(call, customer_id)
    before = dict(customer.body)
    _write(customer, call.params)
    previous = {name: value for name, value in before.items() if customer.body[name] != value}
    if previous:
        call.objects.relabel(customer, name="email", value=customer.body["email"])
        call.save(customer)
        emit(call, "customer.updated", customer, previous=previous)
    return customer.body


def delete(call: Call, customer_id: str) -> dict[str, Any]:
    """DELETE of a customer; it is still found, as deleted."""
    call.params.only()
    customer = _present(call, customer_id)
    customer.hidden["deleted"] = True
    call.objects.relabel(customer, name="present", value=None)
    call.save(customer)
    for method in call.objects.all(kind="payment_method", filters=[Filter("customer", (customer.id,))]):
        method.hidden["spent"] = True
        method.body["customer"] = None
        call.objects.relabel(method, name="customer", value=None)
        call.save(method)
    emit(call, "customer.deleted", customer)
    return _shown(customer)


def list_customers(call: Call) -> dict[str, Any]:
    """Filters: `email`, `created`."""
    call.params.only(*PAGING, "email")
    filters = [Filter("present", ("yes",)), *label_filters(call.params, "email")]
    return list_objects(call, kind=KIND, url="/v1/customers", filters=filters)


def existing(call: Call, customer_id: str | None) -> str | None:
    """The id, if there is such a customer; raises resource_missing (400) otherwise."""
    if customer_id is None:
        return None
    customer = call.find(KIND, customer_id)
    if customer is None or customer.hidden.get("deleted"):
        raise resource_missing(kind=KIND, object_id=customer_id, param="customer", in_path=False)
    return customer.id


def _present(call: Call, customer_id: str) -> Stored:
    customer = call.load(KIND, customer_id)
    if customer.hidden.get("deleted"):
        raise resource_missing(kind=KIND, object_id=customer_id)
    return customer


def _shown(customer: Stored) -> dict[str, Any]:
    if customer.hidden.get("deleted"):
        return {"id": customer.id, "object": KIND, "deleted": True}
    return customer.body


def _write(customer: Stored, params: Params) -> None:
    for name in _TEXTS:
        if name in params:
            customer.body[name] = params.text(name)
    if "address" in params:
        customer.body["address"] = address_of(params.inner("address"))
    if "shipping" in params:
        customer.body["shipping"] = shipping_of(params.inner("shipping"))
    if "preferred_locales" in params:
        customer.body["preferred_locales"] = params.texts("preferred_locales") or []
    customer.body["metadata"] = merge_metadata(customer.body["metadata"], params)
