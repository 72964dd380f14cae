"""By which mode a payout goes."""

from __future__ import annotations

import pytest

from config.kernel.money import Money
from payouts.rails.razorpayx.modes import LIMITS, mode_of, why_not_pay

LAKH = 10_000_000  # a hundred thousand rupees, in paise


def rupees(minor: int) -> Money:
    return Money(minor, "INR")


class TestModeOf:
    @pytest.mark.parametrize(
        ("minor", "mode"),
        [(100, "IMPS"), (2 * LAKH, "IMPS"), (2 * LAKH + 1, "RTGS"), (900 * LAKH, "RTGS"), (99, "")],
    )
    def test_a_bank_account_at_once_and_a_large_amount_whole(self, minor: int, mode: str) -> None:
        assert mode_of(rupees(minor), kind="bank_account") == mode

    @pytest.mark.parametrize(("minor", "mode"), [(100, "UPI"), (LAKH, "UPI"), (LAKH + 1, "")])
    def test_an_address_by_upi_alone(self, minor: int, mode: str) -> None:
        assert mode_of(rupees(minor), kind="upi") == mode

    def test_another_kind_by_none(self) -> None:
        assert mode_of(rupees(100), kind="connected_account") == ""

    @pytest.mark.parametrize(
        ("before", "minor", "mode"),
        [
            ("imps_not_allowed", 100, "NEFT"), ("imps_not_allowed", 2 * LAKH, "RTGS"),
            ("npci_beneficiary_timeout", 100, "NEFT"), ("amount_limit_exhausted_neft", 100, "IMPS"),
            ("bank_account_closed", 100, "IMPS"), ("", 100, "IMPS"),
        ],
    )  # fmt: skip
    def test_after_a_failure_by_another_that_is_not_shut(self, before: str, minor: int, mode: str) -> None:
        assert mode_of(rupees(minor), kind="bank_account", failed_before=before) == mode

    def test_where_there_is_no_other_by_the_same(self) -> None:
        assert mode_of(rupees(100), kind="upi", failed_before="imps_not_allowed") == "UPI"

    def test_each_amount_from_a_rupee_has_a_mode_for_a_bank_account(self) -> None:
        """Whatever the limits are: none between two of them is left out."""
        edges = {limit.least_minor for limit in LIMITS.values()} | {limit.most_minor or 1 for limit in LIMITS.values()}
        for minor in {edge + shift for edge in edges for shift in (-1, 0, 1)}:
            mode = mode_of(rupees(minor), kind="bank_account") if minor >= 0 else ""
            assert bool(mode) == (minor >= 100), minor


class TestWhyNotPay:
    @pytest.mark.parametrize(
        ("amount", "kind", "code"),
        [
            (Money(100, "USD"), "bank_account", "currency_not_supported"),
            (rupees(99), "upi", "amount_too_small"),
            (rupees(LAKH + 1), "upi", "amount_too_large"),
            (rupees(100), "connected_account", "destination_not_supported"),
        ],
    )
    def test_names_the_first_thing_that_is_wrong(self, amount: Money, kind: str, code: str) -> None:
        refused = why_not_pay(amount, kind=kind)
        assert refused is not None
        assert refused.code == code

    @pytest.mark.parametrize("kind", ["bank_account", "upi"])
    def test_a_rupee_is_paid(self, kind: str) -> None:
        assert why_not_pay(rupees(100), kind=kind) is None
