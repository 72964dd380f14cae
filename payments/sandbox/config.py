"""What the sandbox reads from its environment, once, when its process starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from payments.sandbox.phonepe.config import PhonePeConfig
from payments.sandbox.phonepe.config import read as read_phonepe
from payments.sandbox.transfers.config import TransfersConfig


class SandboxMisconfigured(Exception):
    """An environment variable of the sandbox cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class BankingConfig:
    """The account at RazorpayX: its own key, its number, and the secrets of its own webhook."""

    key_id: str
    key_secret: str
    account_number: str
    webhook_secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RazorpayConfig:
    """The account at Razorpay: the one key that opens it, where its events go, and its RazorpayX."""

    key_id: str
    key_secret: str
    webhook_url: str
    webhook_secrets: tuple[str, ...]
    banking: BankingConfig


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """The environment as values. Seconds end in `_s`, basis points in `_bps`.

    `late_fee_s` is the time after which a charge of `automatic_async` gets its balance transaction, a card refund its
    reference and a payout its next step; None means only when the control endpoint says so.
    """

    state: Path
    public_url: str
    webhook_url: str
    webhook_secrets: tuple[str, ...]
    connect_webhook_secrets: tuple[str, ...]
    sign_with_all_secrets: bool
    retry_after_s: tuple[float, ...]
    delivery_timeout_s: float
    delivery_threads: int
    fee_bps: int
    fee_fixed_minor: int
    settlement_currencies: tuple[str, ...]
    late_fee_s: float | None
    phonepe: PhonePeConfig
    razorpay: RazorpayConfig
    transfers: TransfersConfig


def from_environment(*, environ: Mapping[str, str]) -> SandboxConfig:
    """Reads the variables; raises SandboxMisconfigured for a number that is none or a secret file that is not there.

    `STRIPE_WEBHOOK_SECRET` (or `…_FILE`) is the application's own variable, so that both sides agree without a second
    one; the first of several is the one that signs.
    """
    late = environ.get("SANDBOX_STRIPE_LATE_FEE_S", "2")
    return SandboxConfig(
        state=Path(environ.get("SANDBOX_STATE", ".local/sandbox.sqlite3")),
        public_url=environ.get("SANDBOX_PUBLIC_URL", "").rstrip("/"),
        webhook_url=_target(environ.get("SANDBOX_STRIPE_WEBHOOK_URL"), environ, "stripe"),
        webhook_secrets=_secrets(environ, "STRIPE_WEBHOOK_SECRET"),
        connect_webhook_secrets=_secrets(environ, "STRIPE_CONNECT_WEBHOOK_SECRET"),
        sign_with_all_secrets=environ.get("SANDBOX_SIGN_WITH_ALL_SECRETS", "") in ("1", "true", "yes"),
        retry_after_s=tuple(
            _number("SANDBOX_WEBHOOK_RETRY_S", each)
            for each in environ.get("SANDBOX_WEBHOOK_RETRY_S", "2,10,60,300,1800,7200").split(",")
            if each.strip()
        ),
        delivery_timeout_s=_number("SANDBOX_WEBHOOK_TIMEOUT_S", environ.get("SANDBOX_WEBHOOK_TIMEOUT_S", "10")),
        delivery_threads=int(_number("SANDBOX_DELIVERY_THREADS", environ.get("SANDBOX_DELIVERY_THREADS", "4"))),
        fee_bps=int(_number("SANDBOX_STRIPE_FEE_BPS", environ.get("SANDBOX_STRIPE_FEE_BPS", "290"))),
        fee_fixed_minor=int(
            _number("SANDBOX_STRIPE_FEE_FIXED_MINOR", environ.get("SANDBOX_STRIPE_FEE_FIXED_MINOR", "30"))
        ),
        settlement_currencies=tuple(
            each.strip().lower()
            for each in environ.get("SANDBOX_STRIPE_SETTLEMENT_CURRENCIES", "usd,inr,eur,gbp").split(",")
            if each.strip()
        ),
        late_fee_s=None if late == "manual" else _number("SANDBOX_STRIPE_LATE_FEE_S", late),
        phonepe=read_phonepe(environ=environ, number=_number),
        razorpay=_razorpay(environ),
        transfers=_transfers(environ),
    )


def _transfers(environ: Mapping[str, str]) -> TransfersConfig:
    return TransfersConfig(
        api_key="".join(_secrets(environ, "TRANSFER_SANDBOX_API_KEY")[:1]),
        webhook_url=_target(environ.get("SANDBOX_TRANSFER_WEBHOOK_URL"), environ, "transfer/sandbox"),
        webhook_secrets=_secrets(environ, "TRANSFER_SANDBOX_WEBHOOK_SECRET"),
        sign_with_all=environ.get("SANDBOX_SIGN_WITH_ALL_SECRETS", "") in ("1", "true", "yes"),
    )


def _razorpay(environ: Mapping[str, str]) -> RazorpayConfig:
    return RazorpayConfig(
        key_id=environ.get("RAZORPAY_KEY_ID", "rzp_test_Sandbox0000000"),
        key_secret="".join(_secrets(environ, "RAZORPAY_KEY_SECRET")[:1]) or "sandboxKeySecret00000000",
        webhook_url=_target(environ.get("SANDBOX_RAZORPAY_WEBHOOK_URL"), environ, "razorpay"),
        webhook_secrets=_secrets(environ, "RAZORPAY_WEBHOOK_SECRET"),
        banking=BankingConfig(
            key_id=environ.get("RAZORPAYX_KEY_ID", "rzp_test_SandboxX000000"),
            key_secret="".join(_secrets(environ, "RAZORPAYX_KEY_SECRET")[:1]) or "sandboxXKeySecret0000000",
            account_number=environ.get("RAZORPAYX_ACCOUNT_NUMBER", "7878780080316316"),
            webhook_secrets=_secrets(environ, "RAZORPAYX_WEBHOOK_SECRET"),
        ),
    )


def _target(given: str | None, environ: Mapping[str, str], gateway: str) -> str:
    """Where a gateway's events go: the application's door for it, another address that was given, or nowhere."""
    door = f"{environ.get('PUBLIC_URL', 'http://127.0.0.1:8000').rstrip('/')}/webhooks/{gateway}/"
    return "" if given == "none" else given or door


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError as problem:
        raise SandboxMisconfigured(f"{name} must be a number, not {text!r}") from problem
    if number < 0:
        raise SandboxMisconfigured(f"{name} must not be negative")
    return number


def _secrets(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    text = environ.get(name, "")
    path = environ.get(f"{name}_FILE", "")
    if not text and path:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as problem:
            raise SandboxMisconfigured(f"{name}_FILE cannot be read: {problem}") from problem
    return tuple(each.strip() for each in text.split(",") if each.strip())
