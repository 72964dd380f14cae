"""Disputes, spoken to Razorpay: read, answered with evidence, or conceded."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from config.calls.fields import JSON, instant, part, text, text_or_empty, unreadable, whole_or
from payments.gateways.contract import Answer, Outcome
from payments.gateways.dispute_views import (
    DisputeState,
    DisputeView,
    Evidence,
    EvidenceFile,
    EvidencePaper,
    EvidenceText,
)
from payments.gateways.failures import GatewayFailure, GatewayUnreachable, QuestionRefused, UnreadableObject
from payments.gateways.razorpay.amounts import from_wire
from payments.gateways.razorpay.calls import change, look, walk
from payments.gateways.razorpay.client import RazorpayClient
from payments.gateways.razorpay.fields import a, money
from payments.gateways.readings import Reading

# Where each of our papers has its place at Razorpay; the last two are among its `others`, by a type.
PAPERS: Final = {
    EvidencePaper.RECEIPT: "billing_proof",
    EvidencePaper.CUSTOMER_COMMUNICATION: "customer_communication",
    EvidencePaper.SHIPPING: "shipping_proof",
    EvidencePaper.SERVICE: "proof_of_service",
    EvidencePaper.REFUND_POLICY: "refund_cancellation_policy",
    EvidencePaper.CANCELLATION_POLICY: "refund_cancellation_policy",
}
OTHERS: Final = {
    EvidencePaper.SIGNATURE: "receipt_signed_by_customer",
    EvidencePaper.OTHER: "other",
}
LONGEST_SUMMARY: Final = 1_000
# In this phase the bank only asks; no money is taken for it.
RETRIEVAL: Final = "retrieval"


class RazorpayDisputes:
    """The disputes of one Razorpay account."""

    def __init__(self, client: RazorpayClient, *, livemode: bool) -> None:
        self._client = client
        self._livemode = livemode

    def get(self, dispute_id: str) -> DisputeView | None:
        found = look(self._client, lambda client: client.dispute.fetch(dispute_id))
        return self._view(found) if found is not None else None

    def each(self, since: datetime) -> Iterator[DisputeView]:
        span = {"from": int(since.timestamp())}
        yield from map(self._view, walk(self._client, lambda client, params: client.dispute.all(params), span))

    def submit(self, *, dispute_id: str, evidence: Evidence, submit: bool) -> Answer:
        """Uploads first. An upload hands nothing in, so that one which failed leaves the evidence not submitted,
        whatever became of it."""
        given: dict[str, Any] = {"summary": summary_of(evidence), "action": "submit" if submit else "draft"}
        if evidence.amount is not None:
            given["amount"] = evidence.amount.amount_minor
        for file in evidence.files:
            uploaded = self._upload(file)
            if uploaded.outcome is not Outcome.SUCCEEDED:
                return uploaded
            _place(given, file.paper, text(uploaded.raw, "id"))
        answer = change(
            self._client,
            lambda client: client.dispute.contest(dispute_id, given),
            lambda dispute: Reading(Outcome.SUCCEEDED, dispute=self._view(dispute)),
        )
        return self._as_it_stands(answer, dispute_id)

    def accept(self, *, dispute_id: str) -> Answer:
        answer = change(self._client, lambda client: client.dispute.accept(dispute_id), self._conceded)
        answer = self._as_it_stands(answer, dispute_id)
        if answer.outcome is Outcome.DECLINED and answer.dispute and answer.dispute.state is DisputeState.LOST:
            return replace(answer, outcome=Outcome.SUCCEEDED, failure=None)
        return answer

    def _view(self, obj: object) -> DisputeView:
        return dispute_view(obj, livemode=self._livemode)

    def _conceded(self, obj: JSON) -> Reading:
        view = self._view(obj)
        if view.state is DisputeState.LOST:
            return Reading(Outcome.SUCCEEDED, dispute=view)
        return Reading(Outcome.UNKNOWN, dispute=view, failure=GatewayFailure(f"dispute_is_{view.state}"))

    def _upload(self, file: EvidenceFile) -> Answer:
        content = (file.name, io.BytesIO(file.content), file.content_type)
        answer = change(
            self._client,
            lambda client: client.document.create({"file": content, "purpose": "dispute_evidence"}),
            _stored,
        )
        if answer.outcome is Outcome.UNKNOWN:
            return replace(answer, outcome=Outcome.NOT_EXECUTED)
        return answer

    def _as_it_stands(self, answer: Answer, dispute_id: str) -> Answer:
        """A refusal with the dispute as it is: it may have been submitted or decided meanwhile."""
        if answer.outcome is not Outcome.DECLINED:
            return answer
        try:
            return replace(answer, dispute=self.get(dispute_id))
        except (GatewayUnreachable, QuestionRefused, UnreadableObject):
            return answer


def dispute_view(obj: object, *, livemode: bool, gateway_payment_id: str = "") -> DisputeView:
    """A dispute. What was deducted of our balance is a level and not a list: Razorpay says neither when it was taken,
    nor that it was given back. Raises UnreadableObject."""
    dispute = a("dispute", obj)
    evidence = part(dispute, "evidence")
    deducted = whole_or(dispute, "amount_deducted", 0)
    return DisputeView(
        dispute_id=text(dispute, "id"),
        charge_id=text(dispute, "payment_id"),
        gateway_payment_id=gateway_payment_id,
        state=_state_of(dispute, deducted),
        amount=money(dispute, "amount"),
        reason=text_or_empty(dispute, "reason_code"),
        network_reason="",
        phase=text_or_empty(dispute, "phase"),
        opened_at=instant(dispute, "created_at"),
        evidence_due_at=instant(dispute, "respond_by") if dispute.get("respond_by") is not None else None,
        # What is open has no answer in this phase, whatever was handed in in the one before.
        is_submitted=evidence.get("submitted_at") is not None and text(dispute, "status") != "open",
        movements=(),
        livemode=livemode,
        away_minor=from_wire(deducted, text(dispute, "currency")).amount_minor,
    )


def summary_of(evidence: Evidence) -> str:
    """What is handed in: never more than Razorpay takes, whatever was written before that was asked about."""
    return _summary(evidence.texts)[:LONGEST_SUMMARY]


def why_not_say(texts: Mapping[EvidenceText, str]) -> GatewayFailure | None:
    """What does not fit would be cut, and the bank would read half a sentence."""
    long = len(_summary(texts))
    if long <= LONGEST_SUMMARY:
        return None
    return GatewayFailure(
        "evidence_too_long",
        f"Razorpay takes {LONGEST_SUMMARY:,} characters of all fields together; these are {long:,} with their names",
    )


def _summary(said: Mapping[EvidenceText, str]) -> str:
    """Razorpay has one place for words: the explanation first, then everything else by its name, in one order."""
    lines = [said[EvidenceText.EXPLANATION]] if said.get(EvidenceText.EXPLANATION) else []
    rest = [name for name in EvidenceText if name is not EvidenceText.EXPLANATION and said.get(name)]
    lines += [f"{name.replace('_', ' ').capitalize()}: {said[name]}" for name in rest]
    return "\n".join(lines)


def _state_of(dispute: JSON, deducted: int) -> DisputeState:
    asks_only = text_or_empty(dispute, "phase") == RETRIEVAL
    match text(dispute, "status"):
        case "open":
            return DisputeState.INQUIRY if asks_only else DisputeState.NEEDS_RESPONSE
        case "under_review":
            return DisputeState.INQUIRY if asks_only else DisputeState.UNDER_REVIEW
        case "won":
            return DisputeState.WON
        case "lost":
            return DisputeState.LOST
        case "closed" if deducted:
            return DisputeState.LOST
        case "closed":
            return DisputeState.INQUIRY_CLOSED if asks_only else DisputeState.WON
        case _:
            raise unreadable(dispute, "status")


def _place(given: dict[str, Any], paper: EvidencePaper, document_id: str) -> None:
    if paper in PAPERS:
        given.setdefault(PAPERS[paper], []).append(document_id)
    else:
        given.setdefault("others", []).append({"type": OTHERS[paper], "document_ids": [document_id]})


def _stored(obj: JSON) -> Reading:
    text(obj, "id")
    return Reading(Outcome.SUCCEEDED)
