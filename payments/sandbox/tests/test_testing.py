"""The helpers that other tests stand on."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from payments.sandbox.conftest import Raw
from payments.sandbox.testing import Sandbox, SandboxDied, receiving_webhooks, running_sandbox


class TestRunningSandbox:
    def test_ends_with_its_block(self) -> None:
        with running_sandbox() as sandbox:
            assert sandbox.process is not None
            process = sandbox.process
            assert Raw(sandbox)("GET", "/v1/balance").status == 200
        assert process.poll() is not None
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((sandbox.host, sandbox.port), timeout=2)
        assert not sandbox.state.exists()

    def test_stops_when_asked_and_starts_again(self) -> None:
        with running_sandbox() as sandbox:
            Raw(sandbox)("POST", "/v1/customers", {})
            sandbox.stop()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((sandbox.host, sandbox.port), timeout=2)
            sandbox.start()
            assert len(Raw(sandbox)("GET", "/v1/customers").json["data"]) == 1

    def test_two_do_not_meet(self) -> None:
        with running_sandbox() as one, running_sandbox() as two:
            Raw(one)("POST", "/v1/customers", {})
            assert Raw(two)("GET", "/v1/customers").json["data"] == []

    def test_keeps_a_state_file_that_is_given(self, tmp_path: Path) -> None:
        state = tmp_path / "kept.sqlite3"
        with running_sandbox(state=state) as sandbox:
            Raw(sandbox)("POST", "/v1/customers", {})
        with running_sandbox(state=state) as sandbox:
            assert len(Raw(sandbox)("GET", "/v1/customers").json["data"]) == 1

    def test_inherits_no_gateway_from_the_caller(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with receiving_webhooks() as wrong:
            monkeypatch.setenv("SANDBOX_STRIPE_WEBHOOK_URL", wrong.url)
            monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_wrong")
            with running_sandbox() as sandbox:
                Raw(sandbox)("POST", "/v1/customers", {})
                assert sandbox.control.get("stripe/webhook")["url"] == ""
            assert wrong.received == []

    def test_a_sandbox_that_cannot_start_says_why(self, tmp_path: Path) -> None:
        sandbox = Sandbox(
            state=tmp_path / "state.sqlite3",
            environment={"PATH": os.environ["PATH"], "SANDBOX_STRIPE_FEE_BPS": "three"},
        )
        with pytest.raises(SandboxDied, match="SANDBOX_STRIPE_FEE_BPS"):
            sandbox.start()


class TestReceiver:
    def test_waits_no_longer_than_it_is_told(self) -> None:
        with receiving_webhooks() as receiver, pytest.raises(TimeoutError, match="0 of 1"):
            receiver.wait_for(1, timeout_s=0.01)
