"""A webhook that never comes costs minutes: what waits is asked about as its gateway advises, until it is decided."""

from __future__ import annotations

import logging
from datetime import timedelta
from io import StringIO
from typing import Any, get_type_hints

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import transaction
from django.db.utils import IntegrityError
from django.utils.module_loading import import_string

from config.inbox.models import WebhookEvent
from config.kernel.errors import Unavailable
from config.queue.pausing import pause
from config.queue.tests.rows import end_leases
from config.tests.together import together
from orders.order.models import Order
from payments.charges.models import Payment
from payments.charges.services.close import expire_reservation
from payments.gateways.phonepe.adapter import BOUNCES, ORDERS
from payments.tests.phonepe_world import PhonePeWorld
from payments.tests.razorpay_world import EMPTY, RazorpayWorld
from payments.tests.walking import everything
from payments.tests.world import WHOLE_DAY, World
from payments.watching.models import Watch
from payments.watching.services import Found, ask_now, ask_watched, watch

pytestmark = pytest.mark.django_db(transaction=True)
STATUS = "/apis/pg-sandbox/checkout/v2/order/*/status"


@pytest.fixture
def pending(phonepe: PhonePeWorld) -> Payment:
    """A payment whose customer has its page; no webhook of it will ever come."""
    return phonepe.start(phonepe.order(10_000)).payment


def row() -> Watch:
    return Watch.objects.get()


def state(payment: Payment) -> tuple[str, int]:
    payment.refresh_from_db()
    return payment.status, payment.captured_minor


