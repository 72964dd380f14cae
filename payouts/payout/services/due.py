"""Runs over payees whose time has come, and over approved payouts that waited for something."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from config.audit.services import record
from config.calls.models import GatewayCall
from config.idempotency.services import Claim, remember_intent
from config.kernel.faultpoints import reached
from config.queue.sweep import Swept, sweep
from payouts.payees.models import Payee, PayeeAccount
from payouts.payees.rules import next_due
from payouts.payout.models import BatchRow, Payout, PayoutBatch, Pot
from payouts.payout.services.freeze import PayoutNotPossible, freeze_payout
from payouts.payout.services.send import CREATE, SENDER, send
from payouts.payout.states import PayoutStatus

log = logging.getLogger(__name__)
# Of whom has no money, or all of it on its way, nothing is kept: they are most of those who are looked at.
_SILENT = frozenset({"nothing_payable", "all_in_reserve", "payout_under_way", "payout_to_approve", "payout_waits"})
# The jobs that send have given up by then; what was not executed is tried again from here on.
FORGOTTEN = timedelta(hours=3)


# So many balances are listed at once, however many are due.
AT_ONCE = 200


@dataclass
class Run:
    """How a run went."""

    batch: PayoutBatch | None = None
    frozen: int = 0
    not_paid: int = 0
    failed: int = 0


def pay_due(*, at: datetime, made_by: str = SENDER, limit: int = 5_000) -> Run:
    """Looks at every balance whose time has come, `limit` at most, and freezes a payout of it or keeps why not. One
    batch for all of them; none where nobody is due. Several runs at once share the work."""
    run, last = Run(), 0
    while (left := limit - run.frozen - run.not_paid - run.failed) > 0:
        due = PayeeAccount.objects.filter(due_at__lte=at, pk__gt=last).order_by("pk")
        keys = list(due.values_list("pk", flat=True)[: min(left, AT_ONCE)])
        if not keys:
            break
        run.batch = run.batch or PayoutBatch.objects.create(made_by=made_by, made_at=at)
        for key in keys:
            _look_guarded(run, run.batch, key, at=at)
        last = keys[-1]
    if run.batch is not None:
        PayoutBatch.objects.filter(pk=run.batch.pk).update(finished_at=at)
    return run


def _look_guarded(run: Run, batch: PayoutBatch, key: int, *, at: datetime) -> None:
    """One row that fails does not stop the others; it is still due at the next run."""
    try:
        frozen = _look(batch, key, at=at)
    except Exception:
        run.failed += 1
        connection.close_if_unusable_or_obsolete()
        log.exception("a payee could not be paid", extra={"payee_account": key})
        return
    reached("payout.looked")
    if frozen is not None:
        run.frozen += frozen
        run.not_paid += not frozen


def _look(batch: PayoutBatch, key: int, *, at: datetime) -> bool | None:
    """Whether a payout was frozen; None where somebody else looks at this payee, or did. What is kept of it and when
    the next look is due are one commit with it, so that a run that dies is gone on with where it was."""
    with transaction.atomic():
        found = PayeeAccount.objects.filter(pk=key).values_list("payee_id", flat=True).get()
        payee = Payee.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).filter(pk=found).first()
        account = PayeeAccount.objects.filter(pk=key, due_at__lte=at).first()
        if payee is None or account is None:
            return None
        result = _freeze(payee, account, batch, at=at)
        due_at = next_due(schedule=account.schedule, weekday=account.weekday, after=at)
        PayeeAccount.objects.filter(pk=key).update(due_at=due_at)
        PayoutBatch.objects.filter(pk=batch.pk).update(looked_at=F("looked_at") + 1)
    return result


def _freeze(payee: Payee, account: PayeeAccount, batch: PayoutBatch, *, at: datetime) -> bool:
    row = BatchRow(batch=batch, payee=payee, currency=account.currency)
    try:
        row.payout = freeze_payout(
            payee=payee, currency=account.currency, requested_by=batch.made_by, batch=batch, at=at
        )
    except PayoutNotPossible as refusal:
        row.code, row.detail = str(refusal.facts["reason"]), refusal.detail
    if row.code not in _SILENT:
        row.save(force_insert=True)
    return row.payout is not None


def send_waiting(*, at: datetime) -> Swept:
    """Sends what was approved and waited: for a float, for a hold that is lifted since, for a rail that was down longer
    than its job tried. What a person pays by a file is looked at alike."""
    old = at - FORGOTTEN
    waits = (
        ~Q(waits_because="") | Q(drawn_on=Pot.BANK) | Q(sent_at__lt=old) | Q(sent_at__isnull=True, frozen_at__lt=old)
    )
    asked = GatewayCall.objects.filter(subject_type="payout", subject_id=OuterRef("public_id"), operation=CREATE)
    # Its transfer was made, and then something stood in the way of the payout itself.
    half_way = Q(status=PayoutStatus.SENDING, transferred_at__isnull=False) & ~Exists(asked)
    due = Payout.objects.filter(waits, Q(status=PayoutStatus.APPROVED) | half_way)
    return sweep("waiting payouts", due, lambda key: _send(key, at=at))


def _send(payout_pk: int, *, at: datetime) -> bool:
    payout = Payout.objects.get(pk=payout_pk)
    return send(payout, at=at) or Payout.objects.filter(pk=payout_pk).exclude(status=payout.status).exists()


def pay_now(
    *, payee: Payee, currency: str, actor: str, reason: str, at: datetime, claim: Claim | None = None
) -> Payout:
    """Somebody asks for a payout outside of the schedule. Raises PayoutNotPossible."""
    with transaction.atomic():
        payout = freeze_payout(payee=payee, currency=currency, requested_by=actor, at=at)
        record(payout, act="asked for", actor=actor, at=at, reason=reason)
        remember_intent(claim=claim, intent_id=payout.public_id)
    return payout


def retry_payout(*, payout_pk: int, actor: str, reason: str, at: datetime, claim: Claim | None = None) -> Payout:
    """A new payout in the place of one that failed, of everything that is payable now. Raises NotRetriable and
    PayoutNotPossible."""
    former = Payout.objects.select_related("payee").get(pk=payout_pk)
    with transaction.atomic():
        payout = freeze_payout(payee=former.payee, currency=former.currency, requested_by=actor, at=at, retry_of=former)
        record(payout, act="tried again", actor=actor, at=at, reason=reason, facts={"after": former.public_id})
        remember_intent(claim=claim, intent_id=payout.public_id)
    return payout
