"""Disputes: opened by the cardholder, contested or accepted by us, decided by the bank."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Stored
from payments.sandbox.razorpay import paying
from payments.sandbox.razorpay.call import ID_LENGTH, Call
from payments.sandbox.razorpay.errors import RazorpayError, invalid
from payments.sandbox.razorpay.events import emit
from payments.sandbox.razorpay.lists import PAGING, page

KIND = "dispute"
DOCUMENT = "document"
PHASES = ("fraud", "retrieval", "chargeback", "pre_arbitration", "arbitration")
PROOFS = (
    "shipping_proof", "billing_proof", "cancellation_proof", "customer_communication", "proof_of_service",
    "explanation_letter", "refund_confirmation", "access_activity_log", "refund_cancellation_policy",
    "term_and_conditions",
)  # fmt: skip
LONGEST_SUMMARY = 1_000
_ANSWER_WITHIN_S = 7 * 24 * 60 * 60


def open_dispute(call: Call, payment: Stored, *, amount: int, phase: str, reason_code: str) -> Stored:
    """The cardholder complains; no money moves yet."""
    if not payment.body["captured"]:
        raise RazorpayError("Only captured payments are disputed.")
    dispute = Stored(kind=KIND, id=new_id(prefix="disp", length=ID_LENGTH), created_s=call.now_s, body={}, hidden={})
    dispute.body = {
        "id": dispute.id,
        "entity": KIND,
        "payment_id": payment.id,
        "amount": amount,
        "currency": payment.body["currency"],
        "amount_deducted": 0,
        "reason_code": reason_code,
        "respond_by": call.now_s + _ANSWER_WITHIN_S,
        "status": "open",
        "phase": phase,
        "created_at": call.now_s,
        "evidence": {"amount": amount, "summary": None, **dict.fromkeys(PROOFS), "others": None, "submitted_at": None},
    }
    call.objects.add(dispute, labels={"payment": payment.id})
    _tell(call, dispute, "created")
    return dispute


def deduct(call: Call, dispute: Stored) -> None:
    """Razorpay takes the money from our balance."""
    if dispute.body["amount_deducted"]:
        return
    amount = dispute.body["amount_deducted"] = dispute.body["amount"]
    call.save(dispute)
    payment = call.load(paying.KIND, dispute.body["payment_id"])
    call.moved("dispute_withdrawn", amount=amount, payment=payment, object_id=dispute.id)


def decide(call: Call, dispute: Stored, *, won: bool) -> None:
    """The bank decides, also what it had decided otherwise; lost is taken, won is given back if it had been taken."""
    if won and dispute.body["amount_deducted"]:
        payment = call.load(paying.KIND, dispute.body["payment_id"])
        call.moved("dispute_reinstated", amount=dispute.body["amount_deducted"], payment=payment, object_id=dispute.id)
        dispute.body["amount_deducted"] = 0
    dispute.body["status"] = "won" if won else "lost"
    call.save(dispute)
    if not won:
        deduct(call, dispute)
    _tell(call, dispute, dispute.body["status"])


def close(call: Call, dispute: Stored) -> None:
    """It is dropped, as a retrieval request is that was answered."""
    _open_or_reviewed(dispute)
    dispute.body["status"] = "closed"
    call.save(dispute)
    _tell(call, dispute, "closed")


def require(call: Call, dispute: Stored, *, phase: str) -> None:
    """The next phase: we are to answer again."""
    dispute.body |= {"status": "open", "phase": phase, "respond_by": call.now_s + _ANSWER_WITHIN_S}
    dispute.body["evidence"]["submitted_at"] = None
    call.save(dispute)
    _tell(call, dispute, "action_required")


def accept(call: Call, dispute_id: str) -> dict[str, Any]:
    """POST /disputes/{id}/accept: conceded, for good."""
    call.params.only()
    dispute = call.load(KIND, dispute_id)
    _open_or_reviewed(dispute)
    decide(call, dispute, won=False)
    return dispute.body


def contest(call: Call, dispute_id: str) -> dict[str, Any]:
    """PATCH /disputes/{id}/contest: a draft, or handed in."""
    params = call.params
    params.only("amount", "summary", *PROOFS, "others", "action")
    dispute = call.load(KIND, dispute_id)
    if dispute.body["status"] != "open":
        raise RazorpayError(f"Action not allowed when the dispute is in {dispute.body['status']} status")
    evidence = dispute.body["evidence"]
    amount = params.whole("amount")
    if amount is not None and not 1 <= amount <= dispute.body["amount"]:
        raise invalid("The contest amount must not be greater than the dispute amount.", field="amount")
    summary = params.text("summary", at_most=LONGEST_SUMMARY)
    for name in PROOFS:
        if name in params:
            evidence[name] = [call.load(DOCUMENT, each).id for each in params.names(name)]
    evidence |= {"amount": amount or dispute.body["amount"], "summary": summary or evidence["summary"]}
    if "others" in params:
        evidence["others"] = params.plain()["others"]
    if params.text("action") == "submit":
        if not evidence["summary"] and not any(evidence[name] for name in PROOFS):
            raise invalid("At least one evidence is required.", field="summary")
        evidence["submitted_at"] = call.now_s
        dispute.body["status"] = "under_review"
    call.save(dispute)
    if dispute.body["status"] == "under_review":
        _tell(call, dispute, "under_review")
    return dispute.body


def retrieve(call: Call, dispute_id: str) -> dict[str, Any]:
    """GET /disputes/{id}."""
    call.params.only("expand", "expand[]")
    return call.load(KIND, dispute_id).body


def list_disputes(call: Call) -> dict[str, Any]:
    """GET /disputes."""
    call.params.only(*PAGING, "expand", "expand[]")
    return page(call, kind=KIND)


def upload(call: Call) -> dict[str, Any]:
    """POST /documents: a file of evidence."""
    params = call.params
    params.only("purpose", "file")
    file = params.part("file")
    if file is None:
        raise invalid("The file field is required.", field="file")
    if params.text("purpose") != "dispute_evidence":
        raise invalid("The purpose is invalid.", field="purpose")
    document = Stored(
        kind=DOCUMENT, id=new_id(prefix="doc", length=ID_LENGTH), created_s=call.now_s, body={}, hidden={}
    )
    document.body = {
        "id": document.id,
        "entity": DOCUMENT,
        "purpose": "dispute_evidence",
        "name": file["name"],
        "mime_type": file["type"],
        "size": file["size"],
        "created_at": call.now_s,
    }
    return call.objects.add(document, labels={}).body


def _open_or_reviewed(dispute: Stored) -> None:
    if dispute.body["status"] not in ("open", "under_review"):
        raise RazorpayError(f"Action not allowed when the dispute is in {dispute.body['status']} status")


def _tell(call: Call, dispute: Stored, what: str) -> None:
    payment = call.load(paying.KIND, dispute.body["payment_id"])
    emit(call, f"payment.dispute.{what}", payment=payment, dispute=dispute)
