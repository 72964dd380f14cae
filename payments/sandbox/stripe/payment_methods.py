"""Payment methods: made from the test names, shown as a real one would be."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id, random_text
from payments.sandbox.objects import Stored
from payments.sandbox.stripe.call import Call
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
    return call.objects.add(stored, labels={"customer": customer})


def trial_of(method: Stored) -> TrialMethod:
    """How this method behaves."""
    return method_named(method.hidden["trial"])


def retrieve(call: Call, method_id: str) -> dict[str, Any]:
    """GET of one payment method; a test name makes one."""
    call.params.only()
    if call.objects.get(kind=KIND, object_id=method_id) is None and method_id.startswith("pm_card_"):
        return obtain(call, method_id).body
    return call.load(KIND, method_id).body


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
