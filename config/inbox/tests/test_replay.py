"""Handling an event again: what it would do is shown truly, and doing it is counted and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from config.accounts.models import User
from config.audit.models import AuditEntry
from config.audit.services import record
from config.calls.barrier import check_call_allowed
from config.inbox.contract import Event, Handled, Hopeless, NeedsFetch, Park
from config.inbox.models import WebhookEvent
from config.inbox.processor import BodyPurged, process_inbox
from config.inbox.replay import OUTCOMES, NotReplayable, dry_run, replay
from config.inbox.states import REPLAYABLE, InboxState
from config.inbox.tests.toy import AT, Script, effects, received
from config.kernel.errors import Conflict
from config.outbox.models import OutboxJob
from config.outbox.services import emit
from config.tests.together import elsewhere, together

pytestmark = pytest.mark.django_db(transaction=True)


def stands(state: str, **columns: Any) -> WebhookEvent:
    event = received()
    if state == "parked":
        columns.setdefault("wake_key", "obj_of_ours")
    WebhookEvent.objects.filter(pk=event.pk).update(state=state, **columns)
    return WebhookEvent.objects.get(pk=event.pk)


def replayed(event: WebhookEvent, **options: Any) -> bool:
    return replay(event_pk=event.pk, **{"actor": "user:ops", "reason": "after the fix", "at": AT, **options})


def everything() -> tuple[Any, ...]:
    """All rows that a replay or a handler could touch."""
    return (
        list(WebhookEvent.objects.order_by("pk").values()),
        list(AuditEntry.objects.order_by("pk").values()),
        list(OutboxJob.objects.order_by("pk").values()),
        list(User.objects.order_by("pk").values()),
    )


class TestReplay:
    @pytest.mark.parametrize("state", sorted(REPLAYABLE))
    def test_makes_a_handled_event_due_from_the_first_step(self, script: Script, state: str) -> None:
        event = stands(state, attempts=18, lost_leases=2)
        assert replayed(event) is True
        event.refresh_from_db()
        assert (event.state, event.due_at, event.attempts, event.lost_leases, event.replays) == ("due", AT, 0, 0, 1)
        assert process_inbox(now=lambda: AT) == 1
        assert [handled.event_id for handled in script.handled] == [event.event_id]

    def test_is_kept_with_who_and_why_and_from_where(self, script: Script) -> None:
        event = stands("dead")
        replayed(event)
        entry = AuditEntry.objects.get()
        assert (entry.subject_type, entry.subject_id, entry.act) == ("webhookevent", str(event.pk), "replayed")
        assert (entry.actor, entry.reason) == ("user:ops", "after the fix")
        assert (entry.from_state, entry.to_state) == ("dead", "due")

    def test_of_one_that_is_due_does_nothing(self, script: Script) -> None:
        event = stands("due")
        before = everything()
        assert replayed(event) is False
        assert everything() == before

    def test_refuses_one_that_waits_for_its_object(self, script: Script) -> None:
        event = stands("parked")
        before = everything()
        with pytest.raises(NotReplayable):
            replayed(event)
        assert everything() == before

    def test_says_that_a_purged_body_cannot_be_read_again(self, script: Script) -> None:
        event = stands("processed", body=None)
        before = everything()
        with pytest.raises(BodyPurged):
            replayed(event)
        assert everything() == before

    def test_of_two_at_once_one_does_it(self, script: Script) -> None:
        event = stands("dead")
        assert sorted(map(str, together([lambda: replayed(event)] * 4))) == ["False", "False", "False", "True"]
        assert WebhookEvent.objects.get().replays == 1

    def test_every_state_but_parked_and_due_can_be_replayed(self) -> None:
        assert set(InboxState.values) - REPLAYABLE == {"due", "parked"}


def writing(event: Event, fetched: Any) -> Handled:
    """A handler with every kind of effect."""
    person = User.objects.create_user(f"{event.id}@example.com", None)
    record(person, act="seen", actor="gateway:toy", at=AT, to_state="active")
    emit("replay.approved", fact_key=event.event_id, payload={"request": "x"}, at=AT)
    transaction.on_commit(lambda: committed.append(event.event_id))
    return Handled.processed("made somebody")


committed: list[str] = []


class TestDryRun:
    def test_tells_the_difference_and_writes_nothing(self, script: Script) -> None:
        script.handle = writing
        event = stands("dead")
        before = everything()
        difference = dry_run(event_pk=event.pk, at=AT)
        assert (difference.outcome, difference.note) == ("processed", "made somebody")
        assert [(move.subject, move.act, move.target) for move in difference.moves] == [("user", "seen", "active")]
        assert difference.jobs == ("replay.approved → config.inbox.bulk.apply_approved",)
        assert not difference.changes_nothing
        assert everything() == before
        assert committed == []

    def test_runs_the_very_handler_over_the_very_payload(self, script: Script) -> None:
        event = stands("ignored")
        dry_run(event_pk=event.pk, at=AT)
        seen = script.handled[0]
        assert (seen.event_id, seen.type, seen.object_id) == (event.event_id, event.type, event.object_id)
        assert seen.payload["id"] == event.event_id

    def test_then_the_replay_does_what_was_shown(self, script: Script) -> None:
        script.handle = writing
        event = stands("dead")
        shown = dry_run(event_pk=event.pk, at=AT)
        replayed(event)
        before = OutboxJob.objects.count()
        process_inbox(now=lambda: AT)
        assert OutboxJob.objects.count() - before == len(shown.jobs)
        event.refresh_from_db()
        assert event.note == shown.note

    @pytest.mark.parametrize(
        ("raised", "outcome", "note"),
        [
            (Park("obj_7"), "parked", "obj_7"),
            (NeedsFetch("payment", "pi_7"), "needs_gateway", "payment pi_7"),
            (Hopeless("unreadable_object", "no amount"), "dead", "no amount (unreadable_object)"),
            (Conflict("not now"), "refused", "not now (conflict)"),
            (KeyError("charge"), "failed", "KeyError: 'charge'"),
        ],
    )
    def test_says_what_the_handler_would_raise(
        self, script: Script, raised: Exception, outcome: str, note: str
    ) -> None:
        def handle(event: Event, fetched: Any) -> Handled:
            raise raised

        script.handle = handle
        event = stands("dead")
        before = everything()
        difference = dry_run(event_pk=event.pk, at=AT)
        assert difference.outcome == outcome
        assert note in difference.note
        assert everything() == before

    def test_says_which_constraint_would_refuse_it(self, script: Script) -> None:
        def handle(event: Event, fetched: Any) -> Handled:
            User.objects.create_user("ann@example.com", None)
            return Handled.processed("made her twice")

        User.objects.create_user("ann@example.com", None)
        script.handle = handle
        difference = dry_run(event_pk=stands("dead").pk, at=AT)
        assert difference.outcome == "failed"
        assert "an email belongs to one user" in difference.note

    def test_asks_nothing_of_the_outside(self, script: Script) -> None:
        def handle(event: Event, fetched: Any) -> Handled:
            check_call_allowed("toy.get_payment")
            return Handled.processed("asked")

        script.handle = handle
        difference = dry_run(event_pk=stands("dead").pk, at=AT)
        assert difference.outcome == "needs_gateway"
        assert script.fetched == []

    def test_gives_up_on_rows_that_somebody_is_changing(self, script: Script) -> None:
        person = User.objects.create_user("ann@example.com", None)

        def handle(event: Event, fetched: Any) -> Handled:
            User.objects.select_for_update().get(pk=person.pk)
            return Handled.processed("locked")

        script.handle = handle
        event = stands("dead")
        with transaction.atomic():
            User.objects.select_for_update().get(pk=person.pk)
            difference = elsewhere(lambda: dry_run(event_pk=event.pk, at=AT))
        assert difference.outcome == "busy"

    def test_says_that_a_purged_body_cannot_be_replayed(self, script: Script) -> None:
        assert dry_run(event_pk=stands("processed", body=None).pk, at=AT).outcome == "purged"
        assert script.handled == []

    def test_has_words_for_every_outcome(self) -> None:
        handled: list[Callable[..., Handled]] = [Handled.processed, Handled.ignored, Handled.foreign]
        assert {make("").outcome for make in handled} <= set(OUTCOMES)

    def test_an_event_that_changes_nothing_is_said_to(self, script: Script) -> None:
        difference = dry_run(event_pk=stands("processed").pk, at=AT)
        assert difference.changes_nothing
        assert effects() == []


def test_the_constraint_error_of_the_driver_names_the_constraint() -> None:
    """What `dry_run` reads the sentence from."""
    User.objects.create_user("ann@example.com", None)
    with pytest.raises(IntegrityError) as caught, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO config_user (public_id, password, email, name, roles, time_zone, is_active, created_at)"
            " SELECT 'usr_2', password, email, name, roles, time_zone, is_active, now() FROM config_user"
        )
    assert caught.value.__cause__.diag.constraint_name == "an_email_belongs_to_one_user"
