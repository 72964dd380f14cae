"""Without Redis reads miss, writes do nothing, nobody waits, and it is said once."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from prometheus_client import REGISTRY

from config.ops import cache as module
from config.ops.cache import FailOpenRedisCache
from config.ops.tests.dead import closed_port


def _cache(url: str, **options: Any) -> FailOpenRedisCache:
    configured: Any = settings.CACHES["default"]
    options = {**configured["OPTIONS"], **options}
    cache = FailOpenRedisCache(url, {**configured, "OPTIONS": options, "KEY_PREFIX": "test-of-the-cache"})
    cache.health = module._Health()
    return cache


@pytest.fixture
def dead() -> Iterator[FailOpenRedisCache]:
    with closed_port() as port:
        yield _cache(f"redis://127.0.0.1:{port}/0")


@pytest.fixture
def alive() -> Iterator[FailOpenRedisCache]:
    cache = _cache(settings.REDIS_URL)
    yield cache
    cache.delete_many(["a", "b", "c"])


def _failures() -> float:
    return REGISTRY.get_sample_value("holdfast_cache_failures_total") or 0.0


READS: dict[str, tuple[Callable[[BaseCache], Any], Any]] = {
    "get": (lambda cache: cache.get("a"), None),
    "get with default": (lambda cache: cache.get("a", 5), 5),
    "get with named default": (lambda cache: cache.get("a", default=5), 5),
    "get_many": (lambda cache: cache.get_many(["a", "b"]), {}),
    "has_key": (lambda cache: cache.has_key("a"), False),
    "in": (lambda cache: "a" in cache, False),
    "get_or_set": (lambda cache: cache.get_or_set("a", 5), 5),
    "get_or_set computed": (lambda cache: cache.get_or_set("a", lambda: 6), 6),
}
WRITES: dict[str, tuple[Callable[[BaseCache], Any], Any]] = {
    "set": (lambda cache: cache.set("a", 1), None),
    "set with timeout": (lambda cache: cache.set("a", 1, timeout=5), None),
    "add": (lambda cache: cache.add("a", 1), False),
    "touch": (lambda cache: cache.touch("a", 5), False),
    "delete": (lambda cache: cache.delete("a"), False),
    "set_many": (lambda cache: cache.set_many({"a": 1, "b": 2}), ["a", "b"]),
    "delete_many": (lambda cache: cache.delete_many(["a"]), None),
    "clear": (lambda cache: cache.clear(), None),
}


class TestWithoutRedis:
    @pytest.mark.parametrize("name", READS)
    def test_reads_miss(self, dead: FailOpenRedisCache, name: str) -> None:
        read, missing = READS[name]
        assert read(dead) == missing

    @pytest.mark.parametrize("name", WRITES)
    def test_writes_do_nothing(self, dead: FailOpenRedisCache, name: str) -> None:
        write, nothing = WRITES[name]
        assert write(dead) == nothing

    @pytest.mark.parametrize("method", ["incr", "decr"])
    def test_counting_finds_no_key(self, dead: FailOpenRedisCache, method: str) -> None:
        with pytest.raises(ValueError, match="Key 'a' not found"):
            getattr(dead, method)("a")

    def test_every_failure_is_counted(self, dead: FailOpenRedisCache) -> None:
        before = _failures()
        dead.get("a")
        dead.set("a", 1)
        assert _failures() - before == 2

    def test_it_is_said_once(self, dead: FailOpenRedisCache, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING, logger="config.ops.cache"):
            for _ in range(5):
                dead.health.rests_until = 0.0
                dead.get("a")
        assert [record.message for record in caplog.records] == ["cache does not answer; going on without it"]

    def test_a_server_that_hangs_keeps_only_the_first_waiting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "REST_S", 600.0)  # longer than a test takes
        with socket.create_server(("127.0.0.1", 0)) as silent:
            cache = _cache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", socket_timeout=0.25)
            for _ in range(20):
                assert cache.get("a") is None
            silent.settimeout(0)
            silent.accept()[0].close()
            with pytest.raises(BlockingIOError):
                silent.accept()

    def test_a_wrong_key_is_still_our_mistake(self, dead: FailOpenRedisCache) -> None:
        with pytest.raises(TypeError):
            dead.get()  # type: ignore[call-arg]


class TestWithRedis:
    def test_is_djangos_cache(self, alive: FailOpenRedisCache) -> None:
        alive.set("a", {"b": 1}, timeout=5)
        assert alive.get("a") == {"b": 1}
        assert alive.add("a", 2) is False
        assert alive.get_many(["a", "b"]) == {"a": {"b": 1}}
        alive.set("c", 1)
        assert alive.incr("c", 4) == 5
        assert alive.set_many({"a": 1, "b": 2}) == []
        assert alive.has_key("b")
        assert alive.touch("b", 5)
        assert alive.delete("b")
        assert alive.get("b", "gone") == "gone"

    def test_a_miss_is_no_failure(self, alive: FailOpenRedisCache) -> None:
        before = _failures()
        assert alive.get("nothing") is None
        with pytest.raises(ValueError, match="not found"):
            alive.incr("nothing")
        assert _failures() == before

    def test_it_is_asked_again_after_a_rest(self, alive: FailOpenRedisCache) -> None:
        alive.set("a", 1, timeout=5)
        alive.health.failed(ConnectionError())
        assert alive.get("a") is None
        alive.health.rests_until = time.monotonic()
        assert alive.get("a") == 1


class TestSettings:
    def test_it_is_the_projects_cache(self) -> None:
        assert isinstance(caches["default"], FailOpenRedisCache)

    def test_nobody_sleeps_between_retries(self) -> None:
        options: Any = settings.CACHES["default"]["OPTIONS"]
        assert options["retry"].get_retries() == 0
