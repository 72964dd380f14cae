"""Where floats and what was said of them do not agree, the oldest first, to those who fill them up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.accounts.roles import Role
from config.admin.panel import Tone
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, text_of
from config.kernel import clock
from config.kernel.money import Money
from payments.ledger.models import LedgerEntry
from payouts.tests.payout_world import PayoutWorld
from payouts.treasury.arrivals import observe_credit
from payouts.treasury.models import FloatCredit, FloatMove
from payouts.treasury.panels import came_unexplained, moves_never_came
from payouts.treasury.services import confirm_float_move, propose_float_move

pytestmark = pytest.mark.django_db(transaction=True)


def came(world: PayoutWorld, reference: str, *, days: int = 0, minor: int = 50_000) -> FloatCredit:
    at = world.at - timedelta(days=days)
    return observe_credit(
        rail_account="paper", transaction_id=f"txn_{reference}", amount=Money(minor, "INR"), source="bank_transfer",
        reference=reference, came_at=at, at=at,
    )  # fmt: skip


def sent(world: PayoutWorld, reference: str, *, days: int = 0, minor: int = 70_000) -> FloatMove:
    at = world.at - timedelta(days=days)
    row = propose_float_move(
        rail_account="paper", bank_account="main", currency="INR", amount_minor=minor, reference=reference,
        actor="user:first", reason="why", at=at,
    )  # fmt: skip
    confirm_float_move(move_pk=row.pk, actor="user:second", reason="on the statement", at=at)
    row.refresh_from_db()
    return row


class TestCameUnexplained:
    def test_shows_what_nobody_said_with_its_age(self, world: PayoutWorld) -> None:
        new, old = came(world, "UTR-2"), came(world, "UTR-1", days=3)
        shown = came_unexplained(world.at)
        assert (shown.count, shown.tone) == ("2", Tone.WARNING)
        assert [(item.label, item.since) for item in shown.items] == [
            ("₹500.00 came to paper", old.came_at), ("₹500.00 came to paper", new.came_at)
        ]  # fmt: skip
        assert "UTR-1" in shown.items[0].detail

    def test_nothing_is_good(self, world: PayoutWorld) -> None:
        came(world, "UTR-1", minor=70_000)
        sent(world, "UTR-1")
        shown = came_unexplained(world.at)
        assert (shown.count, shown.items, shown.tone) == ("0", (), Tone.GOOD)


class TestMovesNeverCame:
    def test_shows_what_the_books_have_and_the_rail_has_not(self, world: PayoutWorld) -> None:
        sent(world, "UTR-9")
        new, old = sent(world, "UTR-2", days=2), sent(world, "UTR-1", days=5)
        shown = moves_never_came(world.at)
        assert (shown.count, shown.tone) == ("2", Tone.BAD)
        assert [item.since for item in shown.items] == [old.decided_at, new.decided_at]
        assert "from main, reference UTR-1" in shown.items[0].detail

    def test_nothing_is_good(self, world: PayoutWorld) -> None:
        sent(world, "UTR-1")
        assert moves_never_came(world.at).tone == Tone.GOOD


class TestPages:
    def test_what_came_says_what_it_is(self, world: PayoutWorld) -> None:
        credit = came(world, "UTR-1", minor=70_000)
        support, page = as_role(Role.AUDITOR), page_of(credit)
        assert "not said" in text_of(support.get(page))
        move = sent(world, "UTR-1")
        assert move.public_id in text_of(support.get(page))
        assert "as the rail tells" in text_of(support.get(page_of(move)))
        listed = support.get(list_of(FloatCredit), {"q": "txn_UTR-1"}).content.decode()
        assert page in listed

    def test_is_taken_off_the_list_with_a_reason(self, world: PayoutWorld) -> None:
        credit, finance = came(world, "UTR-1"), as_role(Role.FINANCE)
        assert "It is off the list." in text_of(confirm(finance, credit, "looked", reason="interest of the rail"))
        assert came_unexplained(world.at).count == "0"
        assert "looked at" in text_of(finance.get(list_of(FloatCredit)))
        assert not LedgerEntry.objects.exists()

    def test_so_is_what_never_came(self, world: PayoutWorld) -> None:
        row, finance = sent(world, "UTR-1", days=5), as_role(Role.FINANCE)
        assert "stand in the books there" in text_of(finance.get(act_of(row, "looked")))
        entries = LedgerEntry.objects.count()
        assert "It is off the list." in text_of(confirm(finance, row, "looked", reason="the bank gave it back"))
        assert moves_never_came(world.at).count == "0"
        assert LedgerEntry.objects.count() == entries
        row.refresh_from_db()
        assert row.looked_at is not None
        assert row.looked_at <= clock.now()

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.AUDITOR])
    def test_is_finances_alone(self, world: PayoutWorld, role: Role) -> None:
        credit = came(world, "UTR-1")
        assert as_role(role).get(act_of(credit, "looked")).status_code == 403
        assert came_unexplained(world.at).count == "1"
