"""Where the money is, and what of it waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.admin.panel import Panel, Tone
from config.ops.metrics import truth_broken
from config.ops.models import StoredGauge
from orders.fulfilment.services import deliver
from payments import panels
from payments.charges.models import Payment
from payments.escrow.models import EscrowHold
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.freeze import freeze_hold
from payments.escrow.services.release import complete_fulfilment
from payments.refunds.models import Refund, RefundShare
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_cache(settings: Any) -> Iterator[None]:
    """The sums are shared by all processes on one Redis; a test shares them with nobody."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    yield
    cache.clear()


def shown(panel: Panel) -> dict[str, str]:
    return {figure.label: figure.value for figure in panel.figures}


class TestMoneyByState:
    def test_says_what_is_held_owed_and_on_its_way_back(self, world: World) -> None:
        world.paid_order(10_000, currency="USD")
        world.paid_order(5_000, currency="INR")
        released = world.fulfilments(world.paid_order(20_000))[0]
        deliver(fulfilment=released, actor="user:s", by_staff=False, at=world.at, policy=settings.POLICY)
        complete_fulfilment(fulfilment_pk=released.pk, actor="user:b", at=world.at)
        frozen = world.holds(world.paid_order(900))[0]
        freeze_hold(hold_pk=frozen.pk, reason="operator", actor="x", note="", at=world.at)
        late = world.fulfilments(world.paid_order(700))[0]
        cancel_fulfilment(fulfilment_pk=late.pk, actor="x", reason="", at=world.at)
        panel = panels.money_by_state(world.at)
        held = [figure.value for figure in panel.figures if figure.label == "In escrow"]
        assert held == ["₹50.00", "$100.00"]
        found = shown(panel)
        assert found["In escrow, frozen"] == "$9.00"
        assert found["Owed to payees"] == "$177.00"  # 200 less 10 % and 1.5 %
        assert found["Refunds on their way"] == "$7.00"
        assert "Unapplied" not in found
        assert "Away by disputes" not in found
        assert all(figure.url.startswith("/admin/payments/") for figure in panel.figures)

    def test_says_what_disputes_have_away_until_it_is_lost(self, world: World) -> None:
        _, dispute_id = world.disputed_order(3_000)
        assert shown(panels.money_by_state(world.at))["Away by disputes"] == "$30.00"
        world.decide(dispute_id, "lose")
        world.hear()
        cache.clear()
        assert "Away by disputes" not in shown(panels.money_by_state(world.at))

    def test_of_no_money_says_so(self) -> None:
        assert shown(panels.money_by_state(timezone.now())) == {"In escrow": "nothing"}

    def test_is_read_once_in_fifteen_seconds(self, world: World) -> None:
        world.paid_order(10_000)
        first = panels.money_by_state(world.at)
        with CaptureQueriesContext(connection) as captured:
            assert panels.money_by_state(world.at) == first
        assert len(captured) == 0

    def test_reads_no_history(self, world: World) -> None:
        with CaptureQueriesContext(connection) as captured:
            panels.money_by_state(world.at)
        assert len(captured) == 5
        assert not any("ledger" in query["sql"] for query in captured)


class TestFailedRefunds:
    def test_names_amount_and_why(self, world: World) -> None:
        cancel_fulfilment(
            fulfilment_pk=world.fulfilments(world.paid_order(700))[0].pk, actor="x", reason="", at=world.at
        )
        Refund.objects.update(status="failed", failure_code="expired_or_canceled_card")
        work = panels.failed_refunds(world.at)
        Refund.objects.update(status="approved", failure_code="")
        assert (work.count, work.tone) == ("1", Tone.BAD)
        assert (work.items[0].label, work.items[0].detail) == ("$7.00 to a buyer", "expired or canceled card")
        assert work.url == "/admin/payments/refund/?status__exact=failed"

    def test_is_quiet_otherwise(self, world: World) -> None:
        assert panels.failed_refunds(world.at).items == ()


class TestUnappliedMoney:
    @pytest.mark.broken_books
    def test_finds_what_no_refund_takes(self, world: World) -> None:
        payment = world.payment(world.paid_order(10_000))
        Payment.objects.filter(pk=payment.pk).update(captured_minor=10_500)
        work = panels.unapplied_money(world.at)
        assert work.items[0].label == "$5.00 is nobody's"
        assert work.items[0].url == f"/admin/payments/payment/{payment.pk}/change/"

    @pytest.mark.broken_books
    def test_a_refund_of_applied_money_hides_nothing(self, world: World) -> None:
        order = world.paid_order(10_000)
        cancel_fulfilment(fulfilment_pk=world.fulfilments(order)[0].pk, actor="x", reason="", at=world.at)
        Payment.objects.update(captured_minor=10_500)
        assert len(panels.unapplied_money(world.at).items) == 1
        refund = Refund.objects.get()
        RefundShare.objects.create(refund=refund, pot="unapplied", amount_minor=500)
        assert panels.unapplied_money(world.at).items == ()
        Refund.objects.update(status="voided")
        assert len(panels.unapplied_money(world.at).items) == 1

    def test_is_quiet_while_the_machine_gives_it_back(self, world: World) -> None:
        world.paid_order(10_000)
        assert panels.unapplied_money(world.at).items == ()


class TestHoldsThatMustLeave:
    def test_names_whose_money_and_by_when(self, world: World) -> None:
        hold = world.holds(world.paid_order(10_000))[0]
        assert panels.holds_that_must_leave(world.at).items == ()
        EscrowHold.objects.filter(pk=hold.pk).update(must_leave_by=world.at + timedelta(days=3))
        work = panels.holds_that_must_leave(world.at)
        assert work.items[0].label == f"$100.00 for {hold.payee.email}"
        assert work.items[0].detail == "held; must leave in 3 days"


class TestBrokenTruths:
    def test_names_what_the_last_proof_found(self, world: World) -> None:
        truth_broken("entries balance", False)
        assert panels.broken_truths(world.now()).items == ()
        truth_broken("escrow is what holds keep", True)
        work = panels.broken_truths(world.now())
        assert [item.label for item in work.items] == ["escrow is what holds keep"]
        assert work.tone == Tone.BAD

    def test_a_proof_that_did_not_run_is_no_proof(self, world: World) -> None:
        truth_broken("entries balance", False)
        StoredGauge.objects.update(measured_at=world.now() - timedelta(hours=7))
        assert [item.label for item in panels.broken_truths(world.now()).items] == ["The books were not proved lately"]
