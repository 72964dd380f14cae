"""A sweep visits every row whose time has come, and none stands in the way of another."""

from __future__ import annotations

import logging

import pytest

from config.kernel.errors import Conflict
from config.outbox.models import OutboxJob
from config.queue.sweep import Swept, sweep
from config.queue.tests.rows import jobs

pytestmark = pytest.mark.django_db


class TestSweep:
    def test_visits_each_row_once_in_the_order_of_its_key(self) -> None:
        rows = jobs(7)
        visited: list[int] = []
        result = sweep("test", OutboxJob.objects.all(), lambda key: not visited.append(key), batch=3)  # type: ignore[func-returns-value]
        assert visited == [row.pk for row in rows]
        assert result == Swept(done=7)

    def test_of_nothing(self) -> None:
        assert sweep("test", OutboxJob.objects.all(), lambda key: True) == Swept()

    def test_tells_what_was_done_from_what_was_not(self, caplog: pytest.LogCaptureFixture) -> None:
        rows = jobs(4)

        def act(key: int) -> bool:
            if key == rows[0].pk:
                raise Conflict("moved already")
            if key == rows[1].pk:
                raise ZeroDivisionError
            return key == rows[2].pk

        with caplog.at_level(logging.INFO, logger="config.queue.sweep"):
            assert sweep("test", OutboxJob.objects.all(), act) == Swept(done=1, refused=2, failed=1)
        levels = {record.levelname: record for record in caplog.records}
        assert levels["INFO"].__dict__["code"] == "conflict"
        assert levels["ERROR"].__dict__["row"] == rows[1].pk
        assert levels["ERROR"].exc_info

    def test_goes_on_over_rows_that_its_own_acts_took_away(self) -> None:
        jobs(10)

        def act(key: int) -> bool:
            OutboxJob.objects.filter(pk=key).update(state="done")
            return True

        assert sweep("test", OutboxJob.objects.filter(state="due"), act, batch=3).done == 10

    def test_ends_at_its_limit(self) -> None:
        jobs(10)
        assert sweep("test", OutboxJob.objects.all(), lambda key: True, batch=2, limit=4).done == 4
