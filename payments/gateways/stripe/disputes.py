"""Disputes, spoken to Stripe: read, answered with evidence, or conceded."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from config.calls.fields import JSON, text
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
from payments.gateways.readings import Reading
from payments.gateways.stripe.calls import change, look
from payments.gateways.stripe.client import StripeConnection
from payments.gateways.stripe.lists import StripeLists, epoch
from payments.gateways.stripe.outcomes import MISSING
from payments.gateways.stripe.paging import newest_first
from payments.gateways.stripe.views import dispute_view

if TYPE_CHECKING:
    from stripe.params import DisputeUpdateParams, DisputeUpdateParamsEvidence, FileCreateParams

# Where each of our words has its place at Stripe. [SDK params/_dispute_update_params.py]
TEXTS: Final = {
    EvidenceText.EXPLANATION: "uncategorized_text",
    EvidenceText.PRODUCT_DESCRIPTION: "product_description",
    EvidenceText.CUSTOMER_NAME: "customer_name",
    EvidenceText.CUSTOMER_EMAIL: "customer_email_address",
    EvidenceText.CUSTOMER_IP: "customer_purchase_ip",
    EvidenceText.SERVICE_DATE: "service_date",
    EvidenceText.SHIPPING_DATE: "shipping_date",
    EvidenceText.SHIPPING_CARRIER: "shipping_carrier",
    EvidenceText.SHIPPING_TRACKING: "shipping_tracking_number",
    EvidenceText.ACCESS_LOG: "access_activity_log",
    EvidenceText.REFUND_REFUSAL: "refund_refusal_explanation",
    EvidenceText.CANCELLATION_REBUTTAL: "cancellation_rebuttal",
}
PAPERS: Final = {
    EvidencePaper.RECEIPT: "receipt",
    EvidencePaper.CUSTOMER_COMMUNICATION: "customer_communication",
    EvidencePaper.SHIPPING: "shipping_documentation",
    EvidencePaper.SERVICE: "service_documentation",
    EvidencePaper.REFUND_POLICY: "refund_policy",
    EvidencePaper.CANCELLATION_POLICY: "cancellation_policy",
    EvidencePaper.SIGNATURE: "customer_signature",
    EvidencePaper.OTHER: "uncategorized_file",
}


class StripeDisputes:
    """The disputes of one Stripe account."""

    def __init__(self, connection: StripeConnection, lists: StripeLists) -> None:
        self._connection = connection
        self._lists = lists

    def get(self, dispute_id: str) -> DisputeView | None:
        found = look(self._connection, lambda client: client.v1.disputes.retrieve(dispute_id))
        return dispute_view(found) if found is not None else None

    def each(self, since: datetime) -> Iterator[DisputeView]:
        for page in newest_first(self._lists.disputes, {"created": {"gte": epoch(since)}}):
            yield from map(dispute_view, page)

    def submit(self, *, key: str, dispute_id: str, evidence: Evidence, submit: bool) -> Answer:
        """Uploads first, each under a key of its own. An upload hands nothing in, so that one which failed leaves the
        evidence not submitted, whatever became of it."""
        given: dict[str, str] = {TEXTS[name]: said for name, said in evidence.texts.items()}
        for file in evidence.files:
            uploaded = self._upload(f"{key}-{file.paper}", file)
            if uploaded.outcome is not Outcome.SUCCEEDED:
                return uploaded
            given[PAPERS[file.paper]] = text(uploaded.raw, "id")
        params: DisputeUpdateParams = {"evidence": _typed(given), "submit": submit}
        answer = change(
            self._connection,
            lambda client: client.v1.disputes.update(dispute_id, params, {"idempotency_key": key}),
            lambda dispute: Reading(Outcome.SUCCEEDED, dispute=dispute_view(dispute)),
        )
        return self._as_it_stands(answer, dispute_id)

    def accept(self, *, key: str, dispute_id: str) -> Answer:
        answer = change(
            self._connection,
            lambda client: client.v1.disputes.close(dispute_id, {}, {"idempotency_key": key}),
            _conceded,
        )
        answer = self._as_it_stands(answer, dispute_id)
        if answer.outcome is Outcome.DECLINED and answer.dispute and answer.dispute.state is DisputeState.LOST:
            return replace(answer, outcome=Outcome.SUCCEEDED, failure=None)
        return answer

    def _upload(self, key: str, file: EvidenceFile) -> Answer:
        content = io.BytesIO(file.content)
        content.name = file.name
        params: FileCreateParams = {"file": content, "purpose": "dispute_evidence"}
        answer = change(
            self._connection,
            lambda client: client.v1.files.create(params, {"idempotency_key": key}),
            _stored,
        )
        if answer.outcome is Outcome.UNKNOWN:
            return replace(answer, outcome=Outcome.NOT_EXECUTED)
        return answer

    def _as_it_stands(self, answer: Answer, dispute_id: str) -> Answer:
        """A refusal with the dispute as it is: it may have been submitted or decided meanwhile."""
        missing = answer.failure is not None and answer.failure.code == MISSING
        if answer.outcome is not Outcome.DECLINED or missing:
            return answer
        try:
            return replace(answer, dispute=self.get(dispute_id))
        except (GatewayUnreachable, QuestionRefused, UnreadableObject):
            return answer


def _conceded(obj: JSON) -> Reading:
    view = dispute_view(obj)
    if view.state is DisputeState.LOST:
        return Reading(Outcome.SUCCEEDED, dispute=view)
    return Reading(Outcome.UNKNOWN, dispute=view, failure=GatewayFailure(f"dispute_is_{view.state}"))


def _stored(obj: JSON) -> Reading:
    text(obj, "id")
    return Reading(Outcome.SUCCEEDED)


def _typed(given: dict[str, str]) -> DisputeUpdateParamsEvidence:
    return {**given}  # type: ignore[typeddict-item]  # the keys are those of TEXTS and PAPERS
