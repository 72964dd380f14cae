"""One sandbox process and one webhook receiver for all tests here; each test starts with both empty."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe

from payments.sandbox.testing import (
    API_KEY,
    SECRET,
    Control,
    Received,
    Receiver,
    Sandbox,
    receiving_webhooks,
    running_sandbox,
)


@dataclass(slots=True)
class RawAnswer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.text)
        return parsed

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["error"]
        return found


@dataclass(slots=True)
class Raw:
    """Stripe's wire without the SDK: form fields as given, no retries, headers to look at."""

    sandbox: Sandbox

    def __call__(
        self,
        method: str,
        path: str,
        fields: dict[str, str] | None = None,
        *,
        key: str = "",
        headers: dict[str, str] | None = None,
        api_key: str = API_KEY,
    ) -> RawAnswer:
        sent = {"Content-Type": "application/x-www-form-urlencoded"}
        if api_key:
            sent["Authorization"] = f"Bearer {api_key}"
        if key:
            sent["Idempotency-Key"] = key
        text = urlencode(fields or {})
        target = f"/stripe{path}" + (f"?{text}" if text and method != "POST" else "")
        connection = http.client.HTTPConnection(self.sandbox.host, self.sandbox.port, timeout=20)
        try:
            connection.request(
                method, target, body=text if method == "POST" else None, headers={**sent, **(headers or {})}
            )
            answer = connection.getresponse()
            return RawAnswer(answer.status, dict(answer.headers.items()), answer.read().decode())
        finally:
            connection.close()

    def upload(self, path: str, *, content: bytes, name: str, key: str = "", purpose: str = "dispute_evidence") -> Any:
        """A file, as `multipart/form-data`."""
        border = b"a-border-of-ours"
        parts = (
            (b'Content-Disposition: form-data; name="purpose"', purpose.encode()),
            (f'Content-Disposition: form-data; name="file"; filename="{name}"'.encode(), content),
        )
        body = b"".join(b"--%b\r\n%b\r\n\r\n%b\r\n" % (border, head, said) for head, said in parts)
        sent = {
            "Content-Type": f"multipart/form-data; boundary={border.decode()}",
            "Authorization": f"Bearer {API_KEY}",
            **({"Idempotency-Key": key} if key else {}),
        }
        connection = http.client.HTTPConnection(self.sandbox.host, self.sandbox.port, timeout=20)
        try:
            connection.request("POST", f"/stripe{path}", body=body + b"--%b--\r\n" % border, headers=sent)
            answer = connection.getresponse()
            return RawAnswer(answer.status, dict(answer.headers.items()), answer.read().decode())
        finally:
            connection.close()


@pytest.fixture(scope="session")
def shared_receiver() -> Iterator[Receiver]:
    with receiving_webhooks() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def shared_sandbox(shared_receiver: Receiver) -> Iterator[Sandbox]:
    with running_sandbox(webhook_url=shared_receiver.url) as sandbox:
        yield sandbox


def _accept(received: Received) -> int:
    return 200


@pytest.fixture
def sandbox(shared_sandbox: Sandbox, shared_receiver: Receiver) -> Sandbox:
    """Empty, and listening: every test may count from zero."""
    shared_receiver.answer = _accept
    shared_sandbox.control.reset()
    with shared_receiver.changed:
        shared_receiver.received.clear()
    return shared_sandbox


@pytest.fixture
def receiver(sandbox: Sandbox, shared_receiver: Receiver) -> Receiver:
    return shared_receiver


@pytest.fixture
def control(sandbox: Sandbox) -> Control:
    return sandbox.control


@pytest.fixture
def raw(sandbox: Sandbox) -> Raw:
    return Raw(sandbox)


@pytest.fixture
def new_client() -> Iterator[Callable[..., stripe.StripeClient]]:
    """Makes SDK clients, and closes their connections."""
    made: list[stripe.RequestsClient] = []

    def make(sandbox: Sandbox, *, retries: int = 0, timeout: float = 20) -> stripe.StripeClient:
        transport = stripe.RequestsClient(timeout=timeout)
        made.append(transport)
        return stripe.StripeClient(
            API_KEY,
            base_addresses={"api": sandbox.stripe_base},
            max_network_retries=retries,
            http_client=transport,
        )

    yield make
    for transport in made:
        transport.close()  # type: ignore[no-untyped-call]


@pytest.fixture
def client(sandbox: Sandbox, new_client: Callable[..., stripe.StripeClient]) -> stripe.StripeClient:
    return new_client(sandbox)


@pytest.fixture
def secret() -> str:
    return SECRET
