"""What came to a float is joined with what was said to have gone there, once, whichever was first; the rest is seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.kernel.money import Money
from config.tests.together import together
from payments.ledger.models import LedgerEntry
from payouts.tests.payout_world import PayoutWorld
from payouts.treasury import arrivals, rules
from payouts.treasury.arrivals import (
    NothingToFind,
    is_unseen,
    look_at_credit,
    look_at_move,
    never_came,
    observe_credit,
    unexplained,
)
from payouts.treasury.models import FloatCredit, FloatMove
from payouts.treasury.services import confirm_float_move, decline_float_move, propose_float_move

pytestmark = pytest.mark.django_db
FIRST, SECOND = "user:first", "user:second"
DAY = timedelta(days=1)


def came(world: PayoutWorld, reference: str = "UTR-1", minor: int = 50_000, **changes: Any) -> FloatCredit:
    given = {
        "rail_account": "paper", "transaction_id": f"txn_{reference}", "amount": Money(minor, "INR"),
        "source": "bank_transfer", "reference": reference, "came_at": world.at, "at": world.at,
    }  # fmt: skip
    return observe_credit(**{**given, **changes})


def said(world: PayoutWorld, reference: str = "UTR-1", minor: int = 50_000, **changes: Any) -> FloatMove:
    given = {
        "rail_account": "paper", "bank_account": "main", "currency": "INR", "amount_minor": minor,
        "reference": reference, "actor": FIRST, "reason": "for this week", "at": world.at,
    }  # fmt: skip
    return propose_float_move(**{**given, **changes})


def confirmed(world: PayoutWorld, reference: str = "UTR-1", **changes: Any) -> FloatMove:
    row = said(world, reference, **changes)
    confirm_float_move(move_pk=row.pk, actor=SECOND, reason="on the statement", at=world.at)
    row.refresh_from_db()
    return row


def joined() -> list[tuple[str, str | None]]:
    """Each credit's reference, with that of the movement which it is."""
    return list(FloatCredit.objects.order_by("pk").values_list("reference", "move__reference"))


def missing(at: datetime) -> list[str]:
    return [row.reference for row in never_came(at=at)]


class TestObserveCredit:
    def test_is_kept_once_and_books_nothing(self, world: PayoutWorld) -> None:
        first, again = came(world), came(world, at=world.at + DAY)
        assert (first.pk, again.seen_at) == (again.pk, world.at)
        assert list(unexplained()) == [first]
        assert not LedgerEntry.objects.exists()

    def test_is_what_was_said_before(self, world: PayoutWorld) -> None:
        row = confirmed(world)
        came(world, "utr 1", came_at=world.at + timedelta(hours=2))
        row.refresh_from_db()
        assert (row.arrived_at, joined()) == (world.at + timedelta(hours=2), [("utr 1", "UTR-1")])
        assert not unexplained().exists()
        assert missing(world.at + 9 * DAY) == []

    def test_is_what_is_said_after_it(self, world: PayoutWorld) -> None:
        credit = came(world)
        row = said(world)
        assert (row.arrived_at, joined()) == (credit.came_at, [("UTR-1", "UTR-1")])

    @pytest.mark.parametrize("other", [{"minor": 50_001}, {"amount": Money(50_000, "USD")}, {"rail_account": "paper2"}])
    def test_of_another_amount_currency_or_float_is_another(self, world: PayoutWorld, other: dict[str, Any]) -> None:
        confirmed(world)
        came(world, **other)
        assert joined() == [("UTR-1", None)]
        assert missing(world.at + DAY) == ["UTR-1"]

    def test_two_of_one_amount_are_two(self, world: PayoutWorld) -> None:
        confirmed(world, "UTR-1")
        confirmed(world, "UTR-2")
        came(world, "UTR-2")
        assert joined() == [("UTR-2", "UTR-2")]
        came(world, "of-the-bank")
        assert joined() == [("UTR-2", "UTR-2"), ("of-the-bank", "UTR-1")]
        came(world, "a-third")
        assert [row.reference for row in unexplained()] == ["a-third"]


