"""A hint that comes again while its object is asked about has it asked about once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from config.inbox.contract import Event, Handled, NeedsFetch, Park, Verified
from config.inbox.models import WebhookEvent
from config.inbox.storing import HINTS_APART, store
from config.inbox.tests.toy import AT, SOURCE, Script
from config.inbox.tests.turns import process
from config.tests.together import begin, elsewhere, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)
HINT = Verified(SOURCE, "a hint", "thing.made", "obj_1", False, AT, is_hint=True)


def tell(verified: Verified = HINT) -> None:
    store(source=SOURCE, verified=verified, body=b"{}", at=AT)


def row() -> WebhookEvent:
    return WebhookEvent.objects.get()


def telling_meanwhile(verified: Verified, ending: Exception | None = None) -> Any:
    """A handler that has asked, and during whose first turn the same is told again."""

    def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
        if not fetched:
            raise NeedsFetch("thing", "obj_1")
        return Handled.processed("asked")

    def fetch(kind: str, object_id: str) -> Any:
        if row().deliveries == 1:
            elsewhere(lambda: tell(verified))
            if ending is not None:
                raise ending
        return {"kind": kind}

    return {"handle": handle, "fetch": fetch}


class TestToldAgainWhileItIsAskedAbout:
    def test_is_asked_about_once_more(self, script: Script) -> None:
        tell()
        script.__dict__.update(telling_meanwhile(HINT))
        assert process() == 1
        assert (row().state, row().due_at, row().attempts) == ("due", AT + HINTS_APART, 0)
        assert process() == 0
        assert process(AT + HINTS_APART) == 1
        assert (row().state, len(script.fetched)) == ("processed", 2)
        assert process(AT + timedelta(days=1)) == 0

    def test_a_signed_event_is_not(self, script: Script) -> None:
        signed = replace(HINT, is_hint=False)
        tell(signed)
        script.__dict__.update(telling_meanwhile(signed))
        assert process() == 1
        assert (row().state, row().deliveries, len(script.fetched)) == ("processed", 2, 1)

    def test_one_whose_turn_fails_is_tried_again_as_ever(self, script: Script) -> None:
        tell()
        script.__dict__.update(telling_meanwhile(HINT, ZeroDivisionError()))
        process()
        assert (row().state, row().attempts) == ("due", 1)
        process(AT + timedelta(seconds=1))
        assert (row().state, len(script.fetched)) == ("processed", 2)

    def test_one_that_waits_for_its_object_looks_again(self, script: Script) -> None:
        tell()

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            raise Park("obj_1")

        script.handle = handle
        process()
        assert row().state == "parked"
        tell()
        script.handle = lambda event, fetched: Handled.processed("asked")
        assert process() == 1
        assert (row().state, row().wake_key) == ("processed", "")


class TestRace:
    def test_one_that_is_told_between_the_answer_and_its_commit_finds_what_was_stamped(self, script: Script) -> None:
        """The stamp holds the row's lock: the delivery waits for it, and makes due what was processed."""
        tell()
        running: list[Any] = []

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if len(script.handled) == 1:
                # The row is locked as the stamp would lock it; who tells again has to wait for the commit.
                WebhookEvent.objects.select_for_update().get()
                running.append(begin(tell))
                wait_until_somebody_waits_for_a_lock()
            return Handled.processed("asked")

        script.handle = handle
        process()
        running[0].result(timeout=20)
        assert (row().state, row().deliveries) == ("due", 2)
        assert process(AT + HINTS_APART) == 1
        assert row().state == "processed"
