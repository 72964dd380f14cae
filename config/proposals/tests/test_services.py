"""A second person decides what one person proposed: once, and never the first one."""

from __future__ import annotations

from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes, NotFound
from config.kernel.states import MoveNotAllowed
from config.proposals.services import (
    UnknownBankAccount,
    check_bank,
    confirm_proposal,
    decline_proposal,
    lock_waiting,
    waiting,
)
from config.proposals.tests.wishing import AT, FIRST, SECOND, Wish, a_wish

GIVEN: dict[str, Any] = {"reason": "looked at", "at": AT}


def stands(wish: Wish) -> tuple[Any, ...]:
    wish.refresh_from_db()
    return wish.status, wish.decided_by, wish.decided_at


class TestWaiting:
    def test_is_what_nobody_has_decided(self, wish: Wish) -> None:
        a_wish(public_id="wsh_2", of="bob", status="declined")
        rows = Wish._base_manager.all()
        assert waiting(rows.filter(of="ann")) == wish
        assert waiting(rows.filter(of="bob")) is None

    def test_is_locked_or_missed_by_the_callers_own_name(self, wish: Wish) -> None:
        rows = Wish._base_manager.all()
        assert lock_waiting(rows.filter(of="ann"), otherwise=NotFound("no wish")) == wish
        with pytest.raises(NotFound, match="no wish"):
            lock_waiting(rows.filter(of="bob"), otherwise=NotFound("no wish"))

    def test_is_locked_by_the_statement_that_reads_it(self, wish: Wish, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1) as found:
            lock_waiting(Wish._base_manager.all(), otherwise=NotFound())
        assert "FOR UPDATE" in found.captured_queries[0]["sql"]
        with django_assert_num_queries(1) as found:
            waiting(Wish._base_manager.all())
        assert "FOR UPDATE" not in found.captured_queries[0]["sql"]


class TestConfirmProposal:
    def test_by_another_person_says_who_and_when(self, wish: Wish) -> None:
        assert confirm_proposal(wish, actor=SECOND, **GIVEN) is True
        assert stands(wish) == ("confirmed", SECOND, AT)
        entry = AuditEntry.objects.get()
        assert (entry.to_state, entry.actor, entry.reason) == ("confirmed", SECOND, "looked at")

    @pytest.mark.parametrize("actor", [FIRST, "user:payee"])
    def test_refuses_who_proposed_it_and_whose_money_it_is(self, wish: Wish, actor: str) -> None:
        with pytest.raises(FourEyes):
            confirm_proposal(wish, actor=actor, payee="user:payee", **GIVEN)
        assert stands(wish) == ("proposed", "", None)
        assert not AuditEntry.objects.exists()

    def test_a_decision_stands(self, wish: Wish) -> None:
        decline_proposal(wish, actor=SECOND, **GIVEN)
        with pytest.raises(MoveNotAllowed):
            confirm_proposal(wish, actor="user:third", **GIVEN)
        assert stands(wish) == ("declined", SECOND, AT)
        assert AuditEntry.objects.count() == 1

    def test_a_second_time_changes_nothing(self, wish: Wish) -> None:
        confirm_proposal(wish, actor=SECOND, **GIVEN)
        assert confirm_proposal(wish, actor="user:third", **GIVEN) is False
        assert stands(wish) == ("confirmed", SECOND, AT)
        assert AuditEntry.objects.count() == 1


class TestDeclineProposal:
    @pytest.mark.parametrize("actor", [FIRST, SECOND])
    def test_is_for_who_proposed_it_too(self, wish: Wish, actor: str) -> None:
        assert decline_proposal(wish, actor=actor, **GIVEN) is True
        assert stands(wish) == ("declined", actor, AT)

    def test_not_of_what_is_confirmed(self, wish: Wish) -> None:
        confirm_proposal(wish, actor=SECOND, **GIVEN)
        with pytest.raises(MoveNotAllowed):
            decline_proposal(wish, actor=FIRST, **GIVEN)
        assert stands(wish) == ("confirmed", SECOND, AT)


class TestCheckBank:
    def test_takes_an_account_of_ours_and_a_reference(self) -> None:
        check_bank("main", "UTR 1", bank_accounts=("main", "inr"))

    @pytest.mark.parametrize(
        ("account", "reference"), [("other", "UTR 1"), ("", "UTR 1"), ("main", ""), ("main", "  ")]
    )
    def test_refuses_anything_else(self, account: str, reference: str) -> None:
        with pytest.raises(UnknownBankAccount) as raised:
            check_bank(account, reference, bank_accounts=("main", "inr"))
        assert raised.value.code == "unknown_bank_account"
