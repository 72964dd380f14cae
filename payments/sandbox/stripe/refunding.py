"""Refunds as they move: made, succeeded, failed after all, and authorisations released."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Stored
from payments.sandbox.stripe import balance, charges
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import StripeError, wrong_state
from payments.sandbox.stripe.events import emit

KIND = "refund"
# One timer for all that a refund does by itself: its reference becomes known, it succeeds, or it fails after all.
TIMER = "refund"
_DAY_S = 24 * 60 * 60
# How the money of a bank debit goes back.
_WAYS = {"us_bank_account": "us_bank_transfer", "sepa_debit": "eu_bank_transfer"}


def make(
    call: Call, charge: Stored, *, amount: int, status: str, reason: str | None, metadata: dict[str, str]
) -> Stored:
    """A refund of captured money, in its first state; the charge counts it at once, whatever that state is."""
    refund = _new(call, charge, amount=amount, status=status, reason=reason, metadata=metadata)
    charge.body["amount_refunded"] += amount
    previous = {"amount_refunded": charge.body["amount_refunded"] - amount}
    if charge.body["amount_refunded"] == charge.body["amount"]:
        charge.body["refunded"] = True
        previous["refunded"] = False
    if status == "succeeded":
        _take_money(call, refund, charge)
    if status == "requires_action":
        sent = {"email_sent_at": call.now_s, "email_sent_to": "customer@example.com"}
        details = {"email_sent": sent, "expires_at": call.now_s + 45 * _DAY_S}
        refund.body["next_action"] = {"type": "display_details", "display_details": details}
    if status == "pending":
        refund.body["pending_reason"] = "processing"
    call.save(charge, refund)
    emit(call, "refund.created", refund)
    emit(call, "charge.refunded", charge, previous=previous)
    if status == "failed":
        fail(call, refund, reason="declined")
    elif call.rules.late_fee_s is not None and status in ("pending", "succeeded"):
        call.set_timer(TIMER, refund.id, due_at=call.now + call.rules.late_fee_s)
    return refund


def release(call: Call, charge: Stored, *, amount: int, event: str = "charge.refunded") -> Stored:
    """Gives back what was authorised and not captured: a refund that moves no money of ours, without a transaction."""
    refund = _new(call, charge, amount=amount, status="succeeded", reason=None, metadata={})
    refund.hidden["release"] = True
    charge.body["amount_refunded"] += amount
    charge.body["refunded"] = charge.body["amount_refunded"] == charge.body["amount"]
    previous: dict[str, Any] = {"amount_refunded": charge.body["amount_refunded"] - amount}
    if charge.body["refunded"]:
        previous["refunded"] = False
    call.moved("released", amount=amount, charge=charge, object_id=charge.id, also=(refund.id,))
    call.save(charge, refund)
    if event == "charge.refunded":
        emit(call, "refund.created", refund)
    emit(call, event, charge, previous=previous)
    return refund


def advance(call: Call, refund: Stored) -> bool:
    """Does what the refund would do by itself next; False when it is at its end."""
    status = refund.body["status"]
    if status == "pending":
        succeed(call, refund)
        return True
    if status != "succeeded" or refund.hidden.get("release"):
        return False
    if refund.hidden["course"] == "fails_later":
        fail(call, refund, reason="expired_or_canceled_card")
        return True
    return _give_reference(call, refund)


def succeed(call: Call, refund: Stored) -> None:
    """A pending refund went out."""
    if refund.body["status"] not in ("pending", "requires_action"):
        raise refund_state(refund, "succeed")
    charge = call.load(charges.KIND, refund.body["charge"])
    previous = {"balance_transaction": None, "status": refund.body["status"]}
    refund.body["status"] = "succeeded"
    refund.body.pop("pending_reason", None)
    refund.body.pop("next_action", None)
    _take_money(call, refund, charge)
    call.save(refund)
    _tell(call, refund, previous)


def fail(call: Call, refund: Stored, *, reason: str) -> None:
    """The refund did not arrive, or came back: money that had left is put back and the charge counts it no more."""
    if refund.body["status"] not in ("pending", "requires_action", "succeeded", "failed"):
        raise refund_state(refund, "fail")
    if "failure_reason" in refund.body or refund.hidden.get("release"):
        raise refund_state(refund, "fail")
    charge = call.load(charges.KIND, refund.body["charge"])
    previous: dict[str, Any] = {"status": refund.body["status"]}
    refund.body["status"] = "failed"
    refund.body["failure_reason"] = reason
    refund.body.pop("pending_reason", None)
    if refund.body["balance_transaction"] is not None:
        refund.body["failure_balance_transaction"] = balance.book_refund_failure(call, refund, charge=charge)
        call.moved("refund_returned", amount=refund.body["amount"], charge=charge, object_id=refund.id)
    _uncount(call, refund, charge)
    _tell(call, refund, previous)
    emit(call, "refund.failed", refund)


def cancel(call: Call, refund: Stored) -> None:
    """Only a refund that waits for the customer can be cancelled."""
    if refund.body["status"] != "requires_action":
        raise refund_state(refund, "cancel")
    charge = call.load(charges.KIND, refund.body["charge"])
    refund.body["status"] = "canceled"
    refund.body["failure_reason"] = "merchant_request"
    refund.body.pop("next_action", None)
    _uncount(call, refund, charge)
    _tell(call, refund, {"status": "requires_action"})


def refund_state(refund: Stored, verb: str) -> StripeError:
    """400: the refund is not in a state for this."""
    return wrong_state(
        f"You cannot {verb} this refund because it has a status of {refund.body['status']}.",
        code="refund_unexpected_state",
    )


def _new(
    call: Call, charge: Stored, *, amount: int, status: str, reason: str | None, metadata: dict[str, str]
) -> Stored:
    is_card = charge.id.startswith("ch_")
    refund = Stored(
        kind=KIND,
        id=new_id(prefix="re" if is_card else "pyr"),
        created_s=call.now_s,
        body={},
        hidden={"course": charge.hidden.get("refund", "succeeded")},
    )
    method = charge.body["payment_method_details"]["type"]
    way = _WAYS.get(method, method)
    destination: dict[str, Any] = {"reference_status": "pending"}
    if is_card:
        destination["reference_type"] = "acquirer_reference_number"
        destination["type"] = "refund" if charge.body["captured"] else "reversal"
    else:
        destination["reference"] = None
    refund.body = {
        "id": refund.id,
        "object": KIND,
        "amount": amount,
        "balance_transaction": None,
        "charge": charge.id,
        "created": call.now_s,
        "currency": charge.body["currency"],
        "customer": charge.body["customer"],
        "customer_account": None,
        "destination_details": {"type": way, way: destination},
        "metadata": metadata,
        "payment_intent": charge.body["payment_intent"],
        "payment_method": charge.body["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }
    return call.objects.add(refund, labels={"charge": charge.id, "payment_intent": charge.body["payment_intent"]})


def _take_money(call: Call, refund: Stored, charge: Stored) -> None:
    refund.body["balance_transaction"] = balance.book_refund(call, refund, charge=charge)
    call.moved("refunded", amount=refund.body["amount"], charge=charge, object_id=refund.id)


def _uncount(call: Call, refund: Stored, charge: Stored) -> None:
    charge.body["amount_refunded"] -= refund.body["amount"]
    charge.body["refunded"] = False
    call.clear_timer(TIMER, refund.id)
    call.save(charge, refund)


def _give_reference(call: Call, refund: Stored) -> bool:
    details = refund.body["destination_details"]
    destination = details[details["type"]]
    if destination["reference_status"] == "available":
        return False
    previous = {"destination_details": {details["type"]: {"reference_status": "pending"}}}
    destination["reference"] = f"{refund.created_s:012d}{refund.seq:011d}"
    destination["reference_status"] = "available"
    call.save(refund)
    _tell(call, refund, previous)
    return True


def _tell(call: Call, refund: Stored, previous: dict[str, Any]) -> None:
    """Stripe tells a change of a refund twice, under its new name and under its old one."""
    emit(call, "refund.updated", refund, previous=previous)
    emit(call, "charge.refund.updated", refund, previous=previous)
