"""A refund that somebody made at the gateway takes over what we owe the same buyer: the buyer is never owed twice."""

from __future__ import annotations

import pytest
from django.db import transaction

from orders.order.models import Order
from payments.ledger.models import LedgerEntry
from payments.refunds.models import Refund
from payments.refunds.services.take_over import RefundInFlight, take_over_owed
from payments.refunds.services.tests.test_settle import bounced
from payments.refunds.tests.refunding import a_refund
from payments.tests.walking import AT, everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def outside(world: World, order: Order, amount_minor: int) -> Refund:
    """Made in the gateway's dashboard, of which we hear before our own is sent."""
    its_id = world.refund_outside(order, amount_minor)
    events = [each for each in world.new_events() if each["type"].startswith("refund.")]
    world.hear(events)
    return Refund.objects.get(gateway_refund_id=its_id)


class TestTakeOver:
    def test_all_that_was_owed_is_owed_no_more(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = bounced(world, order, 4_000)
        made = outside(world, order, 4_000)
        refund.refresh_from_db()
        assert (made.status, refund.status) == ("succeeded", "paid_otherwise")
        assert LedgerEntry.objects.filter(key=f"refund:{refund.public_id}:taken_over:{made.public_id}").exists()
        assert [(share.pot, share.amount_minor) for share in made.shares.all()] == [("escrow", 4_000)]
        assert not refund.shares.exists()

    def test_what_is_left_of_it_stays_owed(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = bounced(world, order, 4_000)
        made = outside(world, order, 1_500)
        refund.refresh_from_db()
        assert (made.amount_minor, refund.status, refund.amount_minor) == (1_500, "failed", 2_500)
        assert [share.amount_minor for share in (*made.shares.all(), *refund.shares.all())] == [1_500, 2_500]

    def test_what_it_gives_beyond_is_taken_where_a_refund_takes_it(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = bounced(world, order, 1_000)
        made = outside(world, order, 4_000)
        refund.refresh_from_db()
        assert (refund.status, sum(share.amount_minor for share in made.shares.all())) == ("paid_otherwise", 4_000)
        (hold,) = world.holds(order)
        assert hold.returned_minor == 4_000


@pytest.mark.broken_books
class TestNothingToTakeOver:
    """Rows alone: no ledger stands behind them."""

    def take_over(self, refund: Refund) -> int:
        with transaction.atomic():
            return take_over_owed(refund=refund, actor="test", at=AT)

    @pytest.mark.parametrize("status", ["requested", "pending", "succeeded", "rejected", "cancelled", "voided"])
    def test_what_may_still_arrive_or_is_not_owed_stays_as_it_is(self, status: str) -> None:
        other = a_refund(status=status, succeeded_at=AT)
        refund = a_refund(other.payment, cause="external")
        a_refund(status="approved")  # of another payment
        before = everything()
        assert self.take_over(refund) == 0
        assert everything() == before

    def test_while_one_is_being_sent_nobody_knows_yet(self) -> None:
        sending = a_refund(status="sending")
        a_refund(sending.payment, status="approved")
        refund = a_refund(sending.payment, cause="external")
        before = everything()
        with pytest.raises(RefundInFlight):
            self.take_over(refund)
        assert everything() == before