class TestDecline:
    def test_what_came_is_unexplained_again(self, world: PayoutWorld) -> None:
        came(world)
        row = said(world)
        assert decline_float_move(move_pk=row.pk, actor=SECOND, reason="not on the statement", at=world.at)
        row.refresh_from_db()
        assert (row.arrived_at, joined()) == (None, [("UTR-1", None)])

    def test_or_is_another_one(self, world: PayoutWorld) -> None:
        came(world)
        wrong = said(world, "UTR-1")
        right = said(world, "UTR-7")
        decline_float_move(move_pk=wrong.pk, actor=SECOND, reason="a slip", at=world.at)
        right.refresh_from_db()
        assert (right.arrived_at is not None, joined()) == (True, [("UTR-1", "UTR-7")])

    def test_one_that_came_to_nothing_is_no_other_side(self, world: PayoutWorld) -> None:
        row = said(world)
        decline_float_move(move_pk=row.pk, actor=SECOND, reason="a slip", at=world.at)
        came(world)
        assert joined() == [("UTR-1", None)]


class TestNeverCame:
    def test_is_what_was_confirmed_a_day_ago(self, world: PayoutWorld) -> None:
        confirmed(world)
        assert missing(world.at + DAY - timedelta(seconds=1)) == []
        assert missing(world.at + DAY) == ["UTR-1"]

    def test_not_what_nobody_confirmed(self, world: PayoutWorld) -> None:
        said(world)
        assert missing(world.at + 9 * DAY) == []

    def test_not_where_the_rail_tells_nothing(self, payouts: PayoutWorld) -> None:
        row = confirmed(payouts)
        assert missing(payouts.at + 9 * DAY) == []
        assert not is_unseen(row)


class TestLookAt:
    def test_a_credit_leaves_the_list_and_says_why(self, world: PayoutWorld) -> None:
        credit = came(world)
        look_at_credit(credit_pk=credit.pk, actor=FIRST, reason="interest", at=world.at)
        assert not unexplained().exists()
        entry = AuditEntry.objects.get(subject_type="floatcredit")
        assert (entry.act, entry.actor, entry.reason) == ("looked at", FIRST, "interest")
        with pytest.raises(NothingToFind):
            look_at_credit(credit_pk=credit.pk, actor=FIRST, reason="again", at=world.at)
        assert AuditEntry.objects.filter(subject_type="floatcredit").count() == 1

    def test_one_that_is_explained_needs_no_look(self, world: PayoutWorld) -> None:
        credit = came(world)
        said(world)
        with pytest.raises(NothingToFind):
            look_at_credit(credit_pk=credit.pk, actor=FIRST, reason="why", at=world.at)
        credit.refresh_from_db()
        assert credit.looked_at is None

    def test_a_movement_leaves_the_list_and_may_come_all_the_same(self, world: PayoutWorld) -> None:
        row = confirmed(world)
        look_at_move(move_pk=row.pk, actor=FIRST, reason="the bank holds it", at=world.at + DAY)
        assert missing(world.at + DAY) == []
        came(world)
        assert joined() == [("UTR-1", "UTR-1")]
        with pytest.raises(NothingToFind):
            look_at_move(move_pk=row.pk, actor=FIRST, reason="again", at=world.at + DAY)

    def test_one_that_waits_for_its_second_person_needs_none(self, world: PayoutWorld) -> None:
        row = said(world)
        with pytest.raises(NothingToFind):
            look_at_move(move_pk=row.pk, actor=FIRST, reason="why", at=world.at)
        row.refresh_from_db()
        assert row.looked_at is None


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def both(self, world: PayoutWorld, monkeypatch: pytest.MonkeyPatch, *, met: Callable[[], object]) -> None:
        """One says that it was sent while the other tells that it came; each looks for the other before it commits."""
        find = rules.counterpart

        def look(*sides: Any) -> Any:
            met()
            return find(*sides)

        monkeypatch.setattr(arrivals, "counterpart", look)
        together([lambda: said(world), lambda: came(world)])

    def test_said_and_told_at_once_they_find_each_other(
        self, world: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.both(world, monkeypatch, met=lambda: None)
        assert joined() == [("UTR-1", "UTR-1")]
        assert FloatMove.objects.get().arrived_at == world.at

    def test_negative_control_without_turns_each_misses_the_other(
        self, world: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        both_look = threading.Barrier(2, timeout=30)
        monkeypatch.setattr(arrivals, "take_turns", lambda *_: None)
        monkeypatch.setattr("payouts.treasury.services.take_turns", lambda *_: None)
        self.both(world, monkeypatch, met=both_look.wait)
        assert joined() == [("UTR-1", None)]
