"""Limits requests per address and per principal, in Redis, and lets everybody pass while Redis is down."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from prometheus_client import Counter
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from config.kernel.clock import now
from config.ops.addresses import client_address, counted_as

if TYPE_CHECKING:
    # These classes are loaded while REST framework's views are, because its settings name them.
    from rest_framework.views import APIView

WINDOW_S = 60
# How long a process leaves Redis alone after it failed: a request must not wait for a timeout that the one
# before it has just waited for.
_REST_S = 1.0
_TIMEOUT_S = 0.25

logger = logging.getLogger(__name__)
THROTTLED = Counter("holdfast_throttled_total", "Requests refused by a throttle.", ["scope"])
FAILED_OPEN = Counter("holdfast_throttle_failed_open_total", "Requests let pass because Redis did not answer.")


class FailOpenThrottle(BaseThrottle):
    """So many requests a minute per address, and as many per principal, of the view's scope.

    A view names its scope of settings.THROTTLE_RATES: `throttle_scope = "checkout"`, or one per method:
    `throttle_scope = {"POST": "listing"}`. What it leaves open counts as "default".
    """

    def __init__(self) -> None:
        self.retry_after_s: int | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        scope = scope_of(view, request.method or "")
        limit = settings.THROTTLE_RATES[scope]
        at_s = now().timestamp()
        counts = count(scope=scope, identities=_identities(request), window=int(at_s // WINDOW_S))
        if all(number <= limit for number in counts):
            return True
        self.retry_after_s = WINDOW_S - int(at_s % WINDOW_S)
        THROTTLED.labels(scope=scope).inc()
        return False

    def wait(self) -> int | None:
        return self.retry_after_s


def scope_of(view: APIView, method: str) -> str:
    """The name of the limit that counts for this view and method."""
    named: str | Mapping[str, str] = getattr(view, "throttle_scope", "default")
    return named if isinstance(named, str) else named.get(method, "default")


def count(*, scope: str, identities: list[str], window: int) -> list[int]:
    """Counts one request for each identity and returns the counts, or nothing when Redis does not answer.

    One round trip and one atomic block: a counter never outlives its window, not even if we die in between.
    """
    if time.monotonic() < _breaker.closed_until:
        FAILED_OPEN.inc()
        return []
    try:
        with _redis(settings.REDIS_URL).pipeline(transaction=True) as pipe:
            for identity in identities:
                key = f"{settings.THROTTLE_PREFIX}:{scope}:{identity}:{window}"
                pipe.incr(key)
                pipe.expire(key, 2 * WINDOW_S)
            return [int(number) for number in pipe.execute()[::2]]
    except (RedisError, OSError) as error:
        _breaker.closed_until = time.monotonic() + _REST_S
        FAILED_OPEN.inc()
        logger.warning("throttles let everybody pass: Redis does not answer (%s)", type(error).__name__)
        return []


class _Breaker:
    """Until when this process leaves Redis alone."""

    closed_until = 0.0


_breaker = _Breaker()


@lru_cache(maxsize=1)
def _redis(url: str) -> Redis:
    retry = Retry(NoBackoff(), 0)
    return Redis.from_url(url, socket_connect_timeout=_TIMEOUT_S, socket_timeout=_TIMEOUT_S, retry=retry)


def _identities(request: Request) -> list[str]:
    address = counted_as(client_address(request.META))
    principal: Any = getattr(request.user, "actor", "")
    return [f"address:{address}", *([f"principal:{principal}"] if principal else [])]
