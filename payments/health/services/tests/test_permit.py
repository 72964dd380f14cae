"""Whether money may be asked of a gateway: as its breaker stands, an operator's word above it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from payments.charges.services.start import ensure_account
from payments.health.models import GatewayHealth
from payments.health.rules import PROBES
from payments.health.services.permit import give_back, may_charge_unattended, may_start

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def health(**fields: Any) -> GatewayHealth:
    return GatewayHealth.objects.create(
        account=ensure_account("stripe"), since=AT, last_event_at=AT, watched_until=AT, **fields
    )


class TestMayStart:
    @pytest.mark.parametrize(
        ("fields", "may"),
        [
            ({"status": "closed"}, True), ({"status": "open"}, False),
            ({"status": "open", "forced": "closed"}, True), ({"status": "closed", "forced": "open"}, False),
            ({"status": "half_open", "probes_left": 0}, False), ({"status": "half_open", "probes_left": 1}, True),
            ({"status": "half_open", "probes_left": 0, "forced": "closed"}, True),
        ],
    )  # fmt: skip
    def test_as_its_breaker_stands(self, fields: dict[str, Any], may: bool) -> None:
        health(**fields)
        verdict = may_start("stripe")
        assert (bool(verdict), verdict.code) == (may, "" if may else "gateway_paused")

    def test_half_open_a_few_may_try(self) -> None:
        row = health(status="half_open", probes_left=2)
        assert [bool(may_start("stripe")) for _ in range(3)] == [True, True, False]
        row.refresh_from_db()
        assert row.probes_left == 0

    def test_a_closed_one_gives_no_permissions_away(self) -> None:
        row = health(status="closed", probes_left=2)
        assert may_start("stripe")
        row.refresh_from_db()
        assert row.probes_left == 2

    def test_nothing_speaks_against_one_that_was_never_measured(self) -> None:
        health(status="open")
        assert may_start("razorpay")
        assert may_charge_unattended("razorpay")


class TestGiveBack:
    @pytest.mark.parametrize(
        ("fields", "left"),
        [
            ({"status": "half_open", "probes_left": 0}, 1),
            ({"status": "half_open", "probes_left": PROBES}, PROBES),  # never more than there were
            ({"status": "open", "probes_left": 0}, 0),
            ({"status": "half_open", "probes_left": 0, "forced": "closed"}, 0),
        ],
    )
    def test_is_for_the_next_one_while_it_is_half_open(self, fields: dict[str, Any], left: int) -> None:
        row = health(**fields)
        give_back("stripe")
        row.refresh_from_db()
        assert row.probes_left == left


class TestMayChargeUnattended:
    @pytest.mark.parametrize(
        ("fields", "may"),
        [
            ({"status": "closed"}, True), ({"status": "open"}, False), ({"status": "half_open"}, False),
            ({"status": "open", "forced": "closed"}, True), ({"status": "closed", "forced": "open"}, False),
        ],
    )  # fmt: skip
    def test_only_where_the_gateway_is_well(self, fields: dict[str, Any], may: bool) -> None:
        row = health(**fields, probes_left=1)
        assert bool(may_charge_unattended("stripe")) is may
        row.refresh_from_db()
        assert row.probes_left == 1
