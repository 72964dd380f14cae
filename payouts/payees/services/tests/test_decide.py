"""A second person decides, a change cools, and the old destination goes when the new one is active."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes
from config.outbox.models import OutboxJob
from orders.tests.factories import AT, policy
from payouts.payees.models import Destination
from payouts.payees.queries import facts_of, payable_destination
from payouts.payees.rules import why_not_paid
from payouts.payees.services.decide import DestinationDecided, reject_destination
from payouts.payees.tests.paying import FINANCE, OTHER_INDIAN, approve, changed, give, make_payee, propose, traces

pytestmark = pytest.mark.django_db


def reject(destination: Destination, actor: str = FINANCE) -> bool:
    return reject_destination(destination=destination, actor=actor, reason="the name is another one's", at=AT)


class TestApprove:
    def test_takes_the_place_of_the_one_before(self) -> None:
        payee = make_payee()
        first, second = changed(payee)
        assert (first.status, second.status, second.approved_by) == ("retired", "active", FINANCE)
        assert payable_destination(payee, "INR") == second

    def test_a_change_cools_from_its_approval_on(self, settings: Any) -> None:
        settings.POLICY = policy(payout_cooling_hours=48)
        payee = make_payee()
        _, second = changed(payee)
        ends = AT + timedelta(hours=49)
        assert second.cools_until == ends
        give(payee, 50_000)
        cooling = why_not_paid(facts_of(payee, "INR", at=ends - timedelta(seconds=1), due_at=None))
        assert cooling.code == "destination_cooling"
        assert why_not_paid(facts_of(payee, "INR", at=ends, due_at=None))

    def test_a_first_one_that_another_has_too_does_not_cool(self) -> None:
        propose(make_payee())
        copied = approve(propose(make_payee()))
        assert (copied.status, copied.cools_until) == ("active", None)

    def test_twice_by_the_same_person_changes_nothing(self) -> None:
        _, second = changed(make_payee())
        before = traces()
        approve(second)
        assert traces() == before

    def test_keeps_who_and_why(self) -> None:
        _, second = changed(make_payee())
        entry = AuditEntry.objects.get(subject_id=second.public_id, act="approved")
        assert (entry.actor, entry.reason) == (FINANCE, "called them back")
        assert entry.facts is not None
        assert entry.facts["why"] == "it takes the place of another one"

    def test_tells_the_payee(self) -> None:
        _, second = changed(make_payee())
        job = OutboxJob.objects.get(topic="destination.changed", payload__destination=second.public_id)
        assert job.payload["to"] == "active"

    @pytest.mark.parametrize("who", ["proposer", "payee"])
    def test_refuses_who_proposed_it_and_who_is_paid(self, who: str) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN, actor="user:other")
        before = traces()
        with pytest.raises(FourEyes):
            approve(waiting, "user:other" if who == "proposer" else payee.user.actor)
        assert traces() == before

    def test_refuses_one_that_nobody_waits_for(self) -> None:
        first = propose(make_payee())
        before = traces()
        with pytest.raises(DestinationDecided):
            approve(first)
        assert traces() == before

    def test_postgresql_has_the_last_word(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        rows = Destination.objects.filter(pk=waiting.pk)
        for changes, sentence in (
            ({"approved_by": waiting.proposed_by}, "nobody_approves_the_destination_they_proposed"),
            ({"status": "verifying"}, "a_destination_that_needs_a_second_person_has_one"),
            ({"status": "active", "approved_by": FINANCE}, "a_payee_has_one_current_destination_per_currency"),
        ):
            with pytest.raises(IntegrityError, match=sentence), transaction.atomic():
                rows.update(**changes)


class TestReject:
    def test_says_why_to_the_payee_and_leaves_the_one_before(self) -> None:
        payee = make_payee()
        first = propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        assert reject(waiting)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.why) == ("rejected", "the name is another one's")
        assert payable_destination(payee, "INR") == first

    def test_twice_is_once(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        reject(waiting)
        before = traces()
        assert not reject(waiting)
        assert traces() == before

    def test_refuses_who_proposed_it(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        with pytest.raises(FourEyes):
            reject(waiting, payee.user.actor)

    def test_refuses_one_that_is_paid_to(self) -> None:
        first = propose(make_payee())
        before = traces()
        with pytest.raises(DestinationDecided):
            reject(first)
        assert traces() == before

    def test_is_told_as_the_reason_where_there_is_no_other(self) -> None:
        propose(make_payee())
        payee = make_payee()
        reject(propose(payee))
        give(payee, 50_000)
        verdict = why_not_paid(facts_of(payee, "INR", at=AT))
        assert (verdict.code, "another one's" in verdict.detail) == ("destination_rejected", True)
