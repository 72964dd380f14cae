"""A run over many balances lists them in steps, looks at each once, and stops where it is told to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts.models import User
from config.accounts.roles import Role
from config.outbox.models import OutboxJob
from payouts.payees.models import Payee, PayeeAccount
from payouts.payout.models import BatchRow, Payout, PayoutBatch
from payouts.payout.services import due
from payouts.payout.services.due import FORGOTTEN, Run, pay_due, send_waiting
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db
MANY = 2_050


@pytest.fixture
def crowd(payouts: PayoutWorld) -> list[int]:
    """Thousands of payees without a unit of money whose time has come; by their accounts."""
    people = User.objects.bulk_create(
        User(email=f"crowd{number}@example.com", roles=[Role.SELLER]) for number in range(MANY)
    )
    payees = Payee.objects.bulk_create(Payee(user=each, kind="seller", owner=each.public_id) for each in people)
    accounts = PayeeAccount.objects.bulk_create(
        PayeeAccount(payee=each, currency="INR", schedule="daily", due_at=payouts.at) for each in payees
    )
    return [each.pk for each in accounts]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which accounts a run looked at, in turn; what it does with each is not the matter here."""
    seen: list[int] = []

    def look(run: Run, batch: PayoutBatch, key: int, **_: object) -> None:
        seen.append(key)
        run.not_paid += 1

    monkeypatch.setattr(due, "_look_guarded", look)
    return seen


class TestThousands:
    def test_are_listed_in_steps_and_each_is_looked_at_once(
        self, payouts: PayoutWorld, crowd: list[int], looked: list[int]
    ) -> None:
        with CaptureQueriesContext(connection) as queries:
            run = pay_due(at=payouts.at)
        assert looked == crowd
        assert run.not_paid == MANY
        lists = [each["sql"] for each in queries if "payouts_payeeaccount" in each["sql"]]
        assert len(lists) == MANY // due.AT_ONCE + 2
        assert all("LIMIT 200" in each for each in lists)
        assert PayoutBatch.objects.count() == 1

    @pytest.mark.parametrize("limit", [1, 201])
    def test_no_more_than_it_is_told(
        self, payouts: PayoutWorld, crowd: list[int], looked: list[int], limit: int
    ) -> None:
        assert pay_due(at=payouts.at, limit=limit).not_paid == limit
        assert looked == crowd[:limit]

    def test_of_nobody_there_is_no_run(self, payouts: PayoutWorld, looked: list[int]) -> None:
        assert pay_due(at=payouts.at, limit=0).batch is None
        assert (looked, PayoutBatch.objects.count()) == ([], 0)


class TestOneLook:
    def test_who_was_looked_at_meanwhile_is_left_alone(self, payouts: PayoutWorld) -> None:
        """Another run listed the same account before this one looked at it."""
        payee = payouts.payee(100)
        account = payee.accounts.get()
        PayeeAccount.objects.filter(pk=account.pk).update(due_at=payouts.at + timedelta(days=1))
        batch = PayoutBatch.objects.create(made_by="system:test", made_at=payouts.at)
        assert due._look(batch, account.pk, at=payouts.at) is None
        batch.refresh_from_db()
        assert (batch.looked_at, Payout.objects.count(), payouts.balance(payee)[0]) == (0, 0, 100)

    def test_of_money_under_way_or_waiting_no_row_is_kept(self, payouts: PayoutWorld) -> None:
        waiting, under_way = payouts.payee(100), payouts.payee(100)
        payouts.freeze(waiting)
        payouts.approve(payouts.freeze(under_way))
        run = pay_due(at=payouts.at)
        assert (run.frozen, run.not_paid) == (0, 2)
        assert not BatchRow.objects.exists()


class TestForgotten:
    def test_one_whose_job_is_gone_is_sent_after_hours(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        OutboxJob.objects.all().delete()
        payouts.later(seconds=FORGOTTEN.total_seconds())
        assert send_waiting(at=payouts.at).done == 0
        assert payouts.rail.asked == []
        payouts.later(seconds=1)
        assert send_waiting(at=payouts.at).done == 1
        assert payouts.again(payout).status == "in_transit"
