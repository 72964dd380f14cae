"""Freezes everything that is payable to a payee in one currency, and says who must let it go."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from config.audit.services import move, record
from config.kernel.errors import Conflict
from config.kernel.faultpoints import reached
from config.kernel.money import Money
from config.kernel.verdict import Verdict
from config.outbox.services import emit
from payments.ledger.accounts import Account
from payments.ledger.models import LedgerEntry
from payments.ledger.payout_recipes import payout_frozen, payout_unfrozen
from payments.ledger.services import lock_balance, post
from payouts.payees.models import Destination, Payee
from payouts.payees.queries import current_destination, lock_payee
from payouts.payees.rules import why_not_paid
from payouts.payout.models import Payout, PayoutBatch, payout_id
from payouts.payout.queries import facts_for_freezing, failure_before, fee_minor, last_upto, pot_kind, rail_account_for
from payouts.payout.rules import may_go_alone
from payouts.payout.states import ENDED_UNPAID, PayoutStatus
from payouts.rails.registry import rail_for

# The rail has these payouts, or had: an account that they went to is known.
_WENT = (PayoutStatus.IN_TRANSIT, PayoutStatus.PAID, PayoutStatus.PAID_LATE)


class PayoutNotPossible(Conflict):
    """The payee cannot be paid now; `reason` says why in a code, the detail in words."""

    code = "payout_not_possible"


class NotRetriable(Conflict):
    """Only a payout that has failed, and that was not tried again, is tried again."""

    code = "payout_not_retriable"


def freeze_payout(
    *,
    payee: Payee,
    currency: str,
    requested_by: str,
    at: datetime,
    batch: PayoutBatch | None = None,
    retry_of: Payout | None = None,
) -> Payout:
    """One payout of everything that is payable at this moment, with its entry and its next step in one commit.

    It takes the ledger's lines after those that the payout before took, up to its own; under the lock of the payee's
    balance no two can take the same. Raises PayoutNotPossible with the one line that says why, and NotRetriable.
    """
    with transaction.atomic():
        # Before the balance: whoever holds a payee, or changes where their money goes, waits for us, or we for them.
        payee = lock_payee(payee.pk)
        if retry_of is not None:
            _check_retriable(retry_of)
        balance = lock_balance(payee.owner, currency)
        destination = current_destination(payee, currency)
        verdict = why_not_paid(facts_for_freezing(payee, currency, at=at, again=retry_of is not None))
        if not verdict or destination is None:
            raise PayoutNotPossible(verdict.detail, reason=verdict.code)
        payout = _write(
            payee, destination, gross_minor=balance.payable_minor, requested_by=requested_by, batch=batch,
            retry_of=retry_of, at=at,
        )  # fmt: skip
        _next_step(payout, at=at)
    reached("payout.frozen")
    return payout


def _check_retriable(payout: Payout) -> None:
    row = Payout.objects.select_for_update().get(pk=payout.pk)
    if row.status not in (PayoutStatus.FAILED, PayoutStatus.RETURNED):
        raise NotRetriable(f"the payout is {row.status}")
    if Payout.objects.filter(retry_of=row).exists():
        raise NotRetriable("the payout was tried again already")


def _write(
    payee: Payee,
    destination: Destination,
    *,
    gross_minor: int,
    requested_by: str,
    batch: PayoutBatch | None,
    retry_of: Payout | None,
    at: datetime,
) -> Payout:
    currency, identifier = destination.currency, payout_id()
    fee = Money(fee_minor(currency), currency)
    gross = Money(gross_minor, currency)
    rail_account = rail_account_for(rail=destination.rail, currency=currency)
    after = last_upto(payee.owner, currency)
    entry = post(
        payout_frozen(payout_id=identifier, owner=payee.owner, gross=gross, fee=fee), actor=requested_by, at=at
    )
    payout = Payout.objects.create(
        public_id=identifier,
        payee=payee,
        destination=destination,
        batch=batch,
        retry_of=retry_of,
        failed_before=retry_of.failure_code if retry_of is not None else failure_before(destination),
        owner=payee.owner,
        currency=currency,
        gross_minor=gross.amount_minor,
        fee_minor=fee.amount_minor,
        net_minor=gross.amount_minor - fee.amount_minor,
        after_line_id=after,
        upto_line_id=_own_line(entry),
        rail=destination.rail,
        rail_account=rail_account,
        drawn_on=pot_kind(rail_for(rail_account)),
        requested_by=requested_by,
        frozen_at=at,
    )
    record(payout, act="frozen", actor=requested_by, at=at, to_state=payout.status)
    return payout


def _own_line(entry: LedgerEntry) -> int:
    return int(entry.lines.filter(account=Account.PAYABLE).values_list("pk", flat=True).get())


def _next_step(payout: Payout, *, at: datetime) -> None:
    verdict = _may_go_alone(payout)
    if verdict:
        approve(payout, actor=payout.requested_by, at=at, reason="below the threshold")
    else:
        move(
            payout,
            to=PayoutStatus.AWAITING_APPROVAL,
            actor=payout.requested_by,
            at=at,
            reason=verdict.detail,
            why_approval=verdict.code,
        )


def _may_go_alone(payout: Payout) -> Verdict:
    others = Payout.objects.filter(payee_id=payout.payee_id, status__in=_WENT)
    there = others.filter(destination_id=payout.destination_id)
    if payout.destination.cools_until is not None:
        # What went to the bank that stood there before says nothing of this one.
        there = there.filter(frozen_at__gte=payout.destination.cools_until)
    return may_go_alone(
        net_minor=payout.net_minor,
        alone_minor=_alone_minor(payout),
        threshold_minor=settings.POLICY.payout_approval_threshold_minor.get(payout.currency),
        is_first=not others.exists(),
        is_first_to_destination=not there.exists(),
    )


def _alone_minor(payout: Payout) -> int:
    """What of the payee's went without a second person since midnight (UTC), and did not come to nothing. Under the
    lock of their balance, so that two at once are added up."""
    midnight = payout.frozen_at.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Payout.objects.filter(payee_id=payout.payee_id, currency=payout.currency, frozen_at__gte=midnight)
    alone = rows.filter(approved_by="").exclude(status__in=(*ENDED_UNPAID, PayoutStatus.AWAITING_APPROVAL))
    return int(alone.exclude(pk=payout.pk).aggregate(total=Sum("net_minor"))["total"] or 0)


def approve(payout: Payout, *, actor: str, at: datetime, reason: str, approved_by: str = "") -> None:
    """It may be sent: whoever sends hears of it in the same commit."""
    move(payout, to=PayoutStatus.APPROVED, actor=actor, at=at, reason=reason, approved_by=approved_by)
    tell_approved(payout, at=at)


def tell_approved(payout: Payout, *, at: datetime, again: str = "") -> None:
    """The job that sends it; once for each thing that makes it due to be sent, named by `again`."""
    emit(
        "payout.approved",
        fact_key=f"{payout.public_id}:{again}" if again else payout.public_id,
        payload={"payout": payout.public_id},
        at=at,
    )


def unfreeze(payout: Payout, *, actor: str, at: datetime) -> None:
    """What was frozen is payable again, in the caller's transaction, which holds the payout's lock."""
    post(
        payout_unfrozen(
            payout_id=payout.public_id,
            owner=payout.owner,
            gross=Money(payout.gross_minor, payout.currency),
            fee=Money(payout.fee_minor, payout.currency),
        ),
        actor=actor,
        at=at,
    )
