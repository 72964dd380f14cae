"""The transfer provider behind the sandbox's shared parts: its timers, its webhooks, its calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from payments.sandbox.config import SandboxConfig
from payments.sandbox.gateways import Outgoing, nobody
from payments.sandbox.objects import Objects
from payments.sandbox.store import Transaction
from payments.sandbox.timers import Timer
from payments.sandbox.transfers import offers, webhooks
from payments.sandbox.transfers.call import GATEWAY, Call


class TransfersGateway:
    """See `payments.sandbox.gateways.SandboxGateway`."""

    name = GATEWAY

    def __init__(self, *, config: SandboxConfig) -> None:
        self.config = config.transfers
        self.nudge: Callable[[], None] = nobody
        self.retry_after_s = config.retry_after_s

    def call(
        self,
        transaction: Transaction,
        *,
        now: float,
        params: Mapping[str, Any] | None = None,
        idempotency_key: str = "",
    ) -> Call:
        """A call of this moment."""
        return Call(
            transaction=transaction, now=now, nudge=self.nudge, params=params or {}, idempotency_key=idempotency_key
        )

    def adopt_environment(self, transaction: Transaction) -> None:
        """Puts the environment's webhook endpoint in force."""
        webhooks.set_endpoint(
            transaction,
            url=self.config.webhook_url,
            secrets=self.config.webhook_secrets,
            sign_with_all=self.config.sign_with_all,
        )

    def run_timer(self, transaction: Transaction, *, timer: Timer, now: float) -> None:
        """See the protocol."""
        call = self.call(transaction, now=now)
        stored = call.find(offers.KIND, timer.object_id)
        if stored is not None:
            offers.run_out(call, stored)

    def outgoing(
        self, transaction: Transaction, *, event_id: str, endpoint_id: str, signature: str, signed_at_s: int
    ) -> Outgoing | None:
        """See the protocol."""
        del endpoint_id  # there is one
        event = Objects(transaction, GATEWAY).get(kind=webhooks.KIND, object_id=event_id)
        return webhooks.outgoing(transaction, event=event, manner=signature, signed_at_s=signed_at_s)

    def note_delivery(self, transaction: Transaction, *, event_id: str, undelivered: int, now: float) -> None:
        """See the protocol; the provider shows nobody how its deliveries went."""
