"""Whose time has come is paid once, with a row for each that says what became of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from config.tests.together import together
from payouts.payees.models import PayeeAccount
from payouts.payout.models import BatchRow, Payout, PayoutBatch
from payouts.payout.services import due, send
from payouts.payout.services.due import pay_due, pay_now, retry_payout, send_waiting
from payouts.payout.services.freeze import PayoutNotPossible, freeze_payout
from payouts.rails.contract import RailCapability, RailState
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db


class TestPayDue:
    def test_each_has_a_row_that_says_what_became_of_it(self, payouts: PayoutWorld) -> None:
        paid, held, poor = payouts.payee(10_000), payouts.payee(500), payouts.payee()
        type(held).objects.filter(pk=held.pk).update(held_at=payouts.at, held_by="user:ops", held_reason="odd")
        run = pay_due(at=payouts.at)
        assert (run.frozen, run.not_paid, run.failed) == (1, 2, 0)
        batch = PayoutBatch.objects.get()
        assert (batch.made_by, batch.looked_at, batch.finished_at) == ("system:payouts", 3, payouts.at)
        assert sorted(BatchRow.objects.values_list("payee_id", "code")) == [(paid.pk, ""), (held.pk, "payee_held")]
        assert Payout.objects.get().batch == batch
        assert poor.accounts.filter(due_at__gt=payouts.at).exists()

    def test_the_next_look_is_due_by_the_schedule(self, payouts: PayoutWorld) -> None:
        daily, weekly = payouts.payee(100), payouts.payee(100)
        weekly.accounts.update(schedule="weekly", weekday=4)
        pay_due(at=payouts.at)
        assert daily.accounts.get().due_at == datetime(2026, 11, 24, tzinfo=UTC)
        assert weekly.accounts.get().due_at == datetime(2026, 11, 27, tzinfo=UTC)

    def test_nobody_is_due_twice(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(100)
        pay_due(at=payouts.at)
        payouts.earn(payee, 100)
        assert pay_due(at=payouts.at).batch is None
        assert Payout.objects.count() == PayoutBatch.objects.count() == 1
        payouts.later(days=1)
        assert pay_due(at=payouts.at).frozen == 1

    def test_who_is_not_due_or_paid_on_request_is_left_alone(self, payouts: PayoutWorld) -> None:
        payouts.payee(100).accounts.update(due_at=payouts.at + timedelta(seconds=1))
        payouts.payee(100).accounts.update(schedule="on_request", due_at=None)
        assert pay_due(at=payouts.at).batch is None
        assert not Payout.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_one_that_fails_does_not_stop_the_others_and_is_still_due(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken, fine = payouts.payee(100), payouts.payee(100)

        def freeze(*, payee: Any, **options: Any) -> Payout:
            if payee.pk == broken.pk:
                raise ZeroDivisionError
            return freeze_payout(payee=payee, **options)

        monkeypatch.setattr(due, "freeze_payout", freeze)
        run = pay_due(at=payouts.at)
        assert (run.frozen, run.failed) == (1, 1)
        assert broken.accounts.get().due_at == payouts.at
        assert fine.payouts.count() == 1
        assert payouts.balance(broken)[0] == 100

    def test_the_command_says_how_it_went(self, payouts: PayoutWorld) -> None:
        payouts.payee(10_000)
        PayeeAccount.objects.update(due_at=NOW_IS_PAST)
        out = StringIO()
        call_command("send_due_payouts", stdout=out)
        assert "1 frozen, 0 not paid" in out.getvalue()

    def test_the_command_finds_who_has_money_and_no_terms_yet(self, payouts: PayoutWorld) -> None:
        payouts.payee(10_000)
        PayeeAccount.objects.all().delete()
        call_command("send_due_payouts", stdout=StringIO())
        assert PayeeAccount.objects.get().due_at is not None


NOW_IS_PAST = datetime(2020, 1, 1, tzinfo=UTC)


class TestWaiting:
    def test_is_sent_once_the_float_covers_it(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.work()
        assert send_waiting(at=payouts.at).done == 0
        payouts.fund(10_000)
        assert send_waiting(at=payouts.at).done == 1
        assert payouts.again(payout).status == "in_transit"

    def test_what_its_job_gave_up_is_tried_again_after_hours(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="down")
        assert send_waiting(at=payouts.at).done == 0
        assert len(payouts.rail.asked) == 1
        payouts.later(hours=3, seconds=1)
        assert send_waiting(at=payouts.at).done == 1
        assert payouts.again(payout).status == "in_transit"

    @pytest.mark.django_db(transaction=True)
    def test_what_was_held_between_its_transfer_and_its_payout(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payouts.rail.capabilities |= {RailCapability.TRANSFERS_FIRST}
        payout = payouts.approved()
        payouts.charge(10_000)

        def hold(name: str) -> None:
            if name == "payout.transfer.recorded":
                type(payout.payee).objects.update(held_at=payouts.at, held_by="user:ops", held_reason="odd")

        monkeypatch.setattr(send, "reached", hold)
        payouts.work()
        payout = payouts.again(payout)
        assert (payout.status, [name for name, _ in payouts.rail.asked]) == ("sending", ["transfer"])
        assert send_waiting(at=payouts.at).done == 0
        type(payout.payee).objects.update(held_at=None, held_by="", held_reason="")
        assert send_waiting(at=payouts.at).done == 1
        assert send_waiting(at=payouts.at).done == 0
        assert payouts.again(payout).status == "in_transit"
        assert [name for name, _ in payouts.rail.asked] == ["transfer", "payout"]

    def test_what_a_person_must_pay_is_left_alone(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(rail="bank_file")
        payouts.later(hours=4)
        send_waiting(at=payouts.at)
        assert payouts.again(payout).status == "approved"


class TestAsked:
    def test_outside_of_the_schedule_with_a_reason(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(100)
        payee.accounts.update(due_at=payouts.at + timedelta(days=3))
        payout = pay_now(payee=payee, currency="INR", actor="user:ops", reason="moves abroad", at=payouts.at)
        assert (payout.gross_minor, payout.requested_by) == (100, "user:ops")
        with pytest.raises(PayoutNotPossible):
            pay_now(payee=payee, currency="INR", actor="user:ops", reason="again", at=payouts.at)

    def test_a_failed_one_is_tried_again_as_another(self, payouts: PayoutWorld) -> None:
        failed = payouts.sent(says="declined")
        retry = retry_payout(payout_pk=failed.pk, actor="user:ops", reason="they say it works", at=payouts.at)
        assert (retry.retry_of_id, retry.status) == (failed.pk, "awaiting_approval")
        payouts.rail.says.append(RailState.PAID)
        payouts.approve(retry)
        payouts.work()
        assert payouts.again(retry).status == "paid"
        assert payouts.rail.paid_minor == 10_000


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_pay_everybody_once(payouts: PayoutWorld) -> None:
    for _ in range(6):
        payouts.payee(100)
    runs = together([lambda: pay_due(at=payouts.at), lambda: pay_due(at=payouts.at)])
    assert sum(run.frozen for run in runs if not isinstance(run, Exception)) == 6, runs
    assert Payout.objects.count() == BatchRow.objects.count() == 6
