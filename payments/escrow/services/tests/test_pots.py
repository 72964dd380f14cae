"""Money taken out of a hold and put back there, wherever it is by now: what went comes back to the unit."""

from __future__ import annotations

import pytest
from django.db import transaction

from orders.order.models import Order
from orders.order.queries import lock_order
from payments.escrow.models import EscrowHold
from payments.escrow.services.freeze import freeze_hold
from payments.escrow.services.pots import Counted, put_back, take_out
from payments.ledger.models import PayeeBalance
from payments.ledger.refund_recipes import RefundPart
from payments.tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broken_books]  # the entry itself is not posted here


def moved(order: Order, verb: str, minor: int, *, counted: Counted = "lost_minor") -> RefundPart:
    with transaction.atomic():
        lock_order(order.public_id)
        hold = EscrowHold.objects.select_for_update(of=("self",)).select_related("fulfilment__order").get()
        act = {"out": take_out, "back": put_back}[verb]
        return act(hold, minor, counted=counted, actor="test", reason="test", at=hold.opened_at)


def of_the_hold() -> tuple[str, int, int, int]:
    hold = EscrowHold.objects.get()
    return hold.status, hold.remaining_minor, hold.returned_minor, hold.lost_minor


class TestWhileHeld:
    @pytest.mark.parametrize("counted", ["lost_minor", "returned_minor"])
    def test_part_by_part_and_back(self, world: World, counted: Counted) -> None:
        order = world.paid_order(10_000)
        for minor in (4_000, 6_000):
            part = moved(order, "out", minor, counted=counted)
            assert (part.amount.amount_minor, part.waterfall) == (minor, None)
        assert of_the_hold()[:2] == ("returned", 0)
        assert getattr(EscrowHold.objects.get(), counted) == 10_000
        for minor in (1, 9_999):
            assert moved(order, "back", minor, counted=counted).waterfall is None
        assert of_the_hold() == ("held", 10_000, 0, 0)
        assert not order.lines.exclude(refunded_minor=0).exists()

    def test_put_back_it_is_frozen_where_a_reason_still_stands(self, world: World) -> None:
        order = world.paid_order(10_000)
        freeze_hold(hold_pk=world.holds(order)[0].pk, reason="operator", actor="test", note="", at=world.at)
        moved(order, "out", 10_000)
        assert of_the_hold()[0] == "returned"
        moved(order, "back", 10_000)
        assert of_the_hold() == ("frozen", 10_000, 0, 0)


class TestAfterTheRelease:
    def test_fees_and_the_rest_are_the_same_both_ways(self, world: World) -> None:
        order = world.released_order(3_333)
        out, back = moved(order, "out", 3_333), moved(order, "back", 3_333)
        assert out.waterfall == back.waterfall
        assert out.waterfall is not None
        assert (out.waterfall.platform_fee.amount_minor, out.waterfall.gateway_fee.amount_minor) == (333, 49)
        assert out.waterfall.payable.amount_minor == 3_333 - 333 - 49
        assert of_the_hold() == ("released", 0, 0, 0)

    def test_in_steps_the_fees_are_given_back_cumulatively(self, world: World) -> None:
        order = world.released_order(3_333)
        parts = [moved(order, "out", minor) for minor in (1, 1_110, 2_222)]
        falls = [part.waterfall for part in parts if part.waterfall]
        assert [fall.platform_fee.amount_minor for fall in falls] == [0, 111, 222]
        assert sum(fall.platform_fee.amount_minor for fall in falls) == 333

    def test_what_the_payee_does_not_have_they_owe(self, world: World) -> None:
        order = world.released_order(10_000)
        PayeeBalance.objects.update(payable_minor=100, reserve_minor=50)
        fall = moved(order, "out", 10_000).waterfall
        assert fall is not None
        assert (fall.payable.amount_minor, fall.reserve.amount_minor, fall.receivable.amount_minor) == (100, 50, 8_700)

    def test_where_more_of_the_fees_is_due_than_comes_back_the_payee_adds_it(self, world: World) -> None:
        """Of 2,000 at 10 % and 1.5 %, one unit at the right place floors two fees at once."""
        order = world.released_order(2_000)
        moved(order, "out", 2_000)
        PayeeBalance.objects.update(payable_minor=0, reserve_minor=0)
        for _ in range(66):
            moved(order, "back", 1)
        owed = [moved(order, "back", 1).waterfall for _ in range(1_934)]
        least = min(fall.payable.amount_minor for fall in owed if fall)
        most = max(-fall.receivable.amount_minor for fall in owed if fall)
        assert (least, most) == (0, 1)


class TestRefusals:
    def test_more_than_it_has_changes_nothing(self, world: World) -> None:
        order = world.paid_order(10_000)
        with pytest.raises(Exception, match="would be given back"):
            moved(order, "out", 10_001)
        with pytest.raises(Exception, match="would be given back"):
            moved(order, "back", 1)
        assert of_the_hold() == ("held", 10_000, 0, 0)
