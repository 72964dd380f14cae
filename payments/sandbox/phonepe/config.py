"""What the sandbox's PhonePe reads from the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PhonePeConfig:
    """The merchant's credentials, as the application has them too, and how fast things go; seconds end in `_s`.

    `refund_after_s`: when a refund is through; None only when the control endpoint says so.
    """

    client_id: str
    client_secret: str
    webhook_url: str
    webhook_username: str
    webhook_password: str
    token_life_s: float
    refund_after_s: float | None


def read(*, environ: Mapping[str, str], number: Callable[[str, str], float]) -> PhonePeConfig:
    """Reads the variables. `PHONEPE_*` are the application's own, so that both sides agree without a second set; of
    several webhook passwords the first is the one that is sent."""
    target = environ.get("SANDBOX_PHONEPE_WEBHOOK_URL") or (
        environ.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/") + "/webhooks/phonepe/"
    )
    late = environ.get("SANDBOX_PHONEPE_REFUND_AFTER_S", "2")
    life = environ.get("SANDBOX_PHONEPE_TOKEN_LIFE_S", "3600")
    return PhonePeConfig(
        client_id=_given(environ, "PHONEPE_CLIENT_ID"),
        client_secret=_given(environ, "PHONEPE_CLIENT_SECRET"),
        webhook_url="" if target == "none" else target,
        webhook_username=_given(environ, "PHONEPE_WEBHOOK_USERNAME"),
        webhook_password=_given(environ, "PHONEPE_WEBHOOK_PASSWORD").partition(",")[0].strip(),
        token_life_s=number("SANDBOX_PHONEPE_TOKEN_LIFE_S", life),
        refund_after_s=None if late == "manual" else number("SANDBOX_PHONEPE_REFUND_AFTER_S", late),
    )


def _given(environ: Mapping[str, str], name: str) -> str:
    """The value, itself or as NAME_FILE; empty where neither is there or can be read: then nobody is let in."""
    path = environ.get(f"{name}_FILE", "")
    if environ.get(name) or not path:
        return environ.get(name, "").strip()
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
