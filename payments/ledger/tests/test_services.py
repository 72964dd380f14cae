"""Posting: an entry with its lines and the balances that it changes, once per key."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.audit.services import NotInTransaction
from config.kernel.money import Money
from config.outbox.models import OutboxJob
from orders.tests.together import TIMEOUT_S, together
from payments.ledger import recipes, refund_recipes, services
from payments.ledger.accounts import Account
from payments.ledger.models import LedgerEntry, LedgerLine, PayeeBalance
from payments.ledger.recipes import Draft, Line
from payments.ledger.services import is_posted, lock_balance, post

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def entry(key: str, *, payable: int = 0, reserve: int = 0, receivable: int = 0, owner: str = "pye_a") -> Draft:
    """Credits of payable and reserve, debits of receivable, against the bank; below zero the other way round."""
    lines = [
        Line(Account.PAYABLE, Money(-payable, "USD"), owner=owner),
        Line(Account.RESERVE, Money(-reserve, "USD"), owner=owner),
        Line(Account.RECEIVABLE, Money(receivable, "USD"), owner=owner),
        Line(Account.BANK, Money(payable + reserve - receivable, "USD"), owner="bank"),
    ]
    return recipes.draft(key, event="test", subject_id="subject", lines=lines)


def posted(draft: Draft) -> LedgerEntry:
    with transaction.atomic():
        return post(draft, actor="test", at=AT)


def balance(owner: str = "pye_a") -> tuple[int, int, int]:
    row = PayeeBalance.objects.get(owner=owner, currency="USD")
    return row.payable_minor, row.reserve_minor, row.receivable_minor


@pytest.mark.django_db
class TestPost:
    def test_writes_the_entry_and_its_lines(self) -> None:
        draft = recipes.capture(
            charge_id="ch_1", account="stripe", payment_id="pay_1", holds=[], unapplied=Money(500, "USD")
        )
        given = refund_recipes.refund_allocated(
            refund_id="rf_1", payment_id="pay_1", parts=[refund_recipes.RefundPart(Money(500, "USD"))]
        )
        sent = refund_recipes.refund_succeeded(
            refund_id="rf_1", account="stripe", amount=Money(500, "USD"), number=1, external_ref="re_1"
        )
        told = AT - timedelta(hours=2)
        with transaction.atomic():
            made = post(draft, actor="test", at=AT, effective_at=told)
            post(given, actor="test", at=AT)
            post(sent, actor="test", at=AT)
        made.refresh_from_db()
        assert (made.key, made.event, made.subject_id, made.actor) == (
            "capture:ch_1",
            "capture",
            "pay_1",
            "test",
        )
        assert (made.posted_at, made.effective_at) == (AT, told)
        lines = made.lines.order_by("pk").values_list("account", "owner", "ref", "amount_minor", "external_ref")
        assert list(lines) == [("clearing", "stripe", "", 500, "ch_1"), ("unapplied", "", "pay_1", -500, "")]
        assert set(made.lines.values_list("effective_at", flat=True)) == {told}
        assert is_posted("capture:ch_1")
        assert not is_posted("capture:ch_2")

    def test_refuses_a_key_that_stands_and_changes_nothing(self) -> None:
        posted(entry("key", payable=500))
        before = LedgerLine.objects.count()
        with pytest.raises(IntegrityError):
            posted(entry("key", payable=700))
        assert (LedgerEntry.objects.count(), LedgerLine.objects.count(), balance()) == (1, before, (500, 0, 0))

    @pytest.mark.django_db(transaction=True)
    def test_refuses_to_post_outside_a_transaction(self) -> None:
        with pytest.raises(NotInTransaction):
            post(entry("key", payable=500), actor="test", at=AT)
        assert LedgerEntry.objects.count() == 0

    def test_rolls_back_with_its_caller(self) -> None:
        def fail_after_posting() -> None:
            with transaction.atomic():
                post(entry("key", payable=500), actor="test", at=AT)
                raise LookupError

        with pytest.raises(LookupError):
            fail_after_posting()
        assert not is_posted("key")
        assert not PayeeBalance.objects.exists()


def take_back(key: str, *, payable: int = 0, reserve: int = 0, receivable: int = 0) -> Draft:
    """The same as `entry`, of a kind that takes back what was a payee's."""
    return replace(entry(key, payable=payable, reserve=reserve, receivable=receivable), takes_back=True)


