"""Starts the project's settings in a process of their own, with nothing from our environment but what is given."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[3]
FERNET_KEY = Fernet.generate_key().decode()
# A production environment in which nothing is missing.
SOUND = {
    "SECRET_KEY": "sound-secret-key-" + "0123456789abcdef" * 3,
    "JWT_SIGNING_KEY": "sound-signing-key-" + "0123456789abcdef" * 3,
    "FIELD_ENCRYPTION_KEYS": FERNET_KEY,
    "CRON_SECRET": "sound-cron-secret-0000",
    "ALLOWED_HOSTS": "shop.example.com",
    "PUBLIC_URL": "https://shop.example.com",
    "DATABASE_URL": "postgresql://app:sound-database-password@db.example.com/holdfast",
    "REDIS_URL": "redis://:sound-redis-password@redis.example.com:6379/0",
    "STRIPE_SECRET_KEY": "sk_live_sound_stripe_key_0000",
    "STRIPE_WEBHOOK_SECRET": "whsec_sound_newer_0000,whsec_sound_older_0000",
}


def start(
    unfit: Mapping[str, str] | None = None, *, code: str = "", without: tuple[str, ...] = (), **changes: str
) -> subprocess.CompletedProcess[str]:
    """Imports the settings over a sound environment with `changes`, then runs `code` with `s` as the settings."""
    given = {**SOUND, **(unfit or {}), **changes}
    given = {name: value for name, value in given.items() if name not in without}
    inherited = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", f"import config.settings as s\n{code}"],
        env={**inherited, **given},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def problems(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What the process named before it stopped; empty if it started."""
    return [line.removeprefix("  - ") for line in done.stderr.splitlines() if line.startswith("  - ")]
