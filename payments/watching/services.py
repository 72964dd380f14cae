"""Asks about what waits at a gateway on whose webhooks alone nobody can rely, as often as that gateway advises."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from config.inbox.contract import Verified
from config.inbox.storing import store
from config.kernel import clock
from config.kernel.backoff import Ladder
from config.kernel.errors import Refused
from config.ops import context
from config.queue.engine import Claim, LeaseLost, Queue, give_up, stamp
from config.queue.runner import drain
from payments.gateways.payment_views import PaymentView
from payments.gateways.refund_views import RefundView
from payments.gateways.registry import UnknownGatewayAccount, gateway_for
from payments.watching.models import Watch

log = logging.getLogger(__name__)
# Each object has the ladder of its gateway; the queue's own is nobody's.
WATCHES = Queue(
    name="watches",
    model=Watch,
    kinds=("q.kind", "q.account || ':' || q.kind"),
    ladder=Ladder(steps_s=()),
    lease_s=600,
    columns=("kind", "ref", "account"),
)
# An account that is not configured now may be again.
WITHOUT_AN_ACCOUNT = timedelta(hours=1)


class Found(StrEnum):
    """What asking about an object found."""

    OVER = "over"  # decided: it is not asked about any more
    WAITS = "waits"  # asked again, and a person is called when the schedule ends
    STANDS = "stands"  # decided, but it may still be undone: asked again, until the schedule ends


class Ask(Protocol):
    def __call__(self, *, ref: str, at: datetime) -> Found:
        """Brings our row up to what its gateway says now, with no transaction open. May raise a Refused: then it is
        asked again."""


def watch(*, kind: str, ref: str, account: str, at: datetime) -> bool:
    """Has the object asked about from now on, in the caller's transaction, until it is decided. What is watched already
    stays as it is; what was decided or given up begins anew. False where its gateway needs no asking."""
    ladder = _ladder(account, kind)
    first = ladder.after(1) if ladder else None
    if first is None:
        return False
    due = {"state": "due", "due_at": at + first, "attempts": 0, "lost_leases": 0}
    row, is_new = Watch.objects.get_or_create(
        kind=kind, ref=ref, defaults={"account": account, "created_at": at, **due}
    )
    if not is_new and row.state != "due":
        Watch.objects.filter(pk=row.pk).exclude(state="due").update(**due)
    return True


def ask_watched(*, budget_s: float = 60.0, once: bool = False, now: Callable[[], datetime] = clock.now) -> int:
    """Asks about everything whose next question is due. Returns how many objects had their turn."""
    return drain(WATCHES, _ask, budget_s=budget_s, once=once, now=now)


def ask_now(*, account: str, since: datetime, at: datetime) -> int:
    """Makes the next question about everything due that waits at this gateway account since then, also about what was
    given up. Returns how many objects that are."""
    waiting = Watch.objects.filter(account=account, created_at__gte=since)
    revived = waiting.filter(state="dead").update(state="due", due_at=at, attempts=0, lost_leases=0)
    return revived + waiting.filter(state="due", due_at__gt=at).update(due_at=at)


def keep_as_fetched(*, account: str, view: PaymentView | RefundView, at: datetime) -> bool:
    """Puts what was found by asking into the inbox, in the caller's transaction, as the event that should have told it:
    should that come after all, it is a duplicate, and a gateway that tells nothing by itself is noticed. False where
    there would have been no event, or it came."""
    source = settings.GATEWAY_ACCOUNTS[account].gateway
    hint = settings.WEBHOOK_SOURCES[source].get("hint")
    told: tuple[Verified, bytes] | None = import_string(hint)(account=account, view=view, at=at) if hint else None
    if told is None:
        return False
    verified, body = told
    return store(source=source, verified=verified, body=body, at=at, fetched=True).is_new


def _ask(row: Claim, at: datetime) -> None:
    context.start(f"watch-{row.id}")
    kind, ref, account = row.values
    found, code = Found.WAITS, ""
    try:
        ask: Ask = import_string(settings.WATCH_ASKERS[kind])
        found = ask(ref=ref, at=at)
    except UnknownGatewayAccount:
        code = "gateway_not_configured"
    except Refused as refusal:
        log.info("watched object not decided", extra={"kind": kind, "ref": ref, "code": refusal.code})
        code = refusal.code
    except Exception as error:
        connection.close_if_unusable_or_obsolete()
        log.exception("asking about a watched object failed", extra={"kind": kind, "ref": ref})
        code = type(error).__name__
    try:
        _record(row, found=found, account=account, kind=kind, code=code, at=at)
    except LeaseLost:
        log.warning("watch lease lost: somebody else has the object now", extra={"kind": kind, "ref": ref})


def _record(row: Claim, *, found: Found, account: str, kind: str, code: str, at: datetime) -> None:
    if found is Found.OVER:
        stamp(WATCHES, row, state="done")
        return
    if code == "gateway_not_configured":
        stamp(WATCHES, row, state="due", due_at=at + WITHOUT_AN_ACCOUNT, code=code, attempts=row.attempts - 1)
        return
    ladder = _ladder(account, kind)
    delay = ladder.after(row.attempts + 1) if ladder else None
    if delay is None and found is Found.STANDS:
        stamp(WATCHES, row, state="done")
    elif delay is None:
        log.critical("a watched object was never decided", extra={"kind": kind, "watch": row.id})
        give_up(WATCHES, row, at=at, code=code or "never_decided", error="")
    else:
        stamp(WATCHES, row, state="due", due_at=at + delay, code=code)


def _ladder(account: str, kind: str) -> Ladder | None:
    """When the gateway wants to be asked; None where it need not be."""
    try:
        gateway = gateway_for(account)
    except UnknownGatewayAccount:
        return None
    return {
        "payment": gateway.schedule,
        "setup": gateway.schedule,
        "outside refund": gateway.refund_schedule,
        "bounce": gateway.bounce_schedule,
    }[kind]
