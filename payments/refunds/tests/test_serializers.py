"""A refund as the API shows it: every amount with its currency, nothing empty told as something."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from payments.escrow.tests.holding import a_hold
from payments.refunds.models import RefundProposal, RefundShare
from payments.refunds.serializers import (
    DecisionInput,
    PaidOtherwiseInput,
    RefundInput,
    RefundOutput,
    RefundQuery,
    refund_json,
    refund_rows,
)
from payments.refunds.tests.refunding import a_refund
from payments.tests.walking import AT

# Rows alone: no ledger stands behind them.
pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


class TestRefundJson:
    def test_says_where_it_was_taken_from(self) -> None:
        hold = a_hold()
        refund = a_refund(hold.payment)
        RefundShare.objects.create(refund=refund, pot="escrow", hold=hold, amount_minor=3_000)
        RefundShare.objects.create(refund=refund, pot="loss", amount_minor=1_000)
        held, lost = refund_json(refund_rows().get())["shares"]
        assert held == {
            "pot": "escrow", "fulfilment": hold.fulfilment.public_id, "seller": hold.owner,
            "amount": {"amount_minor": 3_000, "currency": "USD"},
        }  # fmt: skip
        assert (lost["pot"], lost["fulfilment"], lost["seller"]) == ("loss", None, None)

    def test_what_is_not_known_is_null(self) -> None:
        shown = refund_json(a_refund())
        empty = {"review_code", "approved_by", "failure_code", "reference", "approved_at", "succeeded_at", "proposal"}
        assert {name for name, value in shown.items() if value is None} == empty
        assert set(shown) == set(RefundOutput().fields)

    @pytest.mark.parametrize(("status", "is_shown"), [("proposed", True), ("declined", False), ("confirmed", False)])
    def test_only_what_nobody_decided_is_proposed(self, status: str, is_shown: bool) -> None:
        refund = a_refund(status="failed")
        RefundProposal.objects.create(
            refund=refund, kind="voided", status=status, reason="as agreed", proposed_by="user:a", proposed_at=AT
        )
        proposal = refund_json(refund_rows().get())["proposal"]
        assert (proposal is not None) is is_shown
        assert proposal is None or (proposal["kind"], proposal["bank_account"]) == ("voided", None)

    def test_names_those_that_were_asked_for_together(self) -> None:
        first = a_refund(request_id="rf_first")
        second = a_refund(first.payment, request_id="rf_first")
        a_refund(first.payment)
        assert refund_json(first)["together_with"] == [second.public_id]

    def test_a_page_costs_the_same_however_many_stand_on_it(self, django_assert_num_queries: Any) -> None:
        for _ in range(3):
            hold = a_hold()
            RefundShare.objects.create(refund=a_refund(hold.payment), pot="escrow", hold=hold, amount_minor=1)
        with django_assert_num_queries(5):  # refunds, shares, holds, parts, proposals
            assert len([refund_json(refund) for refund in refund_rows()]) == 3


class TestWhatIsTaken:
    @pytest.mark.parametrize(
        ("serializer", "given", "wrong"),
        [
            (RefundInput, {"amount_minor": 0, "reason": "torn"}, "amount_minor"),
            (RefundInput, {"amount_minor": "5", "reason": "torn"}, "amount_minor"),
            (RefundInput, {"reason": "torn", "bearer": "seller"}, "bearer"),
            (DecisionInput, {"reason": "no"}, "reason"),
            (PaidOtherwiseInput, {"reason": "agreed", "bank_account": "main"}, "reference"),
            (PaidOtherwiseInput, {"reason": "agreed", "reference": "UTR 42"}, "bank_account"),
            (RefundQuery, {"status": "lost"}, "status"),
        ],
    )
    def test_nonsense_is_named(self, serializer: Any, given: dict[str, Any], wrong: str) -> None:
        with pytest.raises(ValidationError) as refused:
            serializer(data=given).is_valid(raise_exception=True)
        assert set(refused.value.detail) == {wrong}

    @pytest.mark.parametrize("given", [5, "all", [1], [{}], None, True])
    def test_what_is_no_object_is_refused(self, given: Any) -> None:
        assert not RefundInput(data=given).is_valid()

    @pytest.mark.parametrize(
        ("serializer", "beside"),
        [(RefundInput, {}), (DecisionInput, {}), (PaidOtherwiseInput, {"bank_account": "main"})],
    )
    def test_card_numbers_go_nowhere(self, serializer: Any, beside: dict[str, str]) -> None:
        said = "card 4242424242424242"
        given = serializer(data={"reason": said, **beside, **({"reference": said} if beside else {})})
        given.is_valid(raise_exception=True)
        assert "4242424242424242" not in str(given.validated_data)
