"""Public ids: a prefix that says what it is, and enough randomness that nobody guesses one."""

from __future__ import annotations

import re
import secrets

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 22  # 62 ** 22 is just over 2 ** 130
MAX_LENGTH = 36
PATTERN = re.compile(r"[a-z]{2,8}_[A-Za-z0-9_]{8,33}")


def new_id(prefix: str) -> str:
    """A fresh id like `ord_…`, at most 36 characters of `[A-Za-z0-9_]`, with 130 random bits."""
    number = secrets.randbits(136)
    digits = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return f"{prefix}_{''.join(digits)}"
