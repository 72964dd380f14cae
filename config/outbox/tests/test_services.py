"""A job is written with its fact or not at all, once per listener and fact; a dead one is a person's business."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from redis import Redis

from config.audit.models import AuditEntry
from config.audit.services import NotInTransaction
from config.kernel.states import MoveNotAllowed
from config.outbox.models import OutboxJob
from config.outbox.runner import LANES, OUTBOX
from config.outbox.services import UndeclaredTopic, emit, revive, skip
from config.outbox.states import OUTBOX_STATES
from config.outbox.tests.listening import FIRST, MONEY, SECOND, Heard
from config.queue.engine import claim, stamp
from config.queue.tests.rows import job
from config.tests.together import begin, elsewhere, together, wait_for, wait_until_somebody_waits_for_a_lock

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def tell(topic: str = "thing.made", *, fact_key: str = "thing_1", **options: Any) -> None:
    with transaction.atomic():
        emit(topic, fact_key=fact_key, payload={"thing": fact_key}, at=AT, **options)


def written() -> list[tuple[str, str, str]]:
    return list(OutboxJob.objects.order_by("pk").values_list("listener", "lane", "fact_key"))


@pytest.mark.django_db(transaction=True)
class TestEmit:
    def test_writes_one_job_per_listener(self, heard: Heard) -> None:
        tell()
        assert written() == [
            (FIRST, "outbox", "thing.made:thing_1"), (SECOND, "outbox", "thing.made:thing_1")
        ]  # fmt: skip
        row = OutboxJob.objects.first()
        assert row is not None
        assert (row.topic, row.state, row.payload, row.due_at) == ("thing.made", "due", {"thing": "thing_1"}, AT)
        assert (row.created_at, row.attempts, row.ordering_key) == (AT, 0, "")

    def test_goes_into_the_lane_of_its_listener(self, heard: Heard) -> None:
        tell("thing.paid")
        assert written() == [(MONEY, "money", "thing.paid:thing_1")]

    def test_can_be_due_later(self, heard: Heard) -> None:
        tell("thing.paid", due_at=AT + timedelta(hours=1))
        assert OutboxJob.objects.get().due_at == AT + timedelta(hours=1)

    def test_a_silent_topic_writes_nothing(self, heard: Heard) -> None:
        tell("thing.silent")
        assert written() == []

    def test_is_refused_outside_a_transaction(self, heard: Heard) -> None:
        """A job without its fact would be a lie."""
        with pytest.raises(NotInTransaction, match=r"thing\.made emitted outside a transaction"):
            emit("thing.made", fact_key="thing_1", payload={}, at=AT)
        assert written() == []

    def test_of_an_undeclared_topic_is_refused(self, heard: Heard) -> None:
        with pytest.raises(UndeclaredTopic, match=r"thing\.mad$"):
            tell("thing.mad")
        assert written() == []

    def test_is_undone_with_the_fact_that_never_was(self, heard: Heard) -> None:
        with transaction.atomic():
            emit("thing.made", fact_key="thing_1", payload={}, at=AT)
            transaction.set_rollback(True)
        assert written() == []

    def test_is_seen_with_the_fact_and_not_before(self, heard: Heard) -> None:
        with transaction.atomic():
            emit("thing.made", fact_key="thing_1", payload={}, at=AT)
            assert elsewhere(written) == []
        assert len(elsewhere(written)) == 2

    def test_the_same_fact_told_again_writes_nothing(self, heard: Heard) -> None:
        tell()
        OutboxJob.objects.update(state="done")
        tell()
        assert list(OutboxJob.objects.values_list("state", flat=True)) == ["done", "done"]

    def test_two_facts_are_two_jobs(self, heard: Heard) -> None:
        tell("thing.paid", fact_key="one")
        tell("thing.paid", fact_key="two")
        assert len(written()) == 2

    def test_the_same_key_under_two_topics_is_two_facts(self, heard: Heard, settings: Any) -> None:
        settings.LISTENERS = {**settings.LISTENERS, "thing.unmade": [FIRST]}
        tell("thing.made")
        tell("thing.unmade")
        assert OutboxJob.objects.filter(listener=FIRST).count() == 2

    def test_a_listener_that_was_added_later_hears_only_what_it_has_not(self, heard: Heard, settings: Any) -> None:
        settings.LISTENERS = {**settings.LISTENERS, "thing.made": [FIRST]}
        tell()
        settings.LISTENERS = {**settings.LISTENERS, "thing.made": [FIRST, SECOND]}
        tell()
        assert [listener for listener, _, _ in written()] == [FIRST, SECOND]

    def test_twenty_at_once_write_one_job_per_listener(self, heard: Heard) -> None:
        assert together([tell] * 20) == [None] * 20
        assert sorted(listener for listener, _, _ in written()) == sorted([FIRST, SECOND])

    def test_a_key_that_does_not_fit_is_an_error_and_not_another_key(self, heard: Heard) -> None:
        with pytest.raises(Exception, match="too long"):
            tell(fact_key="x" * 200)
        assert written() == []


@pytest.mark.django_db(transaction=True)
class TestNudge:
    @pytest.fixture(autouse=True)
    def broker(self) -> Iterator[Redis]:
        client = Redis.from_url(django_settings.CELERY_BROKER_URL)
        client.delete(*LANES)
        yield client
        client.delete(*LANES)
        client.close()

    def test_rings_in_the_lane_of_the_listener_alone(self, heard: Heard, broker: Redis) -> None:
        tell("thing.paid")
        wait_for(lambda: broker.llen("money"), "money is rung")
        assert broker.llen("mail") == 0


@pytest.mark.django_db(transaction=True)
class TestOrderingKey:
    def test_writers_of_one_key_take_turns(self, heard: Heard) -> None:
        """Else the second could commit first, be seen alone, and run before what was written before it."""
        with transaction.atomic():
            emit("thing.paid", fact_key="first", payload={}, at=AT, ordering_key="zoho:1")
            second = begin(lambda: tell("thing.paid", fact_key="second", ordering_key="zoho:1"))
            wait_until_somebody_waits_for_a_lock()
            assert elsewhere(lambda: claim(OUTBOX, at=AT, lane="money")) == []
        second.result(30)
        (row,) = claim(OUTBOX, at=AT, lane="money")
        assert OutboxJob.objects.get(pk=row.id).fact_key == "thing.paid:first"
        stamp(OUTBOX, row, state="done")
        (row,) = claim(OUTBOX, at=AT, lane="money")
        assert OutboxJob.objects.get(pk=row.id).fact_key == "thing.paid:second"

    def test_writers_of_other_keys_and_of_none_do_not_wait(self, heard: Heard) -> None:
        with transaction.atomic():
            emit("thing.paid", fact_key="first", payload={}, at=AT, ordering_key="zoho:1")
            elsewhere(lambda: tell("thing.paid", fact_key="second", ordering_key="zoho:2"))
            elsewhere(lambda: tell("thing.paid", fact_key="third"))

    def test_nothing_of_the_turn_stays_on_the_connection(self, heard: Heard) -> None:
        """A pooler hands the connection to somebody else after the commit."""
        tell("thing.paid", fact_key="first", ordering_key="zoho:1")
        elsewhere(lambda: tell("thing.paid", fact_key="second", ordering_key="zoho:1"))
        assert len(written()) == 2

    def test_order_is_that_of_the_commits_among_many(self, heard: Heard) -> None:
        together(
            [lambda number=number: tell("thing.paid", fact_key=f"{number}", ordering_key="k") for number in range(10)]
        )
        ran = []
        while rows := claim(OUTBOX, at=AT, lane="money"):
            assert len(rows) == 1
            ran.append(rows[0].id)
            stamp(OUTBOX, rows[0], state="done")
        assert ran == sorted(ran)
        assert len(ran) == 10


@pytest.mark.django_db
class TestRevive:
    def test_puts_a_dead_job_on_the_first_step_again(self) -> None:
        row = job(state="dead", attempts=6, lost_leases=3, last_error_code="down")
        later = AT + timedelta(days=2)
        assert revive(row, actor="user:ops", reason="the listener is repaired", at=later) is True
        row.refresh_from_db()
        assert (row.state, row.due_at, row.attempts, row.lost_leases, row.replays) == ("due", later, 0, 0, 1)

    def test_is_kept_with_who_and_why(self) -> None:
        row = job(state="dead")
        revive(row, actor="user:ops", reason="the listener is repaired", at=AT)
        entry = AuditEntry.objects.get()
        assert (entry.subject_type, entry.subject_id) == ("outboxjob", str(row.pk))
        assert (entry.from_state, entry.to_state) == ("dead", "due")
        assert (entry.actor, entry.reason, entry.at) == ("user:ops", "the listener is repaired", AT)

    def test_told_twice_does_it_once(self) -> None:
        row = job(state="dead")
        assert revive(row, actor="user:ops", reason="r", at=AT) is True
        assert revive(row, actor="user:other", reason="r", at=AT) is False
        row.refresh_from_db()
        assert (row.replays, AuditEntry.objects.count()) == (1, 1)


@pytest.mark.django_db
class TestSkip:
    def test_is_final_and_kept(self) -> None:
        row = job(state="dead")
        assert skip(row, actor="user:ops", reason="done by hand", at=AT) is True
        assert skip(row, actor="user:ops", reason="done by hand", at=AT) is False
        row.refresh_from_db()
        assert row.state == "skipped"
        entry = AuditEntry.objects.get()
        assert (entry.from_state, entry.to_state, entry.reason) == ("dead", "skipped", "done by hand")


@pytest.mark.django_db
class TestByHand:
    """All pairs of states, over the two acts that a person has."""

    @pytest.mark.parametrize(
        ("origin", "target", "allowed"),
        [
            (origin, target, allowed)
            for origin, target, allowed in OUTBOX_STATES.pairs()
            if target in ("due", "skipped")
        ],
    )
    def test_only_a_dead_job_is_revived_or_skipped(self, origin: str, target: str, allowed: bool) -> None:
        row = job(state=origin)
        act = revive if target == "due" else skip
        if allowed:
            assert act(row, actor="user:ops", reason="r", at=AT)
        else:
            with pytest.raises(MoveNotAllowed):
                act(row, actor="user:ops", reason="r", at=AT)
        row.refresh_from_db()
        assert row.state == (target if allowed else origin)
        assert AuditEntry.objects.count() == allowed


@pytest.mark.django_db(transaction=True)
class TestTwoPersons:
    def test_one_revives_the_other_skips_and_one_of_them_wins(self) -> None:
        row = job(state="dead")
        outcomes = together(
            [
                lambda: revive(row, actor="user:one", reason="r", at=AT),
                lambda: skip(row, actor="user:two", reason="r", at=AT),
            ]
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["MoveNotAllowed", "bool"]
        assert AuditEntry.objects.count() == 1


@pytest.mark.django_db
class TestConstraints:
    def test_are_sentences(self) -> None:
        with pytest.raises(IntegrityError, match="an_outbox_job_has_a_known_state"), transaction.atomic():
            job(state="parked")
        job(fact_key="same")
        with pytest.raises(IntegrityError, match="a_listener_hears_a_fact_once"), transaction.atomic():
            job(fact_key="same")
