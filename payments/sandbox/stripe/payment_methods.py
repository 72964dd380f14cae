"""Payment methods: made from the test names, shown as a real one would be."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id, random_text
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import invalid, missing_parameter, resource_missing
from payments.sandbox.stripe.events import emit
from payments.sandbox.stripe.lists import PAGING, label_filters, list_objects
from payments.sandbox.stripe.params import merge_metadata
from payments.sandbox.stripe.trial_methods import TrialMethod, method_named

KIND = "payment_method"
_EXPIRY_YEAR = 2034


def obtain(call: Call, name: str, *, customer: str | None = None) -> Stored:
    """The stored method of that id, or a new one from a test name, as Stripe makes one of `pm_card_visa`.

    Raises resource_missing (400) for a name that is neither.
    """
    stored = call.objects.get(kind=KIND, object_id=name)
    if stored is not None:
        return stored
    trial = method_named(name)
    stored = Stored(kind=KIND, id=new_id(prefix="pm"), created_s=call.now_s, body={}, hidden={"trial": name})
    stored.body = {
        "id": stored.id,
        "object": KIND,
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(),
        trial.type: _details(trial),
        "created": call.now_s,
        "customer": customer,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": trial.type,
    }
    return call.objects.add(stored, labels={"customer": customer, "type": trial.type})


def trial_of(method: Stored) -> TrialMethod:
    """How this method behaves."""
    return method_named(method.hidden["trial"])


def retrieve(call: Call, method_id: str) -> dict[str, Any]:
    """GET of one payment method; a test name makes one."""
    call.params.only()
    if call.objects.get(kind=KIND, object_id=method_id) is None and method_id.startswith("pm_card_"):
        return obtain(call, method_id).body
    return call.load(KIND, method_id).body


def list_methods(call: Call) -> dict[str, Any]:
    """Filters: `customer`, `type`, `created`."""
    call.params.only(*PAGING, "customer", "type")
    filters = label_filters(call.params, "customer", "type")
    return list_objects(call, kind=KIND, url="/v1/payment_methods", filters=filters)


def list_of_customer(call: Call, customer_id: str) -> dict[str, Any]:
    """GET of what one customer has saved."""
    call.params.only(*PAGING, "type")
    filters = [Filter("customer", (customer_id,)), *label_filters(call.params, "type")]
    return list_objects(call, kind=KIND, url=f"/v1/customers/{customer_id}/payment_methods", filters=filters)


def update(call: Call, method_id: str) -> dict[str, Any]:
    """Of an attached one: its expiry and metadata."""
    call.params.only("card", "metadata", "billing_details", "allow_redisplay")
    method = call.load(KIND, method_id)
    if method.body["customer"] is None:
        raise invalid("You must save this PaymentMethod to a customer before you can update it.")
    card = call.params.inner("card")
    if card is not None:
        card.only("exp_month", "exp_year")
        for name in ("exp_month", "exp_year"):
            if name in card:
                method.body["card"][name] = card.positive(name)
    method.body["metadata"] = merge_metadata(method.body["metadata"], call.params)
    call.save(method)
    emit(call, "payment_method.updated", method)
    return method.body


def attach(call: Call, method_id: str) -> dict[str, Any]:
    """POST to save a method for a customer; a test name makes one first."""
    call.params.only("customer")
    customer = call.params.text("customer")
    if customer is None:
        raise missing_parameter("customer")
    if call.find("customer", customer) is None:
        raise resource_missing(kind="customer", object_id=customer, param="customer", in_path=False)
    method = obtain(call, method_id)
    check_usable(method, customer=customer)
    attach_to(call, method, customer=customer)
    return method.body


def detach(call: Call, method_id: str) -> dict[str, Any]:
    """POST to take it from its customer, for good: such a method is never used again."""
    call.params.only()
    method = call.load(KIND, method_id)
    if method.body["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )
    method.body["customer"] = None
    method.hidden["spent"] = True
    call.objects.relabel(method, name="customer", value=None)
    call.save(method)
    emit(call, "payment_method.detached", method)
    return method.body


def attach_to(call: Call, method: Stored, *, customer: str) -> None:
    """Saves it for that customer, once."""
    if method.body["customer"] == customer and method.hidden.get("attached"):
        return
    method.body["customer"] = customer
    method.hidden["attached"] = True
    call.objects.relabel(method, name="customer", value=customer)
    call.save(method)
    emit(call, "payment_method.attached", method)


def renew(call: Call, method: Stored, card: dict[str, Any]) -> None:
    """The network tells of the card that the bank gave out in its place."""
    shown = method.body["card"]
    previous = {name: shown[name] for name in card}
    shown |= card
    call.save(method)
    emit(call, "payment_method.automatically_updated", method, previous={"card": previous})


def check_usable(method: Stored, *, customer: str | None) -> None:
    """Raises 400 for one that was detached, and for one of another customer."""
    if method.hidden.get("spent"):
        raise invalid(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
            "with a connected account without Customer attachment, or was detached from a Customer. It may not be used "
            "again. To use a PaymentMethod multiple times, you must attach it to a Customer first.",
            param="payment_method",
        )
    if method.hidden.get("attached") and method.body["customer"] != customer:
        raise invalid(
            f"The payment method `{method.id}` belongs to another customer than the one of this request.",
            param="payment_method",
        )


def billing_details(*, email: str | None = None, name: str | None = None) -> dict[str, Any]:
    """Empty but for what is given."""
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": email, "name": name, "phone": None, "tax_id": None}


def charge_details(method: Stored, *, amount: int, capture_before_s: int | None) -> dict[str, Any]:
    """`payment_method_details` of a charge that was made with this method."""
    trial = trial_of(method)
    shown = method.body[trial.type]
    if trial.type == "us_bank_account":
        copied = ("account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number")
        details = {name: shown[name] for name in copied} | {"mandate": None, "payment_reference": None}
        return {"type": trial.type, trial.type: details}
    if trial.type == "sepa_debit":
        names = ("bank_code", "branch_code", "country", "fingerprint", "last4")
        return {"type": trial.type, trial.type: {name: shown[name] for name in names} | {"mandate": None}}
    card = {
        "amount_authorized": None if trial.decline else amount,
        "authorization_code": None if trial.decline else f"{amount % 1_000_000:06d}",
        "brand": trial.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": trial.country,
        "exp_month": 12,
        "exp_year": _EXPIRY_YEAR,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": shown["fingerprint"],
        "funding": trial.funding,
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": trial.last4,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": trial.brand,
        "network_token": {"used": False},
        "network_transaction_id": random_text(length=15),
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": _three_d_secure() if trial.authentication == "required" else None,
        "wallet": None,
    }
    if capture_before_s is not None:
        card["capture_before"] = capture_before_s
    return {"type": "card", "card": card}


def _three_d_secure() -> dict[str, Any]:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": random_text(length=36),
        "version": "2.2.0",
    }


def _details(trial: TrialMethod) -> dict[str, Any]:
    fingerprint = random_text(length=16)
    if trial.type == "us_bank_account":
        return {
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "financial_connections_account": None,
            "fingerprint": fingerprint,
            "last4": trial.last4,
            "networks": {"preferred": "ach", "supported": ["ach"]},
            "routing_number": "110000000",
            "status_details": {},
        }
    if trial.type == "sepa_debit":
        return {
            "bank_code": "37040044",
            "branch_code": "",
            "country": trial.country,
            "fingerprint": fingerprint,
            "generated_from": {"charge": None, "setup_attempt": None},
            "last4": trial.last4,
        }
    return {
        "brand": trial.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "unchecked"},
        "country": trial.country,
        "display_brand": trial.brand,
        "exp_month": 12,
        "exp_year": _EXPIRY_YEAR,
        "fingerprint": fingerprint,
        "funding": trial.funding,
        "generated_from": None,
        "last4": trial.last4,
        "networks": {"available": [trial.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
