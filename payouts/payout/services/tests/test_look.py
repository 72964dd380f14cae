"""What needs a person stands on a list until its money went on, or somebody says what was done about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.audit.models import AuditEntry
from payments.ledger.models import LedgerEntry
from payouts.payout import panels
from payouts.payout.models import Payout
from payouts.payout.queries import ended_unseen, stuck
from payouts.payout.services.decide import cancel_payout
from payouts.payout.services.look import NothingToLookAt, is_unseen, look_at_end
from payouts.payout.services.observe import observe_payout
from payouts.payout.states import PayoutStatus
from payouts.rails.contract import RailState
from payouts.tests.payout_world import FINANCE, PayoutWorld

pytestmark = pytest.mark.django_db


def failed(world: PayoutWorld) -> Payout:
    """For what may pass, so that the next payout goes to the same account."""
    payout = world.sent(says="declined")
    Payout.objects.filter(pk=payout.pk).update(advice="retry")
    return world.again(payout)


def paid_late(world: PayoutWorld) -> Payout:
    """Its rail said that it failed, and then that it was paid."""
    payout = world.sent()
    for state in (RailState.FAILED, RailState.PAID):
        tell(world, payout, state)
    return world.again(payout)


def tell(world: PayoutWorld, payout: Payout, state: RailState) -> None:
    observe_payout(payout=payout, view=replace(world.view(payout), state=state), actor="system:test", at=world.at)


def look(world: PayoutWorld, payout: Payout) -> bool:
    return look_at_end(payout_pk=payout.pk, actor=FINANCE, reason="agreed with them", at=world.at)


class TestStuck:
    def test_what_failed_or_came_back_and_is_payable(self, payouts: PayoutWorld) -> None:
        first, second = failed(payouts), payouts.sent(says=RailState.PAID)
        tell(payouts, second, RailState.RETURNED)
        assert set(stuck()) == {first, second}
        assert panels.failed_payouts(payouts.at).count == "2"

    def test_not_what_went_with_the_next_ordinary_one(self, payouts: PayoutWorld) -> None:
        payout = failed(payouts)
        payouts.earn(payout.payee, 500)
        payouts.freeze(payout.payee)
        payouts.earn(payout.payee, 500)
        assert list(stuck()) == []

    def test_not_what_was_tried_again(self, payouts: PayoutWorld) -> None:
        payout = failed(payouts)
        payouts.freeze(payout.payee, retry_of=payout)
        assert list(stuck()) == []

    def test_of_several_that_failed_the_last_alone(self, payouts: PayoutWorld) -> None:
        payout = failed(payouts)
        payouts.rail.says.append("declined")
        last = payouts.approve(payouts.freeze(payout.payee))
        payouts.work()
        assert payouts.again(last).status == "failed"
        assert list(stuck()) == [last]

    def test_still_where_the_next_one_was_cancelled(self, payouts: PayoutWorld) -> None:
        payout = failed(payouts)
        after = payouts.freeze(payout.payee)
        assert list(stuck()) == []
        cancel_payout(payout_pk=after.pk, actor=FINANCE, reason="not yet", at=payouts.at)
        assert list(stuck()) == [payout]

    def test_not_where_nothing_is_payable_any_more(self, payouts: PayoutWorld) -> None:
        payout = failed(payouts)
        payouts.take_back(payout.payee, 9_999)
        assert list(stuck()) == [payout]
        payouts.take_back(payout.payee, 1)
        assert list(stuck()) == []

    def test_anothers_later_payout_says_nothing_of_it(self, payouts: PayoutWorld) -> None:
        payout = failed(payouts)
        payouts.freeze(payouts.payee(100))
        payouts.earn(payout.payee, 900, "USD")
        assert list(stuck()) == [payout]

    def test_a_later_one_in_another_currency_neither(self, payouts: PayoutWorld) -> None:
        payout = failed(payouts)
        later = payouts.freeze(payouts.payee(100))
        Payout.objects.filter(pk=later.pk).update(owner=payout.owner, currency="USD")
        assert list(stuck()) == [payout]
        Payout.objects.filter(pk=later.pk).update(owner=later.owner, currency="INR")


class TestLook:
    @pytest.mark.parametrize("end", [failed, paid_late])
    def test_takes_it_off_the_list_with_a_reason_and_moves_nothing(self, payouts: PayoutWorld, end: Any) -> None:
        payout = end(payouts)
        before = (payout.status, LedgerEntry.objects.count(), payouts.balance(payout.payee))
        lists = (panels.failed_payouts, panels.paid_late)
        assert [each(payouts.at).count for each in lists].count("1") == 1
        assert look(payouts, payout)
        assert [each(payouts.at).count for each in lists] == ["0", "0"]
        payout = payouts.again(payout)
        assert (payout.status, LedgerEntry.objects.count(), payouts.balance(payout.payee)) == before
        kept = AuditEntry.objects.get(subject_id=payout.public_id, act="looked at")
        assert (kept.actor, kept.reason) == (FINANCE, "agreed with them")

    def test_twice_is_once(self, payouts: PayoutWorld) -> None:
        payout = failed(payouts)
        assert [look(payouts, payout), look(payouts, payout)] == [True, False]
        assert AuditEntry.objects.filter(act="looked at").count() == 1

    @pytest.mark.parametrize("says", ["lost", RailState.QUEUED, RailState.PAID])
    def test_refuses_what_did_not_end_so(self, payouts: PayoutWorld, says: Any) -> None:
        payout = payouts.sent(says=says)
        with pytest.raises(NothingToLookAt):
            look(payouts, payout)
        assert payouts.again(payout).looked_end_at is None
        assert not AuditEntry.objects.filter(act="looked at").exists()

    def test_what_it_becomes_after_that_is_looked_at_anew(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        tell(payouts, payout, RailState.FAILED)
        look(payouts, payout)
        payouts.later(hours=1)
        tell(payouts, payout, RailState.PAID)
        payout = payouts.again(payout)
        assert is_unseen(payout)
        assert list(ended_unseen(PayoutStatus.PAID_LATE)) == [payout]
        assert look(payouts, payout)
        assert not is_unseen(payouts.again(payout))
