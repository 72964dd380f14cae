"""Payees with money on their balance, a rail on paper and a float: what a test of payouts begins with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction

from config.accounts.roles import Role
from config.calls.services import ask_due
from config.crypto import keyed_digest, seal
from config.kernel.money import Money
from config.outbox.runner import LANES, run_outbox
from config.settings.rails import RailAccount
from orders.tests.factories import make_user
from payments.ledger.accounts import Account
from payments.ledger.models import LedgerLine, PayeeBalance
from payments.ledger.payout_recipes import float_funded
from payments.ledger.recipes import Draft, Line, draft
from payments.ledger.rules import Balance, waterfall
from payments.ledger.services import lock_balance, post
from payments.reserves.services.level import refill_reserve
from payments.reserves.services.terms import set_reserve_terms
from payouts.payees.models import Destination, Payee, PayeeAccount, PayeeKind
from payouts.payees.services.ensure import ensure_payee
from payouts.payout.models import Payout
from payouts.payout.services.decide import approve_payout
from payouts.payout.services.freeze import freeze_payout
from payouts.rails import registry
from payouts.rails.contract import PayoutView
from payouts.tests.paper_rail import PaperRail

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
ASKER, FINANCE = "user:asker", "user:finance"
_numbers = count(1)


def a_destination(payee: Payee, **columns: Any) -> Destination:
    """A bank account that the rail knows, without anything behind it."""
    number = next(_numbers)
    given = {
        "currency": "INR", "rail": "paper", "kind": "bank_account", "status": "active", "masked": "HDFC •••• 6789",
        "details": seal(b'{"holder": "A Seller", "ifsc": "HDFC0000001", "account_number": "00123456789"}'),
        "details_digest": keyed_digest(purpose="test", text=str(number)), "account_id": f"fa_{number}",
        "proposed_by": "user:somebody",
    }  # fmt: skip
    return Destination.objects.create(payee=payee, **{**given, **columns})


def gift(owner: str, minor: int, currency: str = "INR") -> Draft:
    """Money for a payee that no order stands behind."""
    return draft(
        f"gift:{next(_numbers)}",
        event="gift",
        subject_id="",
        lines=[
            Line(Account.GOODWILL, Money(minor, currency)),
            Line(Account.PAYABLE, Money(-minor, currency), owner=owner),
        ],
    )


def clawback(owner: str, minor: int, currency: str = "INR") -> Draft:
    """So much is taken back from a payee, in the order in which refunds take it."""
    row = lock_balance(owner, currency)
    parts = waterfall(Balance(row.payable_minor, row.reserve_minor, row.receivable_minor), minor)
    accounts = (Account.PAYABLE, Account.RESERVE, Account.RECEIVABLE)
    lines = [Line(account, Money(part, currency), owner=owner) for account, part in zip(accounts, parts, strict=True)]
    given_back = Line(Account.GOODWILL, Money(-minor, currency))
    found = draft(f"clawback:{next(_numbers)}", event="clawback", subject_id="", lines=[*lines, given_back])
    return replace(found, takes_back=True)


@dataclass
class PayoutWorld:
    """Everything happens at `at`, which only `later` moves."""

    rail: PaperRail
    at: datetime = NOW
    payees: list[Payee] = field(default_factory=list)

    def later(self, **delta: float) -> datetime:
        self.at += timedelta(**delta)
        return self.at

    def payee(self, minor: int = 0, *, kind: PayeeKind = PayeeKind.SELLER, **destination: Any) -> Payee:
        """Somebody with an account to pay to and so much money."""
        user = make_user(Role.SELLER if kind == PayeeKind.SELLER else Role.SCOUT)
        payee = ensure_payee(user=user, kind=kind, actor="system:test", at=self.at)
        a_destination(payee, **destination)
        PayeeAccount.objects.create(
            payee=payee, currency=str(destination.get("currency", "INR")), schedule="daily", due_at=self.at
        )
        if minor:
            self.earn(payee, minor)
        self.payees.append(payee)
        return payee

    def earn(self, payee: Payee, minor: int, currency: str = "INR") -> None:
        with transaction.atomic():
            post(gift(payee.owner, minor, currency), actor="system:test", at=self.at)

    def take_back(self, payee: Payee, minor: int, currency: str = "INR") -> None:
        with transaction.atomic():
            post(clawback(payee.owner, minor, currency), actor="system:test", at=self.at)

    def keep_in_reserve(self, payee: Payee, minor: int, currency: str = "INR") -> None:
        """So much is kept back of a payee, taken from what is payable now."""
        set_reserve_terms(
            owner=payee.owner, currency=currency, fixed_minor=minor, rolling_bps=0, rolling_days=0,
            actor="user:finance", reason="new here", at=self.at,
        )  # fmt: skip
        refill_reserve(owner=payee.owner, currency=currency, actor="system:test", at=self.at)

    def fund(self, minor: int, *, rail_account: str = "paper", currency: str = "INR") -> None:
        """So much stands where payouts are drawn on."""
        entry = float_funded(
            move_id=f"fm_{next(_numbers)}", rail_account=rail_account, bank_account="main",
            amount=Money(minor, currency), reference=f"UTR{next(_numbers)}",
        )  # fmt: skip
        with transaction.atomic():
            post(entry, actor="system:test", at=self.at)

    def charge(self, minor: int, *, account: str = "paper", currency: str = "INR") -> None:
        """So much stands at the gateway, as charges leave it there."""
        lines = [
            Line(Account.CLEARING, Money(minor, currency), owner=account),
            Line(Account.GOODWILL, Money(-minor, currency)),
        ]
        with transaction.atomic():
            post(draft(f"charge:{next(_numbers)}", event="charge", subject_id="", lines=lines), actor="t", at=self.at)

    def freeze(self, payee: Payee, **options: Any) -> Payout:
        given = {"currency": "INR", "requested_by": ASKER, "at": self.at}
        return freeze_payout(payee=payee, **{**given, **options})

    def approve(self, payout: Payout, *, actor: str = FINANCE) -> Payout:
        approve_payout(payout_pk=payout.pk, actor=actor, reason="looked at it", at=self.at)
        return self.again(payout)

    def approved(self, minor: int = 10_000, **destination: Any) -> Payout:
        """One that a second person let go, and that nobody has sent yet."""
        return self.approve(self.freeze(self.payee(minor, **destination)))

    def sent(self, minor: int = 10_000, *, says: Any = None, **destination: Any) -> Payout:
        """One that the rail was asked for, out of a full float."""
        payout = self.approved(minor, **destination)
        self.fund(minor)
        if says is not None:
            self.rail.says.append(says)
        self.work()
        return self.again(payout)

    def again(self, payout: Payout) -> Payout:
        return Payout.objects.select_related("payee__user", "destination").get(pk=payout.pk)

    def work(self) -> None:
        """Works jobs and questions off until nothing is due at this instant."""
        for _ in range(20):
            turns = ask_due(now=lambda: self.at) + sum(run_outbox(lane=lane, now=lambda: self.at) for lane in LANES)
            if not turns:
                return
        raise AssertionError("there is always something due")

    def fresh(self) -> PayoutWorld:
        """The guard before the rail is made anew, as by another process: it keeps what the rail said that it can."""
        registry._build.cache_clear()
        return self

    def view(self, payout: Payout) -> PayoutView:
        found = self.rail.find_payout(our_id=payout.public_id, call_id="", account_id="", since=self.at)
        assert found is not None
        return found

    def balance(self, payee: Payee, currency: str = "INR") -> tuple[int, int, int]:
        """(payable, reserve, receivable) in minor units."""
        row = PayeeBalance.objects.get(owner=payee.owner, currency=currency)
        return row.payable_minor, row.reserve_minor, row.receivable_minor


def lines_of(subject_id: str) -> list[tuple[str, str, str, int]]:
    """(event, account, owner or ref, amount) of every line that was booked for something, in order."""
    lines = LedgerLine.objects.filter(entry__subject_id=subject_id).select_related("entry").order_by("pk")
    return [(line.entry.event, line.account, line.owner or line.ref, line.amount_minor) for line in lines]


@pytest.fixture
def payouts(settings: Any, monkeypatch: pytest.MonkeyPatch) -> PayoutWorld:
    """A world whose payouts go by a rail on paper, with a threshold of 50,000 for INR."""
    return make_world(settings, monkeypatch, PaperRail())


def make_world(settings: Any, monkeypatch: pytest.MonkeyPatch, rail: PaperRail) -> PayoutWorld:
    """The same by another rail."""
    account = RailAccount(code="paper", rail="paper", livemode=False, key_id=f"key {next(_numbers)}")
    adapter: Callable[[RailAccount], Any] = lambda _: rail  # noqa: E731 - an adapter is a function of its account
    monkeypatch.setitem(registry.ADAPTERS, "paper", adapter)  # type: ignore[misc, unused-ignore]
    settings.RAIL_ACCOUNTS = {**django_settings.RAIL_ACCOUNTS, "paper": account}
    settings.POLICY = replace(
        django_settings.POLICY, payout_minimum_minor={}, payout_approval_threshold_minor={"INR": 50_000},
        payout_fee_minor={},
    )  # fmt: skip
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return PayoutWorld(rail)
