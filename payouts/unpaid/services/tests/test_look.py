"""Each payee's unpaid money is looked at, and the alarm is raised once, before the limit."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from config.outbox.models import OutboxJob
from payments.escrow.models import EscrowHold
from payments.tests.world import World
from payouts.payees.models import Payee
from payouts.payees.services.ensure import find_earners
from payouts.payees.tests.paying import give, make_payee
from payouts.unpaid import panels
from payouts.unpaid.models import UnpaidMoney
from payouts.unpaid.services.look import look_at, look_at_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hold(world: World) -> EscrowHold:
    """A sale of 100 dollars that was released and not paid, from Stripe, which lets it wait for 90 days."""
    hold = world.holds(world.released_order(10_000))[0]
    find_earners(at=world.at)
    return hold


def _alarms(caplog: Any) -> int:
    return sum("must be paid soon" in record.message for record in caplog.records)


class TestLook:
    def test_fresh_money_is_known_and_nobody_is_called(self, world: World, hold: EscrowHold, caplog: Any) -> None:
        with caplog.at_level(logging.ERROR):
            assert look_at_all(at=world.at) == 0
        row = UnpaidMoney.objects.get()
        assert (row.owner, row.must_leave_by, row.alarmed_for) == (hold.owner, hold.must_leave_by, None)
        assert _alarms(caplog) == 0
        assert panels.money_that_must_be_paid(world.at).items == ()

    def test_before_the_limit_the_alarm_is_raised_once(self, world: World, hold: EscrowHold, caplog: Any) -> None:
        at = hold.must_leave_by - timedelta(days=6)
        with caplog.at_level(logging.ERROR):
            assert [look_at_all(at=at + timedelta(hours=hours)) for hours in (0, 6, 12)] == [1, 0, 0]
        assert _alarms(caplog) == 1
        work = panels.money_that_must_be_paid(at)
        assert work.count == "1"
        assert "the oldest of it must leave in 6 days" in work.items[0].detail

    def test_what_was_paid_meanwhile_is_forgotten(self, world: World, hold: EscrowHold) -> None:
        look_at_all(at=world.at)
        payee = Payee.objects.get()
        row = UnpaidMoney.objects.get()
        with transaction.atomic():
            give(payee, -row.amount_minor, currency="USD")
        assert look_at(owner=payee.owner, currency="USD", at=world.at) is False
        assert not UnpaidMoney.objects.exists()

    def test_another_deadline_is_another_alarm(self, world: World, hold: EscrowHold) -> None:
        at = hold.must_leave_by - timedelta(days=3)
        assert look_at_all(at=at) == 1
        EscrowHold.objects.filter(pk=hold.pk).update(must_leave_by=hold.must_leave_by - timedelta(days=1))
        assert look_at_all(at=at) == 1

    def test_money_of_no_sale_has_no_gateway_that_minds(self, world: World) -> None:
        with transaction.atomic():
            give(make_payee(), 700)
        assert look_at_all(at=world.at + timedelta(days=400)) == 0
        assert not UnpaidMoney.objects.exists()
        assert not OutboxJob.objects.filter(topic="unpaid.must_leave").exists()
