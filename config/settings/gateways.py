"""Which gateway accounts are configured, and with which credentials."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from config.settings.core import DEBUG
from config.settings.env import env


@dataclass(frozen=True)
class GatewayCredentials:
    """One merchant account. Secrets never show in a repr."""

    code: str
    gateway: str
    api_base: str
    livemode: bool
    secret_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)


def _api_base(name: str, default: str) -> str:
    """A gateway's address. With DEBUG off nothing but https to a public name will do: never the sandbox."""
    base = env.text(name, default).rstrip("/")
    parts = urlsplit(base)
    local = (parts.hostname or "") in ("localhost", "127.0.0.1", "::1", "0.0.0.0") or "." not in (parts.hostname or "")  # noqa: S104
    if not DEBUG and (parts.scheme != "https" or local):
        env.problems.append(f"{name} is not a gateway's https address, and DEBUG is off: the sandbox is refused")
    return base


GATEWAY_ACCOUNTS: dict[str, GatewayCredentials] = {}
_stripe_key = env.secret("STRIPE_SECRET_KEY", at_least=16)
_stripe_secrets = env.secrets("STRIPE_WEBHOOK_SECRET")
if _stripe_key:
    GATEWAY_ACCOUNTS["stripe"] = GatewayCredentials(
        code="stripe",
        gateway="stripe",
        api_base=_api_base("STRIPE_API_BASE", "https://api.stripe.com"),
        livemode=_stripe_key.startswith(("sk_live_", "rk_live_")),
        secret_key=_stripe_key,
        webhook_secrets=_stripe_secrets,
    )
elif _stripe_secrets:
    env.problems.append("STRIPE_WEBHOOK_SECRET is set without STRIPE_SECRET_KEY")
