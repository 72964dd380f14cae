"""What is read of gateways' health: the latest calls, payments and events, each account for itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.ops.tests.rows import call, event
from payments.charges.models import GatewayAccount, Payment
from payments.charges.services.start import ensure_account
from payments.health import queries
from payments.health.models import GatewayHealth
from payments.health.queries import (
    Heard,
    calls_since,
    heard_since,
    needing_a_person,
    payments_of_the_last_hour,
    repeated_since,
)
from payments.health.rules import Calls
from payments.tests.walking import a_payment

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def made(status: str, *, account: str = "stripe", ago: timedelta = MINUTE, **fields: Any) -> None:
    call(due_at=AT, account=account, status=status, sent_at=AT - ago, **fields)


class TestCallsSince:
    SINCE = {"stripe": AT - 10 * MINUTE}

    @pytest.mark.parametrize(
        ("status", "counted"),
        [
            ("succeeded", Calls(answered=1)), ("pending", Calls(answered=1)), ("declined", Calls(answered=1)),
            ("not_executed", Calls(failed=1)), ("unknown", Calls(failed=1)), ("sent", Calls(failed=1)),
        ],
    )  # fmt: skip
    def test_a_refusal_is_an_answer_and_silence_is_none(self, status: str, counted: Calls) -> None:
        made(status, ago=2 * MINUTE)
        assert calls_since(self.SINCE, at=AT) == {"stripe": counted}

    def test_what_was_sent_just_now_may_still_be_answered(self) -> None:
        made("sent", ago=timedelta(seconds=59))
        assert calls_since(self.SINCE, at=AT) == {}

    def test_an_answer_that_was_found_by_asking_was_lost(self) -> None:
        made("succeeded", answer_lost=True)
        assert calls_since(self.SINCE, at=AT) == {"stripe": Calls(failed=1)}

    def test_only_from_the_given_instant_on_and_of_the_given_accounts(self) -> None:
        made("succeeded", ago=10 * MINUTE)
        made("unknown", ago=10 * MINUTE + timedelta(seconds=1))
        made("unknown", account="razorpay")
        assert calls_since(self.SINCE, at=AT) == {"stripe": Calls(answered=1)}

    def test_reads_the_latest_alone(self, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any) -> None:
        monkeypatch.setattr(queries, "LATEST", 2)
        for status in ("unknown", "succeeded", "succeeded"):
            made(status)
        with django_assert_num_queries(1):
            assert calls_since(self.SINCE, at=AT) == {"stripe": Calls(answered=2)}

    def test_one_that_is_busy_hides_nobody_elses_calls(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queries, "LATEST", 2)
        made("unknown", account="razorpay")
        for _ in range(3):
            made("succeeded")
        since = {**self.SINCE, "razorpay": AT - 10 * MINUTE}
        assert calls_since(since, at=AT) == {"stripe": Calls(answered=2), "razorpay": Calls(failed=1)}


class TestPaymentsOfTheLastHour:
    def pay(self, status: str, *, ago: timedelta = MINUTE) -> None:
        payment = a_payment(captured_at=AT)
        Payment.objects.filter(pk=payment.pk).update(status=status, created_at=AT - ago)

    def test_counts_who_paid_and_who_could_not(self) -> None:
        for status in ("captured", "reversed", "authorized", "failed", "failed", "pending", "cancelled", "expired"):
            self.pay(status)
        assert payments_of_the_last_hour(at=AT) == {"stripe": (3, 2)}

    def test_an_hour_ago_is_over(self) -> None:
        self.pay("failed", ago=timedelta(hours=1))
        self.pay("captured", ago=timedelta(minutes=59))
        assert payments_of_the_last_hour(at=AT) == {"stripe": (1, 0)}


class TestHeardSince:
    def test_what_had_to_be_fetched_counts_since_it_last_told_us_something(self) -> None:
        for fetched in (True, False, True, True):
            last = event(due_at=AT, received_at=AT, fetched=fetched)
        event(due_at=AT, account="razorpay", received_at=AT - MINUTE)
        event(due_at=AT, account="nobody's", received_at=AT)
        up_to, heard = heard_since({"stripe": 0, "razorpay": 0})
        stripe, razorpay = heard.pop("stripe"), heard.pop("razorpay")
        assert (stripe.events, stripe.last_at, stripe.missed, stripe.missed_since) == (1, AT, 2, AT)
        assert (razorpay.events, razorpay.last_at, razorpay.missed, razorpay.missed_since) == (1, AT - MINUTE, 0, None)
        assert heard == {}
        assert up_to == last.pk + 2

    def test_the_longest_pause_between_what_it_told_is_known(self) -> None:
        for minutes in (0, 1, 9, 11):
            event(due_at=AT, received_at=AT + minutes * MINUTE)
        event(due_at=AT, received_at=AT + 99 * MINUTE, fetched=True)
        told = heard_since({"stripe": 0})[1]["stripe"]
        assert told == Heard(4, AT, AT + 11 * MINUTE, 480.0, 1, AT + 99 * MINUTE)

    def test_goes_on_where_it_ended_and_reads_so_much_at_a_time(self) -> None:
        first, second = event(due_at=AT), event(due_at=AT)
        assert heard_since({"stripe": 0}, limit=1)[0] == first.pk
        assert heard_since({"stripe": first.pk})[1]["stripe"].events == 1
        assert heard_since({"stripe": second.pk}) == (second.pk, {})
        assert heard_since({}) == (second.pk, {})

    def test_one_that_begins_later_keeps_nobody_from_theirs(self) -> None:
        for account in ("stripe", "razorpay"):
            last = event(due_at=AT, account=account)
        assert set(heard_since({"stripe": 0, "razorpay": last.pk})[1]) == {"stripe"}
        assert set(heard_since({"stripe": last.pk, "razorpay": 0})[1]) == {"razorpay"}


class TestRepeatedSince:
    def test_is_the_latest_of_the_account_after_the_given_instant(self, django_assert_num_queries: Any) -> None:
        for minutes in (1, 3, 2):
            event(due_at=AT, repeated_at=AT - minutes * MINUTE)
        event(due_at=AT, account="razorpay", repeated_at=AT)
        event(due_at=AT)
        with django_assert_num_queries(2):
            assert repeated_since("stripe", AT - 2 * MINUTE) == AT - MINUTE
            assert repeated_since("stripe", AT - MINUTE) is None


class TestNeedingAPerson:
    def health(self, code: str, **fields: Any) -> GatewayHealth:
        account, _ = GatewayAccount.objects.get_or_create(code=code, defaults={"gateway": code, "livemode": False})
        return GatewayHealth.objects.create(account=account, since=AT, last_event_at=AT, watched_until=AT, **fields)

    @pytest.mark.parametrize("odd", [{"status": "open"}, {"status": "half_open"}, {"forced": "closed"},
                                     {"silent_since": AT}])  # fmt: skip
    def test_are_those_that_are_shut_forced_or_silent(self, odd: dict[str, Any]) -> None:
        self.health("stripe")
        row = self.health("phonepe", **odd)
        assert needing_a_person() == [row]

    def test_by_name_with_their_accounts_in_one_query(self, django_assert_num_queries: Any) -> None:
        ensure_account("stripe")
        for code in ("stripe", "phonepe", "razorpay"):
            self.health(code, status="open")
        with django_assert_num_queries(1):
            assert [row.account.code for row in needing_a_person()] == ["phonepe", "razorpay", "stripe"]
