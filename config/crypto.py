"""Encryption at rest, with several keys at once during rotation."""

from __future__ import annotations

import hashlib
import hmac
import os
import zlib
from base64 import urlsafe_b64decode
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# What is sealed: this byte, a nonce, and AES-256-GCM's ciphertext with its tag. Far less work than a Fernet token, and
# three quarters of its length. Nonces are random: one key seals 2**32 values at most (NIST SP 800-38D, 8.3).
_FORMAT = b"\x01"
_NONCE = 12
_TAG = 16
# What zlib's fastest level begins with. Whatever else begins so is compressed too, so that it always says the same.
_COMPRESSED = b"x\x01"
_WORTH_IT = 512


def seal(plain: bytes) -> bytes:
    """Encrypts with the newest key. What is long is made small first: afterwards nothing can."""
    if len(plain) >= _WORTH_IT or plain.startswith(_COMPRESSED):
        plain = zlib.compress(plain, 1)
    nonce = os.urandom(_NONCE)
    return _FORMAT + nonce + _ciphers(settings.FIELD_ENCRYPTION_KEYS)[0].encrypt(nonce, plain, _FORMAT)


def open_sealed(sealed: bytes | memoryview) -> bytes:
    """Decrypts with any configured key. Raises cryptography.fernet.InvalidToken for anything else."""
    plain = _decrypted(bytes(sealed))
    return zlib.decompress(plain) if plain.startswith(_COMPRESSED) else plain


def _decrypted(sealed: bytes) -> bytes:
    if not sealed.startswith(_FORMAT):
        return _fernet(settings.FIELD_ENCRYPTION_KEYS).decrypt(sealed)  # rows of before: a token begins with "g"
    if len(sealed) < len(_FORMAT) + _NONCE + _TAG:
        raise InvalidToken
    start = len(_FORMAT) + _NONCE
    for cipher in _ciphers(settings.FIELD_ENCRYPTION_KEYS):
        try:
            return cipher.decrypt(sealed[len(_FORMAT) : start], sealed[start:], _FORMAT)
        except InvalidTag:
            continue  # sealed with another key, or by nobody
    raise InvalidToken


@lru_cache(maxsize=1)
def _ciphers(keys: tuple[str, ...]) -> tuple[AESGCM, ...]:
    return tuple(AESGCM(_derived(key)) for key in keys)


def _derived(key: str, use: bytes = b"sealed, 1") -> bytes:
    """A key for this use alone: one key does not serve two algorithms."""
    info = b"holdfast: " + use
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(urlsafe_b64decode(key))


@lru_cache(maxsize=1)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def keyed_digest(*, purpose: str, text: str) -> bytes:
    """32 bytes that are the same for the same text, and tell nobody the text: what is looked up and never read."""
    key = hmac.digest(settings.SECRET_KEY.encode(), purpose.encode(), hashlib.sha256)
    return hmac.digest(key, text.encode(errors="replace"), hashlib.sha256)


def digests(*, purpose: str, text: str) -> tuple[bytes, ...]:
    """What is looked up and never read, while the keys that seal it are rotated: 32 bytes under each configured key,
    the newest first. It is kept under the newest, and looked for under all."""
    keys = _digest_keys(settings.FIELD_ENCRYPTION_KEYS)
    return tuple(hmac.digest(key, f"{purpose}:{text}".encode(errors="replace"), hashlib.sha256) for key in keys)


def digest_key() -> str:
    """The name of the newest key, 16 characters that tell nobody the key: what a digest is kept under now."""
    return hashlib.sha256(_digest_keys(settings.FIELD_ENCRYPTION_KEYS)[0]).hexdigest()[:16]


@lru_cache(maxsize=1)
def _digest_keys(keys: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(_derived(key, b"digest, 1") for key in keys)
