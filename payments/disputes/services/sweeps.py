"""Finds the disputes that somebody must be reminded of, that are not worth an answer, or that nobody told us of."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from config.audit.services import record
from config.outbox.services import emit
from config.queue.sweep import Swept, sweep
from payments.charges.models import GatewayAccount
from payments.disputes import rules
from payments.disputes.models import Dispute
from payments.disputes.queries import takes_answers
from payments.disputes.services.answer import accept_dispute
from payments.disputes.services.evidence import AnswerNotOffered, has_evidence
from payments.disputes.services.observe import observe_dispute
from payments.disputes.states import OPEN, DisputeStatus
from payments.gateways.contract import Capability, Outcome
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.registry import gateway_for

SYSTEM = "system:disputes"
# So long before the deadline a dispute that nobody answers is conceded: somebody may still answer until then.
ACCEPT_BEFORE = timedelta(days=2)
# What is not settled and was not told of for so long is asked about: an event may have been lost.
ASK_AFTER = timedelta(hours=6)
# A lost one may be won on appeal, which a gateway that lists no events tells once: it is asked about daily, for as long
# as networks take for arbitration.
ASK_LOST_AFTER, APPEALS_WITHIN = timedelta(days=1), timedelta(days=120)


def remind_due(*, at: datetime) -> Swept:
    """Reminds of deadlines, once for each of the days that the policy names."""
    return sweep("dispute reminder", Dispute.objects.filter(remind_at__lte=at), lambda key: _remind(key, at=at))


def _remind(dispute_pk: int, *, at: datetime) -> bool:
    with transaction.atomic():
        dispute = Dispute.objects.select_for_update(of=("self",)).get(pk=dispute_pk)
        if dispute.remind_at is None or dispute.remind_at > at:
            return False
        following = rules.next_reminder(
            status=dispute.status,
            is_submitted=dispute.is_submitted,
            evidence_due_at=dispute.evidence_due_at,
            days=settings.POLICY.dispute_reminder_days,
            at=at,
        )
        Dispute.objects.filter(pk=dispute_pk).update(remind_at=following)
        if not rules.may_answer(
            status=dispute.status, is_submitted=dispute.is_submitted, evidence_due_at=dispute.evidence_due_at, at=at
        ):
            return False
        record(dispute, act="reminded", actor=SYSTEM, at=at)
        emit(
            "dispute.evidence_due",
            fact_key=f"{dispute.public_id}:{dispute.remind_at.timestamp():.0f}",
            payload={"dispute": dispute.public_id},
            at=at,
        )
    return True


def accept_due(*, at: datetime) -> Swept:
    """Concedes what is below the policy's threshold, and what one person might concede alone, once its deadline is near
    and nobody has begun to answer."""
    due = Dispute.objects.filter(
        status=DisputeStatus.NEEDS_RESPONSE,
        is_submitted=False,
        evidence_due_at__lte=at + ACCEPT_BEFORE,
        evidence_due_at__gt=at,
        currency__in=list(settings.POLICY.dispute_accept_below_minor),
        gateway_account__in=list(_answerable_accounts()),
    )
    return sweep("dispute acceptance", due, lambda key: _accept(key, at=at))


def _accept(dispute_pk: int, *, at: datetime) -> bool:
    if not _is_not_worth_it(Dispute.objects.get(pk=dispute_pk)):
        return False
    reason = "below what an answer is worth"
    outcome = accept_dispute(dispute_pk=dispute_pk, actor=SYSTEM, reason=reason, at=at, still=_is_not_worth_it)
    return outcome == Outcome.SUCCEEDED


def _is_not_worth_it(dispute: Dispute) -> bool:
    return rules.accepts_itself(
        status=dispute.status,
        is_submitted=dispute.is_submitted,
        has_evidence=has_evidence(dispute),
        amount_minor=dispute.amount_minor,
        threshold_minor=settings.POLICY.dispute_accept_below_minor.get(dispute.currency, 0),
        alone_minor=settings.POLICY.refund_approval_threshold_minor.get(dispute.currency),
    )


def refresh_due(*, at: datetime) -> Swept:
    """Asks about disputes that are not settled and of which nothing was heard for hours."""
    accounts, ask = _answerable_accounts(), _Asker(at)
    unsettled = Q(status__in=OPEN) | (~Q(withdrawn_minor=0) & ~Q(status=DisputeStatus.LOST))
    due = Dispute.objects.filter(unsettled, seen_at__lte=at - ASK_AFTER, gateway_account__in=accounts)
    swept = sweep("dispute refresh", due, ask, limit=500)
    listless = [pk for pk, lists_events in accounts.items() if not lists_events]
    lost = Dispute.objects.filter(
        status=DisputeStatus.LOST,
        seen_at__lte=at - ASK_LOST_AFTER,
        closed_at__gte=at - APPEALS_WITHIN,
        gateway_account__in=listless,
    )
    return swept + sweep("appeal refresh", lost, ask, limit=500)


class _Asker:
    """Asks about one dispute after the other, and no more at an account that does not answer: each try waits until the
    patience of a call is over."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._silent: set[int] = set()

    def __call__(self, dispute_pk: int) -> bool:
        account = Dispute.objects.values_list("gateway_account", flat=True).get(pk=dispute_pk)
        if account in self._silent:
            return False
        try:
            return refresh_dispute(dispute_pk=dispute_pk, at=self._at)
        except GatewayUnreachable:
            self._silent.add(account)
            raise


def refresh_dispute(*, dispute_pk: int, at: datetime) -> bool:
    """Brings one dispute up to what its gateway says now. False where that knows nothing of it. Raises
    GatewayUnreachable, AnswerNotOffered."""
    dispute = Dispute.objects.select_related("payment", "gateway_account").get(pk=dispute_pk)
    if not takes_answers(dispute.gateway_account.code):
        raise AnswerNotOffered
    gateway = gateway_for(dispute.gateway_account.code)
    view = gateway.get_dispute(dispute_id=dispute.gateway_dispute_id)
    if view is None:
        Dispute.objects.filter(pk=dispute_pk).update(seen_at=at)
        return False
    observe_dispute(payment=dispute.payment, view=view, told_at=None, actor=SYSTEM, at=at)
    return True


def _answerable_accounts() -> dict[int, bool]:
    """Accounts whose gateway has disputes in its API, and whose credentials we have; and whether it lists its events,
    among which a missed one is found."""
    return {
        account.pk: Capability.LIST_EVENTS in gateway_for(account.code).capabilities
        for account in GatewayAccount.objects.all()[:100]
        if takes_answers(account.code)
    }
