"""Reads of gateways' health. All are bounded: the latest calls and payments, whatever the history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from config.calls.models import GatewayCall
from config.calls.states import CallStatus
from config.inbox.models import WebhookEvent
from payments.charges.models import Payment
from payments.health.models import GatewayHealth
from payments.health.rules import Calls

LATEST = 2_000
HOUR = timedelta(hours=1)
# A call that nobody answered for so long is as good as failed, though its lease may still run.
PATIENCE = timedelta(seconds=60)


def listeners() -> tuple[str, ...]:
    """The accounts that take no payments and tell what becomes of payouts."""
    named = {rail.told_by for rail in settings.RAIL_ACCOUNTS.values()}
    return tuple(code for code in settings.LISTENING_ACCOUNTS if code in named)


def calls_since(since: dict[str, datetime], *, at: datetime) -> dict[str, Calls]:
    """What the journal's latest calls of each account came to, from `since[account]` on: none of them counts fewer
    because another one is busy."""
    return {account: calls for account, first in since.items() if (calls := _calls(account, first, at=at)).total}


def _calls(account: str, since: datetime, *, at: datetime) -> Calls:
    counts: Counter[bool] = Counter()
    latest = GatewayCall.objects.filter(account=account).order_by("-pk")
    for sent_at, status, answer_lost in latest.values_list("sent_at", "status", "answer_lost")[:LATEST]:
        if sent_at < since or (status == CallStatus.SENT and at - sent_at < PATIENCE):
            continue
        counts[answer_lost or status in (CallStatus.SENT, CallStatus.UNKNOWN, CallStatus.NOT_EXECUTED)] += 1
    return Calls(answered=counts[False], failed=counts[True])


def payments_of_the_last_hour(*, at: datetime) -> dict[str, tuple[int, int]]:
    """(succeeded, failed) payments per account, of the latest ones made within the last hour."""
    latest = Payment.objects.filter(created_at__gt=at - HOUR).order_by("-pk")
    found: dict[str, Counter[bool]] = defaultdict(Counter)
    for account, status in latest.values_list("gateway_account__code", "status")[:LATEST]:
        if status in ("captured", "reversed", "authorized"):
            found[account][True] += 1
        elif status == "failed":
            found[account][False] += 1
    return {account: (counts[True], counts[False]) for account, counts in found.items()}


@dataclass(slots=True)
class Heard:
    """What an account's gateway told us by itself, and what we had to fetch after it last did."""

    events: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    longest_s: float = 0.0
    missed: int = 0
    missed_since: datetime | None = None

    def tell(self, at: datetime) -> None:
        """It told us one by itself."""
        if self.last_at is not None:
            self.longest_s = max(self.longest_s, (at - self.last_at).total_seconds())
        self.events, self.first_at, self.last_at = self.events + 1, self.first_at or at, at
        self.missed, self.missed_since = 0, None

    def miss(self, at: datetime) -> None:
        """We had to fetch one."""
        self.missed, self.missed_since = self.missed + 1, self.missed_since or at


def heard_since(after: Mapping[str, int], *, limit: int = 10_000) -> tuple[int, dict[str, Heard]]:
    """Up to which inbox row was looked (in the order of their ids), and what was heard of each account after its row
    `after[account]`: one that is new here looks at no older ones, and keeps nobody from theirs."""
    heard: dict[str, Heard] = defaultdict(Heard)
    last_id = min(after.values(), default=0)
    rows = WebhookEvent.objects.filter(pk__gt=last_id).order_by("pk")
    for pk, account, received_at, fetched in rows.values_list("pk", "account", "received_at", "fetched")[:limit]:
        last_id = pk
        if pk <= after.get(account, pk):
            continue
        if fetched:
            heard[account].miss(received_at)
        else:
            heard[account].tell(received_at)
    return last_id, dict(heard)


def repeated_since(account: str, since: datetime) -> datetime | None:
    """When an account's gateway last delivered again what was here already, be it that we had fetched it before. None
    where that was not after `since`."""
    repeated = WebhookEvent.objects.filter(account=account, repeated_at__gt=since)
    return repeated.order_by("-repeated_at").values_list("repeated_at", flat=True).first()


def needing_a_person() -> list[GatewayHealth]:
    """Gateways that are shut, forced, or silent."""
    odd = Q(silent_since__isnull=False) | ~Q(status="closed") | ~Q(forced="")
    return list(GatewayHealth.objects.filter(odd).select_related("account").order_by("account__code")[:100])
