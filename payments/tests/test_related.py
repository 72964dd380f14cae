"""Tables of what belongs together look the same on every page."""

from __future__ import annotations

from typing import Any

import pytest

from config.admin.history import subject_of
from config.calls.models import GatewayCall
from payments.charges.models import Payment
from payments.escrow.services.cancel import cancel_fulfilment
from payments.ledger.models import LedgerLine
from payments.refunds.models import Refund
from payments.related import (
    booked,
    calls_table,
    entries_table,
    events_table,
    method_of,
    payments_table,
    refunds_table,
    sides,
)
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def flat(rows: tuple[tuple[object, ...], ...]) -> str:
    return "\n".join(" | ".join(str(value) for value in row) for row in rows)


class TestPayments:
    def test_say_how_and_why_not(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order), method="pm_card_chargeDeclined")
        world.hear()
        text = flat(payments_table([world.payment(order)]).rows)
        assert "failed" in text
        assert "card declined" in text or "generic decline" in text

    def test_show_no_more_of_a_card_than_its_last_digits(self) -> None:
        assert method_of(Payment(method="card", network="visa", last4="4242")) == "card visa •••• 4242"
        assert method_of(Payment(method="upi")) == "upi"
        assert method_of(Payment()) == "–"


class TestRefunds:
    def test_say_why_one_failed_and_nothing_of_one_that_did_not(self, world: World) -> None:
        cancel_fulfilment(
            fulfilment_pk=world.fulfilments(world.paid_order(700))[0].pk, actor="x", reason="", at=world.at
        )
        refund = Refund.objects.get()
        refund.failure_code = "expired_or_canceled_card"
        assert "expired" not in flat(refunds_table([refund]).rows)
        refund.status = "failed"
        assert "expired or canceled card" in flat(refunds_table([refund]).rows)


class TestEntries:
    def test_stand_with_both_sides_the_newest_first(self, world: World) -> None:
        payment = world.payment(world.paid_order(10_000, 3_333))
        table = entries_table([payment.public_id])
        assert [column.label for column in table.columns] == ["Entry", "Posted", "Account", "Of", "Debit", "Credit"]
        capture = [row for row in table.rows if row[2] in ("clearing", "escrow")]
        assert [(row[4], row[5]) for row in capture] == [("$133.33", ""), ("", "$100.00"), ("", "$33.33")]
        assert capture[0][0] != ""
        assert capture[1][0] == "", "the entry is named once"

    def test_of_one_row_alone_for_those_who_see_the_books(self, world: World) -> None:
        payment, other = (world.payment(world.paid_order(amount)) for amount in (10_000, 3_333))
        assert booked.code == "ledger.view"
        table: Any = booked.show(payment, world.at)
        assert table == entries_table([payment.public_id])
        assert table != entries_table([other.public_id])

    def test_of_nothing_are_said_to_be_none(self) -> None:
        assert entries_table([]).rows == ()

    def test_sides(self) -> None:
        assert sides(LedgerLine(amount_minor=500, currency="INR")) == ("₹5.00", "")
        assert sides(LedgerLine(amount_minor=-500, currency="INR")) == ("", "₹5.00")


class TestCalls:
    def test_are_those_of_the_subjects_alone(self, world: World) -> None:
        mine, other = world.order(10_000), world.order(500)
        world.start(mine)
        world.start(other)
        text = flat(calls_table([subject_of(mine)]).rows)
        assert mine.public_id in text
        assert other.public_id not in text
        assert GatewayCall.objects.count() == 2
        assert calls_table([]).rows == ()


class TestEvents:
    def test_are_those_about_the_gateways_objects(self, world: World) -> None:
        payment = world.payment(world.paid_order(10_000))
        other = world.payment(world.paid_order(500))
        text = flat(events_table("stripe", [payment.gateway_payment_id, None, ""]).rows)
        assert "payment_intent.succeeded" in text
        assert other.public_id not in text
        assert events_table("elsewhere", [payment.gateway_payment_id]).rows == ()
        assert events_table("stripe", [None]).rows == ()
