"""Encryption at rest, with several keys at once during rotation."""

from __future__ import annotations

import zlib
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache(maxsize=1)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


# What zlib's fastest level begins with. Whatever else begins so is compressed too, so that it always says the same.
_COMPRESSED = b"x\x01"
_WORTH_IT = 512


def seal(plain: bytes) -> bytes:
    """Encrypts with the newest key. What is long is made small first: afterwards nothing can."""
    if len(plain) >= _WORTH_IT or plain.startswith(_COMPRESSED):
        plain = zlib.compress(plain, 1)
    return _fernet(settings.FIELD_ENCRYPTION_KEYS).encrypt(plain)


def open_sealed(sealed: bytes | memoryview) -> bytes:
    """Decrypts with any configured key. Raises cryptography.fernet.InvalidToken for anything else."""
    plain = _fernet(settings.FIELD_ENCRYPTION_KEYS).decrypt(bytes(sealed))
    return zlib.decompress(plain) if plain.startswith(_COMPRESSED) else plain
