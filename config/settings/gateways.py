"""Which gateway accounts are configured, and with which credentials."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from config.settings.core import DEBUG
from config.settings.env import env

LOCAL_DOMAINS = ("localhost", "local", "internal", "lan", "home")


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
    if not DEBUG and not is_public(base):
        env.problems.append(f"{name} is not a gateway's https address, and DEBUG is off: the sandbox is refused")
    return base


def is_public(url: str) -> bool:
    """Whether it is https to a name that the world can know: no address, no name of this machine or its network."""
    try:
        parts = urlsplit(url)
        name = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    last = name.rpartition(".")[2]
    return parts.scheme == "https" and "." in name and last.isalpha() and last not in LOCAL_DOMAINS


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
