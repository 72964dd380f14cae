"""A payee who owes us, for tests."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.ledger.models import PayeeBalance
from payments.ledger.recipes import Line, draft
from payments.ledger.services import post


def owes(
    minor: int, *, owner: str = "usr_debtor", at: datetime, key: str = "debt", currency: str = "USD"
) -> PayeeBalance:
    """They got so much too much from our bank; below zero, they earned it again."""
    account = Account.RECEIVABLE if minor > 0 else Account.PAYABLE
    lines = [
        Line(account, Money(minor, currency), owner=owner),
        Line(Account.BANK, Money(-minor, currency), owner="main"),
    ]
    with transaction.atomic():
        post(draft(f"{key}:{owner}:{currency}", event="test", subject_id=owner, lines=lines), actor="test", at=at)
    return PayeeBalance.objects.get(owner=owner, currency=currency)
