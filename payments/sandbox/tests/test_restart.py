"""`kill -9` at any moment: state, keys, timers and undelivered webhooks are there again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from payments.sandbox.conftest import Raw, RawAnswer
from payments.sandbox.serve import PROJECT
from payments.sandbox.testing import Receiver, Sandbox, SandboxDied, receiving_webhooks, running_sandbox

FIELDS = {"amount": "2000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}


@pytest.fixture
def own_receiver() -> Iterator[Receiver]:
    with receiving_webhooks() as receiver:
        yield receiver


@pytest.fixture
def own_sandbox(own_receiver: Receiver) -> Iterator[Sandbox]:
    with running_sandbox(webhook_url=own_receiver.url) as sandbox:
        yield sandbox


class TestKill:
    def test_objects_keys_and_effects_survive(self, own_sandbox: Sandbox) -> None:
        raw = Raw(own_sandbox)
        first = raw("POST", "/v1/payment_intents", FIELDS, key="k1")
        port = own_sandbox.port
        own_sandbox.restart()
        assert own_sandbox.port == port
        again = raw("POST", "/v1/payment_intents", FIELDS, key="k1")
        assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")
        assert raw("GET", f"/v1/payment_intents/{first.json['id']}").json["status"] == "succeeded"
        assert own_sandbox.control.effects("", effect="captured")["count"] == 1
        assert own_sandbox.control.requests(key="k1")["count"] == 2

    def test_undelivered_webhooks_are_delivered_afterwards(self, own_sandbox: Sandbox, own_receiver: Receiver) -> None:
        own_sandbox.control.pause()
        Raw(own_sandbox)("POST", "/v1/payment_intents", FIELDS)
        own_sandbox.restart()
        # The pause is kept too: a drill may kill the sandbox and decide afterwards what arrives.
        assert own_sandbox.control.get("")["paused"] is True
        assert own_receiver.received == []
        own_sandbox.control.resume()
        received = own_receiver.wait_for(3)
        assert sorted(each.json["type"] for each in received) == [
            "charge.succeeded",
            "payment_intent.created",
            "payment_intent.succeeded",
        ]

    def test_one_that_was_on_its_way_is_sent_again(self, own_sandbox: Sandbox, own_receiver: Receiver) -> None:
        arrived, go_on = threading.Event(), threading.Event()

        def hold(received: object) -> int:
            arrived.set()
            go_on.wait(10)
            return 200

        own_receiver.answer = hold
        Raw(own_sandbox)("POST", "/v1/customers", {})
        assert arrived.wait(10)
        own_sandbox.kill()
        own_receiver.answer = lambda received: 200
        go_on.set()
        own_sandbox.start()
        received = own_receiver.wait_for(2)
        assert len({each.json["id"] for each in received}) == 1

    def test_timers_ring_afterwards(self, own_sandbox: Sandbox, own_receiver: Receiver) -> None:
        raw = Raw(own_sandbox)
        session = raw(
            "POST",
            "/v1/checkout/sessions",
            {
                "mode": "payment",
                "success_url": "https://shop.test/ok",
                "line_items[0][quantity]": "1",
                "line_items[0][price_data][currency]": "usd",
                "line_items[0][price_data][unit_amount]": "700",
                "line_items[0][price_data][product_data][name]": "Tea",
            },
        ).json
        own_sandbox.restart()
        own_sandbox.control.shift_clock(24 * 60 * 60 + 1)
        own_sandbox.restart()
        assert own_receiver.wait_for(1, type="checkout.session.expired")
        assert raw("GET", f"/v1/checkout/sessions/{session['id']}").json["status"] == "expired"

    def test_in_the_middle_of_a_request_all_or_nothing_happened(self, own_sandbox: Sandbox) -> None:
        raw = Raw(own_sandbox)
        own_sandbox.control.fault("delay", path="/v1/payment_intents", delay_s=30, stage="after")
        failures: list[BaseException] = []

        def ask() -> None:
            try:
                raw("POST", "/v1/payment_intents", FIELDS, key="k1")
            except OSError as failure:
                failures.append(failure)

        asking = threading.Thread(target=ask)
        asking.start()
        _wait_until(lambda: own_sandbox.control.effects("", effect="captured")["count"] == 1)
        own_sandbox.kill()
        asking.join()
        assert len(failures) == 1
        own_sandbox.start()
        again: RawAnswer = raw("POST", "/v1/payment_intents", FIELDS, key="k1")
        assert (again.status, again.json["status"], again.headers["Idempotent-Replayed"]) == (200, "succeeded", "true")
        assert own_sandbox.control.effects("", effect="captured")["count"] == 1


class TestParent:
    def test_a_killed_parent_leaves_no_process(self, tmp_path: Path) -> None:
        script = textwrap.dedent(
            """
            import sys, time
            from pathlib import Path
            from payments.sandbox.testing import Sandbox, running_sandbox
            with running_sandbox(state=Path(sys.argv[1])) as sandbox:
                print(sandbox.process.pid, flush=True)
                time.sleep(60)
            """
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "state.sqlite3")],
            stdout=subprocess.PIPE,
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        family = [server, *_children(server)]
        assert len(family) == 2
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        parent.stdout.close()
        _wait_until(lambda: not any(_runs(each) for each in family))

    def test_one_state_file_serves_one_process(self, own_sandbox: Sandbox) -> None:
        second = Sandbox(state=own_sandbox.state, environment=own_sandbox.environment)
        with pytest.raises(SandboxDied, match="in use by another sandbox"):
            second.start()
        assert Raw(own_sandbox)("GET", "/v1/balance").status == 200


def _children(process: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _runs(process: int) -> bool:
    """Whether it still runs; a zombie does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.01)
    raise TimeoutError
