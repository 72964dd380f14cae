"""When a payee is paid, from how much on, and whether an operator keeps it back."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from config.audit.services import record
from config.kernel.errors import Unprocessable
from payouts.payees import rules
from payouts.payees.models import Payee, PayeeAccount, Schedule
from payouts.payees.queries import lock_payee
from payouts.payees.services.ensure import ensure_account


class MinimumTooLow(Unprocessable):
    """A payee may raise the minimum of their payouts, and not go below ours."""

    code = "minimum_too_low"


def set_schedule(
    *,
    payee: Payee,
    currency: str,
    schedule: Schedule,
    weekday: int,
    minimum_minor: int | None,
    actor: str,
    at: datetime,
    reason: str = "",
) -> bool:
    """How often and from how much on they are paid in one currency; `minimum_minor` None: our own. False when it is so
    already. Raises MinimumTooLow.
    """
    least = int(settings.POLICY.payout_minimum_minor.get(currency, 1))
    if minimum_minor is not None and minimum_minor < least:
        raise MinimumTooLow(f"the least is {least} minor units of {currency}", field="minimum_minor")
    with transaction.atomic():
        lock_payee(payee.pk)
        account = ensure_account(payee=payee, currency=currency, at=at)
        wanted = (schedule, weekday if schedule == Schedule.WEEKLY else 0, minimum_minor)
        if (account.schedule, account.weekday, account.minimum_minor) == wanted:
            return False
        due_at = rules.next_due(schedule=schedule, weekday=wanted[1], after=at)
        if (schedule, wanted[1]) == (account.schedule, account.weekday):
            due_at = account.due_at  # only the minimum changed: what is due stays due
        PayeeAccount.objects.filter(pk=account.pk).update(
            schedule=schedule, weekday=wanted[1], minimum_minor=minimum_minor, due_at=due_at
        )
        facts = {"currency": currency, "schedule": schedule, "weekday": wanted[1], "minimum_minor": minimum_minor}
        record(payee, act="schedule_set", actor=actor, at=at, reason=reason, facts=facts)
    return True


def hold_payee(*, payee: Payee, actor: str, reason: str, at: datetime) -> bool:
    """Keeps a payee's payouts back until somebody lets them go. False when they are kept back already."""
    with transaction.atomic():
        payee = lock_payee(payee.pk)
        if payee.held_at is not None:
            return False
        Payee.objects.filter(pk=payee.pk).update(held_at=at, held_by=actor, held_reason=reason[:300])
        record(payee, act="held", actor=actor, at=at, reason=reason)
    return True


def let_go(*, payee: Payee, actor: str, reason: str, at: datetime) -> bool:
    """Ends the keeping back. False when there is none."""
    with transaction.atomic():
        payee = lock_payee(payee.pk)
        if payee.held_at is None:
            return False
        Payee.objects.filter(pk=payee.pk).update(held_at=None, held_by="", held_reason="")
        record(payee, act="let_go", actor=actor, at=at, reason=reason, facts={"was": payee.held_reason})
    return True
