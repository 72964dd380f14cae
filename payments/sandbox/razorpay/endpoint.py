"""The account's webhook endpoint: its secrets, the signature, and its switching off after a day of failures."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import asdict, dataclass

from payments.sandbox.config import RazorpayConfig
from payments.sandbox.store import Transaction, get_meta, set_meta

ENDPOINT = "default"
BANKING = "banking"  # RazorpayX has one of its own
_META = {ENDPOINT: "razorpay_webhook", BANKING: "razorpay_x_webhook"}
# Retried for 24 hours after the event; then the webhook is switched off until somebody enables it again.
# Source: razorpay.com/docs/webhooks, "Webhook deactivation"
GIVES_UP_AFTER_S = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events go. The first secret signs; an event keeps the one that it was made under."""

    url: str = ""
    secrets: tuple[str, ...] = ()
    enabled: bool = True
    disabled_at: float | None = None

    @property
    def takes(self) -> bool:
        """Whether anything is sent there."""
        return bool(self.url and self.secrets and self.enabled)


def load_endpoint(transaction: Transaction, endpoint_id: str = ENDPOINT) -> Endpoint:
    """The endpoint as it is now."""
    found = get_meta(transaction, key=_META[endpoint_id], default={})
    return Endpoint(**{**found, "secrets": tuple(found.get("secrets", ()))})


def save_endpoint(transaction: Transaction, *, endpoint: Endpoint, endpoint_id: str = ENDPOINT) -> Endpoint:
    """Keeps it over a restart."""
    set_meta(transaction, key=_META[endpoint_id], value=asdict(endpoint))
    return endpoint


def adopt_environment(transaction: Transaction, *, config: RazorpayConfig) -> None:
    """At the start of the process the environment's endpoints replace whatever was in force before."""
    banking = Endpoint(url=config.webhook_url, secrets=config.banking.webhook_secrets)
    save_endpoint(transaction, endpoint=banking, endpoint_id=BANKING)
    save_endpoint(transaction, endpoint=Endpoint(url=config.webhook_url, secrets=config.webhook_secrets))


def signature(*, body: bytes, secret: str, manner: str = "") -> str:
    """`X-Razorpay-Signature`: hex HMAC-SHA256 of the body. There is no timestamp, so nothing can be `stale`."""
    key = f"not-{secret}" if manner == "bad" else secret
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def retry_schedule(first: tuple[float, ...]) -> tuple[float, ...]:
    """The environment's first retries, then each pause twice the one before, until a day is over."""
    pauses = list(first) or [1.0]
    while sum(pauses) < GIVES_UP_AFTER_S:
        pauses.append(max(1.0, pauses[-1] * 2))
    return tuple(pauses)
