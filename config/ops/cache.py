"""A Redis cache that may be lost at any moment: reads miss, writes do nothing, requests go on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from config.ops.metrics import cache_failure

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)
# After a failure nobody waits for the same dead server again for this long; a request may ask the cache many times.
REST_S = 1.0
SAY_EVERY_S = 30.0


class _Health:
    """When Redis failed last, and when that was said last, for this process."""

    def __init__(self) -> None:
        self.rests_until = 0.0
        self._said_at = float("-inf")

    def failed(self, error: Exception) -> None:
        instant = time.monotonic()
        self.rests_until = instant + REST_S
        cache_failure()
        if instant - self._said_at >= SAY_EVERY_S:
            self._said_at = instant
            log.warning("cache does not answer; going on without it", extra={"error": type(error).__name__})


def _open(
    fallback: Callable[..., R],
) -> Callable[[Callable[Concatenate[FailOpenRedisCache, P], R]], Callable[Concatenate[FailOpenRedisCache, P], R]]:
    """Answers with `fallback(*arguments)` where Redis does not answer."""

    def wrap(
        method: Callable[Concatenate[FailOpenRedisCache, P], R],
    ) -> Callable[Concatenate[FailOpenRedisCache, P], R]:
        def guarded(self: FailOpenRedisCache, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if time.monotonic() < self.health.rests_until:
                cache_failure()
                return fallback(*args, **kwargs)
            try:
                return method(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                self.health.failed(error)
                return fallback(*args, **kwargs)

        return guarded

    return wrap


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _no(*_: Any, **__: Any) -> bool:
    return False


def _default(_key: Any, default: Any = None, *_: Any, **__: Any) -> Any:
    return default


def _empty(*_: Any, **__: Any) -> dict[Any, Any]:
    return {}


def _all_failed(data: Mapping[Any, Any], *_: Any, **__: Any) -> list[Any]:
    return list(data)


def _unknown(key: Any, *_: Any, **__: Any) -> int:
    raise ValueError(f"Key '{key}' not found.")  # what Django raises for a key that is not there


class FailOpenRedisCache(RedisCache):
    """Django's Redis cache without the errors of a missing Redis. Nothing that matters may live here."""

    health = _Health()

    @_open(_no)
    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        return super().add(key, value, *args, **kwargs)

    @_open(_default)
    def get(self, key: Any, default: Any = None, *args: Any, **kwargs: Any) -> Any:
        return super().get(key, default, *args, **kwargs)

    @_open(_nothing)
    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        super().set(key, value, *args, **kwargs)

    @_open(_no)
    def touch(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        return super().touch(key, *args, **kwargs)

    @_open(_no)
    def delete(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        return super().delete(key, *args, **kwargs)

    @_open(_empty)
    def get_many(self, keys: Iterable[Any], *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return super().get_many(keys, *args, **kwargs)

    @_open(_no)
    def has_key(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        return super().has_key(key, *args, **kwargs)

    @_open(_unknown)
    def incr(self, key: Any, *args: Any, **kwargs: Any) -> int:
        return super().incr(key, *args, **kwargs)

    @_open(_all_failed)
    def set_many(self, data: dict[Any, Any], *args: Any, **kwargs: Any) -> list[Any]:
        return super().set_many(data, *args, **kwargs)

    @_open(_nothing)
    def delete_many(self, keys: Iterable[Any], *args: Any, **kwargs: Any) -> None:
        super().delete_many(keys, *args, **kwargs)

    @_open(_nothing)
    def clear(self) -> None:
        super().clear()
