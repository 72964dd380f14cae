"""The engine: the parts of one sandbox process, put together over one state file."""

from __future__ import annotations

import fcntl
import functools
import logging
import os
import time
from dataclasses import dataclass, replace
from typing import IO

from payments.sandbox.clock import Clock
from payments.sandbox.config import SandboxConfig, SandboxMisconfigured, from_environment
from payments.sandbox.courier import Courier
from payments.sandbox.gateways import SandboxGateway
from payments.sandbox.idempotency import KeysInUse
from payments.sandbox.phonepe.gateway import PhonePeGateway
from payments.sandbox.razorpay.gateway import RazorpayGateway
from payments.sandbox.store import Store, Transaction
from payments.sandbox.stripe.gateway import StripeGateway
from payments.sandbox.timers import Timer, next_due_at, set_timer, take_due
from payments.sandbox.transfers.gateway import TransfersGateway

logger = logging.getLogger("sandbox.engine")

PUT_OFF_S = 60.0
_LOCK_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that requests, control calls and background threads share."""

    config: SandboxConfig
    store: Store
    clock: Clock
    keys_in_use: KeysInUse
    stripe: StripeGateway
    phonepe: PhonePeGateway
    razorpay: RazorpayGateway
    transfers: TransfersGateway
    gateways: dict[str, SandboxGateway]
    courier: Courier
    lock_file: IO[str]

    def start(self) -> None:
        """Takes over the environment's webhook endpoints and starts the background threads."""
        self.adopt_environment()
        self.courier.start()

    def reset(self) -> None:
        """Forgets everything, as if the state file were new; waits first until nothing is on its way."""
        self.courier.pause(paused=True)
        self.courier.wait_until_idle(timeout_s=self.config.delivery_timeout_s)
        self.store.wipe()
        self.adopt_environment()
        self.clock.reload()
        self.courier.pause(paused=False)

    def adopt_environment(self) -> None:
        """Puts every gateway's webhook endpoint of the environment in force."""
        with self.store.write() as transaction:
            for gateway in self.gateways.values():
                gateway.adopt_environment(transaction)

    def run_timers(self) -> None:
        """Does everything that is due; called by the heartbeat and before each request, so that reads are exact."""
        run_timers(store=self.store, clock=self.clock, gateways=self.gateways)


def run_timers(*, store: Store, clock: Clock, gateways: dict[str, SandboxGateway]) -> None:
    """Rings every timer that is due, in its order, each with what it causes in one transaction."""
    while True:
        now = clock.now()
        with store.read() as transaction:
            due_at = next_due_at(transaction)
        if due_at is None or due_at > now:
            return
        with store.write() as transaction:
            taken = take_due(transaction, now=now)
            if taken is not None:
                _ring(transaction, gateways[taken.gateway], timer=taken, now=now)


def _ring(transaction: Transaction, gateway: SandboxGateway, *, timer: Timer, now: float) -> None:
    """One broken timer must not stop the others, nor every request that comes after it: it is put off."""
    transaction.run("SAVEPOINT timer")
    try:
        gateway.run_timer(transaction, timer=timer, now=now)
    except Exception:
        logger.exception("timer %s of %s failed", timer.kind, timer.object_id)
        transaction.run("ROLLBACK TO timer")
        set_timer(transaction, timer=replace(timer, due_at=now + PUT_OFF_S))
    transaction.run("RELEASE timer")


def build(*, config: SandboxConfig) -> Engine:
    """Opens the state file and puts the parts together; nothing runs yet.

    Raises SandboxMisconfigured when another process has the state file open: two couriers would send everything twice.
    """
    config.state.parent.mkdir(parents=True, exist_ok=True)
    lock_file = _lock(config)
    store = Store(config.state)
    clock = Clock(store)
    stripe, razorpay = StripeGateway(config=config), RazorpayGateway(config=config)
    phonepe, transfers = PhonePeGateway(config=config), TransfersGateway(config=config)
    gateways: dict[str, SandboxGateway] = {each.name: each for each in (stripe, razorpay, phonepe, transfers)}
    courier = Courier(
        store=store,
        clock=clock,
        config=config,
        gateways=gateways,
        run_timers=functools.partial(run_timers, store=store, clock=clock, gateways=gateways),
    )
    for each in gateways.values():
        each.nudge = courier.nudge
    return Engine(
        config=config,
        store=store,
        clock=clock,
        keys_in_use=KeysInUse(),
        stripe=stripe,
        phonepe=phonepe,
        razorpay=razorpay,
        transfers=transfers,
        gateways=gateways,
        courier=courier,
        lock_file=lock_file,
    )


def _lock(config: SandboxConfig) -> IO[str]:
    lock_file = config.state.with_name(config.state.name + ".lock").open("w", encoding="utf-8")
    deadline = time.monotonic() + _LOCK_WITHIN_S
    while True:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            # A predecessor that was killed a moment ago may still be letting go.
            if time.monotonic() > deadline:
                lock_file.close()
                raise SandboxMisconfigured(f"{config.state} is in use by another sandbox") from problem
            time.sleep(0.05)
        else:
            return lock_file


@functools.cache
def engine() -> Engine:
    """This process's engine, made on first use from the environment."""
    return build(config=from_environment(environ=os.environ))
