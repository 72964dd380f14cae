"""PhonePe behind the sandbox's shared parts: its timers, its webhooks, its calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from payments.sandbox.config import SandboxConfig
from payments.sandbox.gateways import Outgoing, nobody
from payments.sandbox.objects import Objects
from payments.sandbox.phonepe import orders, refunds, webhooks
from payments.sandbox.phonepe.call import GATEWAY, Call
from payments.sandbox.phonepe.rules import load_rules
from payments.sandbox.store import Transaction
from payments.sandbox.timers import Timer


class PhonePeGateway:
    """See `payments.sandbox.gateways.SandboxGateway`."""

    name = GATEWAY

    def __init__(self, *, config: SandboxConfig) -> None:
        self.config = config.phonepe
        self.public_url = config.public_url
        self.nudge: Callable[[], None] = nobody
        self.retry_after_s = config.retry_after_s

    def call(
        self,
        transaction: Transaction,
        *,
        now: float,
        params: Mapping[str, Any] | None = None,
        base_url: str = "",
        idempotency_key: str = "",
    ) -> Call:
        """A call under the present rules."""
        return Call(
            transaction=transaction,
            now=now,
            rules=load_rules(transaction, config=self.config),
            nudge=self.nudge,
            params=params or {},
            base_url=self.public_url or base_url,
            idempotency_key=idempotency_key,
        )

    def adopt_environment(self, transaction: Transaction) -> None:
        """Puts the environment's webhook endpoint in force."""
        webhooks.set_endpoint(
            transaction,
            url=self.config.webhook_url,
            username=self.config.webhook_username,
            password=self.config.webhook_password,
        )

    def run_timer(self, transaction: Transaction, *, timer: Timer, now: float) -> None:
        """See the protocol."""
        call = self.call(transaction, now=now)
        kind = orders.KIND if timer.kind == orders.EXPIRY_TIMER else refunds.KIND
        stored = call.find(kind, timer.object_id)
        if stored is None:
            return
        if timer.kind == orders.EXPIRY_TIMER:
            orders.run_out(call, stored)
        elif timer.kind == refunds.TIMER:
            refunds.succeed(call, stored)

    def outgoing(
        self, transaction: Transaction, *, event_id: str, endpoint_id: str, signature: str, signed_at_s: int
    ) -> Outgoing | None:
        """See the protocol."""
        del endpoint_id, signed_at_s  # there is one endpoint, and nothing that says when
        event = Objects(transaction, GATEWAY).get(kind=webhooks.KIND, object_id=event_id)
        return webhooks.outgoing(transaction, event=event, manner=signature)

    def note_delivery(self, transaction: Transaction, *, event_id: str, undelivered: int, now: float) -> None:
        """See the protocol; PhonePe shows nobody how its deliveries went."""
