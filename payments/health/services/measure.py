"""Measures every gateway account, moves its breaker and says when it has fallen silent: one sweep does it all."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from config.audit.services import move
from config.inbox.models import WebhookEvent
from config.outbox.services import emit
from payments.charges.services.start import ensure_account
from payments.health import rules
from payments.health.models import GatewayHealth
from payments.health.queries import (
    Heard,
    calls_since,
    heard_since,
    listeners,
    payments_of_the_last_hour,
    repeated_since,
)
from payments.health.states import BreakerStatus

log = logging.getLogger(__name__)
MACHINE = "system:breaker"


def health_of(account: str, *, at: datetime) -> GatewayHealth:
    """The row of a configured account, made when it is first asked for. Raises GatewayNotOffered."""
    row = GatewayHealth.objects.select_related("account").filter(account__code=account).first()
    if row is None:
        row, _ = GatewayHealth.objects.select_related("account").get_or_create(
            account=ensure_account(account), defaults=_fresh(at)
        )
    return row


def _fresh(at: datetime) -> Mapping[str, Any]:
    latest = WebhookEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    return {"since": at, "last_event_at": at, "last_event_id": latest or 0, "watched_until": at}


def measure_gateways(*, at: datetime) -> int:
    """Looks at the latest calls, payments and events of every configured account, and at the events of those that only
    tell of payouts. Returns how many breakers moved."""
    rows = [health_of(account, at=at) for account in settings.GATEWAY_ACCOUNTS]
    calls = calls_since({row.account.code: _judged_since(row, at=at) for row in rows}, at=at)
    rows += [health_of(account, at=at) for account in listeners()]
    paid = payments_of_the_last_hour(at=at)
    last_id, heard = heard_since({row.account.code: row.last_event_id for row in rows})
    moved = 0
    for row in rows:
        code = row.account.code
        moved += _measure(
            row.pk,
            calls=calls.get(code, rules.Calls()),
            paid=paid.get(code, (0, 0)),
            heard=heard.get(code, Heard()),
            last_id=last_id,
            at=at,
        )
    return moved


def _judged_since(row: GatewayHealth, *, at: datetime) -> datetime:
    """From when on calls count. While it is half open, all since then: few may try, and their answers must add up."""
    return row.since if row.status == BreakerStatus.HALF_OPEN else max(row.since, at - rules.WINDOW)


def _measure(pk: int, *, calls: rules.Calls, paid: tuple[int, int], heard: Heard, last_id: int, at: datetime) -> bool:
    with transaction.atomic():
        row = GatewayHealth.objects.select_for_update(of=("self",)).select_related("account").get(pk=pk)
        figures: dict[str, Any] = {
            "calls_answered": calls.answered,
            "calls_failed": calls.failed,
            "succeeded": paid[0],
            "failed": paid[1],
            "measured_at": at,
            **_told(row, heard, last_id=last_id, at=at),
        }
        GatewayHealth.objects.filter(pk=pk).update(**figures)
        return _follow(row, calls, at=at)


def _told(row: GatewayHealth, heard: Heard, *, last_id: int, at: datetime) -> Mapping[str, Any]:
    """What its events, and their absence, say. Two sweeps at once count no event twice: the row is locked."""
    if last_id <= row.last_event_id:
        heard = Heard()
    code = row.account.code
    repeated_at = repeated_since(code, heard.last_at or row.last_event_at)
    if repeated_at is not None:  # later than we fetch: it speaks all the same
        heard.tell(repeated_at)
    last_at = heard.last_at or row.last_event_at
    is_quiet = not heard.events
    missed = row.missed + heard.missed if is_quiet else heard.missed
    missed_since = (row.missed_since if is_quiet else None) or heard.missed_since
    known_since = row.first_event_at or heard.first_at
    # Who tells of payouts alone is quiet as long as nobody is paid: then a pause says nothing, however long it is.
    known_for = timedelta() if code in listeners() else last_at - (known_since or last_at)
    manner = _manner(row, heard, known_for=known_for)
    silent = rules.is_silent(quiet=at - last_at, manner=manner, missed=missed, missed_for=at - (missed_since or at))
    if silent and row.silent_since is None:
        log.error("a gateway has fallen silent", extra={"gateway": code, "missed": missed})
        emit("gateway.silent", fact_key=f"{code}:{last_at.isoformat()}", payload={"account": code}, at=at)
    return {
        "first_event_at": known_since,
        "last_event_at": last_at,
        "last_event_id": max(last_id, row.last_event_id),
        "missed": missed,
        "missed_since": missed_since,
        "usual_gap_s": manner.usual_gap_s,
        "longest_gap_s": manner.longest_gap_s,
        "silent_since": (row.silent_since or at) if silent else None,
    }


def _manner(row: GatewayHealth, heard: Heard, *, known_for: timedelta) -> rules.Manner:
    """How it tells us things, with what was heard now. The pause in which it was silent is not its manner; one in
    which it told nothing at all ends with its next word."""
    if heard.first_at is None or heard.last_at is None:
        return rules.Manner(row.usual_gap_s, row.longest_gap_s, known_for)
    elapsed_s = (heard.last_at - row.last_event_at).total_seconds()
    seen_s = heard.longest_s
    if row.silent_since is None and row.first_event_at is not None:
        seen_s = max(seen_s, (heard.first_at - row.last_event_at).total_seconds())
    return rules.Manner(
        rules.usual_gap_s(known_s=row.usual_gap_s, elapsed_s=elapsed_s, events=heard.events),
        rules.longest_gap_s(known_s=row.longest_gap_s, seen_s=seen_s, elapsed_s=elapsed_s),
        known_for,
    )


def _follow(row: GatewayHealth, calls: rules.Calls, *, at: datetime) -> bool:
    """Moves the breaker to where the figures put it. An operator's word stands beside it and changes no figure."""
    target = rules.next_status(status=row.status, since=row.since, calls=calls, openings=row.openings, at=at)
    code = row.account.code
    if target == row.status:
        if row.status == BreakerStatus.HALF_OPEN and at - row.since > rules.cool_down(row.openings):
            # Whoever took the probes never came back with an answer: others may try.
            GatewayHealth.objects.filter(pk=row.pk).update(since=at, probes_left=rules.PROBES)
        return False
    changes: dict[str, Any] = {"since": at}
    if target == BreakerStatus.OPEN:
        changes["openings"] = row.openings + 1
        log.error("a gateway's breaker opens", extra={"gateway": code, "failed": calls.failed, "calls": calls.total})
    elif target == BreakerStatus.HALF_OPEN:
        changes["probes_left"] = rules.PROBES
    else:
        changes["openings"] = 0
    reason = f"{calls.failed} of {calls.total} calls failed"
    move(row, to=target, actor=MACHINE, at=at, reason=reason, facts={"account": code}, **changes)
    emit(
        "gateway.breaker",
        fact_key=f"{code}:{target}:{at.isoformat()}",
        payload={"account": code, "status": str(target)},
        at=at,
    )
    return True
