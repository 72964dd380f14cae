"""A scripted server in Razorpay's place, and a client of it, so that transport and package are under test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from payments.gateways.razorpay.adapter import RazorpayGateway
from payments.gateways.razorpay.client import RazorpayClient
from payments.gateways.tests.scripted import Reply, Script, listening

KEY_ID, KEY_SECRET = "rzp_test_OfNobody000000", "secretOfNobody0000000000"


@dataclass
class Scripted(Script):
    client: RazorpayClient = field(kw_only=True)

    @property
    def gateway(self) -> RazorpayGateway:
        return RazorpayGateway(self.client, key_id=KEY_ID, key_secret=KEY_SECRET)


def refusal(status: int, *, code: str = "BAD_REQUEST_ERROR", **more: Any) -> Reply:
    """An error in Razorpay's form."""
    error = {"code": code, "description": "A description.", "source": "business", "step": "payment_initiation",
             "reason": "input_validation_failed", "metadata": {}} | more  # fmt: skip
    return Reply(status, {"error": error}, {"X-Razorpay-Request-Id": "req_refused"})


@contextmanager
def scripted(*replies: Reply, read_timeout_s: float = 5.0) -> Iterator[Scripted]:
    """A client of a server that gives these replies in turn."""
    with listening() as server:
        client = RazorpayClient(
            key_id=KEY_ID, key_secret=KEY_SECRET, api_base=f"{server.base}/", read_timeout_s=read_timeout_s
        )
        script = server.script = Scripted(list(replies), client=client)
        try:
            yield script
        finally:
            client.session.close()
