"""A rail whose webhooks fall silent is seen by what had to be asked for, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as project

from config.accounts.roles import Role
from config.admin.panel import Tone
from config.admin.tests.operators import as_role, confirm, page_of, text_of
from config.kernel import clock
from config.ops.gauges import key
from config.outbox.models import OutboxJob
from config.settings.gateways import GatewayCredentials
from payments.gauges import gateways as gauges
from payments.health.models import GatewayHealth
from payments.health.panels import gateways, gateways_to_look_at
from payments.health.services.measure import health_of, measure_gateways
from payouts.payees.models import Destination
from payouts.payees.services.known import refresh_due
from payouts.payout.models import Payout
from payouts.payout.services.follow import ask_paid, list_payouts
from payouts.rails.contract import RailState
from payouts.rails.registry import rail_for
from payouts.rails.untold import note_untold
from payouts.tests.connect_world import ConnectWorld
from payouts.tests.payout_world import PayoutWorld
from payouts.tests.razorpayx_world import RazorpayXWorld

pytestmark = pytest.mark.django_db


def health(account: str) -> GatewayHealth:
    return GatewayHealth.objects.get(account__code=account)


def told_once(world: RazorpayXWorld) -> datetime:
    """RazorpayX told of a payout, and was heard. Returns when."""
    world.at = clock.now()
    measure_gateways(at=world.at)
    world.top_up(1_000_000)
    world.paid_out()
    world.settle()
    measure_gateways(at=world.at)
    assert health("razorpayx").first_event_at is not None
    return health("razorpayx").last_event_at


def untold(world: RazorpayXWorld, *, at: datetime) -> Payout:
    """One more is paid there, and only the list says so."""
    payout = world.paid_out()
    rail_for("razorpayx").get_float(currency="INR")  # whatever is due there is done
    assert list_payouts(at=at) == 1
    return world.again(payout)


class TestRazorpayX:
    def test_has_fallen_silent_where_a_payout_had_to_be_found(self, razorpayx: RazorpayXWorld) -> None:
        heard_at = told_once(razorpayx)
        assert untold(razorpayx, at=heard_at + timedelta(hours=1)).status == "paid"
        measure_gateways(at=heard_at + timedelta(hours=1, minutes=10))  # its event may only be late
        assert (health("razorpayx").missed, health("razorpayx").silent_since) == (1, None)
        late = heard_at + timedelta(hours=1, minutes=11)
        measure_gateways(at=late)
        assert (health("razorpayx").missed, health("razorpayx").silent_since) == (1, late)

    def test_and_speaks_again_with_its_next_event(self, razorpayx: RazorpayXWorld) -> None:
        heard_at = told_once(razorpayx)
        untold(razorpayx, at=heard_at + timedelta(hours=1))
        measure_gateways(at=heard_at + timedelta(hours=7))
        assert health("razorpayx").silent_since is not None
        razorpayx.settle()
        measure_gateways(at=heard_at + timedelta(hours=8))
        assert (health("razorpayx").missed, health("razorpayx").silent_since) == (0, None)

    def test_is_not_called_silent_while_nobody_is_paid(self, razorpayx: RazorpayXWorld) -> None:
        """A gateway of its manner would be: its pauses say something."""
        heard_at = told_once(razorpayx)
        health_of("stripe", at=heard_at)
        known = {"first_event_at": heard_at - timedelta(days=30), "longest_gap_s": 36_000.0, "usual_gap_s": 60.0}
        GatewayHealth.objects.update(last_event_at=heard_at, **known)
        measure_gateways(at=heard_at + timedelta(days=20))
        assert (health("razorpayx").silent_since, health("stripe").silent_since is None) == (None, False)

    def test_what_no_list_found_anew_is_not_missed(self, razorpayx: RazorpayXWorld) -> None:
        heard_at = told_once(razorpayx)
        list_payouts(at=heard_at + timedelta(hours=1))
        assert health("razorpayx").missed == 0


class TestStripeConnect:
    def test_a_payout_that_came_back_untold_counts_for_who_listens_to_payees_accounts(
        self, connect: ConnectWorld
    ) -> None:
        payout = connect.paid()
        connect.bank(payout, "fail")
        late = connect.world.at + timedelta(hours=25)
        assert ask_paid(at=late) == 1
        row = health("stripe-connect")
        assert (row.missed, row.missed_since) == (1, late)
        assert not GatewayHealth.objects.filter(account__code="stripe", missed__gt=0).exists()

    def test_so_does_an_account_that_was_found_complete(self, connect: ConnectWorld) -> None:
        payee = connect.payee()
        Destination.objects.filter(payee=payee).update(status="verifying", details=b"sealed")
        assert refresh_due(at=connect.world.at) == 1
        assert Destination.objects.get(payee=payee).status != "verifying"
        assert health("stripe-connect").missed == 1

    def test_one_that_stands_as_it_stood_does_not(self, connect: ConnectWorld) -> None:
        payee = connect.payee()
        Destination.objects.filter(payee=payee).update(status="suspended", details=b"sealed", account_id="acct_unknown")
        refresh_due(at=connect.world.at)
        assert Destination.objects.get(payee=payee).status == "suspended"
        assert not GatewayHealth.objects.exists()


@pytest.fixture
def listening(payouts: PayoutWorld, settings: Any) -> PayoutWorld:
    """The rail on paper has somebody who listens to it."""
    paper = replace(project.RAIL_ACCOUNTS["paper"], told_by="listener")
    listener = GatewayCredentials(
        code="listener", gateway="razorpay", api_base="", livemode=False, secret_key="", webhook_secrets=("s" * 16,)
    )
    settings.RAIL_ACCOUNTS = {**project.RAIL_ACCOUNTS, "paper": paper}
    settings.LISTENING_ACCOUNTS = {"listener": listener}
    return payouts


class TestAsking:
    def test_a_payout_whose_end_had_to_be_asked_for_counts(self, listening: PayoutWorld) -> None:
        payout = listening.sent()
        listening.rail.become(RailState.PAID, reference="UTR77")
        listening.later(minutes=61)
        listening.work()
        assert listening.again(payout).status == "paid"
        assert health("listener").missed == 1

    def test_one_that_is_still_undecided_does_not(self, listening: PayoutWorld) -> None:
        listening.sent()
        listening.later(minutes=61)
        listening.work()
        assert not GatewayHealth.objects.exists()


class TestNoteUntold:
    def test_what_nobody_listens_to_is_not_counted(self, payouts: PayoutWorld, settings: Any) -> None:
        settings.LISTENING_ACCOUNTS = {}
        assert [note_untold(rail_account=code, at=payouts.at) for code in ("paper", "bank:main", "unknown")] == [
            False, False, False
        ]  # fmt: skip
        assert not GatewayHealth.objects.exists()

    def test_the_first_one_is_dated_and_the_next_are_counted(self, listening: PayoutWorld) -> None:
        for minutes in (0, 5):
            assert note_untold(rail_account="paper", at=listening.at + timedelta(minutes=minutes))
        assert (health("listener").missed, health("listener").missed_since) == (2, listening.at)


@pytest.fixture
def silent(listening: PayoutWorld) -> GatewayHealth:
    health_of("stripe", at=listening.at)
    for _ in range(3):
        note_untold(rail_account="paper", at=listening.at)
    measure_gateways(at=listening.at + timedelta(hours=7))
    return health("listener")


class TestShown:
    def test_it_is_on_the_overview_and_in_the_metrics(self, silent: GatewayHealth, listening: PayoutWorld) -> None:
        (item,) = gateways_to_look_at(listening.at).items
        assert item.label == "listener"
        assert "3 events had to be fetched" in item.detail
        figures = {each.label: each for each in gateways(listening.at).figures}
        assert (figures["listener"].value, figures["listener"].tone) == ("tells of payouts, silent", Tone.BAD)
        assert figures["stripe"].value == "open for payments"

    def test_it_is_a_gauge_and_has_no_breaker(self, silent: GatewayHealth, listening: PayoutWorld) -> None:
        readings = gauges(listening.at)
        assert readings[key("holdfast_gateway_silent", account="listener")] == 1
        assert readings[key("holdfast_gateway_silent", account="stripe")] == 0
        assert key("holdfast_gateway_breaker_open", account="stripe") in readings
        assert key("holdfast_gateway_breaker_open", account="listener") not in readings

    def test_it_is_announced_once(self, silent: GatewayHealth, listening: PayoutWorld) -> None:
        since = silent.silent_since
        measure_gateways(at=listening.at + timedelta(hours=8))
        assert health("listener").silent_since == since
        assert not OutboxJob.objects.exists()  # announced, and nobody listens

    def test_its_page_offers_no_breaker_to_hold(self, silent: GatewayHealth) -> None:
        client = as_role(Role.OPERATIONS)
        text = text_of(client.get(page_of(silent)))
        assert "tells of payouts, silent" in text
        assert "Keep open for payments" not in text
        text_of(confirm(client, silent, "force_open", reason="it is not told"))
        silent.refresh_from_db()
        assert silent.forced == ""
        assert "Shut…" in text_of(client.get(page_of(health("stripe"))))
