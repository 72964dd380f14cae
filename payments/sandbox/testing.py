"""A private sandbox for tests and drills: a child process with its own state file, port and webhook receiver."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from payments.sandbox.control_client import Control, ControlFailed
from payments.sandbox.receiver import Received, Receiver, receiving_webhooks
from payments.sandbox.serve import PARENT, PROJECT, gunicorn_command, sandbox_environment

SECRET = "whsec_sandbox_testing_secret_0123456789"  # noqa: S105  opens nothing outside a test
API_KEY = "sk_test_sandbox_testing"
CONNECT_SECRET = "whsec_sandbox_testing_connect_9876543210"  # noqa: S105  the same
PHONEPE = {
    "PHONEPE_CLIENT_ID": "SANDBOXUAT",
    "PHONEPE_CLIENT_SECRET": "sandbox-testing-phonepe-secret",
    "PHONEPE_WEBHOOK_USERNAME": "sandboxhook",
    "PHONEPE_WEBHOOK_PASSWORD": "sandbox-hook-pass",
    "SANDBOX_PHONEPE_REFUND_AFTER_S": "0",
}
RAZORPAY_KEY_ID = "rzp_test_SandboxTesting"
RAZORPAY_KEY_SECRET = "sandboxTestingKeySecret0"  # noqa: S105  the same
RAZORPAYX = {
    "RAZORPAYX_KEY_ID": "rzp_test_SandboxTestingX",
    "RAZORPAYX_KEY_SECRET": "sandboxTestingXKeySecret",
    "RAZORPAYX_ACCOUNT_NUMBER": "7878780080316316",
}
TRANSFERS = {
    "TRANSFER_SANDBOX_API_KEY": "sandbox-testing-transfer-key",
    "TRANSFER_SANDBOX_WEBHOOK_SECRET": SECRET,
    "SANDBOX_TRANSFER_WEBHOOK_URL": "none",
}
# What a sandbox of a test reads of its environment, and never inherits.
OURS = ("SANDBOX_", "STRIPE_", "RAZORPAY", "PHONEPE_", "TRANSFER_", "PUBLIC_URL", "DJANGO_", "GUNICORN_")
_READY_WITHIN_S = 30

__all__ = [
    "API_KEY",
    "CONNECT_SECRET",
    "PHONEPE",
    "RAZORPAYX",
    "RAZORPAY_KEY_ID",
    "RAZORPAY_KEY_SECRET",
    "SECRET",
    "TRANSFERS",
    "Control",
    "ControlFailed",
    "Received",
    "Receiver",
    "Sandbox",
    "SandboxDied",
    "receiving_webhooks",
    "running_sandbox",
]


class SandboxDied(Exception):
    """The sandbox process ended while it was needed; the message holds its log."""


@dataclass(slots=True)
class Sandbox:
    """A sandbox process. `kill` is `kill -9`; `start` after it goes on with the same state on the same port."""

    state: Path
    environment: dict[str, str]
    host: str = "127.0.0.1"
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        """Where the sandbox answers."""
        return f"http://{self.host}:{self.port}"

    @property
    def stripe_base(self) -> str:
        """The value of STRIPE_API_BASE."""
        return f"{self.base_url}/stripe"

    @property
    def phonepe_base(self) -> str:
        """The value of PHONEPE_API_BASE."""
        return f"{self.base_url}/phonepe/apis/pg-sandbox"

    @property
    def transfers_base(self) -> str:
        """The value of TRANSFER_SANDBOX_API_BASE."""
        return f"{self.base_url}/transfers"

    @property
    def razorpay_base(self) -> str:
        """The value of RAZORPAY_API_BASE."""
        return f"{self.base_url}/razorpay"

    @property
    def control(self) -> Control:
        """A client of its control endpoint."""
        return Control(self.host, self.port)

    @property
    def log(self) -> Path:
        """The server's output."""
        return self.state.with_suffix(".log")

    def start(self) -> None:
        """Starts the process and waits until it answers. The port is bound here, so that no other can take it."""
        with socket.socket() as listener, self.log.open("ab") as log:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._bind(listener)
            listener.listen(512)
            self.port = listener.getsockname()[1]
            environment = {
                **sandbox_environment(environ=self.environment),
                "SANDBOX_STATE": str(self.state),
                PARENT: str(os.getpid()),
            }
            self.process = subprocess.Popen(
                gunicorn_command(bind=f"fd://{listener.fileno()}"),
                env=environment,
                cwd=PROJECT,
                pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_ready()

    def kill(self) -> None:
        """`kill -9` of server and worker, at this instant."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
        self._wait_until_gone()

    def stop(self) -> None:
        """Asks the server to end, and ends it after a while."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=8)
            self.process = None
            self._wait_until_gone()
        except subprocess.TimeoutExpired:
            self.kill()

    def restart(self) -> None:
        """`kill -9`, then start again."""
        self.kill()
        self.start()

    def _wait_until_gone(self) -> None:
        """The worker is no child of ours; it is gone when nobody listens any more."""
        deadline = time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex((self.host, self.port)) != 0:
                    return
            time.sleep(0.005)

    def _bind(self, listener: socket.socket) -> None:
        """A worker that was killed a moment ago may still hold the port."""
        deadline = time.monotonic() + _READY_WITHIN_S
        while True:
            try:
                listener.bind((self.host, self.port))
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def wait_until_ready(self) -> None:
        """Waits until it answers; raises SandboxDied with its log when it ends instead."""
        deadline = time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            if self._answers():
                return
            time.sleep(0.02)
        self.kill()
        raise SandboxDied(self.log.read_text(errors="replace")[-4_000:])

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@contextmanager
def running_sandbox(
    *, webhook_url: str = "", secrets: str = SECRET, state: Path | None = None, **environment: str
) -> Iterator[Sandbox]:
    """A fresh sandbox on a free port, gone at the end of the block, and gone too when this process is killed.

    Without `webhook_url` events are stored and listed, and nothing is delivered. Late balance transactions and refund
    references come only by order (`SANDBOX_STRIPE_LATE_FEE_S=manual`), retries after 0.2 s and 0.4 s; `environment`
    overrides any variable. `state` keeps the file beyond the block.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        sandbox = Sandbox(
            state=state or Path(folder) / "state.sqlite3",
            environment={
                **inherited,
                "SANDBOX_STRIPE_WEBHOOK_URL": webhook_url or "none",
                "STRIPE_WEBHOOK_SECRET": secrets,
                "STRIPE_CONNECT_WEBHOOK_SECRET": CONNECT_SECRET,
                "SANDBOX_STRIPE_LATE_FEE_S": "manual",
                "SANDBOX_PHONEPE_WEBHOOK_URL": "none",
                **PHONEPE,
                **TRANSFERS,
                "SANDBOX_RAZORPAY_WEBHOOK_URL": "none",
                "RAZORPAY_KEY_ID": RAZORPAY_KEY_ID,
                "RAZORPAY_KEY_SECRET": RAZORPAY_KEY_SECRET,
                "RAZORPAY_WEBHOOK_SECRET": secrets,
                **RAZORPAYX,
                "RAZORPAYX_WEBHOOK_SECRET": ",".join(f"x-{secret}" for secret in secrets.split(",")),
                "SANDBOX_WEBHOOK_RETRY_S": "0.2,0.4",
                **environment,
            },
        )
        sandbox.start()
        try:
            yield sandbox
        finally:
            sandbox.kill()
