"""The courier: sends due webhooks from background threads, at least once, and rings due timers."""

from __future__ import annotations

import http.client
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from payments.sandbox import deliveries
from payments.sandbox.clock import Clock
from payments.sandbox.config import SandboxConfig
from payments.sandbox.deliveries import Delivery
from payments.sandbox.gateways import Outgoing, SandboxGateway
from payments.sandbox.store import Store, get_meta, set_meta

logger = logging.getLogger("sandbox.courier")

_PAUSED = "deliveries_paused"
# How long the courier sleeps at most, so that a moved clock or a row of another thread is seen.
_LONGEST_SLEEP_S = 0.25


class Courier:
    """Background delivery. What is being sent is known only in memory: after a crash it is simply sent again."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        config: SandboxConfig,
        gateways: Mapping[str, SandboxGateway],
        run_timers: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._config = config
        self._gateways = gateways
        self._run_timers = run_timers
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._in_flight: set[int] = set()
        self._pool = ThreadPoolExecutor(max_workers=config.delivery_threads, thread_name_prefix="sandbox-courier")
        self._thread = threading.Thread(target=self._loop, name="sandbox-heartbeat", daemon=True)
        with store.read() as transaction:
            self._paused = bool(get_meta(transaction, key=_PAUSED, default=False))

    @property
    def paused(self) -> bool:
        """Whether background delivery stands still."""
        return self._paused

    def start(self) -> None:
        """Starts the heartbeat."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the threads; what is on its way is finished first."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        self._pool.shutdown(wait=True)

    def discard(self) -> None:
        """Gives up an engine that was never started."""
        self._pool.shutdown(wait=True)

    def nudge(self) -> None:
        """Says that something new may be due."""
        self._wake.set()

    def pause(self, *, paused: bool) -> None:
        """Stops or resumes background delivery; kept over a restart. `flush` works meanwhile."""
        with self._store.write() as transaction:
            set_meta(transaction, key=_PAUSED, value=paused)
        self._paused = paused
        self.nudge()

    def flush(self, *, order: str, event_type: str, event_id: str, limit: int | None) -> list[dict[str, Any]]:
        """Sends all that waits, due or not, one after the other in the caller's thread.

        `order` is `created` or `reversed`. Returns what became of each, after everything on its way has arrived.
        """
        with self._store.read() as transaction:
            waiting = deliveries.waiting(transaction, event_type=event_type, event_id=event_id)
        if order == "reversed":
            waiting.reverse()
        chosen = waiting if limit is None else waiting[:limit]
        results = [self._send(delivery) for delivery in chosen if self._claim(delivery)]
        self.wait_until_idle(timeout_s=self._config.delivery_timeout_s)
        return results

    def wait_until_idle(self, *, timeout_s: float) -> bool:
        """Waits until nothing is on its way; False when the time is over."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._in_flight, timeout=timeout_s)

    def settle(self, *, timeout_s: float) -> bool:
        """Waits until nothing is due and nothing on its way; False when the time is over."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self.nudge()
            with self._store.read() as transaction:
                due = deliveries.due(transaction, now=self._clock.now(), limit=1)
            if not due and self.wait_until_idle(timeout_s=0.05):
                return True
            with self._changed:
                self._changed.wait(timeout=0.02)
        return False

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self._wake.wait(timeout=self._sleep_s())
                self._wake.clear()
                self._run_timers()
                if not self._paused:
                    self._dispatch()
            except Exception:
                # The heart must beat on after a bug; the log shows it, and the next beat if it stays.
                logger.exception("heartbeat failed")
                self._stopping.wait(timeout=1)
        self._store.close()

    def _sleep_s(self) -> float:
        with self._store.read() as transaction:
            due_at = None if self._paused else deliveries.next_due_at(transaction)
        if due_at is None or self._in_flight:
            return _LONGEST_SLEEP_S
        return min(_LONGEST_SLEEP_S, max(0.0, due_at - self._clock.now()))

    def _dispatch(self) -> None:
        free = self._config.delivery_threads * 2 - len(self._in_flight)
        if free <= 0:
            return
        with self._store.read() as transaction:
            due = deliveries.due(transaction, now=self._clock.now(), limit=free + len(self._in_flight))
        for delivery in due:
            if self._claim(delivery):
                self._pool.submit(self._send, delivery)

    def _claim(self, delivery: Delivery) -> bool:
        with self._changed:
            if delivery.seq in self._in_flight:
                return False
            self._in_flight.add(delivery.seq)
        # Between reading the row and claiming it another thread may have sent it.
        with self._store.read() as transaction:
            row = transaction.one("SELECT state, attempts FROM deliveries WHERE seq = ?", delivery.seq)
        if row is not None and row["state"] in ("pending", "held") and row["attempts"] == delivery.attempts:
            return True
        self._release(delivery)
        return False

    def _release(self, delivery: Delivery) -> None:
        with self._changed:
            self._in_flight.discard(delivery.seq)
            self._changed.notify_all()

    def _send(self, delivery: Delivery) -> dict[str, Any]:
        try:
            return self._attempt(delivery)
        except Exception:
            logger.exception("delivery %s failed", delivery.seq)
            raise
        finally:
            self._release(delivery)
            self.nudge()

    def _attempt(self, delivery: Delivery) -> dict[str, Any]:
        gateway = self._gateways[delivery.gateway]
        with self._store.read() as transaction:
            outgoing = gateway.outgoing(
                transaction,
                event_id=delivery.event_id,
                endpoint_id=delivery.endpoint_id,
                signature=delivery.signature,
                signed_at_s=int(self._clock.signing_now()),
            )
        if outgoing is None:
            status, error = None, "the endpoint or the event is gone"
        else:
            status, error = post(outgoing=outgoing, timeout_s=self._config.delivery_timeout_s)
        with self._store.write() as transaction:
            state = deliveries.record_attempt(
                transaction,
                delivery=delivery,
                status=status,
                error=error,
                retry_after_s=gateway.retry_after_s if outgoing is not None else (),
                now=self._clock.now(),
            )
            undelivered = deliveries.undelivered_endpoints(transaction, event_id=delivery.event_id)
            now = self._clock.now()
            gateway.note_delivery(transaction, event_id=delivery.event_id, undelivered=undelivered, now=now)
        return {
            "delivery": delivery.seq,
            "event": delivery.event_id,
            "type": delivery.event_type,
            "state": state,
            "status": status,
            "error": error,
        }


def post(*, outgoing: Outgoing, timeout_s: float) -> tuple[int | None, str]:
    """Posts a webhook; returns the status, or None and why there was no answer. Redirects are not followed."""
    target = urlsplit(outgoing.url)
    make = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = make(target.hostname or "", target.port, timeout=timeout_s)
    path = target.path or "/"
    if target.query:
        path += f"?{target.query}"
    try:
        connection.request("POST", path, body=outgoing.body, headers=outgoing.headers)
        answer = connection.getresponse()
        answer.read(65_536)
    except (OSError, http.client.HTTPException) as problem:
        return None, f"{type(problem).__name__}: {problem}"
    else:
        return answer.status, "" if 200 <= answer.status < 300 else f"answered {answer.status}"
    finally:
        connection.close()
