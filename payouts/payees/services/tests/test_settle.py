"""What becomes of a destination once nothing of ours stands against it, and that the payee hears of each step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from orders.tests.factories import AT
from payouts.payees.models import Destination, Payee
from payouts.payees.queries import payable_destination
from payouts.payees.services.settle import activate, begin, stop
from payouts.payees.states import DestinationStatus
from payouts.payees.tests.dummy_rail import use_dummy_rail
from payouts.payees.tests.paying import GERMAN, OTHER_INDIAN, make_payee, propose, traces

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=3)


def told(destination: Destination, topic: str = "destination.changed") -> list[Any]:
    jobs = OutboxJob.objects.filter(topic=topic, payload__destination=destination.public_id).order_by("pk")
    return list(jobs.values_list("payload__to", flat=True))


def waiting(payee: Payee) -> Destination:
    """It is approved, and its rail looks at it."""
    destination = propose(payee, OTHER_INDIAN)
    rows = Destination.objects.filter(pk=destination.pk)
    rows.update(status="verifying", approved_by="user:finance", verified_at=None)
    destination.refresh_from_db()
    return destination


class TestBegin:
    def test_a_rail_that_is_spoken_to_hears_of_it_before_money_goes_there(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_dummy_rail(settings, monkeypatch)
        payee = make_payee()
        destination = propose(payee)
        assert (destination.rail, destination.status) == ("dummy", "verifying")
        assert len(told(destination, "destination.approved")) == 1
        assert told(destination) == []
        assert payable_destination(payee, "INR") is None

    def test_where_nobody_is_spoken_to_it_is_active_at_once(self) -> None:
        destination = propose(make_payee())
        assert told(destination, "destination.approved") == []
        entry = AuditEntry.objects.get(subject_id=destination.public_id, to_state="active")
        assert (entry.from_state, entry.reason) == ("verifying", "this rail looks at none")

    def test_keeps_who_let_it_begin_and_why(self) -> None:
        payee = make_payee()
        propose(payee)
        destination = propose(payee, OTHER_INDIAN)
        Destination.objects.filter(pk=destination.pk).update(approved_by="user:finance")
        destination.refresh_from_db()
        begin(destination, actor="user:finance", at=AT, reason="called them back")
        entry = AuditEntry.objects.get(subject_id=destination.public_id, to_state="verifying")
        assert (entry.actor, entry.reason) == ("user:finance", "called them back")


class TestActivate:
    def test_retires_the_one_before_in_the_same_breath(self) -> None:
        payee = make_payee()
        first, second = propose(payee), waiting(payee)
        assert activate(second, actor="system:test", at=LATER, reason="it is theirs")
        first.refresh_from_db()
        assert (first.status, payable_destination(payee, "INR")) == ("retired", second)
        entry = AuditEntry.objects.get(subject_id=first.public_id, to_state="retired")
        assert entry.reason == f"{second.public_id} replaces it"
        assert told(second) == ["active"]
        assert told(first) == ["active"], "of its end they hear by the other one's beginning"

    def test_leaves_that_of_another_currency_and_of_another_payee(self) -> None:
        payee = make_payee()
        euros = propose(payee, GERMAN, currency="EUR")
        others = propose(make_payee())
        propose(payee, {**OTHER_INDIAN, "account_number": "000701999999"})
        activate(waiting(payee), actor="system:test", at=LATER, reason="it is theirs")
        for each in (euros, others):
            each.refresh_from_db()
            assert each.status == "active"

    def test_says_nothing_more_of_what_was_in_the_way_and_when_it_was_first_seen_good(self) -> None:
        payee = make_payee()
        destination = waiting(payee)
        Destination.objects.filter(pk=destination.pk).update(why="a name is missing")
        destination.refresh_from_db()
        activate(destination, actor="system:test", at=LATER, reason="it is theirs")
        destination.refresh_from_db()
        assert (destination.why, destination.verified_at) == ("", LATER)

    def test_one_that_was_suspended_keeps_when_it_was_first_seen_good(self) -> None:
        destination = propose(make_payee())
        stop(destination, to=DestinationStatus.SUSPENDED, why="the bank asks", actor="system:test", at=AT)
        activate(destination, actor="system:test", at=LATER, reason="answered")
        destination.refresh_from_db()
        assert (destination.status, destination.verified_at) == ("active", AT)

    def test_told_again_it_tells_nobody(self) -> None:
        destination = propose(make_payee())
        before = traces()
        assert not activate(destination, actor="system:test", at=LATER, reason="told again")
        assert traces() == before


class TestStop:
    @pytest.mark.parametrize("to", [DestinationStatus.SUSPENDED, DestinationStatus.REJECTED])
    def test_the_payee_reads_why(self, to: DestinationStatus) -> None:
        payee = make_payee()
        destination = propose(payee) if to == DestinationStatus.SUSPENDED else waiting(payee)
        assert stop(destination, to=to, why="the bank closed it", actor="system:test", at=LATER)
        destination.refresh_from_db()
        assert (destination.status, destination.why) == (to, "the bank closed it")
        assert told(destination)[-1] == to
        entry = AuditEntry.objects.get(subject_id=destination.public_id, to_state=to)
        assert (entry.actor, entry.reason) == ("system:test", "the bank closed it")

    def test_a_long_story_is_cut_to_its_column(self) -> None:
        destination = propose(make_payee())
        stop(destination, to=DestinationStatus.SUSPENDED, why="x" * 400, actor="system:test", at=LATER)
        destination.refresh_from_db()
        assert destination.why == "x" * 300

    def test_told_again_it_tells_nobody(self) -> None:
        destination = propose(make_payee())
        stop(destination, to=DestinationStatus.SUSPENDED, why="closed", actor="system:test", at=AT)
        before = traces()
        assert not stop(destination, to=DestinationStatus.SUSPENDED, why="closed", actor="system:test", at=LATER)
        assert traces() == before


class TestTell:
    def test_the_same_step_at_another_time_is_another_letter(self) -> None:
        """Suspended, active and suspended again: the payee hears of each."""
        destination = propose(make_payee())
        for hours in (1, 3):
            at = AT + timedelta(hours=hours)
            stop(destination, to=DestinationStatus.SUSPENDED, why="the bank asks", actor="system:test", at=at)
            activate(destination, actor="system:test", at=at + timedelta(hours=1), reason="answered")
        assert told(destination) == ["active", "suspended", "active", "suspended", "active"]
