"""What must hold before anything is drilled: a sandbox on this machine, and never live money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from payments.sandbox.control_client import Control, ControlFailed

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class DrillRefused(Exception):
    """This installation is not drilled; the message says why."""


def target(*, debug: bool, accounts: Mapping[str, Any], code: str) -> Control:
    """The control endpoint of the sandbox behind the account `code`. Raises DrillRefused before anything is touched,
    also where another account is no sandbox's: the machine asks and tells all of them while a drill runs."""
    if not debug:
        raise DrillRefused("DEBUG is off: an installation that may be real is never drilled")
    live = sorted(name for name, account in accounts.items() if account.livemode)
    if live:
        raise DrillRefused(f"{', '.join(live)} has live keys: nothing is drilled beside live money")
    if code not in accounts:
        raise DrillRefused(f"there is no gateway {code} here")
    control = _control(str(accounts[code].api_base))
    if control is None:
        raise DrillRefused(f"{code} is not answered by a sandbox on this machine")
    real = sorted(name for name, account in accounts.items() if _control(str(account.api_base)) is None)
    if real:
        raise DrillRefused(
            f"{', '.join(real)} is not answered by a sandbox on this machine: nothing is drilled beside a real gateway"
        )
    return control


def _control(api_base: str) -> Control | None:
    """None where the address is no loopback address, or nobody there obeys the sandbox's orders."""
    try:
        parts = urlsplit(api_base)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if host not in LOOPBACK or port is None:
        return None
    control = Control(host, port)
    try:
        return control if "gateways" in control.get("") else None
    except (ControlFailed, OSError, ValueError):
        return None


def check_webhooks(control: Control, *, public_url: str, secrets: tuple[str, ...]) -> None:
    """Raises DrillRefused where the sandbox tells another installation, or signs with a secret that we do not know."""
    endpoint = control.get("stripe/webhook")
    told = public_url.rstrip("/") + "/webhooks/stripe/"
    if endpoint["url"] != told:
        raise DrillRefused(f"the sandbox sends its webhooks to {endpoint['url'] or 'nobody'}, and not to {told}")
    if not set(endpoint["secrets"][:1]) & set(secrets):
        raise DrillRefused("the sandbox signs its webhooks with a secret that is not known here")
