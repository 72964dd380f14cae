"""Many events at once: asked for by one person, allowed by another, done in batches that end and resume."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from config.audit.models import AuditEntry
from config.inbox import bulk
from config.inbox.models import ReplayRequest, WebhookEvent
from config.inbox.states import REPLAY_STATES, ReplayStatus
from config.inbox.tests.toy import AT, SOURCE, received
from config.kernel.errors import FourEyes
from config.kernel.states import MoveNotAllowed
from config.outbox.models import OutboxJob
from config.outbox.runner import NotYet, run_outbox
from config.tests.together import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("script")]
DAY = timedelta(days=1)


def selection(**options: Any) -> bulk.Selection:
    given: dict[str, Any] = {"source": SOURCE, "since": AT - DAY, "until": AT + DAY}
    return bulk.Selection(**{**given, **options})


def handled(number: int = 1, *, state: str = "processed", **fields: Any) -> list[WebhookEvent]:
    events = [received(**fields) for _ in range(number)]
    WebhookEvent.objects.filter(pk__in=[event.pk for event in events]).update(state=state)
    return events


def asked(**options: Any) -> ReplayRequest:
    return bulk.request(selection=selection(**options), actor="user:ann", reason="after the fix", at=AT)


def approved(**options: Any) -> ReplayRequest:
    row = asked(**options)
    bulk.approve(request_pk=row.pk, actor="user:bob", reason="looked at it", at=AT)
    return ReplayRequest.objects.get(pk=row.pk)


def run(row: ReplayRequest) -> bool:
    """One run of the listener. Whether there is more."""
    try:
        bulk.apply_approved({"request": row.public_id}, AT)
    except NotYet as later:
        return later.until == AT + bulk.PAUSE
    return False


def states() -> dict[str, int]:
    found = list(WebhookEvent.objects.values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


class TestSelection:
    def test_takes_what_was_received_in_the_period_oldest_first(self) -> None:
        early, late = received(at=AT - 2 * DAY), received(at=AT + DAY)
        second, first = received(at=AT), received(at=AT - timedelta(hours=1))
        WebhookEvent.objects.update(state="processed")
        assert [event.pk for event in selection().events()] == [first.pk, second.pk]
        assert {early.pk, late.pk}.isdisjoint(event.pk for event in selection().events())

    def test_takes_one_type_and_some_states_where_they_are_named(self) -> None:
        made, gone = handled(type="thing.made")[0], handled(type="thing.gone", state="dead")[0]
        assert [event.pk for event in selection(type="thing.made").events()] == [made.pk]
        assert [event.pk for event in selection(states=("dead",)).events()] == [gone.pk]

    def test_leaves_out_what_is_purged_or_not_handled_yet(self) -> None:
        purged = handled()[0]
        WebhookEvent.objects.filter(pk=purged.pk).update(body=None)
        received()
        assert selection().count() == 0

    @pytest.mark.parametrize(
        "wrong", [{"until": AT - DAY}, {"states": ()}, {"states": ("due",)}, {"states": ("parked", "dead")}]
    )
    def test_refuses_what_cannot_be_selected(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(bulk.WrongPeriod):
            selection(**wrong).check()

    def test_is_read_in_batches_that_neither_miss_nor_repeat(self) -> None:
        events = handled(7)  # all received at the same instant: the id decides
        found = [event.pk for batch in bulk.batches(selection(), size=3) for event in batch]
        assert found == [event.pk for event in events]


class TestRequest:
    def test_writes_down_what_was_asked_for_and_replays_nothing(self) -> None:
        handled(3)
        row = asked()
        assert (row.status, row.matched, row.requested_by) == ("requested", 3, "user:ann")
        assert states() == {"processed": 3}
        assert not OutboxJob.objects.exists()
        assert AuditEntry.objects.get().facts == {"matched": 3}

    def test_refuses_nothing_and_the_impossible(self) -> None:
        with pytest.raises(bulk.NothingSelected):
            asked()
        with pytest.raises(bulk.WrongPeriod):
            asked(until=AT - DAY)
        assert not ReplayRequest.objects.exists()
        assert not AuditEntry.objects.exists()


class TestApprove:
    def test_refuses_the_person_who_asked(self) -> None:
        handled()
        row = asked()
        before = AuditEntry.objects.count()
        with pytest.raises(FourEyes):
            bulk.approve(request_pk=row.pk, actor="user:ann", reason="me", at=AT)
        row.refresh_from_db()
        assert (row.status, AuditEntry.objects.count(), OutboxJob.objects.count()) == ("requested", before, 0)

    def test_the_database_refuses_them_too(self) -> None:
        handled()
        row = asked()
        with pytest.raises(IntegrityError, match="a_bulk_replay_is_allowed_by_somebody_else"):
            ReplayRequest.objects.filter(pk=row.pk).update(status="approved", decided_by="user:ann", decided_at=AT)

    def test_lets_it_run_by_a_job_of_its_own(self) -> None:
        handled()
        row = approved()
        assert (row.status, row.decided_by, row.decided_at) == ("approved", "user:bob", AT)
        assert OutboxJob.objects.get().payload == {"request": row.public_id}

    def test_of_several_at_once_one_does_it(self) -> None:
        handled()
        row = asked()
        answers = together(
            [lambda: bulk.approve(request_pk=row.pk, actor="user:bob", reason="yes", at=AT) for _ in range(3)]
        )
        assert sorted(answers) == [False, False, True]  # type: ignore[type-var]
        assert OutboxJob.objects.count() == 1

    def test_is_too_late_once_it_is_rejected(self) -> None:
        handled()
        row = asked()
        bulk.reject(request_pk=row.pk, actor="user:ann", reason="wrong period", at=AT)
        with pytest.raises(MoveNotAllowed):
            bulk.approve(request_pk=row.pk, actor="user:bob", reason="yes", at=AT)
        assert not OutboxJob.objects.exists()


class TestApply:
    def test_replays_in_batches_and_says_when_it_is_done(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bulk, "BATCH", 3)
        handled(7)
        row = approved()
        assert [run(row), run(row), run(row)] == [True, True, False]
        row.refresh_from_db()
        assert (row.status, row.replayed, row.skipped, row.finished_at) == ("done", 7, 0, AT)
        assert states() == {"due": 7}
        assert set(WebhookEvent.objects.values_list("replays", flat=True)) == {1}

    def test_goes_on_where_it_stands_and_repeats_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bulk, "BATCH", 2)
        handled(3)
        row = approved()
        run(row)
        WebhookEvent.objects.update(state="processed")  # the inbox was quick
        assert run(row) is False
        assert sorted(WebhookEvent.objects.values_list("replays", flat=True)) == [1, 1, 1]

    def test_names_both_persons_in_the_trail_of_each_event(self) -> None:
        event = handled()[0]
        row = approved()
        run(row)
        entry = AuditEntry.objects.get(subject_type="webhookevent", subject_id=str(event.pk))
        assert (entry.actor, entry.reason) == ("user:bob", f"{row.public_id}: after the fix")
        assert row.requested_by == "user:ann"

    def test_skips_what_cannot_be_replayed_any_more(self) -> None:
        gone, there = handled(2)
        row = approved()
        WebhookEvent.objects.filter(pk=gone.pk).update(state="parked", wake_key="obj_1")
        run(row)
        row.refresh_from_db()
        there.refresh_from_db()
        assert (row.status, row.replayed, there.state) == ("done", 1, "due")

    def test_stopped_it_goes_no_further(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bulk, "BATCH", 2)
        handled(6)
        row = approved()
        run(row)
        bulk.stop(request_pk=row.pk, actor="user:bob", reason="too much", at=AT)
        assert run(row) is False
        assert states() == {"due": 2, "processed": 4}

    def test_runs_as_an_outbox_job_until_it_is_done(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bulk, "BATCH", 2)
        handled(3)
        row = approved()
        run_outbox(lane="outbox", now=lambda: AT)
        job = OutboxJob.objects.get()
        assert (job.state, job.attempts, job.last_error_code) == ("due", 0, "more_to_replay")
        run_outbox(lane="outbox", now=lambda: AT + bulk.PAUSE)
        job.refresh_from_db()
        row.refresh_from_db()
        assert (job.state, row.status, row.replayed) == ("done", "done", 3)

    @pytest.mark.parametrize("status", ["requested", "rejected"])
    def test_does_nothing_that_was_not_allowed(self, status: str) -> None:
        handled()
        row = asked()
        ReplayRequest.objects.filter(pk=row.pk).update(status=status)
        assert run(row) is False
        assert states() == {"processed": 1}


class TestStates:
    @pytest.mark.parametrize(("origin", "target", "allowed"), list(REPLAY_STATES.pairs()))
    def test_walks_every_pair(self, origin: str, target: str, allowed: bool) -> None:
        handled()
        row = asked()
        decided = {} if origin == "requested" else {"decided_by": "user:bob", "decided_at": AT}
        ReplayRequest.objects.filter(pk=row.pk).update(status=origin, **decided)
        verbs = {"approved": bulk.approve, "rejected": bulk.reject, "stopped": bulk.stop}
        if target not in verbs:
            return
        if allowed:
            assert verbs[target](request_pk=row.pk, actor="user:bob", reason="x", at=AT) is True
            return
        before = list(ReplayRequest.objects.values()), AuditEntry.objects.count(), OutboxJob.objects.count()
        with pytest.raises(MoveNotAllowed):
            verbs[target](request_pk=row.pk, actor="user:bob", reason="x", at=AT)
        assert (list(ReplayRequest.objects.values()), AuditEntry.objects.count(), OutboxJob.objects.count()) == before

    def test_every_state_is_named(self) -> None:
        assert set(ReplayStatus.values) == set(REPLAY_STATES.states)
