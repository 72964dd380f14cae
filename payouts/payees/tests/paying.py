"""Payees in tests: people with money, destinations and decisions, made by the verbs that production has."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from config.accounts.models import User
from config.accounts.roles import Role
from config.audit.models import AuditEntry
from config.kernel.money import Money
from config.outbox.models import OutboxJob
from orders.tests.factories import AT, make_user
from payments.ledger.accounts import Account
from payments.ledger.models import LedgerEntry, PayeeBalance
from payments.ledger.recipes import Draft, Line
from payments.ledger.services import post
from payouts.payees.models import Destination, Payee, PayeeAccount, PayeeKind
from payouts.payees.services.decide import approve_destination
from payouts.payees.services.ensure import ensure_payee
from payouts.payees.services.propose import propose_destination

INDIAN = {"holder": "Asha Rao", "ifsc": "HDFC0001234", "account_number": "50100123456789"}
OTHER_INDIAN = {"holder": "Asha Rao", "ifsc": "ICIC0004321", "account_number": "000701555555"}
GERMAN = {"holder": "Asha Rao", "iban": "DE89 3704 0044 0532 0130 00"}
FINANCE = "user:finance"


def make_payee(user: User | None = None, kind: PayeeKind = PayeeKind.SELLER) -> Payee:
    person = user or make_user(Role.SELLER if kind == PayeeKind.SELLER else Role.SCOUT)
    return ensure_payee(user=person, kind=kind, actor=person.actor, at=AT)


def propose(payee: Payee, details: dict[str, Any] = INDIAN, *, currency: str = "INR", **given: Any) -> Destination:
    """A destination as its payee proposes it."""
    asked: dict[str, Any] = {"kind": "bank_account", "actor": payee.user.actor, "at": AT}
    destination = propose_destination(payee=payee, currency=currency, details=details, **(asked | given))
    destination.refresh_from_db()
    return destination


def approve(destination: Destination, actor: str = FINANCE, *, at: datetime = AT) -> Destination:
    approve_destination(destination=destination, actor=actor, reason="called them back", at=at)
    destination.refresh_from_db()
    return destination


def changed(payee: Payee) -> tuple[Destination, Destination]:
    """(the first destination, another one that was approved an hour later)."""
    first = propose(payee)
    second = approve(propose(payee, OTHER_INDIAN, at=AT), at=AT + timedelta(hours=1))
    first.refresh_from_db()
    return first, second


def give(payee: Payee, amount_minor: int, *, currency: str = "INR", account: Account = Account.PAYABLE) -> None:
    """Money for a payee, which came from outside."""
    key = f"given:{payee.public_id}:{LedgerEntry.objects.count()}"
    amount = Money(amount_minor, currency)
    sign = -1 if account != Account.RECEIVABLE else 1
    mine = Line(account, amount * sign, owner=payee.owner)
    theirs = Line(Account.BANK, amount * -sign, owner="main")
    post(Draft(key=key, event="test", subject_id="", lines=(theirs, mine)), actor="test", at=AT)


def traces() -> dict[str, Any]:
    """Everything that a refused verb must leave as it was."""
    tables = (Payee, PayeeAccount, Destination, PayeeBalance)
    rows: dict[str, Any] = {table.__name__: list(table._base_manager.order_by("pk").values()) for table in tables}
    counted = {table.__name__: table._base_manager.count() for table in (AuditEntry, OutboxJob, LedgerEntry)}
    return rows | counted
