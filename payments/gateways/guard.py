"""Stands before every adapter: no call inside a transaction, none while the network is barred, each one timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from time import perf_counter
from typing import Protocol, TypeVar

from django.db import connections

from config.kernel.money import Money
from payments.gateways.contract import (
    Answer,
    BalanceTransactionView,
    Capability,
    FetchedEvent,
    Gateway,
    GatewayFailure,
    GatewayMisconfigured,
    GatewayUnreachable,
    NewPayment,
    PaymentView,
    RefundView,
)

T = TypeVar("T")


class CallInsideTransaction(RuntimeError):
    """A gateway was called while a transaction was open: its locks would be held for as long as the gateway takes,
    and a rollback would forget what the gateway did. A bug of ours, always."""


class NetworkBarred(RuntimeError):
    """A gateway was called by something that may only pretend, such as the dry run of a replay."""


class Observe(Protocol):
    """Is told of every call. `outcome`: of the contract for changes; `answered`, `unreachable` for reads;
    `misconfigured`, `error` for both."""

    def __call__(self, *, gateway: str, operation: str, outcome: str, seconds: float) -> None: ...


_barred: ContextVar[bool] = ContextVar("gateway_network_barred", default=False)


@contextmanager
def network_barred() -> Iterator[None]:
    """While it is open, in this thread or task, every gateway call raises NetworkBarred."""
    token = _barred.set(True)
    try:
        yield
    finally:
        _barred.reset(token)


def refuse_inside_transaction(what: str) -> None:
    """Raises CallInsideTransaction if any database connection of this thread has a transaction open.

    The transaction in which Django's TestCase wraps a test is looked through, as its own `durable` check does.
    """
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            blocks = [block for block in connection.atomic_blocks if not getattr(block, "_from_testcase", False)]
            if blocks:
                raise CallInsideTransaction(f"{what} inside a transaction on {connection.alias!r}")
        elif connection.connection is not None and not connection.autocommit:
            raise CallInsideTransaction(f"{what} with autocommit off on {connection.alias!r}")


def refuse_if_barred(what: str) -> None:
    """Raises NetworkBarred inside `network_barred()`."""
    if _barred.get():
        raise NetworkBarred(f"{what} while the network is barred")


class Guarded:
    """A Gateway that asks the two questions before each request of another one, and reports how it went.

    The lists are lazy: their guard stands before every page, not only before the first.
    """

    def __init__(self, adapter: Gateway, *, observe: Observe) -> None:
        self.name: str = adapter.name
        self.capabilities: frozenset[Capability] = adapter.capabilities
        self._adapter = adapter
        self._observe = observe

    def minimum_minor(self, currency: str) -> int | None:
        return self._adapter.minimum_minor(currency)

    def why_not_charge(self, amount: Money) -> GatewayFailure | None:
        return self._adapter.why_not_charge(amount)

    def create_payment(self, new: NewPayment) -> Answer:
        return self._call("create_payment", lambda: self._adapter.create_payment(new))

    def capture_payment(self, *, key: str, gateway_payment_id: str, amount: Money) -> Answer:
        return self._call(
            "capture_payment",
            lambda: self._adapter.capture_payment(key=key, gateway_payment_id=gateway_payment_id, amount=amount),
        )

    def cancel_payment(self, *, key: str, gateway_payment_id: str, session_id: str) -> Answer:
        return self._call(
            "cancel_payment",
            lambda: self._adapter.cancel_payment(key=key, gateway_payment_id=gateway_payment_id, session_id=session_id),
        )

    def refund_payment(
        self, *, key: str, our_id: str, gateway_payment_id: str, charge_id: str, amount: Money
    ) -> Answer:
        return self._call(
            "refund_payment",
            lambda: self._adapter.refund_payment(
                key=key, our_id=our_id, gateway_payment_id=gateway_payment_id, charge_id=charge_id, amount=amount
            ),
        )

    def get_payment(self, *, gateway_payment_id: str, session_id: str) -> PaymentView | None:
        return self._call(
            "get_payment",
            lambda: self._adapter.get_payment(gateway_payment_id=gateway_payment_id, session_id=session_id),
        )

    def find_payment(self, *, our_id: str, call_id: str, since: datetime) -> PaymentView | None:
        return self._call(
            "find_payment", lambda: self._adapter.find_payment(our_id=our_id, call_id=call_id, since=since)
        )

    def get_refund(self, *, refund_id: str) -> RefundView | None:
        return self._call("get_refund", lambda: self._adapter.get_refund(refund_id=refund_id))

    def find_refund(self, *, our_id: str, gateway_payment_id: str) -> RefundView | None:
        return self._call(
            "find_refund",
            lambda: self._adapter.find_refund(our_id=our_id, gateway_payment_id=gateway_payment_id),
        )

    def list_refunds(self, *, gateway_payment_id: str) -> Iterator[RefundView]:
        return self._each("list_refunds", lambda: self._adapter.list_refunds(gateway_payment_id=gateway_payment_id))

    def get_balance_transaction(self, *, transaction_id: str) -> BalanceTransactionView | None:
        return self._call(
            "get_balance_transaction", lambda: self._adapter.get_balance_transaction(transaction_id=transaction_id)
        )

    def list_balance_transactions(self, *, since: datetime, until: datetime) -> Iterator[BalanceTransactionView]:
        return self._each(
            "list_balance_transactions",
            lambda: self._adapter.list_balance_transactions(since=since, until=until),
        )

    def list_events(self, *, since: datetime) -> Iterator[FetchedEvent]:
        return self._each("list_events", lambda: self._adapter.list_events(since=since))

    def _allow(self, operation: str) -> None:
        what = f"{self.name}.{operation}"
        refuse_if_barred(what)
        refuse_inside_transaction(what)

    def _call(self, operation: str, call: Callable[[], T]) -> T:
        self._allow(operation)
        started = perf_counter()
        outcome = "error"
        try:
            result = call()
        except (GatewayMisconfigured, GatewayUnreachable) as error:
            outcome = _word(error)
            raise
        else:
            outcome = result.outcome.value if isinstance(result, Answer) else "answered"
            return result
        finally:
            self._report(operation, outcome, perf_counter() - started)

    def _each(self, operation: str, start: Callable[[], Iterator[T]]) -> Iterator[T]:
        """Refuses at once, as a call does, and again before every further object."""
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

    def _report(self, operation: str, outcome: str, seconds: float) -> None:
        self._observe(gateway=self.name, operation=operation, outcome=outcome, seconds=seconds)


def _word(error: GatewayMisconfigured | GatewayUnreachable) -> str:
    return "misconfigured" if isinstance(error, GatewayMisconfigured) else "unreachable"
