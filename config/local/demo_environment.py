"""Makes up the variables that a demo needs and nobody gave."""

import base64
import secrets
import string
from collections.abc import Callable, Mapping
from pathlib import Path

from config.local.env_file import is_given, read_env_file, write_env_file

HOST = "127.0.0.1"
PORT, SANDBOX_PORT = "8000", "8010"
METRICS = "metrics"
ALPHANUMERIC = string.ascii_letters + string.digits


def demo_environment(*, environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """`environ` with every unset variable of the demo filled in; what is set, itself or as NAME_FILE, always wins.

    Made-up secrets are kept in `folder`/demo.env, so that what was encrypted or signed yesterday can be read today.
    """
    folders = {
        "PROMETHEUS_MULTIPROC_DIR": str(folder / METRICS),  # where the processes add up what they count
        "EMAIL_URL": f"filemail:///{folder / 'mail'}",  # a letter holds a link to an order: nothing for a log
    }
    offered = {**_addresses(environ), **folders, **_kept_secrets(path=folder / "demo.env")}
    missing = {name: value for name, value in offered.items() if not is_given(environ=environ, name=name)}
    return {**environ, **missing}


def _addresses(given: Mapping[str, str]) -> dict[str, str]:
    port, sandbox_port = given.get("PORT", PORT), given.get("SANDBOX_PORT", SANDBOX_PORT)
    return {
        "DEBUG": "1",
        # Every request has its line at INFO, and where to go would not stay the last line for long.
        "LOG_LEVEL": "WARNING",
        "BIND_HOST": HOST,
        "PORT": port,
        "SANDBOX_PORT": sandbox_port,
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "ALLOWED_HOSTS": f"{HOST},localhost,[::1]",
        "STRIPE_API_BASE": f"http://{HOST}:{sandbox_port}/stripe",
        "PHONEPE_API_BASE": f"http://{HOST}:{sandbox_port}/phonepe/apis/pg-sandbox",
        "RAZORPAY_API_BASE": f"http://{HOST}:{sandbox_port}/razorpay",
        "TRANSFER_SANDBOX_API_BASE": f"http://{HOST}:{sandbox_port}/transfers",
    }


def _kept_secrets(*, path: Path) -> dict[str, str]:
    kept = read_env_file(path=path)
    missing = {name: make() for name, make in MADE_UP.items() if name not in kept}
    if missing:
        write_env_file(path=path, pairs=kept | missing)
    return kept | missing


def _text(prefix: str, length: int) -> Callable[[], str]:
    return lambda: prefix + "".join(secrets.choice(ALPHANUMERIC) for _ in range(length))


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


MADE_UP: dict[str, Callable[[], str]] = {
    "SECRET_KEY": _text("", 64),
    "JWT_SIGNING_KEY": _text("", 64),
    "CRON_SECRET": _text("", 40),
    "FIELD_ENCRYPTION_KEYS": _fernet_key,
    "STRIPE_SECRET_KEY": _text("sk_test_", 48),
    "STRIPE_WEBHOOK_SECRET": _text("whsec_", 32),
    "STRIPE_CONNECT_WEBHOOK_SECRET": _text("whsec_", 32),
    "PHONEPE_CLIENT_ID": _text("DEMO", 12),
    "PHONEPE_CLIENT_SECRET": _text("", 32),
    "PHONEPE_WEBHOOK_USERNAME": _text("hook", 8),
    "PHONEPE_WEBHOOK_PASSWORD": _text("", 20),
    "RAZORPAY_KEY_ID": _text("rzp_test_", 14),
    "RAZORPAY_KEY_SECRET": _text("", 24),
    "RAZORPAY_WEBHOOK_SECRET": _text("", 32),
    "TRANSFER_SANDBOX_API_KEY": _text("", 32),
    "TRANSFER_SANDBOX_WEBHOOK_SECRET": _text("", 32),
    "RAZORPAYX_KEY_ID": _text("rzp_test_", 14),
    "RAZORPAYX_KEY_SECRET": _text("", 24),
    "RAZORPAYX_WEBHOOK_SECRET": _text("", 32),
    "RAZORPAYX_ACCOUNT_NUMBER": _text("7878", 12),
}
