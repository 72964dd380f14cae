"""What the bench does inside Django, each step in a process of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db import connection

from config.accounts.models import User
from config.accounts.roles import Role
from config.audit.models import AuditEntry
from config.inbox.contract import Verified
from config.inbox.models import WebhookEvent
from config.inbox.processor import INBOX, process_inbox
from config.inbox.storing import store
from config.kernel import clock
from config.outbox.models import OutboxJob
from config.outbox.runner import run_outbox
from config.queue.engine import BATCH
from config.queue.runner import drain
from orders.catalog.models import Product
from orders.catalog.services import create_product
from orders.order.models import Order
from orders.order.services import place_order, set_open_attempts
from payments.bench import NOTHING, events
from payments.bench.figures import median, percentile
from payments.bench.machine import resident_mb
from payments.charges.models import Payment
from payments.charges.services.start import ensure_account
from payments.escrow.models import EscrowHold
from payments.ledger.checks import check_books
from payments.ledger.models import LedgerEntry

SELLERS, CURRENCY = 10, "USD"


def do_nothing(payload: Mapping[str, Any], at: datetime) -> None:
    """A listener whose job is done when it is called."""


def prepare_orders(*, count: int) -> int:
    """Places `count` orders of two sellers each, with a payment that waits for its customer, and stores for each the
    signed event that says it succeeded. Returns the length of an event's body in bytes."""
    at = clock.now()
    shelves = _shelves(at)
    buyer = _person("buyer", Role.BUYER)
    length = 0
    for number in range(count):
        pair = shelves[number % SELLERS], shelves[(number + 1) % SELLERS]
        order = place_order(
            items=[{"sku": product.sku, "quantity": 1} for product in pair],
            currency=CURRENCY,
            email=buyer.email,
            buyer=buyer,
            accept_terms=True,
            cart_metadata={},
            policy=settings.POLICY,
            at=at,
        )
        length = len(_tell(order, at))
    return length


def _tell(order: Order, at: datetime) -> bytes:
    payment = Payment.objects.create(
        ref=order.public_id,
        order=order,
        gateway_account=ensure_account("stripe"),
        amount_minor=order.total_minor,
        currency=order.currency,
        livemode=False,
        status="pending",
        gateway_payment_id=f"pi_3Bench{order.pk:020}",
        created_at=at,
    )
    set_open_attempts(order, count=1, at=at)
    body = events.succeeded(
        number=payment.pk,
        payment_id=payment.public_id,
        intent_id=str(payment.gateway_payment_id),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        at_s=int(at.timestamp()),
    )
    verified = Verified(
        account="stripe",
        event_id=f"evt_3Bench{payment.pk:020}",
        type="payment_intent.succeeded",
        object_id=str(payment.gateway_payment_id),
        livemode=False,
        occurred_at=at,
        api_version=events.API_VERSION,
    )
    store(source="stripe", verified=verified, body=body, at=at)
    return body


def _person(name: str, *roles: Role) -> User:
    person, _ = User.objects.get_or_create(
        email=f"{name}@bench.example.test", defaults={"roles": list(roles), "password": "!"}
    )
    return person


def _shelves(at: datetime) -> list[Product]:
    products = list(Product.objects.filter(sku__startswith="BENCH-").order_by("sku"))
    return products or [
        create_product(
            seller=_person(f"seller{number}", Role.SELLER),
            sku=f"BENCH-{number}",
            name=f"Thing {number}",
            prices={CURRENCY: 1_000 + number},
            stock=1_000_000,
            category="things",
            actor="bench",
            at=at,
        )
        for number in range(SELLERS)
    ]


def work_inbox(*, warm_up: int) -> dict[str, float]:
    """Works the inbox off in this process. The first `warm_up` events (whole batches) are not measured."""
    done = 0
    while done < warm_up:
        done += process_inbox(once=True)
    return _timed(lambda: process_inbox(budget_s=3_600))


def prove_orders() -> dict[str, Any]:
    """What stands in the database after the events were worked off, and which truths of the books are broken."""
    return {
        "unpaid": Order.objects.exclude(status="paid").count(),
        "paid": Order.objects.filter(status="paid").count(),
        "entries": LedgerEntry.objects.count(),
        "holds": EscrowHold.objects.count(),
        "announced": OutboxJob.objects.filter(topic="order.paid").values("fact_key").distinct().count(),
        "moves": AuditEntry.objects.filter(act="move").count(),
        "broken": [truth.name for truth in check_books(full=True) if truth.broken],
    }


_JOBS = f"""
INSERT INTO {OutboxJob._meta.db_table} (state, topic, lane, listener, fact_key, payload, due_at, created_at)
SELECT 'due', 'bench.nothing', 'outbox', %s, 'bench.nothing:' || %s || '-' || n, '{{}}', now(), now()
  FROM generate_series(1, %s) n
"""  # noqa: S608 - the table's name is our own


def work_jobs(*, count: int, run: int) -> dict[str, float]:
    """Prepares `count` jobs that do nothing, and runs them in this process."""
    _write(_JOBS, [NOTHING, f"{run}-warm", 400])
    run_outbox(lane="outbox")
    _write(_JOBS, [NOTHING, str(run), count])
    return _timed(lambda: run_outbox(lane="outbox", budget_s=3_600))


_EVENTS = f"""
INSERT INTO {WebhookEvent._meta.db_table} (source, account, event_id, type, object_id, api_version, livemode,
       occurred_at, received_at, due_at, state, body, body_sha256, processed_at)
SELECT 'stripe', 'stripe', 'evt_' || %(series)s || '_' || n, 'payment_intent.succeeded', 'pi_' || n, '', false,
       told.at, told.at, told.at, %(state)s, %(body)s, sha256(n::text::bytea), told.at
  FROM generate_series(1, %(count)s) n,
       LATERAL (SELECT now() - %(age)s::interval + n * interval '10 microseconds' AS at) told
"""  # noqa: S608 - the table's name is our own


def prepare_history(*, processed: int, dead: int) -> None:
    """Processed events, and as many dead tuples as rows that were due and are processed since: each left its old
    version behind, with its place at the very front of the index that claiming reads."""
    body = b"0" * 200
    _write(_EVENTS, {"series": "old", "state": "processed", "count": processed, "age": "1 day", "body": body})
    _write(_EVENTS, {"series": "done", "state": "due", "count": dead, "age": "1 hour", "body": body})
    _write(f"UPDATE {WebhookEvent._meta.db_table} SET state = 'processed' WHERE state = 'due'", [])  # noqa: S608


def time_claims(*, batches: int) -> dict[str, float]:
    """A drain of so many batches whose work is nothing: the milliseconds from one batch to the next."""
    due = batches * BATCH
    _write(_EVENTS, {"series": "due", "state": "due", "count": due, "age": "1 minute", "body": b"0" * 200})
    marks = [time.perf_counter()]
    done = drain(INBOX, lambda row, at: None, after_batch=lambda rows: marks.append(time.perf_counter()))
    if done != due:
        raise RuntimeError(f"{done} of {due} events had their turn")
    took = [1000 * (after - before) for before, after in pairwise(marks)][:batches]
    return {"first": took[0], "median": median(took), "p95": percentile(sorted(took), 95)}


def _write(statement: str, values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _timed(work: Callable[[], int]) -> dict[str, float]:
    """How many had their turn, in which time, and with how much CPU of this process."""
    before, started = time.process_time(), time.perf_counter()
    done = work()
    seconds = time.perf_counter() - started
    return {
        "done": done,
        "seconds": seconds,
        "cpu_s": time.process_time() - before,
        "resident_mb": resident_mb(os.getpid())[0],
    }
