"""Replaying from the command line: what is told, what is done, and what is left out."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config.accounts.models import User
from config.audit.models import AuditEntry
from config.audit.services import record
from config.inbox.contract import Event, Handled
from config.inbox.models import WebhookEvent
from config.inbox.tests import toy
from config.inbox.tests.toy import AT, SOURCE, Script, received
from config.outbox.models import OutboxJob

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def script(settings: Any) -> Script:
    return toy.configure(settings)


def handled(number: int = 1, **fields: Any) -> list[WebhookEvent]:
    events = [received(**fields) for _ in range(number)]
    WebhookEvent.objects.filter(pk__in=[event.pk for event in events]).update(state="processed")
    return events


def run(*options: str, **given: Any) -> str:
    said = StringIO()
    call_command(
        "replay_webhooks",
        "--gateway",
        SOURCE,
        "--since",
        "2026-11-20",
        "--until",
        "2026-11-22",
        *options,
        stdout=said,
        **given,
    )
    return said.getvalue()


def rows() -> tuple[Any, ...]:
    return (
        list(WebhookEvent.objects.order_by("pk").values()),
        AuditEntry.objects.count(),
        OutboxJob.objects.count(),
        User.objects.count(),
    )


class TestDryRun:
    def test_tells_each_event_and_the_sum_and_writes_nothing(self, script: Script) -> None:
        def handle(event: Event, fetched: Any) -> Handled:
            if event.type == "thing.gone":
                return Handled.ignored("a type that we do not handle")
            person = User.objects.create_user(f"{event.id}@example.com", None)
            record(person, act="move", actor="gateway:toy", at=AT, from_state="a", to_state="b")
            return Handled.processed("made somebody")

        script.handle = handle
        made, gone = handled(type="thing.made")[0], handled(type="thing.gone")[0]
        before = rows()
        said = run("--dry-run")
        assert f"{made.event_id} thing.made would be processed: made somebody" in said
        assert re.search(r"    user usr_\w+: a → b", said)
        assert f"{gone.event_id} thing.gone would be ignored" in said
        assert "2 events looked at, 1 would change something. Nothing was changed." in said
        assert rows() == before

    def test_looks_at_no_more_than_it_was_asked_to(self) -> None:
        handled(5)
        assert "2 events looked at" in run("--dry-run", "--limit", "2")


class TestReplay:
    def test_makes_them_due_with_who_and_why(self) -> None:
        handled(3)
        said = run("--actor", "user:usr_ops", "--reason", "after the fix", "--rate", "1000")
        assert "Done: 3 events are due again, 0 were skipped." in said
        assert "purged" in said
        assert set(WebhookEvent.objects.values_list("state", "replays")) == {("due", 1)}
        assert set(AuditEntry.objects.values_list("actor", "reason")) == {("user:usr_ops", "after the fix")}

    def test_names_whoever_sits_at_the_shell_where_nobody_is_named(self) -> None:
        handled()
        run()
        assert AuditEntry.objects.get().actor.startswith("command:")

    def test_takes_only_the_type_and_state_that_were_named(self) -> None:
        made, gone = handled(type="thing.made")[0], handled(type="thing.gone")[0]
        WebhookEvent.objects.filter(pk=made.pk).update(state="dead")
        run("--state", "dead")
        assert WebhookEvent.objects.get(pk=made.pk).state == "due"
        run("--type", "thing.gone")
        assert WebhookEvent.objects.get(pk=gone.pk).state == "due"

    def test_leaves_alone_what_is_outside_the_period(self) -> None:
        old = received(at=AT - timedelta(days=5))
        WebhookEvent.objects.filter(pk=old.pk).update(state="processed")
        assert "Done: 0 events" in run()
        assert WebhookEvent.objects.get(pk=old.pk).state == "processed"

    def test_stops_at_its_limit(self) -> None:
        handled(5)
        assert "Done: 2 events" in run("--limit", "2", "--rate", "1000")
        assert WebhookEvent.objects.filter(state="due").count() == 2

    def test_is_not_faster_than_its_rate(self, monkeypatch: pytest.MonkeyPatch) -> None:
        waits: list[float] = []
        monkeypatch.setattr("config.management.commands.replay_webhooks.sleep", waits.append)
        handled(6)
        run("--rate", "2")
        assert len(waits) == 3
        assert all(0.5 < wait <= 1.0 for wait in waits)

    def test_goes_on_to_now_where_no_end_is_named(self) -> None:
        handled()
        said = StringIO()
        call_command("replay_webhooks", "--gateway", SOURCE, "--since", "2026-11-20T00:00Z", stdout=said)
        assert "Done: " in said.getvalue()


class TestRefusals:
    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"gateway": "nobody"}, "there is no gateway nobody"),
            ({"since": "yesterday"}, "--since is not a date"),
            ({"until": "2026-13-45"}, "--until is not a date"),
            ({"until": "2026-11-19"}, "The end lies before the beginning"),
            ({"rate": 0}, "--rate is 1 or more"),
        ],
    )
    def test_says_what_is_wrong_and_does_nothing(self, wrong: dict[str, Any], said: str) -> None:
        handled()
        before = rows()
        given = {"gateway": SOURCE, "since": "2026-11-20", "until": "2026-11-22", **wrong}
        with pytest.raises(CommandError, match=re.escape(said)):
            call_command("replay_webhooks", **given)
        assert rows() == before
