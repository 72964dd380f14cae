"""The breaker over a gateway that really fails, and the silence of one that really says nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.inbox.models import WebhookEvent
from config.outbox.models import OutboxJob
from payments.charges.services.choose import GatewayPaused, enforce_open
from payments.charges.services.start import GatewayDown, OutcomeUnknown
from payments.health.models import GatewayHealth
from payments.health.panels import why
from payments.health.rules import PROBES
from payments.health.services.force import force_breaker
from payments.health.services.measure import health_of, measure_gateways
from payments.health.services.missed import fetch_all_missed
from payments.health.services.permit import may_charge_unattended, may_start
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.world import World
from payments.watching.services import ask_watched

pytestmark = pytest.mark.django_db(transaction=True)
INTENTS = "/v1/payment_intents"


def health() -> GatewayHealth:
    return GatewayHealth.objects.get(account__code="stripe")


def measured(world: World, **later: float) -> str:
    measure_gateways(at=world.later(**later))
    return health().status


def failing(world: World, times: int = 5) -> None:
    """So many payments are started at a gateway that breaks every call off."""
    for _ in range(times):
        world.refuse(INTENTS)
        with pytest.raises((OutcomeUnknown, GatewayDown)):
            world.start(world.order())


class TestMeasureGateways:
    def test_opens_when_calls_fail_and_refuses_new_payments(self, world: World) -> None:
        assert measured(world) == "closed"
        failing(world)
        assert measured(world) == "open"
        with pytest.raises(GatewayPaused):
            enforce_open("stripe")
        assert not may_charge_unattended("stripe")
        entry = AuditEntry.objects.get(subject_type="gatewayhealth")
        assert (entry.from_state, entry.to_state, entry.reason) == ("closed", "open", "5 of 5 calls failed")
        assert OutboxJob.objects.filter(topic="gateway.breaker").count() == 0  # announced, and nobody listens

    def test_stays_shut_to_what_went_well_before(self, world: World) -> None:
        measured(world)
        for _ in range(3):
            world.start(world.order())
        failing(world, times=3)
        assert measured(world) == "open"

    def test_declines_are_answers(self, world: World) -> None:
        measured(world)
        for _ in range(6):
            world.confirm(world.start(world.order()).payment, "pm_card_chargeDeclined")
        world.hear()
        assert measured(world) == "closed"
        assert (health().calls_answered, health().calls_failed, health().failed) == (6, 0, 6)

    def test_an_answer_that_was_found_by_asking_was_lost_all_the_same(self, world: World) -> None:
        measured(world)
        for _ in range(5):
            world.lose_answer(INTENTS)
            with pytest.raises(OutcomeUnknown):
                world.start(world.order())
        world.later(minutes=2)
        world.work()
        assert set(GatewayCall.objects.values_list("status", flat=True)) == {"succeeded"}
        assert measured(world) == "open"

    def test_lets_a_few_try_and_closes_when_they_are_answered(self, world: World) -> None:
        measured(world)
        failing(world)
        measured(world)
        assert measured(world, seconds=59) == "open"
        assert measured(world, seconds=2) == "half_open"
        assert not may_charge_unattended("stripe")
        assert [bool(may_start("stripe")) for _ in range(PROBES + 1)] == [True] * PROBES + [False]
        for _ in range(2):
            world.start(world.order())
        assert measured(world) == "closed"
        assert (health().openings, bool(may_charge_unattended("stripe"))) == (0, True)

    def test_where_few_come_it_closes_all_the_same(self, world: World) -> None:
        """After a long rest: the one who came is not forgotten before the next one comes."""
        measured(world)
        failing(world)
        measured(world)
        GatewayHealth.objects.update(openings=5)
        assert measured(world, minutes=10) == "half_open"
        world.start(world.order())
        for _ in range(9):
            assert measured(world, minutes=1) == "half_open"
        assert measured(world, minutes=1) == "closed"
        assert may_charge_unattended("stripe")

    def test_one_failed_try_opens_it_for_longer(self, world: World) -> None:
        measured(world)
        failing(world)
        measured(world)
        assert measured(world, seconds=61) == "half_open"
        failing(world, times=1)
        assert measured(world) == "open"
        assert health().openings == 2
        assert measured(world, seconds=61) == "open"
        assert measured(world, seconds=60) == "half_open"

    def test_tries_that_never_came_back_are_replaced(self, world: World) -> None:
        measured(world)
        failing(world)
        measured(world)
        measured(world, seconds=61)
        for _ in range(PROBES):
            may_start("stripe")
        assert not may_start("stripe")
        assert measured(world, seconds=61) == "half_open"
        assert may_start("stripe")

    def test_counts_the_payments_of_the_last_hour(self, world: World) -> None:
        world.paid_order()
        world.confirm(world.start(world.order()).payment, "pm_card_chargeDeclined")
        world.hear()
        measured(world)
        assert (health().succeeded, health().failed) == (1, 1)
        measured(world, minutes=61)
        assert (health().succeeded, health().failed) == (0, 0)


class TestSilence:
    def test_is_noticed_when_what_was_never_told_had_to_be_fetched(self, world: World) -> None:
        health_of("stripe", at=world.at)
        world.paid_order()
        measured(world)
        told_at = health().last_event_at
        for _ in range(2):
            world.pay(world.start(world.order()))
        fetch_all_missed(at=world.later(minutes=5))
        measured(world)
        assert (health().silent_since, health().missed >= 3) == (None, True)
        measured(world, hours=7)
        assert health().silent_since == world.at
        assert health().last_event_at == told_at
        world.paid_order()
        measured(world)
        assert (health().silent_since, health().missed) == (None, 0)

    def test_is_noticed_where_nothing_is_listed_and_each_order_is_asked_about(self, razorpay: RazorpayWorld) -> None:
        """Razorpay switches a webhook off that failed for a day, and sends no letter that a machine could read."""
        measure_gateways(at=razorpay.at)
        for _ in range(3):
            razorpay.pay(razorpay.start(razorpay.order()))
        razorpay.later(hours=1)
        ask_watched(now=lambda: razorpay.at)
        measure_gateways(at=razorpay.later(hours=6))
        row = GatewayHealth.objects.get(account__code="razorpay")
        assert (row.missed, row.silent_since) == (3, razorpay.at)

    def test_who_tells_everything_later_than_we_fetch_is_heard(self, world: World) -> None:
        """Each delivery finds what was fetched before, and is authentic all the same."""
        health_of("stripe", at=world.at - timedelta(hours=8))
        for _ in range(3):
            world.pay(world.start(world.order()))
        late = world.new_events()
        assert fetch_all_missed(at=world.later(minutes=5)) == len(late)
        measured(world)
        assert (health().missed, health().silent_since) == (len(late), world.at)
        world.hear(late)
        measured(world)
        assert (health().missed, health().silent_since) == (0, None)
        assert world.at - health().last_event_at < timedelta(minutes=6)
        assert not WebhookEvent.objects.filter(fetched=False).exists()

    def test_an_account_that_is_new_hides_nobody_elses_events(self, razorpay: RazorpayWorld) -> None:
        health_of("razorpay", at=razorpay.at)
        razorpay.paid_order()
        last = WebhookEvent.objects.latest("pk")
        measure_gateways(at=razorpay.later(minutes=1))  # which makes the other account's row
        row = GatewayHealth.objects.get(account__code="razorpay")
        assert (row.last_event_at, row.last_event_id) == (last.received_at, last.pk)

    def test_one_event_that_was_missed_shows_it_where_it_was_quiet_for_longer_than_ever(
        self, razorpay: RazorpayWorld
    ) -> None:
        """A gateway on which there is little: its webhook is switched off, and the next payment is found by asking."""
        measure_gateways(at=razorpay.at)
        razorpay.pay(razorpay.start(razorpay.order()))
        razorpay.later(hours=1)
        ask_watched(now=lambda: razorpay.at)
        row = GatewayHealth.objects.filter(account__code="razorpay")
        measure_gateways(at=razorpay.later(hours=5))
        assert (row.get().missed, row.get().silent_since, row.get().missed_since is not None) == (1, None, True)
        measure_gateways(at=razorpay.later(minutes=2))
        assert row.get().silent_since == razorpay.at

    def test_who_is_quiet_far_beyond_their_manner_has_fallen_silent(self, world: World) -> None:
        """With nothing to fetch, for nobody pays: nights and weekends are known, and this is longer than any."""
        health_of("stripe", at=world.at - timedelta(days=1))
        world.paid_order()
        measured(world)
        assert health().first_event_at is not None
        GatewayHealth.objects.update(
            first_event_at=world.at - timedelta(days=20), longest_gap_s=36_000.0, usual_gap_s=60.0
        )
        measured(world, hours=29)
        assert health().silent_since is None
        measured(world, hours=2)
        assert (health().silent_since, health().missed) == (world.at, 0)
        assert "nothing came for longer than ever" in why(health())
        world.at = timezone.now() - timedelta(seconds=1)
        GatewayHealth.objects.update(last_event_at=world.at - timedelta(hours=31))
        world.paid_order()
        measured(world)
        assert health().silent_since is None
        assert (health().longest_gap_s or 0.0) < 36_001, "the pause in which it was silent is not its manner"

    def test_its_pauses_are_learnt_from_what_it_tells(self, world: World) -> None:
        health_of("stripe", at=world.at)
        world.paid_order()
        measured(world)
        GatewayHealth.objects.update(last_event_at=world.at - timedelta(hours=3))
        world.paid_order()
        measured(world)
        assert health().longest_gap_s == pytest.approx(3 * 3_600, abs=60)

    def test_an_account_that_was_never_used_never_falls_silent(self, world: World) -> None:
        health_of("stripe", at=world.at)
        measured(world, days=400)
        assert (health().silent_since, health().longest_gap_s, health().first_event_at) == (None, None, None)

    def test_a_quiet_night_is_none(self, world: World) -> None:
        health_of("stripe", at=world.at)
        world.paid_order()
        measured(world)
        measured(world, days=2)
        assert health().silent_since is None

    def test_no_event_is_counted_twice(self, world: World) -> None:
        health_of("stripe", at=world.at)
        world.paid_order()
        measured(world)
        before = health().usual_gap_s
        measured(world, hours=1)
        assert health().usual_gap_s == before
        assert health().last_event_id == WebhookEvent.objects.latest("pk").pk


class TestForceBreaker:
    def test_shuts_a_gateway_that_is_well_and_leaves_the_figures_alone(self, world: World) -> None:
        measured(world)
        assert force_breaker(health_pk=health().pk, to="open", actor="user:op", reason="they told us", at=world.at)
        assert not may_start("stripe")
        assert (health().status, health().position) == ("closed", "open")
        entry = AuditEntry.objects.get(act="forced")
        assert (entry.from_state, entry.to_state, entry.reason) == ("", "open", "they told us")

    def test_keeps_a_failing_one_open_for_payments(self, world: World) -> None:
        measured(world)
        failing(world)
        measured(world)
        force_breaker(health_pk=health().pk, to="closed", actor="user:op", reason="a false alarm", at=world.at)
        assert may_start("stripe")
        assert may_charge_unattended("stripe")
        force_breaker(health_pk=health().pk, to="", actor="user:op", reason="back", at=world.at)
        assert not may_start("stripe")

    def test_told_again_it_writes_nothing(self, world: World) -> None:
        measured(world)
        assert not force_breaker(health_pk=health().pk, to="", actor="user:op", reason="", at=world.at)
        assert not AuditEntry.objects.filter(act="forced").exists()

    def test_refuses_another_word(self, world: World) -> None:
        measured(world)
        with pytest.raises(ValueError, match="ajar"):
            force_breaker(health_pk=health().pk, to="ajar", actor="user:op", reason="", at=world.at)


class TestHealthOf:
    def test_an_account_that_was_never_measured_is_well(self, world: World) -> None:
        del world
        assert may_start("stripe")
        assert not GatewayHealth.objects.exists()

    def test_begins_at_the_present(self, world: World) -> None:
        world.paid_order()
        row = health_of("stripe", at=world.at)
        assert row.last_event_id == WebhookEvent.objects.latest("pk").pk
        assert row.watched_until == world.at
        assert health_of("stripe", at=world.later(hours=1)).since == world.at - timedelta(hours=1)
