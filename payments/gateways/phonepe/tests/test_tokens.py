"""The token: one for all processes, renewed by one of them, and nobody stands still for want of a cache."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache

from config.tests.together import together
from payments.gateways.phonepe import tokens as module
from payments.gateways.phonepe.tokens import Token, Tokens


class Office:
    """Gives tokens out, and counts them."""

    def __init__(self, *, life_s: float = 3600, takes_s: float = 0.0) -> None:
        self.given = 0
        self.life_s = life_s
        self.takes_s = takes_s
        self.closed: Exception | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Token:
        if self.takes_s:
            time.sleep(self.takes_s)
        if self.closed:
            raise self.closed
        with self._lock:
            self.given += 1
            return Token(f"token-{self.given}", time.time() + self.life_s / 2, time.time() + self.life_s)


def process(office: Callable[[], Token]) -> Tokens:
    """What another process has: nothing but the cache in common."""
    return Tokens(scope=("base", "merchant", "secret"), fetch=office)


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    process(Office()).forget()
    yield
    process(Office()).forget()


class TestCurrent:
    def test_is_fetched_once_and_kept(self) -> None:
        office = Office()
        tokens = process(office)
        assert [tokens.current() for _ in range(3)] == ["token-1"] * 3
        assert office.given == 1

    def test_another_process_takes_it_from_the_cache(self) -> None:
        office = Office()
        assert process(office).current() == process(office).current() == "token-1"

    def test_another_merchant_has_another_one(self) -> None:
        office = Office()
        process(office).current()
        other = Tokens(scope=("base", "merchant", "another"), fetch=office)
        assert other.current() == "token-2"
        other.forget()

    def test_ten_at_once_fetch_one(self) -> None:
        office = Office(takes_s=0.2)
        got = together([lambda: process(office).current()] * 10)
        assert set(got) == {"token-1"}
        assert office.given == 1

    def test_one_that_came_between_the_look_and_the_lock_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        office = Office()
        slow, lock = process(office), Tokens._may_fetch

        def overtaken(tokens: Tokens, mark: str) -> bool:
            if tokens is slow:
                process(office).current()
            return lock(tokens, mark)

        monkeypatch.setattr(Tokens, "_may_fetch", overtaken)
        assert slow.current() == "token-1"
        assert office.given == 1

    def test_it_is_shared_before_the_lock_is_let_go(self, monkeypatch: pytest.MonkeyPatch) -> None:
        office = Office()
        tokens, share = process(office), Tokens._share
        held: list[bool] = []

        def watched(tokens: Tokens, token: Token) -> None:
            held.append(cache.get(tokens._lock_key) is not None)
            share(tokens, token)

        monkeypatch.setattr(Tokens, "_share", watched)
        tokens.current()
        assert (held, cache.get(tokens._lock_key)) == ([True], None)

    def test_without_the_lock_they_fetch_more_than_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The race is there: it is the lock that takes it away."""
        monkeypatch.setattr(Tokens, "_may_fetch", lambda *_: True)
        office = Office(takes_s=0.2)
        together([lambda: process(office).current()] * 10)
        assert office.given > 1

    def test_threads_of_one_process_fetch_one(self) -> None:
        office = Office(takes_s=0.1)
        tokens = process(office)
        assert set(together([tokens.current] * 5)) == {"token-1"}
        assert office.given == 1

    def test_a_refused_one_is_renewed_once_for_all(self) -> None:
        office = Office()
        one, two = process(office), process(office)
        refused = one.current(), two.current()
        assert one.current(refused=refused[0]) == "token-2"
        assert two.current(refused=refused[1]) == "token-2"
        assert office.given == 2

    def test_at_half_its_life_it_is_renewed_and_until_then_it_is_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        office, now = Office(life_s=100), time.time()
        monkeypatch.setattr("time.time", lambda: now)
        tokens = process(office)
        tokens.current()
        monkeypatch.setattr("time.time", lambda: now + 49)
        assert tokens.current() == "token-1"
        monkeypatch.setattr("time.time", lambda: now + 51)
        assert tokens.current() == "token-2"

    def test_while_somebody_else_renews_it_the_present_one_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        office, now = Office(life_s=100), time.time()
        monkeypatch.setattr("time.time", lambda: now)
        tokens = process(office)
        tokens.current()
        monkeypatch.setattr("time.time", lambda: now + 51)
        cache.add(tokens._lock_key, "somebody else", 30)
        assert tokens.current() == "token-1"
        assert office.given == 1

    def test_where_renewing_fails_the_present_one_is_used_to_its_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        office, now = Office(life_s=100), time.time()
        monkeypatch.setattr("time.time", lambda: now)
        tokens = process(office)
        tokens.current()
        office.closed = ConnectionError()
        monkeypatch.setattr("time.time", lambda: now + 80)
        assert tokens.current() == "token-1"
        monkeypatch.setattr("time.time", lambda: now + 86)
        with pytest.raises(ConnectionError):
            tokens.current()
        assert cache.get(tokens._lock_key) is None, "the next one need not wait"

    def test_who_waits_for_somebody_that_died_fetches_one_in_the_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "LOCK_S", 0.1)
        office = Office()
        tokens = process(office)
        cache.set(tokens._lock_key, "dead", 30)
        assert tokens.current() == "token-1"


class TestWithoutACache:
    @pytest.fixture(autouse=True)
    def _down(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As the cache answers when Redis does not."""
        answers: dict[str, Any] = {"add": False, "get": None, "set": None, "delete": False, "delete_many": None}
        for name, answer in answers.items():
            monkeypatch.setattr(f"{module.__name__}.cache.{name}", lambda *_, answer=answer, **__: answer)

    def test_every_process_has_one_of_its_own_and_none_stands_still(self, monkeypatch: pytest.MonkeyPatch) -> None:
        office = Office()
        one, two = process(office), process(office)
        monkeypatch.setattr(module, "LOOK_EVERY_S", "no time to sleep")
        assert [one.current(), one.current(), two.current()] == ["token-1", "token-1", "token-2"]
        assert one.current(refused="token-1") == "token-3"


class TestShared:
    @pytest.mark.parametrize("found", [b"", b"not sealed", "text", 5, b"\x01" + b"x" * 40])
    def test_what_cannot_be_read_is_none(self, found: object) -> None:
        office = Office()
        tokens = process(office)
        cache.set(tokens._key, found, 60)
        assert tokens.current() == "token-1"

    def test_is_sealed(self) -> None:
        tokens = process(Office())
        tokens.current()
        assert b"token-1" not in cache.get(tokens._key)


class TestToken:
    @pytest.mark.parametrize(
        ("body", "life_s"),
        [
            ({"access_token": "a", "expires_in": 100}, 100),
            ({"access_token": "a", "issued_at": 1_000, "expires_at": 1_060}, 60),
            ({"access_token": "a", "expires_in": "100"}, None),
            ({"access_token": "a", "expires_in": 0}, None),
            ({"access_token": "a", "expires_in": True}, None),
            ({"access_token": "", "expires_in": 100}, None),
            ({"access_token": 5, "expires_in": 100}, None),
            ({}, None),
        ],
    )
    def test_its_life_is_reckoned_by_our_own_clock(self, body: dict[str, Any], life_s: int | None) -> None:
        token = Token.of(body, received_at=5_000)
        assert token == (None if life_s is None else Token("a", 5_000 + life_s / 2, 5_000 + life_s))
