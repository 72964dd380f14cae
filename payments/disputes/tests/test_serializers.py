"""A dispute as the API shows it, and what its doors take: amounts with their currency, nothing unknown let through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from payments.disputes.models import Dispute, DisputeEvidence, DisputeMovement, DisputeShare, EvidenceFile
from payments.disputes.serializers import (
    DisputeOutput,
    DisputeQuery,
    EvidenceInput,
    dispute_json,
    dispute_rows,
    file_json,
)
from payments.disputes.services.evidence import LONGEST_TEXT
from payments.disputes.tests.test_states import a_dispute
from payments.escrow.tests.holding import a_hold
from payments.gateways.dispute_views import EvidenceText
from payments.tests.walking import AT

# Rows alone: no ledger stands behind them.
pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


def shown() -> dict[str, Any]:
    return dispute_json(dispute_rows().get())


def moved(dispute: Dispute, transaction_id: str, minor: int, *, days: int, fee: int = 0) -> None:
    DisputeMovement.objects.create(
        dispute=dispute, gateway_account=dispute.gateway_account, transaction_id=transaction_id, amount_minor=minor,
        settled_minor=minor, settled_currency="EUR", fee_minor=fee, moved_at=AT + timedelta(days=days), seen_at=AT,
    )  # fmt: skip


class TestDisputeJson:
    def test_says_what_it_promises_and_nothing_else(self) -> None:
        dispute = a_dispute()
        found = shown()
        assert set(found) == set(DisputeOutput().fields)
        assert (found["id"], found["payment"]) == (dispute.public_id, dispute.payment.public_id)
        assert found["order"] == dispute.payment.ref
        assert found["amount"] == {"amount_minor": 10_000, "currency": "USD"}

    def test_what_is_not_known_is_null(self) -> None:
        a_dispute()
        empty = {"phase", "reason", "evidence_due_at", "closed_at", "concession"}
        assert {name for name, value in shown().items() if value is None} == empty

    def test_movements_stand_in_the_order_in_which_they_were_made(self) -> None:
        dispute = a_dispute()
        moved(dispute, "txn_back", 10_000, days=9)
        moved(dispute, "txn_away", -10_000, days=1, fee=1_500)
        first, second = shown()["movements"]
        assert (first["id"], second["id"]) == ("txn_away", "txn_back")
        assert first["amount"] == {"amount_minor": -10_000, "currency": "USD"}
        assert first["fee"] == {"amount_minor": 1_500, "currency": "EUR"}, "in the currency of our balance"

    def test_says_out_of_what_it_was_lost(self) -> None:
        dispute, hold = a_dispute(), a_hold()
        DisputeShare.objects.create(dispute=dispute, pot="hold", hold=hold, amount_minor=6_000)
        DisputeShare.objects.create(dispute=dispute, pot="loss", amount_minor=4_000)
        taken, ours = shown()["shares"]
        assert taken == {
            "pot": "hold", "fulfilment": hold.fulfilment.public_id, "seller": hold.owner,
            "amount": {"amount_minor": 6_000, "currency": "USD"},
        }  # fmt: skip
        assert (ours["pot"], ours["fulfilment"], ours["seller"]) == ("loss", None, None)

    def test_says_who_asked_to_concede_it(self) -> None:
        dispute = a_dispute()
        Dispute.objects.filter(pk=dispute.pk).update(
            concession_asked_by="user:ann", concession_reason="too small", concession_asked_at=AT
        )
        assert shown()["concession"] == {"asked_by": "user:ann", "reason": "too small", "asked_at": AT}

    def test_shows_the_words_and_of_files_only_what_they_are(self) -> None:
        dispute = a_dispute()
        DisputeEvidence.objects.create(
            dispute=dispute, texts={"explanation": "It arrived."}, written_by="user:ann", written_at=AT
        )
        file = EvidenceFile(paper="receipt", name="receipt.pdf", size=17)
        assert shown()["evidence"] == {"explanation": "It arrived."}
        assert file_json(file) == {"paper": "receipt", "name": "receipt.pdf", "size": 17}

    def test_a_page_costs_as_many_queries_as_one_row(self, django_assert_num_queries: Any) -> None:
        for number in range(3):
            dispute = a_dispute()
            Dispute.objects.filter(pk=dispute.pk).update(gateway_dispute_id=f"dp_of_a_page_{number}")
            moved(dispute, f"txn_{number}", -1, days=1)
        with django_assert_num_queries(4):  # disputes, movements, files, shares
            assert len([dispute_json(dispute) for dispute in dispute_rows()]) == 3


class TestEvidenceInput:
    def test_takes_words_by_what_they_are_about(self) -> None:
        given = EvidenceInput(data={"texts": {"explanation": "It arrived.", "shipping_tracking": ""}})
        assert given.is_valid()
        assert given.validated_data["texts"] == {
            EvidenceText.EXPLANATION: "It arrived.", EvidenceText.SHIPPING_TRACKING: ""
        }  # fmt: skip

    @pytest.mark.parametrize("texts", [{"poem": "Roses"}, {"explanation": "x" * (LONGEST_TEXT + 1)}, "words", None])
    def test_refuses_what_it_does_not_know(self, texts: object) -> None:
        with pytest.raises(ValidationError):
            EvidenceInput(data={"texts": texts}).is_valid(raise_exception=True)


class TestDisputeQuery:
    def test_asks_for_everything_where_nothing_is_said(self) -> None:
        asked = DisputeQuery(data={})
        assert asked.is_valid()
        assert asked.validated_data == {"needs_answer": None}

    @pytest.mark.parametrize("query", [{"status": "lost_forever"}, {"due_before": "soon"}, {"needs_answer": "perhaps"}])
    def test_refuses_what_it_does_not_know(self, query: dict[str, str]) -> None:
        assert not DisputeQuery(data=query).is_valid()
