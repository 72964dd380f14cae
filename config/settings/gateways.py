"""Which gateway accounts are configured, and with which credentials."""

import json
from dataclasses import dataclass, field
from typing import Any
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
    client_id: str = ""  # Razorpay's key id, PhonePe's name for the merchant
    client_version: str = ""


def api_base(name: str, default: str) -> str:
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
        api_base=api_base("STRIPE_API_BASE", "https://api.stripe.com"),
        livemode=_stripe_key.startswith(("sk_live_", "rk_live_")),
        secret_key=_stripe_key,
        webhook_secrets=_stripe_secrets,
    )
elif _stripe_secrets:
    env.problems.append("STRIPE_WEBHOOK_SECRET is set without STRIPE_SECRET_KEY")

_razorpay_id = env.text("RAZORPAY_KEY_ID")
_razorpay_key = env.secret("RAZORPAY_KEY_SECRET", at_least=16)
_razorpay_secrets = env.secrets("RAZORPAY_WEBHOOK_SECRET")
if _razorpay_id and not _razorpay_id.startswith(("rzp_test_", "rzp_live_")):
    env.problems.append("RAZORPAY_KEY_ID is neither rzp_test_… nor rzp_live_…")
if _razorpay_id and _razorpay_key:
    GATEWAY_ACCOUNTS["razorpay"] = GatewayCredentials(
        code="razorpay",
        gateway="razorpay",
        api_base=api_base("RAZORPAY_API_BASE", "https://api.razorpay.com"),
        livemode=_razorpay_id.startswith("rzp_live_"),
        secret_key=_razorpay_key,
        webhook_secrets=_razorpay_secrets,
        client_id=_razorpay_id,
    )
elif _razorpay_id or _razorpay_key or _razorpay_secrets:
    env.problems.append("RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET belong together, and RAZORPAY_WEBHOOK_SECRET to them")

_phonepe_id, _phonepe_secret = env.text("PHONEPE_CLIENT_ID"), env.secret("PHONEPE_CLIENT_SECRET", at_least=8)
_phonepe_username = env.secret("PHONEPE_WEBHOOK_USERNAME", at_least=5)
_phonepe_passwords = env.secrets("PHONEPE_WEBHOOK_PASSWORD", at_least=8)
if bool(_phonepe_username) != bool(_phonepe_passwords):
    env.problems.append("PHONEPE_WEBHOOK_USERNAME and PHONEPE_WEBHOOK_PASSWORD go together")
if _phonepe_id and _phonepe_secret:
    _phonepe_base = api_base("PHONEPE_API_BASE", "https://api.phonepe.com/apis/pg")
    if not _phonepe_base.endswith(("/apis/pg", "/apis/pg-sandbox")):
        env.problems.append("PHONEPE_API_BASE ends neither with /apis/pg (live) nor with /apis/pg-sandbox (test)")
    GATEWAY_ACCOUNTS["phonepe"] = GatewayCredentials(
        code="phonepe",
        gateway="phonepe",
        api_base=_phonepe_base,
        livemode=_phonepe_base.endswith("/apis/pg"),
        secret_key=_phonepe_secret,
        webhook_secrets=tuple(f"{_phonepe_username}:{password}" for password in _phonepe_passwords),
        client_id=_phonepe_id,
        client_version=str(env.whole("PHONEPE_CLIENT_VERSION", 1, low=1)),
    )
elif _phonepe_id or _phonepe_secret or _phonepe_username:
    env.problems.append("PhonePe needs both PHONEPE_CLIENT_ID and PHONEPE_CLIENT_SECRET")


@dataclass(frozen=True, slots=True)
class GatewayRule:
    """Which accounts a payment goes to, the preferred one first, where everything that is named fits. What is empty
    fits everything; amounts in minor units."""

    gateways: tuple[str, ...]
    currencies: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    sellers: tuple[str, ...] = ()
    at_least_minor: int = 0
    at_most_minor: int | None = None


_TEXTS = ("gateways", "currencies", "methods", "sellers")
_AMOUNTS = ("at_least_minor", "at_most_minor")


def _rule(given: Any) -> GatewayRule | None:
    """A rule of its JSON, or None where it is none."""
    if not isinstance(given, dict) or not given.get("gateways") or set(given) - {*_TEXTS, *_AMOUNTS}:
        return None
    texts = {name: given.get(name, []) for name in _TEXTS}
    if not all(isinstance(value, list) and all(isinstance(each, str) for each in value) for value in texts.values()):
        return None
    amounts = {name: given[name] for name in _AMOUNTS if name in given}
    if not all(type(value) is int and value >= 0 for value in amounts.values()):
        return None
    if not set(texts["gateways"]) <= set(GATEWAY_ACCOUNTS):
        return None
    return GatewayRule(
        gateways=tuple(texts["gateways"]),
        currencies=tuple(texts["currencies"]),
        methods=tuple(texts["methods"]),
        sellers=tuple(texts["sellers"]),
        at_least_minor=amounts.get("at_least_minor", 0),
        at_most_minor=amounts.get("at_most_minor"),
    )


def _rules(text: str) -> tuple[GatewayRule, ...]:
    try:
        given = json.loads(text) if text else []
    except ValueError:
        given = None
    rules = [_rule(each) for each in given] if isinstance(given, list) else [None]
    if None in rules:
        env.problems.append(
            'GATEWAY_RULES is not a JSON list of rules like [{"gateways": ["stripe"], "currencies": ["USD"]}] over'
            " accounts that are configured"
        )
    return tuple(rule for rule in rules if rule is not None)


# Where a client names no gateway: the first rule that fits says in which order the accounts are tried; where none
# fits, all of them in the order of their configuration.
GATEWAY_RULES = _rules(env.text("GATEWAY_RULES"))
# An account whose payments of the last hour succeeded less often is passed over while another one does better.
GATEWAY_SUCCESS_FLOOR_BPS = env.whole("GATEWAY_SUCCESS_FLOOR_BPS", 5_000, high=10_000)
