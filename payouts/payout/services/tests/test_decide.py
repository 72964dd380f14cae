"""A second person lets a payout go, and never who asked for it, nor whose money it is."""

from __future__ import annotations

from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes
from config.outbox.models import OutboxJob
from payouts.payout.services.decide import PayoutDecided, PayoutSent, approve_payout, cancel_payout, recall
from payouts.rails.contract import RailState
from payouts.tests.payout_world import ASKER, FINANCE, PayoutWorld, lines_of

pytestmark = pytest.mark.django_db


class TestApprove:
    def test_it_is_sent_right_after_the_commit(self, payouts: PayoutWorld) -> None:
        payout = payouts.approve(payouts.freeze(payouts.payee(100)))
        assert (payout.status, payout.approved_by) == ("approved", FINANCE)
        assert OutboxJob.objects.filter(topic="payout.approved").count() == 1
        entry = AuditEntry.objects.filter(subject_id=payout.public_id).latest("pk")
        assert (entry.actor, entry.reason, entry.to_state) == (FINANCE, "looked at it", "approved")

    def test_twice_by_the_same_person_is_once(self, payouts: PayoutWorld) -> None:
        payout = payouts.approve(payouts.freeze(payouts.payee(100)))
        assert not approve_payout(payout_pk=payout.pk, actor=FINANCE, reason="again", at=payouts.at)
        with pytest.raises(PayoutDecided):
            approve_payout(payout_pk=payout.pk, actor="user:third", reason="too", at=payouts.at)
        assert OutboxJob.objects.filter(topic="payout.approved").count() == 1

    def test_refuses_who_asked_for_it_and_the_payee(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        for actor in (ASKER, payout.payee.user.actor):
            with pytest.raises(FourEyes):
                approve_payout(payout_pk=payout.pk, actor=actor, reason="mine", at=payouts.at)
        assert payouts.again(payout).status == "awaiting_approval"
        assert not OutboxJob.objects.filter(topic="payout.approved").exists()


class TestRecall:
    def test_of_what_is_being_sent_the_first_one_is_kept(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="refused")
        at = payouts.at
        for _ in range(2):
            assert recall(owner=payout.owner, currency="INR", actor="system:test", at=payouts.at) == 0
            payouts.later(minutes=1)
        assert payouts.again(payout).recalled_at == at
        assert AuditEntry.objects.filter(subject_id=payout.public_id, act="recalled").count() == 1

    @pytest.mark.parametrize("says", [RailState.PROCESSING, RailState.PAID, "declined"])
    def test_what_the_rail_has_or_what_is_over_is_left_alone(self, payouts: PayoutWorld, says: Any) -> None:
        payout = payouts.sent(says=says)
        before = lines_of(payout.public_id)
        assert recall(owner=payout.owner, currency="INR", actor="system:test", at=payouts.at) == 0
        assert (payouts.again(payout).recalled_at, lines_of(payout.public_id)) == (None, before)


class TestCancel:
    @pytest.mark.parametrize("is_approved", [False, True])
    def test_what_was_frozen_is_payable_again(self, payouts: PayoutWorld, is_approved: bool) -> None:
        payout = payouts.freeze(payouts.payee(100))
        if is_approved:
            payouts.approve(payout)
        assert cancel_payout(payout_pk=payout.pk, actor=FINANCE, reason="not now", at=payouts.at)
        assert not cancel_payout(payout_pk=payout.pk, actor=FINANCE, reason="not now", at=payouts.at)
        assert payouts.balance(payout.payee)[0] == 100
        assert lines_of(payout.public_id)[2:] == [
            ("payout_unfrozen", "in_transit", payout.owner, 100),
            ("payout_unfrozen", "payable", payout.owner, -100),
        ]

    @pytest.mark.parametrize("says", ["lost", "refused", None])
    def test_refuses_what_the_rail_was_asked_for(self, payouts: PayoutWorld, says: str | None) -> None:
        payout = payouts.sent(says=says)
        before = lines_of(payout.public_id)
        with pytest.raises(PayoutSent):
            cancel_payout(payout_pk=payout.pk, actor=FINANCE, reason="stop", at=payouts.at)
        assert (payouts.again(payout).status, lines_of(payout.public_id)) == (payout.status, before)

    def test_a_cancelled_one_is_not_sent_by_the_job_that_was_to(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        cancel_payout(payout_pk=payout.pk, actor=FINANCE, reason="stop", at=payouts.at)
        payouts.work()
        assert payouts.rail.asked == []
