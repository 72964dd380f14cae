"""Reads of money that was released and not paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet, Sum

from payments.escrow.models import EscrowHold
from payments.ledger.accounts import Account
from payments.ledger.models import LedgerLine, PayeeBalance
from payouts.payout.models import Payout
from payouts.payout.states import FROZEN
from payouts.unpaid.models import UnpaidMoney
from payouts.unpaid.rules import Earning

# Releases are read in small steps: most payees are paid often, and the newest few explain all that is unpaid.
STEP = 50


def owners_with_money() -> set[tuple[str, str]]:
    """Every payee and currency that anything may be unpaid of."""
    balances = PayeeBalance.objects.filter(payable_minor__gt=0) | PayeeBalance.objects.filter(reserve_minor__gt=0)
    frozen = Payout.objects.filter(status__in=FROZEN)
    known = set(balances.values_list("owner", "currency"))
    known |= set(frozen.values_list("owner", "currency"))
    return known | set(UnpaidMoney.objects.values_list("owner", "currency"))


def unpaid_minor(owner: str, currency: str) -> int:
    """What we owe a payee and their bank does not have: payable, kept in reserve, and frozen by payouts that are not
    paid. What was moved to their account at the gateway counts until it has left that: the limit is of that account.
    Other pots are not the gateway's, and still it is the payee's money that waits: no rail makes it younger."""
    balance = PayeeBalance.objects.filter(owner=owner, currency=currency).first()
    standing = balance.payable_minor + balance.reserve_minor if balance else 0
    frozen = Payout.objects.filter(owner=owner, currency=currency, status__in=FROZEN).aggregate(total=Sum("net_minor"))
    return standing + int(frozen["total"] or 0)


def earnings_of(owner: str, currency: str) -> Iterator[Earning]:
    """What releases gave a payee, newest first. Reads as much as is asked for."""
    before: int | None = None
    while True:
        entries = _releases(owner, currency, before=before)
        if not entries:
            return
        holds = EscrowHold.objects.in_bulk([hold for hold, _ in entries.values()], field_name="public_id")
        for hold_id, amount_minor in entries.values():
            hold = holds.get(hold_id)
            if hold is not None and amount_minor > 0:
                yield Earning(amount_minor, hold.must_leave_by)
        before = min(entries)


def _releases(owner: str, currency: str, *, before: int | None) -> dict[int, tuple[str, int]]:
    """The next releases before an entry: by entry, the hold and what the payee got, in reserve or payable."""
    newest: set[int] = set()
    for account in (Account.PAYABLE, Account.RESERVE):
        lines = _lines(account, owner, currency)
        if before is not None:
            lines = lines.filter(entry_id__lt=before)
        newest |= set(lines.values_list("entry_id", flat=True)[:STEP])
    chosen = sorted(newest, reverse=True)[:STEP]
    found: dict[int, tuple[str, int]] = {}
    mine = LedgerLine.objects.filter(
        entry_id__in=chosen, owner=owner, currency=currency, account__in=(Account.PAYABLE, Account.RESERVE)
    )
    for entry_id, hold, amount in mine.values_list("entry_id", "entry__subject_id", "amount_minor"):
        found[entry_id] = (hold, found.get(entry_id, ("", 0))[1] - amount)
    return dict(sorted(found.items(), reverse=True))


def _lines(account: Account, owner: str, currency: str) -> QuerySet[LedgerLine]:
    lines = LedgerLine.objects.filter(account=account, owner=owner, currency=currency, entry__event="release")
    return lines.order_by("-id")


def that_must_leave(*, before: datetime) -> QuerySet[UnpaidMoney]:
    """Unpaid money whose deadline is not later, the most urgent first."""
    return UnpaidMoney.objects.filter(must_leave_by__lte=before).order_by("must_leave_by", "id")
