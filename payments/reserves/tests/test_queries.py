"""What stands in a reserve by right: by payee and currency, and only what is not freed yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payments.disputes.tests.test_states import a_dispute
from payments.escrow.tests.holding import a_hold
from payments.ledger.models import PayeeBalance
from payments.reserves.models import DisputeReserve, ReserveSlice, ReserveTerms
from payments.reserves.queries import dated_minor, kept_of_release, level_minor, terms_of
from payments.reserves.rules import Kept, Terms

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # rows alone
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def terms(owner: str = "usr_a", currency: str = "USD", fixed: int = 5_000, bps: int = 1_000, days: int = 30) -> None:
    ReserveTerms.objects.create(
        owner=owner,
        currency=currency,
        fixed_minor=fixed,
        rolling_bps=bps,
        rolling_days=days,
        set_by="user:a",
        set_at=AT,
    )


class TestTerms:
    def test_are_of_one_payee_and_currency(self) -> None:
        terms()
        terms("usr_b", fixed=1, bps=0, days=0)
        terms(currency="INR", fixed=2, bps=0, days=0)
        assert terms_of("usr_a", "USD") == Terms(5_000, 1_000, 30)
        assert terms_of("usr_b", "USD") == Terms(1)
        assert terms_of("usr_a", "INR") == Terms(2)

    def test_are_none_where_nobody_ever_said(self) -> None:
        assert terms_of("usr_a", "USD") == Terms()


class TestKeptOfRelease:
    def test_goes_by_the_terms_of_now_and_what_they_owe_comes_first(self) -> None:
        terms()
        row = PayeeBalance(owner="usr_a", currency="USD", receivable_minor=2_000, reserve_minor=4_400)
        kept, by = kept_of_release(row, earned_minor=12_000)
        assert by == Terms(5_000, 1_000, 30)
        assert kept == Kept(fixed_minor=600, rolling_minor=1_000)

    def test_nothing_is_kept_of_who_has_no_terms(self) -> None:
        terms("usr_b")
        row = PayeeBalance(owner="usr_a", currency="USD")
        assert kept_of_release(row, earned_minor=12_000) == (Kept(), Terms())


def test_where_nothing_has_its_day_the_level_is_the_amount_that_stays() -> None:
    terms()
    assert (dated_minor("usr_a", "USD"), level_minor("usr_a", "USD"), level_minor("usr_a", "INR")) == (0, 5_000, 0)


class TestDated:
    def keep(self, minor: int, **columns: Any) -> None:
        """A release kept so much of it until its day."""
        hold = a_hold()
        given = {"owner": "usr_a", "currency": "USD", "earned_minor": 10_000, "kept_until": AT + timedelta(days=30)}
        ReserveSlice.objects.create(hold=hold, rolling_minor=minor, **{**given, **columns})

    def dispute(self, minor: int, **columns: Any) -> None:
        dispute = a_dispute()
        dispute.gateway_dispute_id = f"dp_of_{dispute.pk}"
        dispute.save(update_fields=["gateway_dispute_id"])
        given = {"owner": "usr_a", "currency": "USD"}
        DisputeReserve.objects.create(dispute=dispute, kept_minor=minor, **{**given, **columns})

    def test_what_releases_and_open_disputes_keep_of_one_payee_in_one_currency(self) -> None:
        for keep, first, second in ((self.keep, 100, 20), (self.dispute, 3_000, 400)):
            keep(first)
            keep(second)
            keep(9_000, owner="usr_b")
            keep(9_000, currency="INR")
            keep(9_000, freed_at=AT)
        assert dated_minor("usr_a", "USD") == 3_520
        terms()
        assert level_minor("usr_a", "USD") == 8_520

    def test_what_went_to_the_amount_that_stays_has_no_day(self) -> None:
        self.keep(0, fixed_minor=500, kept_until=None)
        assert dated_minor("usr_a", "USD") == 0

    def test_what_has_its_day_does_not_fill_the_amount_that_stays(self) -> None:
        terms(bps=0, days=0)
        self.keep(1_000)
        row = PayeeBalance(owner="usr_a", currency="USD", reserve_minor=5_000)
        assert kept_of_release(row, earned_minor=12_000)[0] == Kept(fixed_minor=1_000)
