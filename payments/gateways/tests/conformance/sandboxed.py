"""What the harnesses of all gateways share where our sandbox plays the gateway: its weather, its clock, its truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import ClassVar

from payments.gateways.contract import Gateway
from payments.gateways.guard import Guarded
from payments.sandbox.testing import Sandbox

PATIENCE_S = 10.0  # longer than a busy machine needs
IMPATIENCE_S = 0.3
SLOWNESS_S = 0.9


def guarded(adapter: Gateway) -> Gateway:
    """As the registry does it; the suite does not count."""
    return Guarded(adapter, observe=_unobserved)


def _unobserved(*, gateway: str, operation: str, outcome: str, seconds: float) -> None:
    del gateway, operation, outcome, seconds


class Sandboxed:
    """The network and the truth, played by the sandbox's control endpoint."""

    name: ClassVar[str]
    struck: ClassVar[Sequence[tuple[str, str]]]
    """Method and path of what the weather strikes."""
    mark: ClassVar[str] = "payment={}"
    """How our id stands on what moved."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._control = sandbox.control
        self._control.reset()

    def _wait_at_most(self, seconds: float) -> None:
        """How long the adapter under test waits for an answer from now on."""
        raise NotImplementedError

    def _strikes(self, kind: str) -> Sequence[tuple[str, str]]:
        """What a kind of weather strikes: everything, where the adapter needs no look to come through."""
        del kind
        return self.struck

    @contextmanager
    def _fault(self, kind: str, **rule: object) -> Iterator[None]:
        with ExitStack() as faults:
            for method, path in self._strikes(kind):
                fault = self._control.fault(kind, gateway=self.name, method=method, path=path, count=None, **rule)
                faults.callback(self._control.delete, f"faults/{fault}")
            yield

    @contextmanager
    def answers_lost(self) -> Iterator[None]:
        with self._fault("lost_answer"):
            yield

    @contextmanager
    def broken_after(self) -> Iterator[None]:
        with self._fault("error", status=500, stage="after", stored=True):
            yield

    @contextmanager
    def broken_before(self) -> Iterator[None]:
        with self._fault("error", status=503, stage="before", stored=False):
            yield

    @contextmanager
    def limited(self) -> Iterator[None]:
        with self._fault("error", status=429, stage="before", stored=False):
            yield

    @contextmanager
    def slow(self) -> Iterator[None]:
        with self._fault("delay", delay_s=SLOWNESS_S, stage="after"):
            self._wait_at_most(IMPATIENCE_S)
            try:
                yield
            finally:
                self._wait_at_most(PATIENCE_S)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._control.get("clock")["now"], tz=UTC)

    def _moved_minor(self, our_id: str, effect: str) -> int:
        return self._control.moved(self.mark.format(our_id), effect)[1]

    def taken_minor(self, our_id: str) -> int:
        return self._moved_minor(our_id, "captured")

    def given_back_minor(self, our_id: str) -> int:
        return self._moved_minor(our_id, "refunded") - self._moved_minor(our_id, "refund_returned")

    def refunds_made(self, our_id: str) -> int:
        return self._control.moved(self.mark.format(our_id), "refunded")[0]
