"""What the sandbox's transfer provider reads from the environment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TransfersConfig:
    """The one key that opens it, and where its events go, signed with which secrets."""

    api_key: str
    webhook_url: str
    webhook_secrets: tuple[str, ...]
    sign_with_all: bool
