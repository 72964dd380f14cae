"""The links to PhonePe's page, which it tells once: kept sealed in the cache for as long as an order can be paid.

Who asks again for the way in is told the same link. Where the cache has lost it there is none any more: the order must
run out before the buyer can begin anew.
"""

from __future__ import annotations

from cryptography.fernet import InvalidToken
from django.core.cache import cache

from config.crypto import open_sealed, seal


class Links:
    """The links of one account's orders, by merchantOrderId."""

    def __init__(self, *, account: str) -> None:
        self._account = account

    def keep(self, order_id: str, url: str, *, seconds: int) -> None:
        """Keeps the link for so long."""
        if url and seconds > 0:
            cache.set(self._key(order_id), seal(url.encode()), seconds)

    def find(self, order_id: str) -> str:
        """The link, or nothing where it is over or lost."""
        sealed = cache.get(self._key(order_id))
        try:
            return open_sealed(sealed).decode() if isinstance(sealed, bytes) else ""
        except (InvalidToken, ValueError):  # of other keys
            return ""

    def _key(self, order_id: str) -> str:
        return f"phonepe:link:{self._account}:{order_id}"
