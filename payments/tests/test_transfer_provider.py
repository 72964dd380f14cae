"""The adapter of the sandbox's transfer provider passes the suite, over HTTP."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from config.calls.tests.scripted import closed_port
from config.kernel import clock
from orders.tickets.providers.contract import TransferProvider, TransferView
from orders.tickets.providers.guard import Guarded
from orders.tickets.providers.sandbox.adapter import HEADER, SandboxProvider
from orders.tickets.providers.tests.conformance.base import made, seen
from orders.tickets.providers.tests.conformance.network import NetworkConformance
from orders.tickets.providers.tests.conformance.suite import TransferConformance
from orders.tickets.providers.tests.conformance.telling import TellingConformance
from payments.gateways.tests.conformance.sandboxed import IMPATIENCE_S, PATIENCE_S, SLOWNESS_S
from payments.sandbox.testing import TRANSFERS, Sandbox, running_sandbox

KEY = TRANSFERS["TRANSFER_SANDBOX_API_KEY"]


def _unobserved(*, gateway: str, operation: str, outcome: str, seconds: float) -> None:
    del gateway, operation, outcome, seconds


class OverHttp:
    """See `NetworkHarness` and `TellingHarness`: the sandbox's control endpoint plays all of it."""

    webhook_secrets = ("the newer secret of two", "the older secret of two")

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self._control = sandbox, sandbox.control
        self._control.reset()
        self._adapter = self._made(KEY, sandbox.transfers_base)
        self.provider: TransferProvider = Guarded(self._adapter, observe=_unobserved)

    def _made(self, key: str, base: str) -> SandboxProvider:
        return SandboxProvider(
            api_base=base, api_key=key, webhook_secrets=self.webhook_secrets, read_timeout_s=PATIENCE_S
        )

    def misconfigured(self) -> TransferProvider:
        return Guarded(self._made("another key", self._sandbox.transfers_base), observe=_unobserved)

    def unreachable(self) -> TransferProvider:
        return Guarded(self._made(KEY, f"http://127.0.0.1:{closed_port()}/transfers"), observe=_unobserved)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._control.get("clock")["now"], tz=UTC)

    def _order(self, view: TransferView, verb: str) -> None:
        if seen(self, view).state.is_open:
            self._control.post(f"transfers/transfers/{view.provider_id}/{verb}")

    def accept(self, view: TransferView) -> None:
        self._order(view, "accept")

    def decline(self, view: TransferView) -> None:
        self._order(view, "reject")

    def pass_time_beyond(self, view: TransferView) -> None:
        assert view.expires_at is not None
        self._control.shift_clock(max((view.expires_at - self.now() + timedelta(seconds=1)).total_seconds(), 0))

    def transfers_made(self, reference: str) -> int:
        found = self._control.get("objects", gateway="transfers", kind="ticket_transfer")["objects"]
        return sum(each["body"]["reference"] == reference for each in found)

    def told(self, secret: str, view: TransferView) -> tuple[dict[str, str], bytes]:
        body: bytes = self._control.get("transfers/events", transfer=view.provider_id)["events"][0]["text"].encode()
        stamp = str(int(clock.now().timestamp()))
        digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return {HEADER: f"t={stamp},v1={digest}"}, body

    @contextmanager
    def _fault(self, kind: str, **rule: object) -> Iterator[None]:
        with ExitStack() as faults:
            fault = self._control.fault(kind, gateway="transfers", method="*", path="*", count=None, **rule)
            faults.callback(self._control.delete, f"faults/{fault}")
            yield

    @contextmanager
    def answers_lost(self) -> Iterator[None]:
        with self._fault("lost_answer"):
            yield

    @contextmanager
    def broken_after(self) -> Iterator[None]:
        with self._fault("error", status=500, stage="after"):
            yield

    @contextmanager
    def broken_before(self) -> Iterator[None]:
        with self._fault("error", status=503, stage="before"):
            yield

    @contextmanager
    def limited(self) -> Iterator[None]:
        with self._fault("error", status=429, stage="before"):
            yield

    @contextmanager
    def slow(self) -> Iterator[None]:
        with self._fault("delay", delay_s=SLOWNESS_S, stage="after"):
            self._adapter.wire.read_timeout_s = IMPATIENCE_S
            try:
                yield
            finally:
                self._adapter.wire.read_timeout_s = PATIENCE_S


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.mark.django_db
class TestSandbox(TransferConformance, NetworkConformance, TellingConformance):
    @pytest.fixture
    def harness(self, running: Sandbox) -> OverHttp:
        return OverHttp(running)

    def test_a_part_that_is_taken_is_left_to_a_person(self, harness: OverHttp) -> None:
        view = made(harness)
        harness._control.post(f"transfers/transfers/{view.provider_id}/accept", ticketIds=[view.tickets[0]])
        assert (seen(harness, view).state, seen(harness, view).status) == ("needs_review", "PARTIALLY_TRANSFERRED")

    def test_a_word_that_nobody_has_heard_before_is_left_to_a_person(self, harness: OverHttp) -> None:
        view = made(harness)
        harness._control.post(f"transfers/transfers/{view.provider_id}/status", status="ON_HOLD")
        assert (seen(harness, view).state, seen(harness, view).status) == ("needs_review", "ON_HOLD")