def told() -> list[tuple[str, dict[str, Any]]]:
    jobs = OutboxJob.objects.filter(topic="payee.short").order_by("pk")
    return list(jobs.values_list("fact_key", "payload"))


@pytest.mark.django_db
class TestPayeeShort:
    @pytest.fixture(autouse=True)
    def _somebody_listens(self, settings: Any) -> None:
        settings.LISTENERS = {**settings.LISTENERS, "payee.short": ["payments.ledger.tests.nobody"]}

    @pytest.mark.parametrize("parts", [{"reserve": -10}, {"receivable": 10}, {"payable": -100, "reserve": -10}])
    def test_is_told_in_the_commit_of_what_took_more_than_was_payable(self, parts: dict[str, int]) -> None:
        posted(entry("had", payable=100, reserve=100))
        if "receivable" in parts:
            posted(entry("paid out", payable=-100))
        posted(take_back("refund", **parts))
        said = {"owner": "pye_a", "currency": "USD", "reserve_minor": -parts.get("reserve", 0)}
        assert told() == [("payee.short:refund:pye_a", said)]

    @pytest.mark.parametrize(
        "draft",
        [
            take_back("refund", payable=-100),
            take_back("released", payable=50, reserve=50),
            entry("reserve released", payable=50, reserve=-50),
            entry("repaid", receivable=-50),
        ],
    )
    def test_is_not_told_of_anything_else(self, draft: Draft) -> None:
        posted(entry("had", payable=100, reserve=100))
        if draft.key == "repaid":
            posted(entry("paid out", payable=-100))
            posted(entry("a debt", receivable=50))
        posted(draft)
        assert told() == []


@pytest.mark.django_db
class TestOwesSince:
    def since(self) -> datetime | None:
        return PayeeBalance.objects.values_list("owes_since", flat=True).get(owner="pye_a")

    def test_is_when_the_debt_began_and_ends_with_it(self) -> None:
        later = AT + timedelta(days=3)
        with transaction.atomic():
            post(entry("debt", receivable=100), actor="test", at=AT)
            post(entry("more debt", receivable=50), actor="test", at=later)
        assert self.since() == AT
        with transaction.atomic():
            post(entry("a part", payable=149), actor="test", at=later)
        assert self.since() == AT
        with transaction.atomic():
            post(entry("the rest", payable=1), actor="test", at=later)
        assert self.since() is None
        with transaction.atomic():
            post(entry("another debt", receivable=1), actor="test", at=later)
        assert self.since() == later

    def test_a_debt_without_a_date_is_refused(self) -> None:
        posted(entry("debt", receivable=100))
        refused = pytest.raises(IntegrityError, match="a_payee_owes_since_a_time_exactly_while_they_owe")
        with refused, transaction.atomic():
            PayeeBalance.objects.update(owes_since=None)


@pytest.mark.django_db
class TestBalances:
    def test_follow_their_lines(self) -> None:
        posted(entry("one", payable=500, reserve=200))
        posted(entry("two", payable=-100, reserve=-200))
        assert balance() == (400, 0, 0)

    def test_are_kept_per_payee_and_currency(self) -> None:
        posted(entry("one", payable=500))
        posted(entry("two", payable=300, owner="pye_b"))
        euros = [
            Line(Account.PAYABLE, Money(-9, "EUR"), owner="pye_a"),
            Line(Account.BANK, Money(9, "EUR"), owner="bank"),
        ]
        posted(recipes.draft("three", event="test", subject_id="x", lines=euros))
        rows = PayeeBalance.objects.order_by("owner", "currency").values_list("owner", "currency", "payable_minor")
        assert list(rows) == [("pye_a", "EUR", 9), ("pye_a", "USD", 500), ("pye_b", "USD", 300)]

    @pytest.mark.parametrize(
        ("debt", "credit", "after", "set_off"),
        [
            (700, 500, (0, 0, 200), 500),
            (500, 700, (200, 0, 0), 500),
            (500, 500, (0, 0, 0), 500),
            (0, 500, (500, 0, 0), 0),
        ],
    )
    def test_a_credit_that_meets_a_debt_is_set_off_at_once(
        self, debt: int, credit: int, after: tuple[int, int, int], set_off: int
    ) -> None:
        if debt:
            posted(entry("debt", receivable=debt))
        posted(entry("credit", payable=credit))
        assert balance() == after
        off = LedgerEntry.objects.filter(event="set_off")
        assert off.count() == bool(set_off)
        if set_off:
            assert off.get().key == "setoff:credit:pye_a"
            assert sorted(off.get().lines.values_list("account", "amount_minor")) == [
                ("payable", set_off), ("receivable", -set_off)
            ]  # fmt: skip

    def test_never_go_below_nothing(self) -> None:
        posted(entry("one", payable=500))
        with pytest.raises(IntegrityError, match="a_payee_balance_is_never_negative"):
            posted(entry("two", payable=-501))
        assert balance() == (500, 0, 0)
        assert not is_posted("two")

    def test_a_reserve_is_no_ones_set_off(self) -> None:
        """Money kept back against later losses is not taken for a debt by itself: the waterfall decides that."""
        posted(entry("one", reserve=500))
        posted(entry("two", receivable=300))
        assert balance() == (0, 500, 300)


