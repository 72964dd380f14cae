"""Concedes a dispute, above the threshold by two people: one asks, another one lets it go, or says no."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from config.audit.services import record
from config.idempotency.services import Claim
from config.kernel.errors import FourEyes
from config.kernel.verdict import Verdict
from payments.disputes import rules
from payments.disputes.models import NOBODY_ASKED, Dispute
from payments.disputes.services.answer import DisputeNotAcceptable, accept_dispute
from payments.disputes.services.evidence import lock_free

AWAITS_SECOND = "awaits_second"


def may_go_alone(dispute: Dispute) -> Verdict:
    """Whether one person may concede it, by the same threshold as a refund: the buyer has the money either way."""
    threshold_minor = settings.POLICY.refund_approval_threshold_minor.get(dispute.currency)
    return rules.may_concede_alone(amount_minor=dispute.amount_minor, threshold_minor=threshold_minor)


def concede(*, dispute_pk: int, actor: str, reason: str, at: datetime, claim: Claim | None = None) -> str:
    """One person concedes what is below the threshold; above it the first only asks, and another one concedes.

    Returns what became of the call, or AWAITS_SECOND. Raises FourEyes to who asked for it, and as `accept_dispute`.
    """
    with transaction.atomic():
        dispute = lock_free(dispute_pk)
        verdict = rules.may_accept(status=dispute.status)
        if not verdict:
            raise DisputeNotAcceptable(verdict.detail)
        alone = may_go_alone(dispute)
        asked_by = dispute.concession_asked_by
        if not alone and not asked_by:
            _ask(dispute, actor=actor, reason=reason, why=alone.code, at=at)
            return AWAITS_SECOND
        if not alone and asked_by == actor:
            raise FourEyes("another person lets it go")
    return accept_dispute(
        dispute_pk=dispute_pk,
        actor=actor,
        reason=reason,
        at=at,
        claim=claim,
        still=lambda now: bool(may_go_alone(now)) or now.concession_asked_by == asked_by != "",
    )


def _ask(dispute: Dispute, *, actor: str, reason: str, why: str, at: datetime) -> None:
    Dispute.objects.filter(pk=dispute.pk).update(
        concession_asked_by=actor, concession_reason=reason, concession_asked_at=at
    )
    record(dispute, act="concession asked for", actor=actor, at=at, reason=reason, facts={"because": why})


def refuse_concession(*, dispute_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """It is not conceded: another person says no, or who asked takes it back. False where nobody asks."""
    with transaction.atomic():
        dispute = lock_free(dispute_pk)
        if not dispute.concession_asked_by:
            return False
        Dispute.objects.filter(pk=dispute.pk).update(**NOBODY_ASKED)
        record(dispute, act="concession refused", actor=actor, at=at, reason=reason)
    return True
