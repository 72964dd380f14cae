"""Refunds: the API's calls."""

from __future__ import annotations

from typing import Any

from payments.sandbox.objects import Filter, Stored
from payments.sandbox.stripe import charges, disputing, refunding
from payments.sandbox.stripe.amounts import shown
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import StripeError, missing_parameter, wrong_state
from payments.sandbox.stripe.events import emit
from payments.sandbox.stripe.lists import PAGING, label_filters, list_objects
from payments.sandbox.stripe.params import merge_metadata
from payments.sandbox.stripe.rules import take_refund_order

KIND = refunding.KIND


def create(call: Call) -> dict[str, Any]:
    """Refunds a charge, or the latest charge of a payment, in whole or in part; `amount` defaults to the rest."""
    params = call.params
    params.only(
        "charge", "payment_intent", "amount", "reason", "metadata", "currency", "instructions_email",
        "reverse_transfer", "refund_application_fee",
    )  # fmt: skip
    amount = params.positive("amount")
    reason = params.choice("reason", "duplicate", "fraudulent", "requested_by_customer")
    metadata = merge_metadata({}, params)
    charge = _charge(call)
    amount = _refundable(call, charge, amount)
    refund = refunding.make(
        call, charge, amount=amount, status=_first_status(call, charge), reason=reason, metadata=metadata
    )
    return refund.body


def retrieve(call: Call, refund_id: str) -> dict[str, Any]:
    """GET of one refund."""
    call.params.only()
    return call.load(KIND, refund_id).body


def update(call: Call, refund_id: str) -> dict[str, Any]:
    """Only `metadata` can change; tells it as `refund.updated` and `charge.refund.updated`."""
    call.params.only("metadata")
    refund = call.load(KIND, refund_id)
    metadata = merge_metadata(refund.body["metadata"], call.params)
    if metadata != refund.body["metadata"]:
        previous = {"metadata": refund.body["metadata"]}
        refund.body["metadata"] = metadata
        call.save(refund)
        emit(call, "refund.updated", refund, previous=previous)
        emit(call, "charge.refund.updated", refund, previous=previous)
    return refund.body


def cancel(call: Call, refund_id: str) -> dict[str, Any]:
    """POST to cancel a refund that waits for the customer."""
    call.params.only()
    refund = call.load(KIND, refund_id)
    refunding.cancel(call, refund)
    return refund.body


def list_refunds(call: Call) -> dict[str, Any]:
    """Filters: `charge`, `payment_intent`, `created`."""
    names = ("charge", "payment_intent")
    call.params.only(*PAGING, *names)
    return list_objects(call, kind=KIND, url="/v1/refunds", filters=label_filters(call.params, *names))


def _charge(call: Call) -> Stored:
    charge_id = call.params.text("charge")
    if charge_id is not None:
        return call.load(charges.KIND, charge_id, param="charge", in_path=False)
    intent_id = call.params.text("payment_intent")
    if intent_id is None:
        raise missing_parameter("charge")
    intent = call.load("payment_intent", intent_id, param="payment_intent", in_path=False)
    charge = call.find(charges.KIND, intent.body["latest_charge"])
    if charge is None or charge.body["status"] == "failed":
        raise wrong_state(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
            payment_intent=intent.body,
        )
    return charge


def _disputes_of(call: Call, charge: Stored) -> list[Stored]:
    if not charge.body["disputed"]:
        return []
    return call.objects.all(kind=disputing.KIND, filters=[Filter("charge", (charge.id,))])


def _refundable(call: Call, charge: Stored, amount: int | None) -> int:
    """What will be refunded; raises 400 for a charge that is disputed, has nothing left, or less than that."""
    body = charge.body
    if body["status"] != "succeeded" or not body["captured"]:
        raise wrong_state(
            f"Charge {charge.id} cannot be refunded: it is {body['status']} and was not captured.",
            code="charge_not_refundable",
        )
    if any(not each.body["is_charge_refundable"] for each in _disputes_of(call, charge)):
        raise wrong_state(f"Charge {charge.id} has been charged back; cannot issue a refund.", code="charge_disputed")
    left = body["amount"] - body["amount_refunded"]
    if left == 0:
        raise wrong_state(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if amount is not None and amount > left:
        # The endpoint had begun: the answer is kept under the key.
        raise StripeError(
            status=400,
            type="invalid_request_error",
            message=f"Refund amount ({shown(amount, body['currency'])}) is greater than unrefunded amount on charge "
            f"({shown(left, body['currency'])})",
            param="amount",
            executed=True,
        )
    return left if amount is None else amount


def _first_status(call: Call, charge: Stored) -> str:
    """What the control endpoint ordered, else what the payment method does."""
    ordered = take_refund_order(call.transaction, rules=call.rules)
    if ordered:
        return ordered
    return "pending" if charge.hidden.get("refund") == "pending" else "succeeded"
