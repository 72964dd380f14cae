"""Which destinations need a person: those to approve, and those that a rail does not want."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, url_of
from config.ops.counting import capped
from payouts.payees.models import Destination
from payouts.payees.states import DestinationStatus

SHOWN = 10
CAP = 1_000
# A rejection stays on the list for so long, or until the payee names another one.
KEPT = timedelta(days=14)


def destinations_to_approve(at: datetime) -> WorkList:
    """Proposed, and waiting for a second person; the oldest first."""
    del at
    rows = Destination.objects.filter(status=DestinationStatus.PROPOSED)
    items = [
        WorkItem(f"{each.masked} for {each.currency}", each.why_approval, url_of(each), each.created_at)
        for each in rows.defer("details").order_by("pk")[:SHOWN]
    ]
    number = capped(rows, cap=CAP)
    tone = Tone.WARNING if number else Tone.GOOD
    url = list_url(Destination, status=DestinationStatus.PROPOSED)
    return WorkList("Destinations to approve", count_text(number, cap=CAP), tuple(items), tone, url)


def destinations_refused(at: datetime) -> WorkList:
    """Suspended by the rail, or rejected these days: somebody is not paid until the payee acts."""
    newer = Destination.objects.filter(payee=OuterRef("payee"), currency=OuterRef("currency"), pk__gt=OuterRef("pk"))
    refused = Q(status=DestinationStatus.SUSPENDED) | Q(status=DestinationStatus.REJECTED, created_at__gt=at - KEPT)
    rows = Destination.objects.filter(refused, ~Exists(newer))
    items = [
        WorkItem(f"{each.masked} is {each.status}", each.why, url_of(each), each.created_at)
        for each in rows.defer("details").order_by("-pk")[:SHOWN]
    ]
    number = capped(rows, cap=CAP)
    tone = Tone.WARNING if number else Tone.GOOD
    return WorkList("Destinations that were refused", count_text(number, cap=CAP), tuple(items), tone)
