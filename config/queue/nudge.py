"""Rings the doorbell: tells Celery that a queue has due rows, off the request's path and coalesced."""

from __future__ import annotations

import logging
import os
import threading
import time

from django.db import transaction

from config.celery import app
from config.ops.metrics import nudge_failure

log = logging.getLogger(__name__)
INTERVAL_S = 0.05
# Which task answers a nudge on which queue. Beat runs the same tasks, so that a lost nudge costs seconds, never work.
TASKS = {"webhooks": "inbox.process", "outbox": "outbox.run", "money": "outbox.run", "mail": "outbox.run"}


class Doorbell:
    """One thread per process publishes at most one nudge per queue and interval."""

    def __init__(self) -> None:
        self.start_over()

    def start_over(self) -> None:
        """Forgets thread and locks: a fork inherits the locks as they stood, perhaps held, but not the thread that
        would let them go."""
        self._wanted: set[str] = set()
        self._ring = threading.Condition()
        self._thread: threading.Thread | None = None

    def nudge(self, queue: str) -> None:
        """Returns at once; failures to publish are counted, never raised."""
        with self._ring:
            self._wanted.add(queue)
            if self._thread is None or not self._thread.is_alive():
                self._begin()
            self._ring.notify()

    def _begin(self) -> None:
        thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads, or the interpreter is ending
            nudge_failure()
            log.warning("nudge not delivered: no thread")
        else:
            self._thread = thread

    def _run(self) -> None:
        while True:
            with self._ring:
                self._ring.wait_for(lambda: self._wanted)
                wanted, self._wanted = self._wanted, set()
            for queue in sorted(wanted):
                publish(queue)
            time.sleep(INTERVAL_S)


def publish(queue: str) -> None:
    """Sends the nudge now. A broker that does not answer is counted: the sweep will find the rows."""
    arguments = [] if queue == "webhooks" else [queue]
    try:
        app.send_task(TASKS[queue], args=arguments, queue=queue, ignore_result=True, retry=False, expires=60)
    except Exception:  # noqa: BLE001 - whatever the broker's client raises, work is not lost by it
        nudge_failure()
        log.warning("nudge not delivered", extra={"queue": queue})


doorbell = Doorbell()
os.register_at_fork(after_in_child=doorbell.start_over)
nudge = doorbell.nudge


def nudge_on_commit(queue: str) -> None:
    """Rings once the rows can be seen by others."""
    transaction.on_commit(lambda: nudge(queue))
