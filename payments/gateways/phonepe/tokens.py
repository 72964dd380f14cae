"""The OAuth token of an account: shared by all processes through the cache, and renewed by one of them at a time.

The cache may be lost at any moment: then every process has a token of its own, which costs requests and no work.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from cryptography.fernet import InvalidToken
from django.core.cache import cache

from config.crypto import open_sealed, seal

log = logging.getLogger(__name__)

LOCK_S: Final = 30  # longer than fetching a token may take
LOOK_EVERY_S: Final = 0.1
# A token that ends sooner might end on its way.
MARGIN_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Token:
    """Seconds of our own clock. From `renew_at` on, half of its life, a new one is looked for."""

    value: str
    renew_at: float
    ends_at: float

    @classmethod
    def of(cls, body: Mapping[str, Any], *, received_at: float) -> Token | None:
        """Reads the answer; None where it holds no token. The life is reckoned from when it came, for clocks differ."""
        value, life_s = body.get("access_token"), body.get("expires_in")
        if type(life_s) is not int:
            ends, begins = body.get("expires_at"), body.get("issued_at")
            life_s = ends - begins if type(ends) is int and type(begins) is int else 0
        if not isinstance(value, str) or not value or life_s <= 0:
            return None
        return cls(value, received_at + life_s / 2, received_at + life_s)


class Tokens:
    """`scope` is what the token is good for; it names the place in the cache and stands nowhere in it."""

    def __init__(self, *, scope: Sequence[str], fetch: Callable[[], Token]) -> None:
        digest = hashlib.sha256("\n".join(scope).encode()).hexdigest()[:40]
        self._key, self._lock_key = f"phonepe:token:{digest}", f"phonepe:renewal:{digest}"
        self._fetch = fetch
        self._mine: Token | None = None
        self._one_at_a_time = threading.Lock()

    def current(self, *, refused: str = "") -> str:
        """A token that should be good, and is not the `refused` one. Raises what fetching one raises, unless the
        present one can still be used."""
        if token := self._fresh(self._mine, refused) or self._fresh(self._shared(), refused):
            self._mine = token
            return token.value
        with self._one_at_a_time:
            token = self._renewed(refused)
            self._mine = token
            return token.value

    def forget(self) -> None:
        """Neither this process nor the cache has one any more."""
        self._mine = None
        cache.delete_many([self._key, self._lock_key])

    def _renewed(self, refused: str) -> Token:
        if token := self._fresh(self._mine, refused) or self._fresh(self._shared(), refused):
            return token  # another thread or process was faster
        present = self._usable(self._mine, refused) or self._usable(self._shared(), refused)
        mark = secrets.token_hex(8)
        if not self._may_fetch(mark):
            if present is not None:
                return present
            if token := self._awaited(refused):
                return token
        try:
            # Who held the lock until now shared theirs before they let go of it, maybe since we looked.
            token = self._fresh(self._shared(), refused) or self._fetched()
        except Exception:
            if present is None:
                raise
            log.warning("the token was not renewed; the present one is still good")
            return present
        finally:
            if cache.get(self._lock_key) == mark:
                cache.delete(self._lock_key)
        return token

    def _fetched(self) -> Token:
        token = self._fetch()
        self._share(token)
        return token

    def _may_fetch(self, mark: str) -> bool:
        """Whether nobody else is fetching one now. Where the cache does not answer nobody can tell, and all may."""
        return cache.add(self._lock_key, mark, LOCK_S) or cache.get(self._lock_key) is None

    def _awaited(self, refused: str) -> Token | None:
        """What somebody else fetches meanwhile; None when they gave up, or took too long."""
        deadline = time.monotonic() + LOCK_S
        while time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
            if token := self._fresh(self._shared(), refused):
                return token
            if cache.get(self._lock_key) is None:
                break
        return self._fresh(self._shared(), refused)

    def _shared(self) -> Token | None:
        sealed = cache.get(self._key)
        if not isinstance(sealed, bytes):
            return None
        try:
            return Token(**json.loads(open_sealed(sealed)))
        except (InvalidToken, ValueError, TypeError):  # of other keys, or of another version of us
            return None

    def _share(self, token: Token) -> None:
        cache.set(self._key, seal(json.dumps(asdict(token)).encode()), max(1, int(token.ends_at - time.time())))

    def _fresh(self, token: Token | None, refused: str) -> Token | None:
        return token if token and token.value != refused and time.time() < token.renew_at else None

    def _usable(self, token: Token | None, refused: str) -> Token | None:
        return token if token and token.value != refused and time.time() < token.ends_at - MARGIN_S else None
