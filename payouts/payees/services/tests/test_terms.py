"""When a payee is paid, from how much on, and whether they are kept back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.audit.models import AuditEntry
from orders.tests.factories import AT
from payouts.payees.models import Payee, PayeeAccount, Schedule
from payouts.payees.queries import facts_of, minimum_minor
from payouts.payees.rules import why_not_paid
from payouts.payees.services.terms import MinimumTooLow, hold_payee, let_go, set_schedule
from payouts.payees.tests.paying import give, make_payee, propose, traces

pytestmark = pytest.mark.django_db


def agree(payee: Payee, **given: Any) -> bool:
    asked: dict[str, Any] = {"schedule": Schedule.WEEKLY, "weekday": 0, "minimum_minor": None, "actor": "user:x"}
    return set_schedule(payee=payee, currency="INR", at=AT, **(asked | given))


class TestSetSchedule:
    @pytest.mark.parametrize(
        ("schedule", "weekday", "due_at"),
        [
            (Schedule.DAILY, 3, datetime(2026, 11, 21, tzinfo=UTC)),
            (Schedule.WEEKLY, 2, datetime(2026, 11, 25, tzinfo=UTC)),
            (Schedule.ON_REQUEST, 3, None),
        ],
    )
    def test_decides_when_they_are_next_looked_at(
        self, schedule: Schedule, weekday: int, due_at: datetime | None
    ) -> None:
        payee = make_payee()
        assert agree(payee, schedule=schedule, weekday=weekday)
        account = PayeeAccount.objects.get(payee=payee)
        assert (account.schedule, account.due_at) == (schedule, due_at)
        assert account.weekday == (weekday if schedule == Schedule.WEEKLY else 0)

    def test_another_minimum_does_not_put_off_what_is_due(self) -> None:
        payee = make_payee()
        agree(payee)
        PayeeAccount.objects.update(due_at=AT)
        assert agree(payee, minimum_minor=50_000)
        account = PayeeAccount.objects.get()
        assert (account.due_at, minimum_minor(account, "INR")) == (AT, 50_000)

    @pytest.mark.parametrize(("minimum", "is_enough"), [(9_999, False), (10_000, True), (10_001, True)])
    def test_their_own_is_not_below_ours(self, minimum: int, is_enough: bool) -> None:
        payee = make_payee()
        agree(payee)
        before = traces()
        if is_enough:
            assert agree(payee, minimum_minor=minimum)
            assert minimum_minor(PayeeAccount.objects.get(), "INR") == minimum
        else:
            with pytest.raises(MinimumTooLow):
                agree(payee, minimum_minor=minimum)
            assert traces() == before

    def test_without_one_of_their_own_ours_holds(self) -> None:
        assert minimum_minor(None, "INR") == 10_000
        assert minimum_minor(None, "KWD") == 0

    def test_the_same_again_changes_nothing(self) -> None:
        payee = make_payee()
        agree(payee, schedule=Schedule.DAILY)
        before = traces()
        assert not agree(payee, schedule=Schedule.DAILY, weekday=5)
        assert traces() == before

    def test_refuses_less_than_our_own_minimum(self) -> None:
        payee = make_payee()
        before = traces()
        with pytest.raises(MinimumTooLow):
            agree(payee, minimum_minor=9_999)
        assert traces() == before


class TestHold:
    def test_keeps_back_and_lets_go(self) -> None:
        payee = make_payee()
        propose(payee)
        give(payee, 50_000)
        assert hold_payee(payee=payee, actor="user:ops", reason="three chargebacks", at=AT)
        payee.refresh_from_db()
        assert why_not_paid(facts_of(payee, "INR", at=AT, due_at=None)).code == "payee_held"
        assert let_go(payee=payee, actor="user:ops", reason="explained", at=AT)
        payee.refresh_from_db()
        assert why_not_paid(facts_of(payee, "INR", at=AT, due_at=None))
        kept = AuditEntry.objects.filter(subject_type="payee").order_by("pk").values_list("act", "reason")
        assert list(kept)[1:] == [("held", "three chargebacks"), ("let_go", "explained")]

    def test_twice_is_once(self) -> None:
        payee = make_payee()
        assert not let_go(payee=payee, actor="user:ops", reason="nothing", at=AT)
        hold_payee(payee=payee, actor="user:ops", reason="first", at=AT)
        before = traces()
        assert not hold_payee(payee=payee, actor="user:other", reason="second", at=AT)
        assert traces() == before
