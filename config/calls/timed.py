"""Stands before every request to the outside: none inside a transaction or a dry run, and each one is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Protocol, TypeVar

from config.calls.barrier import check_call_allowed
from config.calls.failures import GatewayMisconfigured, GatewayUnreachable
from config.calls.outcomes import Outcome

T = TypeVar("T")


class Observe(Protocol):
    """Is told of every call. `outcome`: of the contract for changes; `answered`, `unreachable` for reads;
    `misconfigured`, `error` for both."""

    def __call__(self, *, gateway: str, operation: str, outcome: str, seconds: float) -> None: ...


class Timed:
    """The way to one partner: asks before each request whether it may be made, and reports how it went."""

    def __init__(self, name: str, *, observe: Observe) -> None:
        self._name = name
        self._observe = observe

    def call(self, operation: str, call: Callable[[], T]) -> T:
        """One request and what it gave."""
        self._allow(operation)
        started = perf_counter()
        outcome = "error"
        try:
            result = call()
        except (GatewayMisconfigured, GatewayUnreachable) as error:
            outcome = _word(error)
            raise
        else:
            became = getattr(result, "outcome", None)
            outcome = became.value if isinstance(became, Outcome) else "answered"
            return result
        finally:
            self._report(operation, outcome, perf_counter() - started)

    def each(self, operation: str, start: Callable[[], Iterator[T]]) -> Iterator[T]:
        """Refuses at once, as a call does, and again before every further object: lists are lazy."""
        self._allow(operation)
        return self._walk(operation, start())

    def _walk(self, operation: str, items: Iterator[T]) -> Iterator[T]:
        seconds = 0.0
        outcome = "error"
        try:
            while True:
                self._allow(operation)
                started = perf_counter()
                try:
                    item = next(items)
                finally:
                    seconds += perf_counter() - started
                outcome = "answered"
                yield item
        except StopIteration:
            outcome = "answered"
        except (GatewayMisconfigured, GatewayUnreachable) as error:
            outcome = _word(error)
            raise
        finally:
            self._report(operation, outcome, seconds)

    def _allow(self, operation: str) -> None:
        check_call_allowed(f"{self._name}.{operation}")

    def _report(self, operation: str, outcome: str, seconds: float) -> None:
        self._observe(gateway=self._name, operation=operation, outcome=outcome, seconds=seconds)


def _word(error: GatewayMisconfigured | GatewayUnreachable) -> str:
    return "misconfigured" if isinstance(error, GatewayMisconfigured) else "unreachable"
