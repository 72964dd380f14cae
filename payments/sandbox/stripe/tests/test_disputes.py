"""The API's calls for disputes: evidence, drafts, conceding; and what a dispute does to refunds."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe

from payments.sandbox.stripe.tests.test_disputing import disputed, paid, seen
from payments.sandbox.testing import Control


class TestUpdate:
    def test_submits_unless_it_says_draft(self, client: stripe.StripeClient, control: Control) -> None:
        dispute = disputed(client, control)
        draft = client.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}, "submit": False})
        assert (draft.status, draft.evidence_details.submission_count) == ("needs_response", 0)
        assert (draft.evidence.customer_name, draft.evidence_details.has_evidence) == ("Ada", True)
        done = client.v1.disputes.update(dispute.id, {"evidence": {"service_date": "2026-09-01"}})
        assert (done.status, done.evidence_details.submission_count) == ("under_review", 1)
        assert (done.evidence.customer_name, done.evidence.service_date) == ("Ada", "2026-09-01")

    def test_takes_it_once(self, client: stripe.StripeClient, control: Control) -> None:
        dispute = disputed(client, control)
        client.v1.disputes.update(dispute.id, {})
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}})

    @pytest.mark.parametrize(("words", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
    def test_test_words_decide_it(self, client: stripe.StripeClient, control: Control, words: str, status: str) -> None:
        dispute = disputed(client, control)
        client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": words}})
        assert seen(client, dispute)[0] == status

    def test_refuses_what_is_no_evidence(self, client: stripe.StripeClient, control: Control) -> None:
        dispute = disputed(client, control)
        for evidence in ({"colour": "red"}, {"receipt": "file_none"}, {"uncategorized_text": "x" * 150_001}):
            with pytest.raises(stripe.InvalidRequestError):
                client.v1.disputes.update(dispute.id, cast("Any", {"evidence": evidence}))
        assert seen(client, dispute)[0] == "needs_response"


class TestClose:
    def test_concedes_for_good(self, client: stripe.StripeClient, control: Control) -> None:
        dispute = disputed(client, control)
        assert client.v1.disputes.close(dispute.id).status == "lost"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.disputes.close(dispute.id)

    def test_of_nothing_is_404(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.disputes.close("dp_none")
        assert refusal.value.http_status == 404


class TestRefundsOfDisputedCharges:
    @pytest.mark.parametrize("verbs", [(), ("lose",), ("win", "appeal")])
    def test_are_refused_while_it_is_away(
        self, client: stripe.StripeClient, control: Control, verbs: tuple[str, ...]
    ) -> None:
        dispute = disputed(client, control, amount=500)
        for verb in verbs:
            control.stripe(f"disputes/{dispute.id}/{verb}")
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.refunds.create({"charge": str(dispute.charge)})
        assert refusal.value.code == "charge_disputed"

    def test_go_on_when_it_is_won_and_during_an_inquiry(self, client: stripe.StripeClient, control: Control) -> None:
        won, asked = disputed(client, control), disputed(client, control, inquiry=True)
        control.stripe(f"disputes/{won.id}/win")
        for dispute in (won, asked):
            assert client.v1.refunds.create({"charge": str(dispute.charge), "amount": 100}).status == "succeeded"

    def test_what_was_refunded_before_can_be_charged_back_all_the_same(
        self, client: stripe.StripeClient, control: Control
    ) -> None:
        """The bank does not ask what we gave back."""
        intent = paid(client)
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1_500})
        made = control.stripe(f"charges/{intent.latest_charge}/dispute")["object"]
        assert made["amount"] == 2_000
        assert control.moved(intent.id, "dispute_withdrawn") == (1, 2_000)
