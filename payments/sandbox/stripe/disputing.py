"""Disputes as they move: opened, money withdrawn and given back, reviewed, decided, appealed."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Stored
from payments.sandbox.stripe import balance, charges
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import StripeError, wrong_state
from payments.sandbox.stripe.events import emit

KIND = "dispute"
INQUIRY = ("warning_needs_response", "warning_under_review")
CHARGEBACK = ("needs_response", "under_review", "appeal_needs_response", "appeal_under_review")
ANSWERABLE = ("warning_needs_response", "needs_response", "appeal_needs_response")
_UNDER_REVIEW = {
    "warning_needs_response": "warning_under_review",
    "needs_response": "under_review",
    "appeal_needs_response": "appeal_under_review",
}
_ANSWER_WITHIN_S = 9 * 24 * 60 * 60
# [SDK params/_dispute_update_params.py]
EVIDENCE_TEXTS = (
    "access_activity_log", "billing_address", "cancellation_policy_disclosure", "cancellation_rebuttal",
    "customer_email_address", "customer_name", "customer_purchase_ip", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "refund_policy_disclosure", "refund_refusal_explanation",
    "service_date", "shipping_address", "shipping_carrier", "shipping_date", "shipping_tracking_number",
    "uncategorized_text",
)  # fmt: skip
EVIDENCE_FILES = (
    "cancellation_policy", "customer_communication", "customer_signature", "duplicate_charge_documentation", "receipt",
    "refund_policy", "service_documentation", "shipping_documentation", "uncategorized_file",
)  # fmt: skip


def open_as_the_method_says(call: Call, charge: Stored) -> None:
    """Some test cards dispute what they have just paid."""
    kind = charge.hidden.get("dispute")
    if kind:
        open_dispute(
            call, charge, amount=charge.body["amount_captured"], reason="fraudulent", inquiry=kind == "inquiry"
        )


def open_dispute(
    call: Call, charge: Stored, *, amount: int, reason: str, inquiry: bool, network_reason: str = "10.4"
) -> Stored:
    """The cardholder objects: a chargeback takes the money at once, an inquiry only asks."""
    body = charge.body
    if body["status"] != "succeeded" or not body["captured"]:
        raise wrong_state(f"Charge {charge.id} was not captured.", code="charge_not_disputable")
    method = body["payment_method_details"]["type"]
    card = body["payment_method_details"].get("card", {})
    details = {
        "card": {
            "brand": card.get("brand"),
            "case_type": "inquiry" if inquiry else "chargeback",
            "network": card.get("network"),
            "network_reason_code": network_reason,
        },
        "type": "card",
    }
    dispute = Stored(kind=KIND, id=new_id(prefix="dp"), created_s=call.now_s, body={}, hidden={})
    dispute.body = {
        "id": dispute.id,
        "object": KIND,
        "amount": amount,
        "balance_transactions": [],
        "charge": charge.id,
        "created": call.now_s,
        "currency": body["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(sorted((*EVIDENCE_TEXTS, *EVIDENCE_FILES))), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": call.now_s + _ANSWER_WITHIN_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": body["payment_intent"],
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    if method == "card":
        dispute.body["payment_method_details"] = details
    call.objects.add(dispute, labels={"charge": charge.id, "payment_intent": body["payment_intent"]})
    body["disputed"] = True
    call.save(charge)
    emit(call, "charge.dispute.created", dispute)
    if not inquiry:
        withdraw(call, dispute)
    return dispute


def withdraw(call: Call, dispute: Stored, *, amount: int | None = None, fee: int | None = None) -> None:
    """The bank takes the money from our balance, with the dispute fee."""
    charge = call.load(charges.KIND, dispute.body["charge"])
    taken = dispute.body["amount"] if amount is None else amount
    fee = call.rules.dispute_fee_minor if fee is None else fee
    _move(call, dispute, charge, amount=-taken, fee=fee)
    call.moved("dispute_withdrawn", amount=taken, charge=charge, object_id=dispute.id)
    emit(call, "charge.dispute.funds_withdrawn", dispute)


def reinstate(call: Call, dispute: Stored, *, amount: int | None = None, fee: int = 0) -> None:
    """The money comes back to our balance, all or part, and perhaps the fee."""
    charge = call.load(charges.KIND, dispute.body["charge"])
    given = withdrawn_minor(dispute) if amount is None else amount
    if given == 0 and fee == 0:
        return
    _move(call, dispute, charge, amount=given, fee=-fee)
    call.moved("dispute_reinstated", amount=given, charge=charge, object_id=dispute.id)
    emit(call, "charge.dispute.funds_reinstated", dispute)


def withdrawn_minor(dispute: Stored) -> int:
    """What of the dispute is away from our balance now, in its own currency."""
    return int(dispute.hidden.get("withdrawn", 0))


def answer(call: Call, dispute: Stored, evidence: dict[str, str | None], *, submit: bool) -> None:
    """Evidence is kept; submitted, it is reviewed. The words of the evidence decide a test dispute, as Stripe's do
    (docs.stripe.com/testing#evidence)."""
    before = {"evidence": dict(dispute.body["evidence"])}
    details = dispute.body["evidence_details"]
    dispute.body["evidence"].update(evidence)
    details["has_evidence"] = any(value for name, value in dispute.body["evidence"].items() if isinstance(value, str))
    if not submit:
        call.save(dispute)
        emit(call, "charge.dispute.updated", dispute, previous=before)
        return
    details["submission_count"] += 1
    _change(call, dispute, status=_UNDER_REVIEW[dispute.body["status"]], previous=before)
    match dispute.body["evidence"].get("uncategorized_text"):
        case "winning_evidence":
            close(call, dispute, won=True)
        case "losing_evidence":
            close(call, dispute, won=False)
        case "escalate_inquiry_evidence":
            escalate(call, dispute)


def escalate(call: Call, dispute: Stored) -> None:
    """An inquiry becomes a chargeback."""
    if dispute.body["status"] not in INQUIRY:
        raise dispute_state(dispute, "escalate")
    dispute.body["is_charge_refundable"] = False
    if "payment_method_details" in dispute.body:
        dispute.body["payment_method_details"]["card"]["case_type"] = "chargeback"
    _ask_again(call, dispute)
    _change(call, dispute, status="needs_response")
    withdraw(call, dispute)


def close(call: Call, dispute: Stored, *, won: bool, reinstated: bool = True, fee: int = 0) -> None:
    """Decided. A closed inquiry moves nothing; a chargeback that is won gives the money back."""
    status = dispute.body["status"]
    if status not in (*INQUIRY, *CHARGEBACK):
        raise dispute_state(dispute, "close")
    previous = {"status": status}
    inquiry = status in INQUIRY
    dispute.body["status"] = "warning_closed" if inquiry else "won" if won else "lost"
    dispute.body["is_charge_refundable"] = inquiry or won
    call.save(dispute)
    if won and not inquiry and reinstated:
        reinstate(call, dispute, fee=fee)
    emit(call, "charge.dispute.closed", dispute, previous=previous)


def reopen(call: Call, dispute: Stored) -> None:
    """What was decided goes on: what we won is taken again (pre-arbitration), what we lost we appeal."""
    match dispute.body["status"]:
        case "won":
            dispute.body["is_charge_refundable"] = False
            _ask_again(call, dispute)
            _change(call, dispute, status="needs_response")
            withdraw(call, dispute, fee=0)
        case "lost":
            _change(call, dispute, status="appeal_under_review")
        case _:
            raise dispute_state(dispute, "appeal")


def prevent(call: Call, dispute: Stored) -> None:
    """It is settled before it is decided, by a programme of the card network."""
    status = dispute.body["status"]
    if status not in (*INQUIRY, "needs_response"):
        raise dispute_state(dispute, "prevent")
    dispute.body["status"] = "prevented"
    call.save(dispute)
    emit(call, "charge.dispute.closed", dispute, previous={"status": status})


def dispute_state(dispute: Stored, verb: str) -> StripeError:
    """400: the dispute is not in a state for this."""
    return wrong_state(
        f"You cannot {verb} this dispute because it has a status of {dispute.body['status']}.",
        code="dispute_unexpected_state",
    )


def _ask_again(call: Call, dispute: Stored) -> None:
    details: dict[str, Any] = dispute.body["evidence_details"]
    details.update(due_by=call.now_s + _ANSWER_WITHIN_S, submission_count=0, past_due=False)


def _change(call: Call, dispute: Stored, *, status: str, previous: dict[str, Any] | None = None) -> None:
    old = {"status": dispute.body["status"], **(previous or {})}
    dispute.body["status"] = status
    call.save(dispute)
    emit(call, "charge.dispute.updated", dispute, previous=old)


def _move(call: Call, dispute: Stored, charge: Stored, *, amount: int, fee: int) -> None:
    movement = balance.book_dispute(call, dispute, charge=charge, amount=amount, fee=fee)
    dispute.body["balance_transactions"] = [*dispute.body["balance_transactions"], movement.body]
    dispute.hidden["withdrawn"] = withdrawn_minor(dispute) - amount
    call.save(dispute)
