"""Encryption at rest, with several keys at once during rotation."""

from __future__ import annotations

from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache(maxsize=1)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(plain: bytes) -> bytes:
    """Encrypts with the newest key."""
    return _fernet(settings.FIELD_ENCRYPTION_KEYS).encrypt(plain)


def open_sealed(sealed: bytes | memoryview) -> bytes:
    """Decrypts with any configured key. Raises cryptography.fernet.InvalidToken for anything else."""
    return _fernet(settings.FIELD_ENCRYPTION_KEYS).decrypt(bytes(sealed))
