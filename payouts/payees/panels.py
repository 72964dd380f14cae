"""Which destinations need a person: those to approve, and those that a rail does not want."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from config.admin.panel import Tone, WorkItem, WorkList
from config.admin.show import list_url, url_of
from config.admin.worklist import work_list
from payouts.payees.models import Destination
from payouts.payees.states import DestinationStatus

# A rejection stays on the list for so long, or until the payee names another one.
KEPT = timedelta(days=14)


def destinations_to_approve(at: datetime) -> WorkList:
    """Proposed, and waiting for a second person; the oldest first."""
    del at
    rows = Destination.objects.filter(status=DestinationStatus.PROPOSED)
    return work_list(
        "Destinations to approve",
        rows.defer("details").order_by("pk"),
        lambda each: WorkItem(f"{each.masked} for {each.currency}", each.why_approval, url_of(each), each.created_at),
        url=list_url(Destination, status=DestinationStatus.PROPOSED),
        tone=Tone.WARNING,
    )


def destinations_refused(at: datetime) -> WorkList:
    """Suspended by the rail, or rejected these days: somebody is not paid until the payee acts."""
    newer = Destination.objects.filter(payee=OuterRef("payee"), currency=OuterRef("currency"), pk__gt=OuterRef("pk"))
    refused = Q(status=DestinationStatus.SUSPENDED) | Q(status=DestinationStatus.REJECTED, created_at__gt=at - KEPT)
    rows = Destination.objects.filter(refused, ~Exists(newer))
    return work_list(
        "Destinations that were refused",
        rows.defer("details").order_by("-pk"),
        lambda each: WorkItem(f"{each.masked} is {each.status}", each.why, url_of(each), each.created_at),
        tone=Tone.WARNING,
    )
