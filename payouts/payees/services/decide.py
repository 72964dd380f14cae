"""A second person decides about a proposed destination."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from config.audit.services import record
from config.kernel.errors import Conflict, FourEyes
from payouts.payees import rules
from payouts.payees.models import Destination
from payouts.payees.queries import lock_destination, lock_payee
from payouts.payees.services.propose import was_ever_paid_elsewhere
from payouts.payees.services.settle import begin, stop
from payouts.payees.states import DestinationStatus


class DestinationDecided(Conflict):
    """Nobody waits for a decision about this destination any more."""

    code = "destination_decided"


def approve_destination(*, destination: Destination, actor: str, reason: str, at: datetime) -> bool:
    """Says yes, by somebody who neither proposed it nor is paid by it. Where it changes another one nothing is paid to
    it before its cooling time, which begins now. False when it is approved already.

    Raises FourEyes, DestinationDecided.
    """
    with transaction.atomic():
        lock_payee(destination.payee_id)
        destination = lock_destination(destination.pk)
        if destination.approved_by == actor and destination.status != DestinationStatus.PROPOSED:
            return False
        _require_another(destination, actor)
        if destination.status != DestinationStatus.PROPOSED:
            raise DestinationDecided
        changes = was_ever_paid_elsewhere(destination.payee, destination.currency)
        cools_until = at + timedelta(hours=settings.POLICY.payout_cooling_hours) if changes else None
        Destination.objects.filter(pk=destination.pk).update(approved_by=actor, cools_until=cools_until)
        destination.approved_by, destination.cools_until = actor, cools_until
        facts = {"why": destination.why_approval, "cools_until": cools_until.isoformat() if cools_until else None}
        record(destination, act="approved", actor=actor, at=at, reason=reason, facts=facts)
        begin(destination, actor=actor, at=at, reason=reason)
    return True


def reject_destination(*, destination: Destination, actor: str, reason: str, at: datetime) -> bool:
    """Says no, with a reason that the payee reads; also while the rail looks at it. False when it is rejected already.

    Raises FourEyes, DestinationDecided.
    """
    with transaction.atomic():
        lock_payee(destination.payee_id)
        destination = lock_destination(destination.pk)
        if destination.status == DestinationStatus.REJECTED:
            return False
        _require_another(destination, actor)
        if destination.status not in (DestinationStatus.PROPOSED, DestinationStatus.VERIFYING):
            raise DestinationDecided
        stop(destination, to=DestinationStatus.REJECTED, why=reason, actor=actor, at=at)
    return True


def _require_another(destination: Destination, actor: str) -> None:
    payee = destination.payee.user.actor
    verdict = rules.may_decide(actor=actor, proposed_by=destination.proposed_by, payee=payee)
    if not verdict:
        raise FourEyes(verdict.detail)
