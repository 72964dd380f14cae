"""An asker whose answers a test decides, and calls about which it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from config.accounts.models import User
from config.calls.models import GatewayCall
from config.calls.services import ANSWER_DUE_S, open_call, record_outcome

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
OVERDUE = AT + timedelta(seconds=ANSWER_DUE_S)
OPERATION = "thing.do"
ASKER = "config.calls.tests.asking.ask"
_numbers = count(1)


def silence(call: GatewayCall, at: datetime) -> None:
    """The gateway knows nothing yet."""


@dataclass
class Gateway:
    """What it was asked, and what it says."""

    says: Callable[[GatewayCall, datetime], None] = silence
    asked: list[tuple[str, datetime]] = field(default_factory=list)


gateway = Gateway()


def ask(call: GatewayCall, at: datetime) -> None:
    gateway.asked.append((call.public_id, at))
    gateway.says(call, at)


def configure(settings: Any) -> Iterator[Gateway]:
    settings.CALL_ASKERS = {**settings.CALL_ASKERS, OPERATION: ASKER}
    gateway.__dict__.update(vars(Gateway()))
    yield gateway


def subject() -> User:
    """Whatever a call is about: it only needs a name."""
    return User(public_id=f"usr_{next(_numbers)}")


def opened(thing: User | None = None, *, operation: str = OPERATION, at: datetime = AT) -> GatewayCall:
    with transaction.atomic():
        return open_call(
            subject=thing or subject(), operation=operation, service="toy", account="toy", actor="user:buyer",
            facts={"amount_minor": 500, "currency": "INR"}, at=at,
        )  # fmt: skip


def answered(call: GatewayCall, outcome: str, *, at: datetime = AT, **details: Any) -> bool:
    with transaction.atomic():
        return record_outcome(call=call, outcome=outcome, at=at, **details)


def answers(outcome: str, **details: Any) -> Callable[[GatewayCall, datetime], None]:
    """An asker that found this out."""

    def says(call: GatewayCall, at: datetime) -> None:
        answered(call, outcome, at=at, **details)

    return says


def fresh(call: GatewayCall) -> GatewayCall:
    return GatewayCall.objects.get(pk=call.pk)
