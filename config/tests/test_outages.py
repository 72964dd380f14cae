"""Redis wiped, Redis killed, PostgreSQL restarted and killed in mid-flight: everything ends done, and done once."""

from __future__ import annotations

import os
import signal
import time

import pytest

from config.tests.servers import BEAT, WORKER, Private
from config.tests.together import wait_for


def waiting_for(private: Private, number: int) -> None:
    """Until so many events have had all their effects."""
    wait_for(
        lambda: private.count("handled") == number == private.count("heard") and private.unfinished() == 0,
        f"{number} events are done",
    )


def stored(private: Private) -> int:
    return int(private.ask("SELECT count(*) FROM config_webhookevent")[0][0])


class TestRedis:
    def test_wiped_and_killed_in_mid_flight_costs_seconds_and_no_event(self, private: Private) -> None:
        """The doorbell may be lost at any moment: rows wait for the sweep, answers never wait for the doorbell."""
        valkey = private.services.valkey
        assert valkey is not None
        private.serve()
        worker = private.start("worker", WORKER)

        # The doorbell alone, without a beat.
        assert private.deliver("evt_0") == 200
        waiting_for(private, 1)

        # Rung while nobody hears it, and wiped: the nudge is gone, the rows are not.
        worker.stop(patience_s=10.0)
        assert {private.deliver(f"evt_wiped_{number}") for number in range(20)} == {200}
        with private.broker() as broker:
            wait_for(lambda: broker.llen("webhooks"), "the nudge is in the broker")
            broker.flushall()
        worker = private.start("worker", WORKER)
        private.start("beat", BEAT)
        waiting_for(private, 21)

        # Silent under web, worker and beat at once: answers that waited for it would take ten seconds each.
        assert valkey.child is not None
        os.kill(valkey.child.pid, signal.SIGSTOP)
        started = time.monotonic()
        assert {private.deliver(f"evt_silent_{number}") for number in range(20)} == {200}
        assert time.monotonic() - started < 100

        # Killed; the door goes on taking events in.
        os.kill(valkey.child.pid, signal.SIGKILL)
        wait_for(lambda: not valkey.running(), "Valkey is dead")
        assert {private.deliver(f"evt_killed_{number}") for number in range(20)} == {200}
        valkey.start()
        waiting_for(private, 61)
        assert worker.ended() is None, "the worker outlived it"
        assert private.twice() == []
        assert stored(private) == 61


class TestPostgres:
    @pytest.mark.parametrize("how", ["restarted", "killed"])
    def test_in_mid_flight_leaves_nothing_half_done(self, private: Private, how: str) -> None:
        """The worker outlives it; what was under way is rolled back, its lease runs out, and it is done once."""
        postgres = private.services.postgres
        assert postgres is not None
        private.serve()
        events = 300
        assert {private.deliver(f"evt_{number}") for number in range(events)} == {200}
        worker = private.start("worker", WORKER)
        private.start("beat", BEAT)
        wait_for(lambda: private.count("handled") > 20, "work is under way")
        if how == "restarted":
            postgres.stop()
        else:
            assert postgres.child is not None
            os.kill(postgres.child.pid, signal.SIGKILL)
            wait_for(lambda: not postgres.running(), "PostgreSQL is dead")
        postgres.start()
        assert 0 < private.count("handled") < events, "it was in the middle"
        assert private.deliver("evt_after") == 200
        private.end_leases()
        waiting_for_effects(private, events + 1)
        assert worker.ended() is None, "the worker outlived it"
        assert private.twice() == []
        assert stored(private) == events + 1


def waiting_for_effects(private: Private, number: int) -> None:
    """As above, where a listener may have been told again after a stamp that was lost with the server."""

    def done() -> bool:
        private.end_leases()
        heard = private.ask("SELECT count(DISTINCT fact_key) FROM config_outboxjob WHERE topic = 'heard'")[0][0]
        return private.count("handled") == number == heard and private.unfinished() == 0

    wait_for(done, f"{number} events are done")
