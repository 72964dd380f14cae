"""Shows finance, once and with a reason that is kept, what identifies a destination."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from config.audit.services import record
from config.kernel.errors import Conflict
from payouts.payees.models import Destination
from payouts.payees.queries import opened


class DetailsGone(Conflict):
    """What identified this destination was erased."""

    code = "destination_details_gone"


def reveal_destination(*, destination: Destination, actor: str, reason: str, at: datetime) -> Mapping[str, str]:
    """The details in clear; that they were shown, to whom and why is kept before they are. Raises DetailsGone."""
    with transaction.atomic():
        details = opened(destination)
        if not details:
            raise DetailsGone
        record(destination, act="revealed", actor=actor, at=at, reason=reason)
    return details
