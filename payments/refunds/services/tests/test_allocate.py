"""Taking refunds out of their pots: locks in one order, whatever the order of the sellers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import pytest
from django.db import OperationalError, transaction

from config.tests.together import somebody_waits_for_a_lock, wait_for
from orders.order.models import Order
from orders.order.queries import lock_order
from orders.tests.factories import item, make_order, make_product
from orders.tests.together import TIMEOUT_S, together
from payments.charges.queries import lock_payment
from payments.escrow.models import EscrowHold
from payments.gateways.refund_views import RefundState, RefundView
from payments.ledger.models import LedgerEntry, PayeeBalance
from payments.ledger.queries import balance_minor
from payments.ledger.services import lock_balance
from payments.refunds.models import Refund, RefundShare
from payments.refunds.services import allocate as room
from payments.refunds.services.record import record_seen
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def orders(world: World) -> list[Order]:
    """Two orders over the same two sellers, each with them in an order of its own; all of it released."""
    one, two = make_product(prices={"USD": 10_000}), make_product(prices={"USD": 10_000})
    made = []
    for products in ((one, two), (two, one)):
        order = make_order(*(item(product) for product in products), currency="USD", at=world.at)
        world.pay(world.start(order))
        world.hear()
        world.hand_over(order)
        world.complete(order)
        made.append(order)
    first, second = ([hold.owner for hold in world.holds(order)] for order in made)
    assert first == second[::-1]
    return made


def refund_outside(world: World, order: Order) -> Callable[[], str]:
    """What hearing of an external refund does, without the queue around it."""
    payment = world.payment(order)
    view = RefundView(
        refund_id=f"re_{order.public_id}", our_id="", charge_id=payment.charge_id,
        gateway_payment_id=payment.gateway_payment_id or "", state=RefundState.SUCCEEDED, amount=payment.amount,
        at=world.at,
    )  # fmt: skip
    return lambda: record_seen(payment=payment, refund=None, view=view, actor="test", at=world.at)


class TestLocks:
    def test_two_refunds_over_the_same_sellers_never_wait_in_a_circle(
        self, world: World, orders: list[Order], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever has a first balance goes on only when the other has one too, or waits for it."""
        have_one: set[int] = set()

        def slowly(owner: str, currency: str) -> PayeeBalance:
            row, me = lock_balance(owner, currency), threading.get_ident()
            is_first = me not in have_one
            have_one.add(me)
            if is_first:
                wait_for(lambda: len(have_one) == 2 or somebody_waits_for_a_lock(), "the other has one too, or waits")
            return row

        monkeypatch.setattr(room, "lock_balance", slowly)
        outcomes = together([refund_outside(world, order) for order in orders])
        assert [type(outcome) for outcome in outcomes] == [str, str], outcomes
        assert set(PayeeBalance.objects.values_list("payable_minor", "receivable_minor")) == {(0, 0)}
        assert balance_minor("platform_fees", currency="USD") == 0

    def test_negative_control_in_the_order_of_the_holds_is_a_deadlock(
        self, world: World, orders: list[Order], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        both_hold_one = threading.Barrier(2)

        def in_order_of_holds(holds: Mapping[int, int]) -> list[EscrowHold]:
            found = list(
                EscrowHold.objects.select_for_update(of=("self",))
                .select_related("fulfilment__order")
                .filter(pk__in=list(holds))
                .order_by("pk")
            )
            lock_balance(found[0].owner, "USD")
            both_hold_one.wait(TIMEOUT_S)
            lock_balance(found[1].owner, "USD")
            return found

        monkeypatch.setattr(room, "lock_pots", in_order_of_holds)
        outcomes = together([refund_outside(world, order) for order in orders])
        broken = [outcome for outcome in outcomes if isinstance(outcome, OperationalError)]
        assert len(broken) == 1
        assert "deadlock detected" in str(broken[0])
        assert Refund.objects.filter(cause="external").count() == 1


class TestShares:
    def test_say_which_pot_gave_what(self, world: World) -> None:
        """One hold released, the other held, and 500 more than all of it: 20,500 of 20,000."""
        order = world.paid_order(10_000, 10_000)
        part = world.fulfilments(order)[0]
        world.hand_over_part(part)
        world.complete_part(part)
        payment = world.payment(order)
        refund = Refund.objects.create(
            payment=payment, gateway_account=payment.gateway_account, amount_minor=20_500, currency="USD",
            status="approved", cause="external", cause_key="x", requested_by="test", created_at=world.at,
        )  # fmt: skip
        released, held = world.holds(order)
        with transaction.atomic():
            lock_order(order.public_id)
            lock_payment(payment.pk)
            room.allocate(
                refund=refund, unapplied_minor=0, holds={released.pk: 10_000, held.pk: 10_000}, loss_minor=500,
                actor="test", at=world.at,
            )  # fmt: skip
        shares = RefundShare.objects.order_by("pk").values_list("pot", "hold_id", "amount_minor")
        assert list(shares) == [("released", released.pk, 10_000), ("escrow", held.pk, 10_000), ("loss", None, 500)]
        entry = LedgerEntry.objects.get(event="refund_allocated")
        assert sorted(entry.lines.values_list("account", "amount_minor")) == [
            ("chargeback_losses", 500), ("escrow", 10_000), ("fees_recovered", 150), ("payable", 8_850),
            ("platform_fees", 1_000), ("refunds", -20_500),
        ]  # fmt: skip
        assert [hold.status for hold in world.holds(order)] == ["released", "returned"]
