"""Posts drafts to the books, and keeps each payee's balance in step with its lines."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from config.audit.services import NotInTransaction
from config.kernel.money import Money
from config.outbox.services import emit
from payments.ledger import payee_recipes
from payments.ledger.accounts import PAYEE_ACCOUNTS, Account
from payments.ledger.models import LedgerEntry, LedgerLine, PayeeBalance
from payments.ledger.queries import balance_minor
from payments.ledger.recipes import Draft
from payments.ledger.rules import Balance, set_off_minor


def is_posted(key: str) -> bool:
    """Whether this fact stands in the books already."""
    return LedgerEntry.objects.filter(key=key).exists()


def post(draft: Draft, *, actor: str, at: datetime, effective_at: datetime | None = None) -> LedgerEntry:
    """Writes the entry with its lines, and the balances of the payees whom it concerns, in the caller's transaction.

    A credit that meets a debt of the same payee is set off at once, as an entry of its own; so is one that gives back
    what a debt was written off for. An entry that takes back
    and finds too little that is payable emits `payee.short`. Raises IntegrityError when the key stands already: the
    caller holds the lock under which it looked.

    The balances are locked before a line is written, so that the ids of one payee's lines grow in the order in which
    they are committed: whoever has read up to an id has missed none below it.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(f"{draft.key} posted outside a transaction")
    changes = sorted(_payee_changes(draft).items())
    rows = [lock_balance(owner, currency) for (owner, currency), _ in changes]
    entry = _write(draft, actor=actor, at=at, effective_at=effective_at or at)
    for row, (_, change) in zip(rows, changes, strict=True):
        _change_balance(draft, row, change, actor=actor, at=at)
    return entry


# One statement, so that an entry is never without its lines; past the ORM, because every sale writes one.
_WRITE = f"""
WITH entry AS (
    INSERT INTO {LedgerEntry._meta.db_table} (key, event, subject_id, actor, memo, posted_at, effective_at)
    VALUES (%(key)s, %(event)s, %(subject_id)s, %(actor)s, %(memo)s, %(at)s, %(effective_at)s)
    RETURNING id, xact_id
), lines AS (
    INSERT INTO {LedgerLine._meta.db_table}
      (entry_id, account, owner, ref, currency, amount_minor, external_ref, effective_at)
    SELECT entry.id, line.account, line.owner, line.ref, line.currency, line.amount_minor, line.external_ref,
           %(effective_at)s
      FROM entry, unnest(%(accounts)s::text[], %(owners)s::text[], %(refs)s::text[], %(currencies)s::text[],
           %(amounts)s::bigint[], %(external_refs)s::text[])
           WITH ORDINALITY AS line(account, owner, ref, currency, amount_minor, external_ref, place)
     ORDER BY line.place
)
SELECT id, xact_id FROM entry
"""  # noqa: S608 - the tables' names are our own


def _write(draft: Draft, *, actor: str, at: datetime, effective_at: datetime) -> LedgerEntry:
    facts: dict[str, Any] = {
        "key": draft.key,
        "event": draft.event,
        "subject_id": draft.subject_id,
        "actor": actor,
        "memo": draft.memo,
        "effective_at": effective_at,
    }
    lines: dict[str, list[Any]] = {
        "accounts": [str(line.account) for line in draft.lines],
        "owners": [line.owner for line in draft.lines],
        "refs": [line.ref for line in draft.lines],
        "currencies": [line.amount.currency for line in draft.lines],
        "amounts": [line.amount.amount_minor for line in draft.lines],
        "external_refs": [line.external_ref for line in draft.lines],
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {**facts, **lines, "at": at})
        identifier, xact_id = cursor.fetchone()
    return LedgerEntry(id=identifier, xact_id=xact_id, posted_at=at, **facts)


Changes = dict[tuple[str, str], dict[Account, int]]


def _payee_changes(draft: Draft) -> Changes:
    changes: Changes = defaultdict(lambda: dict.fromkeys(PAYEE_ACCOUNTS, 0))
    for line in draft.lines:
        if line.account in PAYEE_ACCOUNTS:
            # What we owe grows with credits, what they owe us with debits.
            sign = 1 if line.account == Account.RECEIVABLE else -1
            changes[line.owner, line.amount.currency][line.account] += sign * line.amount.amount_minor
    return changes


def lock_balance(owner: str, currency: str) -> PayeeBalance:
    """The payee's balance, locked until the transaction ends; the last lock of any act."""
    PayeeBalance.objects.bulk_create([PayeeBalance(owner=owner, currency=currency)], ignore_conflicts=True)
    return PayeeBalance.objects.select_for_update().get(owner=owner, currency=currency)


def _change_balance(draft: Draft, row: PayeeBalance, change: dict[Account, int], *, actor: str, at: datetime) -> None:
    balance = Balance(
        payable_minor=row.payable_minor + change[Account.PAYABLE],
        reserve_minor=row.reserve_minor + change[Account.RESERVE],
        receivable_minor=row.receivable_minor + change[Account.RECEIVABLE],
    )
    amount = set_off_minor(balance)
    debt_minor = balance.receivable_minor - amount
    undone = _to_undo_minor(draft, row, given_minor=change[Account.PAYABLE] - amount)
    PayeeBalance.objects.filter(pk=row.pk).update(
        payable_minor=balance.payable_minor - amount - undone,
        reserve_minor=balance.reserve_minor,
        receivable_minor=debt_minor,
        owes_since=(row.owes_since or at) if debt_minor else None,
        changed_at=at,
    )
    if draft.takes_back and (change[Account.RESERVE] < 0 or change[Account.RECEIVABLE] > 0):
        from_reserve = max(0, -change[Account.RESERVE])
        payload = {"owner": row.owner, "currency": row.currency, "reserve_minor": from_reserve}
        emit("payee.short", fact_key=f"{draft.key}:{row.owner}", payload=payload, at=at)
    # Under the keys of what caused them: each meets a fact once.
    whose = {"cause_key": f"{draft.key}:{row.owner}", "subject_id": draft.subject_id, "owner": row.owner}
    for recipe, minor in ((payee_recipes.set_off, amount), (payee_recipes.write_off_undone, undone)):
        if minor:
            _write(recipe(**whose, amount=Money(minor, row.currency)), actor=actor, at=at, effective_at=at)


def _to_undo_minor(draft: Draft, row: PayeeBalance, *, given_minor: int) -> int:
    """So much of what is given back was written off: what this subject had left as a debt, as far as that payee's bad
    debt still stands, and no more than it gives. Which of several debts a write-off meant is not known: a payee never
    gets for both together more than was taken."""
    if not draft.gives_back or given_minor <= 0:
        return 0
    bad_minor = balance_minor(Account.BAD_DEBT, owner=row.owner, currency=row.currency)
    if bad_minor <= 0:
        return 0
    lines = LedgerLine.objects.filter(
        entry__subject_id=draft.subject_id, owner=row.owner, currency=row.currency
    ).exclude(entry__event="set_off")
    left = lines.filter(account=Account.RECEIVABLE).aggregate(total=Sum("amount_minor"))["total"] or 0
    undone = lines.filter(account=Account.BAD_DEBT).aggregate(total=Sum("amount_minor"))["total"] or 0
    return max(0, min(given_minor, bad_minor, left + undone))