class TestWatch:
    def test_begins_in_the_commit_that_first_knows_the_object(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        assert (row().kind, row().ref, row().account, row().state) == ("payment", pending.public_id, "phonepe", "due")
        assert row().due_at == phonepe.at + timedelta(seconds=25)

    def test_a_gateway_whose_events_come_is_not_asked(self, world: World) -> None:
        world.start(world.order(10_000))
        assert not Watch.objects.exists()

    def test_one_whose_answer_was_lost_is_watched_once_it_is_known(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        phonepe.lose_answer("*/pay")
        with pytest.raises(Unavailable):
            phonepe.start(order)
        assert not Watch.objects.exists()
        phonepe.later(seconds=11)
        phonepe.work()
        assert row().ref == phonepe.payment(order).public_id

    def test_what_is_watched_stays_as_it_is_and_what_was_decided_begins_anew(
        self, phonepe: PhonePeWorld, pending: Payment
    ) -> None:
        later = phonepe.later(seconds=10)
        assert watch(kind="payment", ref=pending.public_id, account="phonepe", at=later)
        assert row().due_at == later + timedelta(seconds=15)
        Watch.objects.update(state="done", attempts=7)
        assert watch(kind="payment", ref=pending.public_id, account="phonepe", at=later)
        assert (row().state, row().attempts, row().due_at) == ("due", 0, later + timedelta(seconds=25))

    def test_an_account_that_is_not_configured_is_not_watched(self, phonepe: PhonePeWorld) -> None:
        assert not watch(kind="payment", ref="pay_one", account="nobody", at=phonepe.at)
        assert not Watch.objects.exists()

    def test_ten_at_once_make_one(self, phonepe: PhonePeWorld) -> None:
        together([lambda: watch(kind="payment", ref="pay_one", account="phonepe", at=phonepe.at)] * 10)
        assert Watch.objects.count() == 1

    def test_the_database_says_so_in_a_sentence(self) -> None:
        Watch.objects.create(kind="payment", ref="pay_one", account="phonepe")
        with pytest.raises(IntegrityError, match="an_object_is_watched_once"), transaction.atomic():
            Watch.objects.create(kind="payment", ref="pay_one", account="phonepe")


class TestAskers:
    @pytest.mark.parametrize("kind", sorted(django_settings.WATCH_ASKERS))
    def test_say_what_they_found_in_the_words_that_are_understood(self, kind: str) -> None:
        """They are named as strings, so that no checker of types sees what they answer."""
        assert get_type_hints(import_string(django_settings.WATCH_ASKERS[kind]))["return"] is Found


class TestSchedule:
    def test_is_the_advised_one(self) -> None:
        instants, instant = [], 0
        for step in ORDERS.steps_s[:40]:
            instant += step
            instants.append(instant)
        assert instants[:12] == [25, 28, 31, 34, 37, 40, 43, 46, 49, 52, 55, 61]
        assert [at for at in instants if 55 < at <= 115] == list(range(61, 116, 6))
        assert [at for at in instants if 115 < at <= 175] == list(range(125, 176, 10))
        assert [at for at in instants if 175 < at <= 235] == [205, 235]
        assert instants[29:33] == [295, 355, 415, 475]
        assert sum(ORDERS.steps_s) > 3 * 24 * 3_600

    def test_is_kept_step_by_step(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        asked = [second for second in range(1, 61) if phonepe.poll(seconds=1)]
        assert asked == [25, 28, 31, 34, 37, 40, 43, 46, 49, 52, 55]
        assert phonepe.requests("GET", STATUS) == len(asked)


class TestAskWatched:
    def test_a_lost_webhook_costs_seconds(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        phonepe.at_page(pending, "pay")
        assert phonepe.poll(seconds=25) == 1
        assert state(pending) == ("captured", 10_000)
        assert row().state == "done"
        assert Order.objects.get().status == "paid"
        assert phonepe.poll(hours=1) == 0

    def test_what_is_paid_late_is_found_late(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        for _ in range(5):
            phonepe.poll(seconds=60)
        phonepe.at_page(pending, "pay")
        phonepe.poll(seconds=60)
        assert state(pending) == ("captured", 10_000)

    def test_a_decline_is_told_and_the_next_attempt_is_waited_for(
        self, phonepe: PhonePeWorld, pending: Payment
    ) -> None:
        phonepe.at_page(pending, "decline")
        phonepe.poll()
        assert (state(pending), row().state) == (("failed", 0), "due")
        phonepe.at_page(pending, "pay")
        phonepe.poll()
        assert (state(pending), row().state) == (("captured", 10_000), "done")

    @pytest.mark.parametrize(("steps", "status"), [(("expire",), "expired"), (("decline", "expire"), "failed")])
    def test_an_order_that_ran_out_is_closed_and_frees_the_stock(
        self, phonepe: PhonePeWorld, pending: Payment, steps: tuple[str, ...], status: str
    ) -> None:
        for step in steps:
            phonepe.at_page(pending, step)
        phonepe.poll()
        assert (state(pending), row().state) == ((status, 0), "done")
        assert pending.closed_at is not None
        phonepe.later(minutes=31)
        assert expire_reservation(order_pk=Order.objects.get().pk, at=phonepe.at)

    def test_what_a_webhook_told_meanwhile_is_not_asked_about(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        phonepe.at_page(pending, "pay")
        phonepe.hear()
        asked = phonepe.requests("GET", STATUS)
        assert phonepe.poll() == 1
        assert (phonepe.requests("GET", STATUS), row().state) == (asked, "done")

    def test_nothing_new_leaves_everything_as_it_was(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        before = everything()
        phonepe.poll()
        assert everything() == before
        assert not WebhookEvent.objects.exists()

    def test_an_order_that_phonepe_has_forgotten_is_asked_about_again(
        self, phonepe: PhonePeWorld, pending: Payment
    ) -> None:
        phonepe.sandbox.control.reset()
        phonepe.poll()
        assert (state(pending), row().state) == (("pending", 0), "due")

    def test_a_gateway_that_does_not_answer_stops_nobody_else(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        other = phonepe.start(phonepe.order(20_000)).payment
        phonepe.at_page(other, "pay")
        phonepe.fail(STATUS, status=503, method="GET")
        assert phonepe.poll() == 2
        assert (state(pending), state(other)) == (("pending", 0), ("captured", 20_000))
        failed = Watch.objects.get(state="due")
        assert failed.last_error_code == "gateway_unreachable"

    def test_a_bug_is_alarmed_and_asked_about_again(
        self, phonepe: PhonePeWorld, pending: Payment, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.WATCH_ASKERS = {"payment": "payments.watching.tests.test_services.broken"}
        phonepe.poll()
        assert (row().state, row().last_error_code) == ("due", "ZeroDivisionError")
        assert "asking about a watched object failed" in caplog.text

    def test_an_account_that_is_gone_for_a_while_costs_no_step(
        self, phonepe: PhonePeWorld, pending: Payment, settings: Any
    ) -> None:
        accounts = settings.GATEWAY_ACCOUNTS
        settings.GATEWAY_ACCOUNTS = {"stripe": accounts["stripe"]}
        phonepe.poll()
        assert (row().state, row().attempts, row().last_error_code) == ("due", 0, "gateway_not_configured")
        settings.GATEWAY_ACCOUNTS = accounts
        phonepe.at_page(pending, "pay")
        phonepe.poll(hours=2)
        assert state(pending) == ("captured", 10_000)

    def test_nobody_decided_it_in_days_so_that_a_person_is_called(
        self, phonepe: PhonePeWorld, pending: Payment, caplog: pytest.LogCaptureFixture
    ) -> None:
        Watch.objects.update(attempts=len(ORDERS.steps_s) - 1)
        with caplog.at_level(logging.CRITICAL):
            phonepe.poll()
        assert (row().state, row().last_error_code) == ("dead", "never_decided")
        assert "never decided" in caplog.text

    def test_what_only_might_still_change_is_done_when_the_schedule_ends(
        self, phonepe: PhonePeWorld, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.WATCH_ASKERS = {"bounce": "payments.watching.tests.test_services.standing"}
        watch(kind="bounce", ref="rf_one", account="phonepe", at=phonepe.at)
        phonepe.poll(hours=1)
        assert (row().state, row().attempts) == ("due", 1)
        Watch.objects.update(attempts=len(BOUNCES.steps_s) - 1)
        with caplog.at_level(logging.CRITICAL):
            phonepe.poll(days=1)
        assert (row().state, row().last_error_code) == ("done", "")
        assert not caplog.text

    def test_two_workers_ask_once(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        phonepe.at_page(pending, "pay")
        phonepe.later(seconds=26)
        assert sorted(map(str, together([lambda: ask_watched(now=phonepe.now)] * 4))) == ["0", "0", "0", "1"]
        assert phonepe.requests("GET", STATUS) == 1
        assert phonepe.moved(Order.objects.get(), "captured") == (1, 10_000)

    def test_a_worker_that_died_is_followed_by_another(
        self, phonepe: PhonePeWorld, pending: Payment, settings: Any
    ) -> None:
        phonepe.at_page(pending, "pay")
        known = settings.WATCH_ASKERS
        settings.WATCH_ASKERS = {"payment": "payments.watching.tests.test_services.dying"}
        phonepe.later(seconds=26)
        with pytest.raises(SystemExit):
            ask_watched(now=phonepe.now)
        assert ask_watched(now=phonepe.now) == 0, "its lease still runs"
        settings.WATCH_ASKERS = known
        end_leases(Watch)
        assert ask_watched(now=phonepe.now) == 1
        assert state(pending) == ("captured", 10_000)

    @pytest.mark.parametrize("kind", ["payment", "phonepe:payment"])
    def test_can_be_paused(self, phonepe: PhonePeWorld, pending: Payment, kind: str) -> None:
        assert pause(queue="watches", kind=kind, actor="user:ops", reason="drill", at=phonepe.at)
        assert phonepe.poll() == 0


class TestRazorpay:
    """It lists no events either, and signs them, so that it is asked more rarely."""

    def test_a_lost_webhook_costs_minutes(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order))
        razorpay.later(minutes=2)
        assert ask_watched(now=razorpay.now) == 1
        razorpay.work()
        order.refresh_from_db()
        assert (order.status, row().state) == ("paid", "done")
        event = WebhookEvent.objects.get()
        assert (event.source, event.type, event.fetched, event.state) == ("razorpay", "order.paid", True, "processed")

    def test_what_its_bank_took_late_is_found_though_it_was_given_up(self, razorpay: RazorpayWorld) -> None:
        """And though no event told of it: what was captured for nobody goes back."""
        order = razorpay.order(10_000)
        started = razorpay.start(order)
        razorpay.pay(started, EMPTY)
        razorpay.later(minutes=31)
        ask_watched(now=razorpay.now)
        assert expire_reservation(order_pk=order.pk, at=razorpay.at)
        razorpay.later(hours=6)
        ask_watched(now=razorpay.now)
        assert (state(started.payment), row().state) == (("failed", 0), "due")
        for step in ("authorize", "capture"):  # by the account's own rule for late ones, or by hand in the dashboard
            razorpay.at_charge(started.payment, step)
        razorpay.later(hours=6)
        ask_watched(now=razorpay.now)
        razorpay.work()
        assert (state(started.payment), row().state) == (("captured", 10_000), "done")
        assert razorpay.moved(order, "refunded") == (1, 10_000)

    def test_what_was_tried_in_vain_and_given_up_calls_nobody(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order), EMPTY)
        assert expire_reservation(order_pk=order.pk, at=razorpay.later(minutes=31))
        for _ in range(30):
            razorpay.later(hours=6)
            ask_watched(now=razorpay.now)
        assert row().state == "done"

    def test_what_is_given_up_is_not_asked_about_any_more(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.start(order)
        razorpay.later(minutes=31)
        assert expire_reservation(order_pk=order.pk, at=razorpay.at)
        ask_watched(now=razorpay.now)
        assert row().state == "done"


class TestAskNow:
    def test_asks_about_everything_that_waits_there_and_about_what_was_given_up(
        self, phonepe: PhonePeWorld, pending: Payment
    ) -> None:
        other = phonepe.start(phonepe.order(20_000)).payment
        Watch.objects.filter(ref=other.public_id).update(state="dead", attempts=99)
        Watch.objects.create(kind="payment", ref="pay_elsewhere", account="another", due_at=phonepe.at + WHOLE_DAY)
        for payment in (pending, other):
            phonepe.at_page(payment, "pay")
        assert ask_now(account="phonepe", since=phonepe.began - WHOLE_DAY, at=phonepe.at) == 2
        assert ask_watched(now=lambda: phonepe.at) == 2
        assert (state(pending), state(other)) == (("captured", 10_000), ("captured", 20_000))

    def test_leaves_what_is_older_and_what_is_decided(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        assert ask_now(account="phonepe", since=phonepe.at + WHOLE_DAY, at=phonepe.at) == 0
        Watch.objects.update(state="done")
        assert ask_now(account="phonepe", since=phonepe.began - WHOLE_DAY, at=phonepe.at) == 0


class TestFetchMissedEvents:
    def test_asks_about_what_waits_at_a_gateway_that_lists_no_events(
        self, phonepe: PhonePeWorld, pending: Payment
    ) -> None:
        phonepe.at_page(pending, "pay")
        out = StringIO()
        call_command("fetch_missed_events", gateway="phonepe", since="2026-01-01", stdout=out)
        assert "1 payments that wait there were asked about" in out.getvalue()
        assert state(pending) == ("captured", 10_000)


def broken(**_: Any) -> Found:
    raise ZeroDivisionError


def standing(**_: Any) -> Found:
    return Found.STANDS


def dying(**_: Any) -> Found:
    raise SystemExit
