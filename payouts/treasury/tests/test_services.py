"""A float is funded when a second person found it at the bank, once for each movement there."""

from __future__ import annotations

from typing import Any

import pytest

from config.kernel.errors import FourEyes
from config.proposals.services import UnknownBankAccount
from config.tests.together import together
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payouts.payout.services.due import send_waiting
from payouts.rails.contract import RailCapability
from payouts.tests.payout_world import PayoutWorld, lines_of
from payouts.treasury.models import FloatMove
from payouts.treasury.services import (
    FloatMoveDecided,
    FloatMoveKnown,
    NotAFloat,
    confirm_float_move,
    decline_float_move,
    floats,
    propose_float_move,
)

pytestmark = pytest.mark.django_db
FIRST, SECOND = "user:first", "user:second"


def propose(world: PayoutWorld, **changes: Any) -> FloatMove:
    given = {
        "rail_account": "paper", "bank_account": "main", "currency": "INR", "amount_minor": 50_000,
        "reference": "UTR-1", "actor": FIRST, "reason": "for this week", "at": world.at,
    }  # fmt: skip
    return propose_float_move(**{**given, **changes})


class TestPropose:
    def test_books_nothing(self, payouts: PayoutWorld) -> None:
        row = propose(payouts)
        assert (row.status, row.proposed_by) == ("proposed", FIRST)
        assert not LedgerEntry.objects.exists()

    def test_only_where_payouts_are_drawn_on_a_float(self, payouts: PayoutWorld) -> None:
        assert "paper" in floats()
        assert "bank:main" not in floats()
        for change, error in (
            ({"rail_account": "bank:main"}, NotAFloat),
            ({"rail_account": "nobody"}, NotAFloat),
            ({"currency": "USD"}, NotAFloat),
            ({"bank_account": "swiss"}, UnknownBankAccount),
        ):
            with pytest.raises(error):
                propose(payouts, **change)
        assert not FloatMove.objects.exists()

    def test_a_rail_that_transfers_first_has_no_float_of_ours(self, payouts: PayoutWorld) -> None:
        payouts.rail.capabilities |= {RailCapability.TRANSFERS_FIRST}
        payouts.fresh()
        with pytest.raises(NotAFloat):
            propose(payouts)

    def test_one_movement_of_the_bank_funds_once(self, payouts: PayoutWorld) -> None:
        row = propose(payouts)
        with pytest.raises(FloatMoveKnown):
            propose(payouts, amount_minor=1)
        decline_float_move(move_pk=row.pk, actor=FIRST, reason="mistyped", at=payouts.at)
        assert propose(payouts).status == "proposed"


class TestConfirm:
    def test_by_another_person_it_is_booked_and_what_waited_goes(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(50_000)
        payouts.work()
        row = propose(payouts)
        assert confirm_float_move(move_pk=row.pk, actor=SECOND, reason="on the statement", at=payouts.at)
        assert lines_of(row.public_id) == [
            ("float_funded", "float", "paper", 50_000), ("float_funded", "bank", "main", -50_000),
        ]  # fmt: skip
        send_waiting(at=payouts.at)
        assert payouts.again(payout).status == "in_transit"

    def test_refuses_who_proposed_it(self, payouts: PayoutWorld) -> None:
        row = propose(payouts)
        with pytest.raises(FourEyes):
            confirm_float_move(move_pk=row.pk, actor=FIRST, reason="me", at=payouts.at)
        assert balance_minor("float", currency="INR") == 0

    def test_twice_is_once_and_a_decision_stands(self, payouts: PayoutWorld) -> None:
        row = propose(payouts)
        given: dict[str, Any] = {"move_pk": row.pk, "reason": "seen", "at": payouts.at}
        assert confirm_float_move(actor=SECOND, **given)
        assert not confirm_float_move(actor=SECOND, **given)
        with pytest.raises(FloatMoveDecided):
            decline_float_move(actor=FIRST, **given)
        other = propose(payouts, reference="UTR-2")
        given["move_pk"] = other.pk
        assert decline_float_move(actor=FIRST, **given)
        assert not decline_float_move(actor=FIRST, **given)
        with pytest.raises(FloatMoveDecided):
            confirm_float_move(actor=SECOND, **given)
        assert balance_minor("float", currency="INR") == 50_000


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_at_once_book_once(payouts: PayoutWorld) -> None:
    row = propose(payouts)
    acts = [
        lambda by=by: confirm_float_move(move_pk=row.pk, actor=by, reason="seen", at=payouts.at)
        for by in (SECOND, "user:third")
    ]
    assert sorted(map(str, together(acts))) == ["False", "True"]
    assert balance_minor("float", currency="INR") == 50_000
