"""A reversal that pays a debt is let go by a second person who is not paid by it, and once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes
from config.outbox.models import OutboxJob
from payouts.reversals.models import Reversal
from payouts.reversals.services.decide import ReversalDecided, approve_reversal, cancel_reversal, tell_approved
from payouts.reversals.tests.transferring import (
    FINANCE,
    PROPOSER,
    reversal_of,
    reversing_world,
    traces,
    transferred_payout,
)
from payouts.tests.payout_world import NOW, PayoutWorld

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # payouts whose state is only written


@pytest.fixture
def books(settings: Any, monkeypatch: pytest.MonkeyPatch) -> PayoutWorld:
    return reversing_world(settings, monkeypatch)


@pytest.fixture
def waiting(books: PayoutWorld) -> Reversal:
    return reversal_of(transferred_payout(books))


def approve(reversal: Reversal, actor: str = FINANCE) -> bool:
    return approve_reversal(reversal_pk=reversal.pk, actor=actor, reason="looked at it", at=NOW)


def cancel(reversal: Reversal, actor: str = FINANCE) -> bool:
    return cancel_reversal(reversal_pk=reversal.pk, actor=actor, reason="they pay", at=NOW)


def jobs() -> list[tuple[str, Any]]:
    return list(OutboxJob.objects.filter(topic="reversal.approved").values_list("fact_key", "payload"))


class TestApprove:
    def test_lets_it_be_sent_once_and_keeps_who_and_why(self, waiting: Reversal) -> None:
        assert approve(waiting)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.approved_by, waiting.ended_at) == ("approved", FINANCE, None)
        assert jobs() == [(f"reversal.approved:{waiting.public_id}", {"reversal": waiting.public_id})]
        entry = AuditEntry.objects.get(subject_id=waiting.public_id, to_state="approved")
        assert (entry.actor, entry.reason) == (FINANCE, "looked at it")
        before = traces()
        assert not approve(waiting)
        assert traces() == before

    @pytest.mark.parametrize("who", ["proposer", "payee"])
    def test_neither_who_proposed_it_nor_who_is_paid(self, waiting: Reversal, who: str) -> None:
        before = traces()
        with pytest.raises(FourEyes):
            approve(waiting, PROPOSER if who == "proposer" else waiting.payout.payee.user.actor)
        assert traces() == before

    @pytest.mark.parametrize("status", ["approved", "sending", "succeeded", "declined", "cancelled"])
    def test_not_one_that_waits_no_more(self, waiting: Reversal, status: str) -> None:
        ended = NOW if status in ("succeeded", "declined", "cancelled") else None
        Reversal.objects.update(status=status, ended_at=ended)
        before = traces()
        with pytest.raises(ReversalDecided, match=status):
            approve(waiting)
        assert traces() == before


class TestCancel:
    def test_ends_it_unsent_and_keeps_who_and_why(self, waiting: Reversal) -> None:
        assert cancel(waiting)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.ended_at) == ("cancelled", NOW)
        assert jobs() == []
        entry = AuditEntry.objects.get(subject_id=waiting.public_id, to_state="cancelled")
        assert (entry.actor, entry.reason) == (FINANCE, "they pay")
        before = traces()
        assert not cancel(waiting)
        assert traces() == before

    def test_who_proposed_it_may_take_that_back_and_who_is_paid_may_not(self, waiting: Reversal) -> None:
        before = traces()
        with pytest.raises(FourEyes):
            cancel(waiting, waiting.payout.payee.user.actor)
        assert traces() == before
        assert cancel(waiting, PROPOSER)

    @pytest.mark.parametrize("status", ["approved", "sending", "succeeded", "declined"])
    def test_not_one_that_waits_no_more(self, waiting: Reversal, status: str) -> None:
        Reversal.objects.update(status=status, ended_at=NOW if status in ("succeeded", "declined") else None)
        before = traces()
        with pytest.raises(ReversalDecided, match=status):
            cancel(waiting)
        assert traces() == before


class TestLocks:
    @pytest.mark.parametrize("verb", [approve, cancel])
    def test_the_payout_before_the_reversal(self, waiting: Reversal, verb: Any) -> None:
        with CaptureQueriesContext(connection) as captured:
            verb(waiting)
        locks = [each["sql"] for each in captured if "FOR UPDATE" in each["sql"]]
        assert 'OF "payouts_payout"' in locks[0]
        assert 'OF "payouts_reversal"' in locks[1]


def test_another_sending_of_the_same_is_another_job(waiting: Reversal) -> None:
    for again in ("", "2", "2"):
        tell_approved(waiting, at=NOW, again=again)
    told = f"reversal.approved:{waiting.public_id}"
    assert [fact for fact, _ in jobs()] == [told, f"{told}:2"]
