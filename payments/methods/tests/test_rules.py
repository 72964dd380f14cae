"""What follows a decline, when a card is over, and who may be charged: on plain values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from payments.methods.rules import MOST_TRIES, Next, after_decline, has_expired, may_charge


class TestAfterDecline:
    @pytest.mark.parametrize(
        ("code", "decline_code", "expected"),
        [
            ("card_declined", "insufficient_funds", Next.RETRY_LATER),
            ("card_declined", "generic_decline", Next.RETRY_LATER),
            ("card_declined", "do_not_honor", Next.RETRY_LATER),
            ("card_declined", "issuer_not_available", Next.RETRY_LATER),
            ("processing_error", "", Next.RETRY_LATER),
            ("authentication_required", "authentication_required", Next.ASK_CUSTOMER),
            ("expired_card", "", Next.ASK_CUSTOMER),
            ("incorrect_cvc", "", Next.ASK_CUSTOMER),
            ("card_declined", "card_not_supported", Next.ASK_CUSTOMER),
            ("card_declined", "lost_card", Next.NEVER),
            ("card_declined", "stolen_card", Next.NEVER),
            ("card_declined", "pickup_card", Next.NEVER),
            ("card_declined", "fraudulent", Next.NEVER),
            ("card_declined", "revocation_of_all_authorizations", Next.NEVER),
            ("india_recurring_payment_mandate_canceled", "", Next.NEVER),
            ("a_code_of_tomorrow", "", Next.ASK_CUSTOMER),
            ("", "", Next.ASK_CUSTOMER),
        ],
    )
    def test_by_its_code(self, code: str, decline_code: str, expected: Next) -> None:
        assert after_decline(code=code, decline_code=decline_code) is expected

    @pytest.mark.parametrize(
        ("advice_code", "expected"),
        [
            ("do_not_try_again", Next.NEVER),
            ("try_again_later", Next.RETRY_LATER),
            ("confirm_card_data", Next.ASK_CUSTOMER),
        ],
    )
    @pytest.mark.parametrize("decline_code", ["insufficient_funds", "lost_card", "card_not_supported"])
    def test_the_banks_advice_wins(self, decline_code: str, advice_code: str, expected: Next) -> None:
        assert after_decline(code="card_declined", decline_code=decline_code, advice_code=advice_code) is expected

    @pytest.mark.parametrize("advice_code", ["", "do_not_try_again", "try_again_later"])
    def test_but_not_where_the_bank_wants_the_person(self, advice_code: str) -> None:
        assert after_decline(code="authentication_required", advice_code=advice_code) is Next.ASK_CUSTOMER

    def test_an_advice_of_tomorrow_says_nothing(self) -> None:
        assert after_decline(code="card_declined", decline_code="lost_card", advice_code="pray") is Next.NEVER

    @pytest.mark.parametrize("advice_code", ["", "try_again_later"])
    def test_what_was_tried_often_enough_is_the_customers_matter(self, advice_code: str) -> None:
        for tries in range(1, MOST_TRIES + 2):
            found = after_decline(
                code="card_declined", decline_code="insufficient_funds", advice_code=advice_code, tries=tries
            )
            assert found is (Next.RETRY_LATER if tries < MOST_TRIES else Next.ASK_CUSTOMER)


class TestHasExpired:
    @pytest.mark.parametrize(
        ("month", "year", "at", "expected"),
        [
            (11, 2026, datetime(2026, 11, 30, 23, 59, tzinfo=UTC), False),
            (11, 2026, datetime(2026, 12, 1, 11, 59, tzinfo=UTC), False),  # somewhere it is still November
            (11, 2026, datetime(2026, 12, 1, 12, 0, tzinfo=UTC), True),
            (11, 2026, datetime(2026, 12, 2, 0, 0, tzinfo=UTC), True),
            (12, 2026, datetime(2026, 12, 31, 23, 59, tzinfo=UTC), False),
            (12, 2026, datetime(2027, 1, 1, 0, 0, tzinfo=UTC), False),
            (12, 2026, datetime(2027, 1, 1, 12, 0, tzinfo=UTC), True),
            (1, 2026, datetime(2026, 11, 20, tzinfo=UTC), True),
            (1, 2030, datetime(2026, 11, 20, tzinfo=UTC), False),
            (None, None, datetime(2036, 11, 20, tzinfo=UTC), False),
        ],
    )
    def test_with_the_last_day_of_its_month(
        self, month: int | None, year: int | None, at: datetime, expected: bool
    ) -> None:
        assert has_expired(month=month, year=year, at=at) is expected


class TestMayCharge:
    def test_an_active_one_of_the_debtor(self) -> None:
        assert may_charge(status="active", is_owner=True, same_mode=True)

    @pytest.mark.parametrize("status", ["expired", "barred", "replaced", "detaching", "detached"])
    def test_no_other(self, status: str) -> None:
        verdict = may_charge(status=status, is_owner=True, same_mode=True)
        assert not verdict
        assert verdict.code == "method_not_chargeable"

    def test_nobody_elses(self) -> None:
        assert may_charge(status="active", is_owner=False, same_mode=True).code == "method_not_yours"

    def test_none_of_another_mode(self) -> None:
        assert may_charge(status="active", is_owner=True, same_mode=False).code == "method_not_chargeable"
