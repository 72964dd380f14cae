"""Charges: one for each attempt of a payment, with what became of it."""

from __future__ import annotations

import copy
from typing import Any

from payments.sandbox.ids import new_id, random_text
from payments.sandbox.objects import Stored
from payments.sandbox.stripe import balance
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.events import emit
from payments.sandbox.stripe.lists import PAGING, label_filters, list_objects
from payments.sandbox.stripe.params import merge_metadata
from payments.sandbox.stripe.payment_methods import billing_details, charge_details, trial_of
from payments.sandbox.stripe.trial_methods import Decline

KIND = "charge"
LATE_TIMER = "late_fee"
EXPIRY_TIMER = "authorization"


def make(
    call: Call, intent: Stored, method: Stored, *, status: str, captured: bool, decline: Decline | None = None
) -> Stored:
    """The charge of one attempt: `succeeded` (captured or only authorised), `pending`, or `failed` with its decline."""
    trial = trial_of(method)
    payment = intent.body
    capture_before_s = None
    if status == "succeeded" and not captured:
        capture_before_s = call.now_s + call.rules.authorization_lasts_s
    charge = Stored(
        kind=KIND,
        id=new_id(prefix="ch" if trial.type == "card" else "py"),
        created_s=call.now_s,
        body={},
        hidden={
            "session": intent.hidden.get("session"),
            "available_at_once": trial.available_at_once,
            "refund": trial.refund,
            "dispute": trial.dispute,
        },
    )
    descriptor = payment["statement_descriptor"] or "HOLDFAST SANDBOX"
    details = charge_details(method, amount=payment["amount"], capture_before_s=capture_before_s)
    charge.body = {
        **_copied(payment),
        "id": charge.id,
        "object": KIND,
        "amount": payment["amount"],
        "amount_captured": payment["amount"] if captured else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": billing_details(email=payment["receipt_email"]),
        "calculated_statement_descriptor": descriptor.upper() if trial.type == "card" else None,
        "captured": captured,
        "created": call.now_s,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "fraud_details": {},
        "livemode": False,
        "on_behalf_of": None,
        "outcome": _outcome(decline),
        "paid": status == "succeeded",
        "payment_intent": intent.id,
        "payment_method": method.id,
        "payment_method_details": details,
        "radar_options": {},
        "receipt_number": None,
        "receipt_url": _receipt_url() if status == "succeeded" else None,
        "refunded": False,
        "review": None,
        "source": None,
        "source_transfer": None,
        "status": status,
        "transfer_data": None,
    }
    call.objects.add(
        charge,
        labels={
            "payment_intent": intent.id,
            "customer": payment["customer"],
            "transfer_group": payment["transfer_group"],
        },
    )
    return charge


def _copied(payment: dict[str, Any]) -> dict[str, Any]:
    """What a charge has from its payment, as it was at the attempt."""
    names = (
        "currency", "customer", "description", "metadata", "receipt_email", "shipping", "statement_descriptor",
        "statement_descriptor_suffix", "transfer_group",
    )  # fmt: skip
    return copy.deepcopy({name: payment[name] for name in names})


def mark_succeeded(charge: Stored) -> None:
    """A pending charge of a bank debit came through; it counted as captured all the time, as recorded."""
    charge.body["status"] = "succeeded"
    charge.body["paid"] = True
    charge.body["receipt_url"] = _receipt_url()


def mark_failed(charge: Stored, decline: Decline) -> None:
    """A pending charge of a bank debit was returned."""
    charge.body["status"] = "failed"
    charge.body["paid"] = False
    charge.body["amount_captured"] = 0
    charge.body["failure_code"] = decline.code
    charge.body["failure_message"] = decline.message
    charge.body["outcome"] = _outcome(decline)


def book_later(call: Call, charge: Stored) -> None:
    """`automatic_async`: the balance transaction comes after the success, with `charge.updated`."""
    # A charge that could never be settled is refused now, not when its time has come.
    balance.check_settles(call, charge)
    charge.hidden["awaits_fee"] = True
    if call.rules.late_fee_s is not None:
        call.set_timer(LATE_TIMER, charge.id, due_at=call.now + call.rules.late_fee_s)


def settle_late(call: Call, charge: Stored) -> bool:
    """Gives the charge its balance transaction and emits `charge.updated`; False when it waits for none."""
    if not charge.hidden.get("awaits_fee"):
        return False
    charge.hidden["awaits_fee"] = False
    balance.book_charge(call, charge)
    call.clear_timer(LATE_TIMER, charge.id)
    call.save(charge)
    emit(call, "charge.updated", charge, previous={"balance_transaction": None})
    return True


def retrieve(call: Call, charge_id: str) -> dict[str, Any]:
    """GET of one charge."""
    call.params.only()
    return call.load(KIND, charge_id).body


def update(call: Call, charge_id: str) -> dict[str, Any]:
    """`metadata` and `description`; emits `charge.updated` when something changed."""
    params = call.params
    params.only("metadata", "description")
    charge = call.load(KIND, charge_id)
    new: dict[str, Any] = {"metadata": merge_metadata(charge.body["metadata"], params)}
    if "description" in params:
        new["description"] = params.text("description")
    previous = {name: charge.body[name] for name, value in new.items() if charge.body[name] != value}
    if previous:
        charge.body.update(new)
        call.save(charge)
        emit(call, "charge.updated", charge, previous=previous)
    return charge.body


def list_charges(call: Call) -> dict[str, Any]:
    """Filters: `payment_intent`, `customer`, `transfer_group`, `created`."""
    names = ("payment_intent", "customer", "transfer_group")
    call.params.only(*PAGING, *names)
    return list_objects(call, kind=KIND, url="/v1/charges", filters=label_filters(call.params, *names))


def _receipt_url() -> str:
    return f"https://pay.stripe.com/receipts/payment/{random_text(length=40)}"


def _outcome(decline: Decline | None) -> dict[str, Any]:
    return {
        "advice_code": decline.advice_code if decline else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if decline else "approved_by_network",
        "reason": (decline.decline_code or decline.code) if decline else None,
        "risk_level": "normal",
        "risk_score": 21,
        "seller_message": "The bank did not return any further details with this decline."
        if decline
        else "Payment complete.",
        "type": "issuer_declined" if decline else "authorized",
    }