def _slow_and_quick(slow_is_at_work: threading.Event, quick_is_committed: threading.Event) -> list[str]:
    """One begins to post, another posts and commits meanwhile; the keys in the order of the ids of their lines."""

    def slow() -> None:
        threading.current_thread().name = "slow"
        posted(entry("slow", payable=10))

    def quick() -> None:
        assert slow_is_at_work.wait(TIMEOUT_S)
        posted(entry("quick", payable=10))
        quick_is_committed.set()

    assert together([slow, quick]) == [None, None]
    return list(LedgerLine.objects.filter(account="payable").order_by("pk").values_list("entry__key", flat=True))


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_sixteen_credits_of_one_payee_are_all_counted(self) -> None:
        outcomes = together([lambda number=number: posted(entry(f"key {number}", payable=10)) for number in range(16)])
        assert all(isinstance(outcome, LedgerEntry) for outcome in outcomes), outcomes
        assert balance() == (160, 0, 0)

    @pytest.mark.broken_books
    def test_negative_control_without_the_lock_credits_are_lost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        posted(entry("first", payable=1))
        all_have_read = threading.Barrier(2)

        def read_without_lock(owner: str, currency: str) -> PayeeBalance:
            row = PayeeBalance.objects.get(owner=owner, currency=currency)
            all_have_read.wait(TIMEOUT_S)
            return row

        monkeypatch.setattr(services, "lock_balance", read_without_lock)
        together([lambda number=number: posted(entry(f"key {number}", payable=10)) for number in range(2)])
        assert balance() == (11, 0, 0)

    def test_the_same_fact_told_twice_at_once_stands_once(self) -> None:
        outcomes = together([lambda: posted(entry("key", payable=10))] * 4)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IntegrityError"] * 3 + ["LedgerEntry"]
        assert balance() == (10, 0, 0)

    def test_ids_of_a_payees_lines_grow_in_the_order_of_their_commits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who is about to post has written nothing yet: a payout that freezes all lines up to an id misses none."""
        slow_is_posting, quick_is_committed = threading.Event(), threading.Event()

        def lock_late(owner: str, currency: str) -> PayeeBalance:
            if threading.current_thread().name == "slow":
                slow_is_posting.set()
                assert quick_is_committed.wait(TIMEOUT_S)
            return lock_balance(owner, currency)

        monkeypatch.setattr(services, "lock_balance", lock_late)
        assert _slow_and_quick(slow_is_posting, quick_is_committed) == ["quick", "slow"]
        assert balance() == (20, 0, 0)

    @pytest.mark.broken_books
    def test_negative_control_lines_written_before_the_lock_are_overtaken(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        posted(entry("first", payable=1))
        slow_has_written, quick_is_committed = threading.Event(), threading.Event()
        write = services._write

        def write_and_wait(draft: Draft, **given: Any) -> LedgerEntry:
            made = write(draft, **given)
            if threading.current_thread().name == "slow":
                slow_has_written.set()
                assert quick_is_committed.wait(TIMEOUT_S)
            return made

        monkeypatch.setattr(services, "lock_balance", lambda owner, currency: PayeeBalance.objects.get(owner=owner))
        monkeypatch.setattr(services, "_write", write_and_wait)
        assert _slow_and_quick(slow_has_written, quick_is_committed) == ["first", "slow", "quick"]

    def test_a_locked_balance_makes_others_wait(self) -> None:
        posted(entry("first", payable=1))
        with transaction.atomic():
            lock_balance("pye_a", "USD")

            def refuses_to_wait() -> None:
                with transaction.atomic():
                    PayeeBalance.objects.select_for_update(nowait=True).get(owner="pye_a")

            (outcome,) = together([refuses_to_wait])
        assert "could not obtain lock" in str(outcome)
