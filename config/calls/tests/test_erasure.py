"""Answers of gateways about somebody's rows go; what was asked, and what became of it, stays."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config.calls.erasure import empty, unanswered
from config.calls.models import GatewayCall

pytestmark = pytest.mark.django_db


def call(subject_id: str, **fields: object) -> GatewayCall:
    given = {"status": "succeeded", "answer": b"a", "last_error": "of Asha", **fields}
    return GatewayCall.objects.create(
        service="stripe", account="stripe", operation="payment.create", subject_type="order", subject_id=subject_id,
        actor="test", sent_at=timezone.now(), **given,
    )  # fmt: skip


class TestEmpty:
    def test_takes_the_answers_of_these_rows_alone(self) -> None:
        theirs, other = call("ord_1", external_id="pi_1"), call("ord_2")
        assert empty([("order", ["ord_1"]), ("payment", ["ord_2"])], 10) == 1
        theirs.refresh_from_db()
        other.refresh_from_db()
        assert (theirs.answer, theirs.last_error, theirs.external_id, theirs.status) == (None, "", "pi_1", "succeeded")
        assert other.answer is not None
        assert empty([("order", ["ord_1"])], 10) == 0

    def test_of_nobody_nothing_goes(self) -> None:
        call("ord_1")
        assert empty([], 10) == 0


class TestUnanswered:
    @pytest.mark.parametrize(
        ("status", "waits"), [("sent", 1), ("unknown", 1), ("pending", 1), ("succeeded", 0), ("not_executed", 0)]
    )
    def test_counts_what_nobody_knows_yet(self, status: str, waits: int) -> None:
        call("ord_1", status=status)
        assert len(unanswered([("order", ["ord_1"])])) == waits
        assert unanswered([("order", ["ord_2"])]) == []
