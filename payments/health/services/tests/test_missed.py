"""Events that never came: fetched once, marked, worked off like any other."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.inbox.models import WebhookEvent
from payments.gateways.failures import GatewayUnreachable
from payments.health.models import GatewayHealth
from payments.health.services import missed
from payments.health.services.measure import health_of
from payments.health.services.missed import fetch_all_missed, fetch_missed
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def lost_payment(world: World) -> None:
    """A payment that succeeded, of which no delivery ever came."""
    world.pay(world.start(world.order()))


class TestFetchAllMissed:
    def test_finds_what_was_never_delivered_and_pays_the_order(self, world: World) -> None:
        health_of("stripe", at=world.at)
        order = world.order()
        world.pay(world.start(order))
        assert fetch_all_missed(at=world.later(minutes=5)) > 0
        world.work()
        order.refresh_from_db()
        assert order.status == "paid"
        assert set(WebhookEvent.objects.values_list("fetched", flat=True)) == {True}

    def test_leaves_alone_what_came_by_itself(self, world: World) -> None:
        health_of("stripe", at=world.at)
        world.paid_order()
        before = list(WebhookEvent.objects.order_by("pk").values_list("pk", "deliveries", "fetched"))
        assert fetch_all_missed(at=world.later(minutes=5)) == 0
        assert list(WebhookEvent.objects.order_by("pk").values_list("pk", "deliveries", "fetched")) == before

    def test_a_delivery_that_comes_after_all_has_no_second_effect(self, world: World) -> None:
        health_of("stripe", at=world.at)
        lost_payment(world)
        events = world.new_events()
        fetch_all_missed(at=world.later(minutes=5))
        world.work()
        known = WebhookEvent.objects.count()
        world.hear(events)
        assert WebhookEvent.objects.count() == known

    def test_does_not_race_with_a_delivery_that_is_on_its_way(self, world: World) -> None:
        health_of("stripe", at=world.at)
        lost_payment(world)
        assert fetch_all_missed(at=world.later(seconds=60)) == 0
        assert fetch_all_missed(at=world.later(minutes=5)) > 0

    def test_goes_on_from_where_it_looked_last(self, world: World) -> None:
        health_of("stripe", at=world.at)
        lost_payment(world)
        fetch_all_missed(at=world.later(minutes=5))
        row = GatewayHealth.objects.get()
        assert row.watched_until == world.at - timedelta(minutes=2)
        assert row.watched_at == world.at
        assert fetch_all_missed(at=world.later(minutes=5)) == 0

    def test_a_gateway_that_does_not_answer_is_asked_again(self, world: World) -> None:
        health_of("stripe", at=world.at)
        lost_payment(world)
        watched = GatewayHealth.objects.get().watched_until
        world.refuse("/v1/events", method="GET")
        assert fetch_all_missed(at=world.later(minutes=5)) == 0
        assert GatewayHealth.objects.get().watched_until == watched
        assert fetch_all_missed(at=world.later(seconds=1)) > 0


class TestFetchMissed:
    def test_stops_at_its_limit_and_says_so(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(missed, "BATCH", 1)
        began = world.at - timedelta(minutes=1)
        row = health_of("stripe", at=began)
        lost_payment(world)
        at = world.later(minutes=5)
        first = fetch_missed(account="stripe", since=began, at=at, follow=row, most=1)
        assert (first.listed, first.new, first.is_all) == (1, 1, False)
        rest = fetch_missed(account="stripe", since=began, at=at, follow=row)
        assert rest.is_all
        assert rest.new == rest.listed - 1

    def test_a_busy_account_is_not_read_from_the_same_event_for_ever(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """More events than the limit within the stretch that is read once more each time."""
        monkeypatch.setattr(missed, "BATCH", 1)
        health_of("stripe", at=world.at - timedelta(minutes=1))
        for _ in range(3):
            lost_payment(world)
        at, is_all = world.later(minutes=5), False
        marks: list[datetime] = []
        # As many turns as seconds in which events were made, at most: each one gets beyond the one before.
        while not is_all and len(marks) < len(world.all_events()):
            row = GatewayHealth.objects.get()
            since = row.watched_until - missed.OVERLAP
            is_all = fetch_missed(account="stripe", since=since, at=at, follow=row, most=2).is_all
            marks.append(GatewayHealth.objects.get().watched_until)
        assert WebhookEvent.objects.count() == len(world.all_events())
        assert len(marks) >= 2
        assert marks == sorted(set(marks))
        assert marks[-1] == at - missed.SETTLED

    def test_what_breaks_off_does_not_take_the_watermark_back(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lost_payment(world)
        row = health_of("stripe", at=world.later(seconds=30))
        monkeypatch.setattr(missed, "BATCH", 1)
        known = row.watched_until

        def crash(*args: object, **options: object) -> bool:
            raise RuntimeError

        kept = missed._keep
        monkeypatch.setattr(missed, "_keep", lambda *args, **options: (kept(*args, **options), crash()))
        with pytest.raises(RuntimeError):
            fetch_missed(account="stripe", since=known - missed.OVERLAP, at=world.later(minutes=5), follow=row)
        assert GatewayHealth.objects.get().watched_until == known
        assert WebhookEvent.objects.count() == 1

    def test_says_when_the_gateway_cannot_be_asked(self, world: World) -> None:
        world.refuse("/v1/events", method="GET")
        with pytest.raises(GatewayUnreachable):
            fetch_missed(account="stripe", since=world.at, at=world.at)


class TestCommand:
    def test_fetches_since_an_instant(self, world: World) -> None:
        lost_payment(world)
        out = StringIO()
        since = (world.at - timedelta(hours=1)).isoformat()
        fresh = WebhookEvent.objects.count()
        call_command("fetch_missed_events", gateway="stripe", since=since, stdout=out)
        assert "events listed" in out.getvalue()
        assert WebhookEvent.objects.count() == fresh  # made a moment ago: their delivery may be on its way

    @pytest.mark.parametrize(
        ("gateway", "since", "said"),
        [("nobody", "2026-11-20", "there is no gateway nobody"), ("stripe", "yesterday", "--since is not a date")],
    )
    def test_refuses_what_makes_no_sense(self, world: World, gateway: str, since: str, said: str) -> None:
        del world
        with pytest.raises(CommandError, match=said):
            call_command("fetch_missed_events", gateway=gateway, since=since)
