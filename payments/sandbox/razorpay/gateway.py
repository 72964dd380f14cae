"""Razorpay behind the sandbox's shared parts: its timers, its webhooks, its calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from payments.sandbox.config import SandboxConfig
from payments.sandbox.gateways import Outgoing, nobody
from payments.sandbox.objects import Objects
from payments.sandbox.razorpay import endpoint, events, paying, recurring
from payments.sandbox.razorpay.call import GATEWAY, Call
from payments.sandbox.razorpay.params import Params
from payments.sandbox.razorpay.rules import load_rules
from payments.sandbox.razorpay.x import timers as banking
from payments.sandbox.store import Transaction
from payments.sandbox.timers import Timer


class RazorpayGateway:
    """See `payments.sandbox.gateways.SandboxGateway`."""

    name = GATEWAY

    def __init__(self, *, config: SandboxConfig) -> None:
        self.config = config
        self.nudge: Callable[[], None] = nobody
        self.retry_after_s = endpoint.retry_schedule(config.retry_after_s)

    def call(
        self,
        transaction: Transaction,
        *,
        now: float,
        params: Params | None = None,
        request_id: str = "",
        idempotency_key: str = "",
    ) -> Call:
        """A call under the account's present rules."""
        return Call(
            transaction=transaction,
            now=now,
            rules=load_rules(transaction),
            nudge=self.nudge,
            key_secret=self.config.razorpay.key_secret,
            account_number=self.config.razorpay.banking.account_number,
            params=params or Params({}),
            request_id=request_id,
            idempotency_key=idempotency_key,
        )

    def adopt_environment(self, transaction: Transaction) -> None:
        """Puts the environment's webhook endpoints in force."""
        endpoint.adopt_environment(transaction, config=self.config.razorpay)

    def run_timer(self, transaction: Transaction, *, timer: Timer, now: float) -> None:
        """See the protocol."""
        call = self.call(transaction, now=now)
        if timer.kind in banking.TIMERS:
            banking.TIMERS[timer.kind](call, timer)
            return
        payment = call.load(paying.KIND, timer.object_id)
        if timer.kind == paying.GIVES_UP_TIMER and payment.body["status"] == "created":
            paying.fail(call, payment, reason="payment_timed_out")
        elif timer.kind == paying.AUTO_REFUND_TIMER and payment.body["status"] == "authorized":
            paying.refund_by_itself(call, payment)
        elif timer.kind == recurring.DEBIT_TIMER and payment.body["status"] == "created":
            recurring.decide(call, payment)

    def outgoing(
        self, transaction: Transaction, *, event_id: str, endpoint_id: str, signature: str, signed_at_s: int
    ) -> Outgoing | None:
        """See the protocol. An event is signed with the secret that it was made under, at every attempt."""
        del signed_at_s
        event = Objects(transaction, GATEWAY).get(kind=events.KIND, object_id=event_id)
        target = endpoint.load_endpoint(transaction, endpoint_id)
        if event is None or not target.takes:
            return None
        body = events.wire_body(event)
        secret = event.hidden["secret"] or target.secrets[0]
        return Outgoing(
            url=target.url,
            body=body,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "Razorpay-Webhook/v1",
                "X-Razorpay-Signature": endpoint.signature(body=body, secret=secret, manner=signature),
                "X-Razorpay-Event-Id": event.id,
            },
        )

    def note_delivery(self, transaction: Transaction, *, event_id: str, undelivered: int, now: float) -> None:
        """See the protocol. What has not been taken a day after it happened switches the webhook off."""
        event = Objects(transaction, GATEWAY).get(kind=events.KIND, object_id=event_id)
        if event is None or undelivered == 0:
            return
        endpoint_id = event.hidden["endpoint"]
        target = endpoint.load_endpoint(transaction, endpoint_id)
        if not target.enabled:
            return
        if now - event.created_s >= endpoint.GIVES_UP_AFTER_S:
            switched_off = replace(target, enabled=False, disabled_at=now)
            endpoint.save_endpoint(transaction, endpoint=switched_off, endpoint_id=endpoint_id)
