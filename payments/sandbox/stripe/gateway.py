"""Stripe behind the sandbox's shared parts: its timers, its webhooks, its calls."""

from __future__ import annotations

from collections.abc import Callable

from payments.sandbox.config import SandboxConfig
from payments.sandbox.gateways import Outgoing, nobody
from payments.sandbox.objects import Objects
from payments.sandbox.store import Transaction
from payments.sandbox.stripe import capturing, charges, events, refunding, session_progress, sessions
from payments.sandbox.stripe.call import GATEWAY, Call
from payments.sandbox.stripe.connect import paying
from payments.sandbox.stripe.endpoints import adopt_environment, endpoint_named
from payments.sandbox.stripe.params import Params
from payments.sandbox.stripe.rules import load_rules
from payments.sandbox.stripe.signing import signature_header
from payments.sandbox.timers import Timer


class StripeGateway:
    """See `payments.sandbox.gateways.SandboxGateway`."""

    name = GATEWAY

    def __init__(self, *, config: SandboxConfig) -> None:
        self.config = config
        self.nudge: Callable[[], None] = nobody
        self.retry_after_s = config.retry_after_s

    def call(
        self,
        transaction: Transaction,
        *,
        now: float,
        params: Params | None = None,
        request_id: str = "",
        idempotency_key: str = "",
        base_url: str = "",
        publishable: bool = False,
        account: str = "",
    ) -> Call:
        """A call under the account's present rules."""
        return Call(
            transaction=transaction,
            now=now,
            rules=load_rules(transaction, config=self.config),
            nudge=self.nudge,
            params=params or Params({}),
            request_id=request_id,
            idempotency_key=idempotency_key,
            base_url=self.config.public_url or base_url,
            publishable=publishable,
            account=account,
        )

    def adopt_environment(self, transaction: Transaction) -> None:
        """Puts the environment's webhook endpoint in force."""
        adopt_environment(transaction, config=self.config)

    def run_timer(self, transaction: Transaction, *, timer: Timer, now: float) -> None:
        """See the protocol."""
        call = self.call(transaction, now=now)
        if timer.kind == session_progress.EXPIRY_TIMER:
            session = call.load(session_progress.KIND, timer.object_id)
            if session.body["status"] == "open":
                sessions.close(call, session)
        elif timer.kind == charges.LATE_TIMER:
            charges.settle_late(call, call.load(charges.KIND, timer.object_id))
        elif timer.kind == charges.EXPIRY_TIMER:
            capturing.expire_authorisation(call, call.load("payment_intent", timer.object_id))
        elif timer.kind == refunding.TIMER:
            refunding.advance(call, call.load(refunding.KIND, timer.object_id))
        elif timer.kind == paying.TIMER:
            paying.advance(call, call.load(paying.KIND, timer.object_id))

    def outgoing(
        self, transaction: Transaction, *, event_id: str, endpoint_id: str, signature: str, signed_at_s: int
    ) -> Outgoing | None:
        """See the protocol."""
        event = events.find(Objects(transaction, GATEWAY), event_id)
        endpoint = endpoint_named(transaction, endpoint_id=endpoint_id)
        if event is None or endpoint is None:
            return None
        body = events.wire_body(event, pending=max(1, event.body["pending_webhooks"]))
        header = signature_header(body=body, secrets=endpoint.secrets, signed_at_s=signed_at_s, manner=signature)
        return Outgoing(
            url=endpoint.url,
            body=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
                "Accept": "*/*; q=0.5, application/xml",
                "Cache-Control": "no-cache",
                "Stripe-Signature": header,
            },
        )

    def note_delivery(self, transaction: Transaction, *, event_id: str, undelivered: int, now: float) -> None:
        """See the protocol."""
        del now
        objects = Objects(transaction, GATEWAY)
        event = events.find(objects, event_id)
        if event is None or event.body["pending_webhooks"] == undelivered:
            return
        event.body["pending_webhooks"] = undelivered
        objects.save(event)
        if undelivered == 0:
            objects.relabel(event, name="delivery_success", value="true")
