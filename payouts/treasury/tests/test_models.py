"""What the database itself refuses of a movement to a float, in the words of its constraints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.kernel.money import Money
from payouts.treasury.models import FloatMove

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def row(**changes: Any) -> FloatMove:
    given: dict[str, Any] = {
        "rail_account": "paper", "bank_account": "main", "currency": "INR", "amount_minor": 500, "reference": "UTR-1",
        "reason": "why", "proposed_by": "user:first", "proposed_at": AT,
    }  # fmt: skip
    return FloatMove.objects.create(**{**given, **changes})


def refused(**changes: Any) -> str:
    """The name of the constraint that keeps such a row out."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        row(**changes)
    assert FloatMove.objects.filter(**{"reference": "UTR-X"}).count() == 0
    return str(error.value).split('constraint "')[1].split('"')[0]


class TestConstraints:
    @pytest.mark.parametrize("amount", [0, -1])
    def test_nothing_and_less_are_no_movement(self, amount: int) -> None:
        assert refused(amount_minor=amount, reference="UTR-X") == "a_float_move_moves_something"

    def test_each_has_the_banks_reference(self) -> None:
        assert refused(reference="") == "a_float_move_has_the_banks_reference"

    def test_no_status_but_those_that_there_are(self) -> None:
        assert refused(status="lost", reference="UTR-X") == "a_float_move_has_a_known_status"

    def test_nobody_confirms_their_own(self) -> None:
        name = refused(status="confirmed", decided_by="user:first", decided_at=AT, reference="UTR-X")
        assert name == "nobody_confirms_their_own_float_move"
        assert row(status="confirmed", decided_by="user:second", decided_at=AT).pk
        assert row(status="declined", decided_by="user:first", decided_at=AT, reference="UTR-2").pk

    def test_one_movement_of_the_bank_funds_one_float(self) -> None:
        first = row()
        assert "a_bank_movement_funds_a_float_once" in refused(rail_account="other", amount_minor=7)
        assert row(bank_account="second").pk
        FloatMove.objects.filter(pk=first.pk).update(status="declined", decided_by="user:first", decided_at=AT)
        assert row().pk


class TestRow:
    def test_is_known_by_an_id_of_ours_and_an_amount(self) -> None:
        found = row()
        assert str(found) == found.public_id
        assert found.public_id.startswith("fm_")
        assert (found.status, found.amount) == ("proposed", Money(500, "INR"))
