"""Object ids in the gateways' manner."""

from __future__ import annotations

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits


def random_text(*, length: int) -> str:
    """Letters and digits that nobody can guess."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_id(*, prefix: str, length: int = 24) -> str:
    """`prefix_` and `length` random characters."""
    return f"{prefix}_{random_text(length=length)}"
