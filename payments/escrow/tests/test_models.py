"""What the database itself refuses of holds: money in them that nobody put there, and a release without its date."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from payments.charges.tests.test_models import refuses
from payments.escrow.models import EscrowHold, HoldFreeze
from payments.escrow.tests.holding import AT, a_hold

# Rows alone: no ledger stands behind them.
pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


class TestEscrowHold:
    @pytest.mark.parametrize(
        ("rule", "columns"),
        [
            ("a_hold_has_a_known_status", {"status": "gone"}),
            ("a_hold_is_never_negative", {"amount_minor": 0, "remaining_minor": 0}),
            ("a_hold_is_never_negative", {"remaining_minor": -1, "returned_minor": 10_001}),
            ("a_hold_is_never_negative", {"returned_minor": -1, "remaining_minor": 10_001}),
            ("a_hold_is_never_negative", {"lost_minor": -1, "remaining_minor": 10_001}),
            ("a_hold_keeps_what_was_not_taken", {"remaining_minor": 9_999}),
            ("a_hold_keeps_what_was_not_taken", {"returned_minor": 1}),
            ("a_hold_keeps_what_was_not_taken", {"lost_minor": 1}),
            ("a_returned_hold_is_empty", {"status": "returned"}),
            ("a_hold_is_released_exactly_when_dated", {"status": "released", "remaining_minor": 0}),
            ("a_hold_is_released_exactly_when_dated", {"released_at": AT}),
        ],
    )
    def test_keeps_its_rules(self, rule: str, columns: dict[str, Any]) -> None:
        refuses(rule, a_hold(), **columns)

    @pytest.mark.parametrize(
        "columns",
        [
            {"remaining_minor": 6_000, "returned_minor": 3_000, "lost_minor": 1_000},
            {"status": "returned", "remaining_minor": 0, "returned_minor": 10_000},
            {"status": "released", "remaining_minor": 0, "released_at": AT},
            {"status": "released", "remaining_minor": 0, "released_at": AT, "lost_minor": 500},
        ],
    )
    def test_what_may_happen_to_one_is_allowed(self, columns: dict[str, Any]) -> None:
        hold = a_hold()
        assert EscrowHold.objects.filter(pk=hold.pk).update(**columns) == 1

    def test_a_fulfilment_has_one(self) -> None:
        hold = a_hold()
        with pytest.raises(IntegrityError, match="fulfilment"), transaction.atomic():
            a_hold(fulfilment=hold.fulfilment, payment=hold.payment)
        assert EscrowHold.objects.count() == 1


class TestHoldFreeze:
    def test_a_reason_freezes_once_until_it_is_lifted(self) -> None:
        given: dict[str, Any] = {"hold": a_hold(), "reason": "dispute", "ref": "dsp_1", "frozen_by": "system"}
        first = HoldFreeze.objects.create(**given)
        HoldFreeze.objects.create(**{**given, "ref": "dsp_2"})
        with pytest.raises(IntegrityError, match="a_reason_freezes_a_hold_once"), transaction.atomic():
            HoldFreeze.objects.create(**given)
        HoldFreeze.objects.filter(pk=first.pk).update(lifted_at=AT)
        HoldFreeze.objects.create(**given)
        assert HoldFreeze.objects.filter(ref="dsp_1").count() == 2
