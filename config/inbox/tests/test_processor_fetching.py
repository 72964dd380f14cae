"""A handler that needs the gateway is rolled back, and runs again with the answer; no lock is held meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction

from config.calls.barrier import CallInsideTransaction, check_call_allowed
from config.inbox.contract import Event, Handled, NeedsFetch
from config.inbox.models import WebhookEvent
from config.inbox.processor import MAX_FETCHES
from config.inbox.tests.toy import SOURCE, Script, effect, effects, received
from config.inbox.tests.turns import fresh, lose_the_lease, process, raising
from config.kernel.errors import Unavailable
from config.tests.together import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


class TestNeedsFetch:
    def test_rolls_back_fetches_without_a_lock_and_runs_again_with_the_answer(self, script: Script) -> None:
        row = received()

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            effect(f"run {len(script.handled)}")
            if ("payment", "pi_1") not in fetched:
                raise NeedsFetch("payment", "pi_1")
            return Handled.processed(f"got {fetched['payment', 'pi_1']}")

        def fetch(kind: str, object_id: str) -> Any:
            check_call_allowed("a question")  # no transaction is open
            assert effects() == [], "the first run was rolled back"
            assert elsewhere(can_be_locked)
            return "the answer"

        def can_be_locked() -> bool:
            with transaction.atomic():
                return bool(WebhookEvent.objects.select_for_update(nowait=True).get(pk=row.pk))

        script.handle, script.fetch = handle, fetch
        process()
        assert script.fetched == [(SOURCE, "payment", "pi_1")]
        assert (fresh(row).state, fresh(row).note, fresh(row).attempts) == ("processed", "got the answer", 1)
        assert effects() == ["run 2"]

    def test_each_thing_is_asked_for_once(self, script: Script) -> None:
        wanted = [("payment", "pi_1"), ("refunds", "pi_1"), ("payment", "pi_2")]

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            for key in wanted:
                if key not in fetched:
                    raise NeedsFetch(*key)
            return Handled.processed("done")

        script.handle = handle
        row = received()
        process()
        assert [(kind, object_id) for _, kind, object_id in script.fetched] == wanted
        assert fresh(row).state == "processed"

    def test_an_answer_that_there_is_nothing_is_an_answer(self, script: Script) -> None:
        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if ("payment", "pi_1") not in fetched:
                raise NeedsFetch("payment", "pi_1")
            return Handled.foreign("unknown there too") if fetched["payment", "pi_1"] is None else Handled.processed("")

        script.handle, script.fetch = handle, lambda kind, object_id: None
        row = received()
        process()
        assert fresh(row).state == "foreign"

    def test_a_gateway_that_does_not_answer_is_no_bug(self, script: Script, caplog: pytest.LogCaptureFixture) -> None:
        def fetch(kind: str, object_id: str) -> Any:
            raise Unavailable("no answer")

        script.handle, script.fetch = raising(NeedsFetch("payment", "pi_1")), fetch
        row = received()
        process()
        assert (fresh(row).state, fresh(row).last_error_code, effects()) == ("due", "unavailable", [])
        assert not [record for record in caplog.records if record.levelno > logging.WARNING]

    def test_a_handler_that_is_never_satisfied_is_stopped(self, script: Script) -> None:
        script.handle = raising(NeedsFetch("payment", "pi_1"))
        row = received()
        process()
        assert len(script.fetched) == MAX_FETCHES
        assert (fresh(row).state, fresh(row).last_error_code) == ("due", "too_many_fetches")

    def test_the_lease_may_be_lost_while_the_gateway_thinks(self, script: Script) -> None:
        row = received()

        def fetch(kind: str, object_id: str) -> Any:
            if len(script.fetched) == 1:
                elsewhere(lose_the_lease)
                elsewhere(process)
            return "the answer"

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if not fetched:
                raise NeedsFetch("payment", "pi_1")
            effect(f"run {len(script.handled)}")
            return Handled.processed("done")

        script.handle, script.fetch = handle, fetch
        process()
        assert len(effects()) == 1
        assert (fresh(row).state, fresh(row).attempts) == ("processed", 2)

    def test_a_handler_that_calls_out_by_itself_is_caught(self, script: Script) -> None:
        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            with pytest.raises(CallInsideTransaction):
                check_call_allowed("a question")
            return Handled.processed("caught")

        script.handle = handle
        row = received()
        process()
        assert fresh(row).note == "caught"
