"""Sealed balances: the sums of their lines, believed only in the cluster that counted them, proved from zero."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest
from django.db import connection, connections, transaction
from django.db.models import Max, Sum

from config.kernel.money import Money
from config.tests.owner import tamper
from orders.tests.together import TIMEOUT_S
from payments.ledger import recipes
from payments.ledger.accounts import Account
from payments.ledger.checks import check_books
from payments.ledger.models import LedgerEntry, LedgerLine, SealedBalance
from payments.ledger.recipes import Line
from payments.ledger.sealing import KEPT_SEALS, last_seal, seal
from payments.ledger.services import post

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FUTURE = 2**62


def book(key: str, minor: int = 5, *, owner: str = "usr_a") -> LedgerEntry:
    lines = [
        Line(Account.BANK, Money(minor, "USD"), owner="bank"),
        Line(Account.PAYABLE, Money(-minor, "USD"), owner=owner),
    ]
    with transaction.atomic():
        return post(recipes.draft(key, event="test", subject_id="x", lines=lines), actor="test", at=AT)


def seal_everything() -> int:
    """Seals up to the newest entry. Transactions of other databases in the cluster hold a seal's border back for as
    long as they run, so that it is waited for."""
    newest = LedgerEntry.objects.aggregate(newest=Max("xact_id"))["newest"]
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")  # so that the border can pass the newest entry
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] > newest:
                return seal(at=AT)
    raise AssertionError("a transaction somewhere in the cluster runs too long")


def broken(*, full: bool) -> list[str]:
    return [truth.name for truth in check_books(full=full) if truth.broken]


class TestSeal:
    def test_is_the_sum_of_its_lines(self) -> None:
        book("one", 5)
        book("two", 7)
        assert seal_everything() == 2
        sealed = SealedBalance.objects.order_by("account").values_list(
            "account", "owner", "ref", "currency", "amount_minor"
        )
        assert list(sealed) == [("bank", "bank", "", "USD", 12), ("payable", "usr_a", "", "USD", -12)]

    def test_leaves_out_what_came_to_nothing(self) -> None:
        book("one", 5)
        book("two", -5)
        assert seal_everything() == 0
        assert not SealedBalance.objects.exists()

    def test_goes_on_from_the_one_before(self) -> None:
        book("one", 5)
        seal_everything()
        first = last_seal()
        book("two", 7)
        seal_everything()
        assert last_seal() > first
        newest = SealedBalance.objects.filter(sealed_xact_id=last_seal(), account="bank")
        assert newest.get().amount_minor == 12
        assert broken(full=True) == []

    def test_leaves_unfinished_transactions_to_the_next_one(self) -> None:
        """An entry that was written before the seal and committed after it is in no seal, and in no hole either."""
        book("first")
        written, may_commit = threading.Event(), threading.Event()

        def slow() -> None:
            try:
                with transaction.atomic():
                    book("slow", 7, owner="usr_b")
                    written.set()
                    may_commit.wait(TIMEOUT_S)
            finally:
                connections.close_all()

        thread = threading.Thread(target=slow)
        thread.start()
        assert written.wait(TIMEOUT_S)
        book("fast", 3)
        seal(at=AT)
        border = last_seal()
        may_commit.set()
        thread.join(TIMEOUT_S)
        late = LedgerEntry.objects.get(key="slow")
        assert late.xact_id >= border
        assert broken(full=False) == broken(full=True) == []
        seal_everything()
        assert broken(full=True) == []
        assert LedgerLine.objects.filter(account="bank").aggregate(total=Sum("amount_minor"))["total"] == 15

    def test_keeps_the_last_ones_only(self) -> None:
        for number in range(KEPT_SEALS + 2):
            book(f"entry {number}")
            seal_everything()
        assert SealedBalance.objects.values("sealed_xact_id").distinct().count() == KEPT_SEALS

    def test_without_anything_new_is_not_written_again(self) -> None:
        book("one")
        seal_everything()
        before = list(SealedBalance.objects.values_list("pk", flat=True))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] == last_seal():
                assert seal(at=AT) == 0
                assert list(SealedBalance.objects.values_list("pk", flat=True)) == before


class TestIncrementalCheck:
    @pytest.mark.broken_books
    def test_sees_what_was_broken_after_the_seal(self) -> None:
        book("one")
        seal_everything()
        entry = book("two")
        tamper("payments_ledgerline", "UPDATE payments_ledgerline SET amount_minor = amount_minor + 1"
               " WHERE entry_id = %s AND account = 'bank'", entry.pk)  # fmt: skip
        assert set(broken(full=False)) == {"entries balance", "every currency sums to zero"}

    @pytest.mark.broken_books
    def test_trusts_what_is_sealed_which_is_why_zero_is_gone_back_to_nightly(self) -> None:
        entry = book("one")
        seal_everything()
        tamper("payments_ledgerline", "UPDATE payments_ledgerline SET amount_minor = amount_minor + 1"
               " WHERE entry_id = %s AND account = 'bank'", entry.pk)  # fmt: skip
        assert broken(full=False) == []
        assert {"entries balance", "the seal is the sum of its lines"} <= set(broken(full=True))

    @pytest.mark.broken_books
    def test_a_falsified_seal_is_found_from_zero_and_from_the_seal(self) -> None:
        book("one")
        seal_everything()
        tamper("payments_sealedbalance", "UPDATE payments_sealedbalance SET amount_minor = amount_minor + 1"
               " WHERE account = 'payable'")  # fmt: skip
        assert "the seal is the sum of its lines" in broken(full=True)
        assert "payee balances are their lines" in broken(full=False)

    def test_reads_the_lines_of_payees_who_were_sealed_before(self) -> None:
        book("one", 5)
        seal_everything()
        book("two", 7)
        assert broken(full=False) == []


class TestSealsFromTheFuture:
    """A database that was restored into a younger cluster counts its transactions anew."""

    @pytest.fixture(autouse=True)
    def _restored(self) -> None:
        book("one", 5)
        for number in range(KEPT_SEALS):
            SealedBalance.objects.create(
                sealed_xact_id=FUTURE + number,
                sealed_at=AT,
                account="bank",
                owner="bank",
                currency="USD",
                amount_minor=99,
            )

    def test_are_not_believed(self) -> None:
        assert last_seal() == 0
        assert broken(full=False) == broken(full=True) == []

    def test_do_not_push_the_true_ones_out(self) -> None:
        seal_everything()
        assert 0 < last_seal() < FUTURE
        assert not SealedBalance.objects.filter(sealed_xact_id__gte=FUTURE).exists()
        assert broken(full=False) == broken(full=True) == []
