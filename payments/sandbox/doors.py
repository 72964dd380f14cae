"""What the doors of all gateways do alike: the faults that strike a request, and its line in the journal."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from payments.sandbox import faults, journal
from payments.sandbox.engine import Engine
from payments.sandbox.faults import Fault


@dataclass(slots=True)
class ApiAnswer:
    """What goes back; `dropped` means that nothing does, and the connection is cut."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False
    replayed: bool = False


def strike(engine: Engine, *, gateway: str, method: str, path: str, key: str) -> list[Fault]:
    """The faults that were ordered for this request, counted down."""
    with engine.store.read() as transaction:
        if not faults.any_ordered(transaction):
            return []
    with engine.store.write() as transaction:
        return faults.strike_request(transaction, gateway=gateway, method=method, path=path, key=key)


def is_refused(struck: list[Fault]) -> bool:
    """Whether nobody takes the request."""
    return any(fault.kind == faults.REFUSE for fault in struck)


def is_lost(struck: list[Fault]) -> bool:
    """Whether its answer gets lost."""
    return any(fault.kind == faults.LOST_ANSWER for fault in struck)


def wait_for(*, struck: list[Fault], stage: str) -> None:
    """Waits as long as the delays of this stage say."""
    for fault in struck:
        if fault.kind == faults.DELAY and fault.stage == stage:
            time.sleep(fault.delay_s)


def ordered_error(struck: list[Fault], stage: str) -> Fault | None:
    """The error that was ordered for this stage, `before` or `after` the request is carried out."""
    return next((each for each in struck if each.kind == faults.ERROR and each.stage == stage), None)


def write_down(
    engine: Engine,
    *,
    gateway: str,
    method: str,
    path: str,
    params: dict[str, Any],
    key: str,
    request_id: str,
    status: int,
    struck: list[Fault],
    replayed: bool = False,
) -> None:
    """The request's line in the journal. `status` is 0 where it got no answer on purpose."""
    with engine.store.write() as transaction:
        journal.record(
            transaction,
            request=journal.SeenRequest(
                at=engine.clock.now(),
                gateway=gateway,
                method=method,
                path=path,
                params=params,
                idempotency_key=key,
                request_id=request_id,
                status=status,
                replayed=replayed,
                faults=tuple(fault.id for fault in struck),
            ),
        )
