"""What operators can do about reversals: for finance alone, where it fits, with the amount told before."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.acts import Asked, offered
from config.admin.tests.operators import somebody
from config.audit.models import AuditEntry
from payouts.payout.models import Payout
from payouts.reversals.acts import APPROVE, CANCEL, STOP, TAKE_BACK
from payouts.reversals.models import Reversal
from payouts.reversals.tests.transferring import reversal_of, reversing_world, transferred_payout
from payouts.tests.paper_rail import PaperRail
from payouts.tests.payout_world import NOW, PayoutWorld, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # payouts whose state is only written


@pytest.fixture
def books(settings: Any, monkeypatch: pytest.MonkeyPatch) -> PayoutWorld:
    return reversing_world(settings, monkeypatch)


def names(row: Reversal | Payout, role: Role = Role.FINANCE) -> list[str]:
    acts = (APPROVE, CANCEL) if isinstance(row, Reversal) else (STOP, TAKE_BACK)
    return [act.name for act in offered(acts, row, user=somebody(role))]


class TestOffered:
    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.FINANCE, Role.AUDITOR, Role.SELLER])
    def test_to_finance(self, books: PayoutWorld, role: Role) -> None:
        rows = (
            reversal_of(transferred_payout(books)),
            transferred_payout(books, status="failed"),
            transferred_payout(books, status="sending"),
        )
        is_finance = role == Role.FINANCE
        expected = [["approve", "cancel"], ["take-back"], ["stop-transfer"]] if is_finance else [[], [], []]
        assert [names(row, role) for row in rows] == expected

    @pytest.mark.parametrize("status", ["approved", "sending", "succeeded", "declined", "cancelled"])
    def test_a_reversal_is_decided_while_it_waits(self, books: PayoutWorld, status: str) -> None:
        reversal = reversal_of(transferred_payout(books))
        reversal.status = status
        assert names(reversal) == []

    def test_of_stranded_money_there_is_nothing_to_approve(self, books: PayoutWorld) -> None:
        reversal = reversal_of(transferred_payout(books, status="failed"), cause="stranded")
        assert names(reversal) == ["cancel"]

    def test_what_stands_there_is_taken_once_at_a_time(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books, status="failed")
        reversal_of(payout, cause="stranded")
        assert names(payout) == []
        assert names(transferred_payout(books, status="failed", transfer_returned_minor=10_000)) == []
        assert names(transferred_payout(books, status="in_transit")) == []
        assert names(transferred_payout(books)) == []

    def test_nothing_is_taken_by_a_rail_that_gives_nothing_back(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plain = make_world(settings, monkeypatch, PaperRail())
        assert (
            names(transferred_payout(plain, status="failed"))
            == names(transferred_payout(plain, status="sending"))
            == []
        )


class TestEffects:
    def test_of_a_debt_so_much_is_asked_back_as_is_proposed(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books)
        effect = APPROVE.effect(reversal_of(payout), None, NOW)
        assert effect.summary == "₹30.00 of the transfer is asked back from their account, and pays what they owe."
        assert effect.notes == (f"paper: reverse ₹30.00 of {payout.rail_transfer_id}",)

    @pytest.mark.parametrize(("act", "status"), [(TAKE_BACK, "failed"), (STOP, "sending")])
    def test_of_a_payout_all_that_stands_there(self, books: PayoutWorld, act: Any, status: str) -> None:
        payout = transferred_payout(books, status=status, transfer_returned_minor=2_500)
        effect = act.effect(payout, None, NOW)
        assert effect.summary.startswith("₹75.00 comes back from their account into our balance.")
        assert effect.notes == (f"paper: reverse ₹75.00 of {payout.rail_transfer_id}",)


class TestDone:
    @pytest.mark.parametrize(("act", "becomes"), [(APPROVE, "approved"), (CANCEL, "cancelled")])
    def test_a_decision_is_of_who_confirms_it(self, books: PayoutWorld, act: Any, becomes: str) -> None:
        reversal, user = reversal_of(transferred_payout(books)), somebody(Role.FINANCE)
        assert act.do(reversal, Asked(user=user, reason="looked", at=NOW))
        entry = AuditEntry.objects.get(subject_id=reversal.public_id, to_state=becomes)
        assert (entry.actor, entry.reason) == (user.actor, "looked")

    @pytest.mark.parametrize(
        ("act", "status", "cause"), [(TAKE_BACK, "failed", "stranded"), (STOP, "sending", "stopped")]
    )
    def test_what_is_taken_back_is_of_who_confirms_it(
        self, books: PayoutWorld, act: Any, status: str, cause: str
    ) -> None:
        payout, user = transferred_payout(books, status=status), somebody(Role.FINANCE)
        assert act.do(payout, Asked(user=user, reason="there is enough", at=NOW))
        reversal = Reversal.objects.get()
        assert (reversal.payout, reversal.cause, reversal.proposed_by) == (payout, cause, user.actor)
        assert AuditEntry.objects.get(subject_id=reversal.public_id, act="proposed").reason == "there is enough"
