"""Fetches the events that a gateway made and that never came to our door, into the same inbox."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest
from django.utils.module_loading import import_string

from config.inbox.contract import Rejected
from config.inbox.models import WebhookEvent
from config.inbox.storing import store
from config.queue.nudge import nudge_on_commit
from payments.gateways.contract import Capability, FetchedEvent
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable, QuestionRefused, UnreadableObject
from payments.gateways.registry import gateway_for
from payments.health.models import GatewayHealth
from payments.health.queries import listeners
from payments.health.services.measure import health_of

log = logging.getLogger(__name__)
# A delivery that is only a little late is no missed event.
SETTLED = timedelta(minutes=2)
# Gateways stamp events with whole seconds, and list one that they stamped a little earlier.
OVERLAP = timedelta(minutes=2)
BATCH, MOST = 100, 5_000


@dataclass(frozen=True, slots=True)
class Fetched:
    """How many events the gateway listed, how many of them were news, and whether there is more."""

    listed: int = 0
    new: int = 0
    is_all: bool = True


def fetch_all_missed(*, at: datetime) -> int:
    """Every configured account that lists its events, from where it was looked at last. One that cannot be asked does
    not stop the others and is asked again at the next sweep. Returns how many events were missed."""
    new = 0
    for account in settings.GATEWAY_ACCOUNTS:
        if Capability.LIST_EVENTS not in gateway_for(account).capabilities:
            continue
        row = health_of(account, at=at)
        try:
            new += fetch_missed(account=account, since=row.watched_until - OVERLAP, at=at, follow=row).new
        except GatewayUnreachable:
            log.warning("missed events not fetched: the gateway does not answer", extra={"gateway": account})
        except (GatewayMisconfigured, QuestionRefused, UnreadableObject):
            log.exception("missed events not fetched", extra={"gateway": account})
    return new


def note_missed(*, account: str, at: datetime) -> bool:
    """Something was found by asking that this account should have told by itself, and that is nothing to be worked off:
    it counts for its silence. False where the account tells us nothing."""
    if account not in listeners():
        return False
    row = health_of(account, at=at)
    GatewayHealth.objects.filter(pk=row.pk).update(missed=F("missed") + 1, missed_since=Coalesce("missed_since", at))
    return True


def fetch_missed(
    *, account: str, since: datetime, at: datetime, follow: GatewayHealth | None = None, most: int = MOST
) -> Fetched:
    """Stores every event that the gateway made between `since` and two minutes before `at` and that is not here, marked
    as fetched, oldest first. With `follow` the account's watermark goes along, batch by batch, so that a crash costs
    no more than one of them. It never goes back, and the limit never stops what has not come beyond it: else a busy
    account would be read from the same event at every sweep.

    Raises GatewayUnreachable, GatewayMisconfigured, QuestionRefused or UnreadableObject.
    """
    until, known_until = at - SETTLED, since if follow is None else follow.watched_until
    listed = new = 0
    events = iter(gateway_for(account).list_events(since=since))
    while batch := list(islice(events, BATCH)):
        settled = [event for event in batch if event.created_at <= until]
        listed += len(settled)
        if settled:
            new += _keep(account, settled, at=at, follow=follow)
        if len(settled) < len(batch):
            break
        if listed >= most and batch[-1].created_at > known_until:
            return Fetched(listed, new, is_all=False)
    if follow is not None:
        GatewayHealth.objects.filter(pk=follow.pk, watched_until__lt=until).update(watched_until=until, watched_at=at)
    return Fetched(listed, new)


def _keep(account: str, events: Sequence[FetchedEvent], *, at: datetime, follow: GatewayHealth | None) -> int:
    known = set(
        WebhookEvent.objects.filter(account=account, event_id__in=[event.event_id for event in events]).values_list(
            "event_id", flat=True
        )
    )
    with transaction.atomic():
        new = sum(_store(account, event, at=at) for event in _unknown(events, known))
        if follow is not None:
            reached = Greatest("watched_until", events[-1].created_at)
            GatewayHealth.objects.filter(pk=follow.pk).update(watched_until=reached, watched_at=at)
        if new:
            nudge_on_commit("webhooks")
    return new


def _unknown(events: Iterable[FetchedEvent], known: set[str]) -> Iterable[FetchedEvent]:
    return (event for event in events if event.event_id not in known)


def _store(account: str, event: FetchedEvent, *, at: datetime) -> bool:
    source = settings.GATEWAY_ACCOUNTS[account].gateway
    read = import_string(settings.WEBHOOK_SOURCES[source]["read"])
    try:
        verified = read(account=account, body=event.body)
    except Rejected as rejected:
        log.error("a fetched event is no event", extra={"gateway": account, "reason": rejected.reason})
        return False
    return store(source=source, verified=verified, body=event.body, at=at, fetched=True).is_new
