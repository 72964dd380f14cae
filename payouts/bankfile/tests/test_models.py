"""What the database itself keeps of files for the bank and of what two people say of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from payouts.bankfile.models import BankResult, PayoutFile
from payouts.payout.models import Payout
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def file(**changes: Any) -> PayoutFile:
    given: dict[str, Any] = {
        "bank_account": "main", "currency": "INR", "rows": 1, "total_minor": 100, "made_by": "user:first",
        "made_at": AT,
    }  # fmt: skip
    return PayoutFile.objects.create(**{**given, **changes})


def result(payout: Payout, **changes: Any) -> BankResult:
    given: dict[str, Any] = {
        "kind": "paid", "reference": "UTR-1", "reason": "the statement", "proposed_by": "user:first",
        "proposed_at": AT,
    }  # fmt: skip
    return BankResult.objects.create(payout=payout, **{**given, **changes})


class TestFile:
    @pytest.mark.parametrize("change", [{"rows": 0}, {"total_minor": 0}, {"total_minor": -100}])
    def test_pays_somebody(self, change: dict[str, int]) -> None:
        with pytest.raises(IntegrityError, match="a_payout_file_pays_somebody"), transaction.atomic():
            file(**change)
        assert not PayoutFile.objects.exists()

    @pytest.mark.parametrize("change", [{"downloaded_at": AT}, {"downloaded_by": "user:first"}])
    def test_downloaded_it_says_when_and_by_whom(self, change: dict[str, Any]) -> None:
        with pytest.raises(IntegrityError, match="a_downloaded_file_says_by_whom"), transaction.atomic():
            file(**change)
        assert file(downloaded_at=AT, downloaded_by="user:first").pk

    def test_is_known_by_an_id_of_ours(self) -> None:
        assert str(file()).startswith("pof_")


class TestResult:
    @pytest.mark.parametrize(
        ("change", "name"),
        [
            ({"reference": ""}, "what_the_bank_paid_has_its_reference"),
            ({"status": "lost"}, "a_bank_result_has_a_known_status"),
            (
                {"status": "confirmed", "decided_by": "user:first", "decided_at": AT},
                "nobody_confirms_their_own_bank_result",
            ),
        ],
    )
    def test_is_refused_in_words(self, payouts: PayoutWorld, change: dict[str, Any], name: str) -> None:
        payout = payouts.freeze(payouts.payee(100))
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            result(payout, **change)
        assert not BankResult.objects.exists()

    @pytest.mark.parametrize("kind", ["failed", "returned"])
    def test_what_was_not_paid_may_have_no_reference(self, payouts: PayoutWorld, kind: str) -> None:
        found = result(payouts.freeze(payouts.payee(100)), kind=kind, reference="")
        assert (str(found).startswith("bkr_"), found.status) == (True, "proposed")

    def test_one_waits_at_a_time(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        first = result(payout)
        with pytest.raises(IntegrityError, match="a_payout_has_one_open_bank_result"), transaction.atomic():
            result(payout, kind="failed", reference="")
        BankResult.objects.filter(pk=first.pk).update(status="declined", decided_by="user:first", decided_at=AT)
        assert result(payout).pk
