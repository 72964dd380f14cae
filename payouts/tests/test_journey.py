"""From a sale to a payout that is paid, to a late refund, to its recovery from the next earnings: every line of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.accounts.models import User
from orders.order.models import Order
from orders.tests.factories import make_product
from payments.ledger.checks import broken_truths
from payments.ledger.models import LedgerLine
from payments.refunds.services.tests.test_by_staff import ask, policy
from payments.tests.world import World
from payouts.payees.models import Payee, PayeeKind
from payouts.payees.services.ensure import ensure_payee
from payouts.payout.models import Payout
from payouts.payout.services.freeze import PayoutNotPossible
from payouts.rails.contract import RailState
from payouts.rails.registry import rail_for
from payouts.tests.payout_world import a_destination
from payouts.tests.razorpayx_world import RazorpayXWorld

pytestmark = pytest.mark.django_db(transaction=True)


class Journey:
    """One seller, who is paid by RazorpayX, and what of the ledger nobody looked at yet."""

    def __init__(self, world: World, rail: RazorpayXWorld) -> None:
        self.world, self.rail, self.seen = world, rail, 0
        self.product = make_product(prices={"INR": 10_000}, stock=10)
        self.seller: User = self.product.seller
        self.payee: Payee = ensure_payee(user=self.seller, kind=PayeeKind.SELLER, actor="system:test", at=self.rail.at)
        a_destination(self.payee, rail="razorpayx", account_id=rail.known_at_rail())
        rail.top_up(100_000)
        self.new_lines()

    def new_lines(self) -> list[tuple[str, str, int]]:
        """(event, account, amount) of everything that was booked since the last look."""
        lines = list(LedgerLine.objects.filter(pk__gt=self.seen).select_related("entry").order_by("pk"))
        self.seen = lines[-1].pk if lines else self.seen
        return [(line.entry.event, line.account, line.amount_minor) for line in lines]

    def left_the_rail(self) -> int:
        """What RazorpayX really paid, in minor units."""
        views = rail_for("razorpayx").list_payouts(since=self.rail.at - timedelta(days=400))
        return sum(view.amount.amount_minor for view in views if view.state == RailState.PAID)

    def sell(self) -> Order:
        return self.world.released_order(product=self.product, currency="INR")

    def pay_out(self, *, by_two: bool) -> Payout:
        payout = self.rail.freeze(self.payee)
        if by_two:
            payout = self.rail.approve(payout)
        self.rail.work()
        self.rail.settle()
        return self.rail.again(payout)


SOLD = [
    ("capture", "clearing", 10_000), ("capture", "escrow", -10_000),
    ("release", "escrow", 10_000), ("release", "platform_fees", -1_000), ("release", "fees_recovered", -150),
    ("release", "payable", -8_850),
]  # fmt: skip


def paid_out(minor: int) -> list[tuple[str, str, int]]:
    """Frozen, paid out of the float, and what RazorpayX took for it, with its tax."""
    return [
        ("payout_frozen", "payable", minor), ("payout_frozen", "in_transit", -minor),
        ("payout_paid", "in_transit", minor), ("payout_paid", "float", -minor),
        ("payout_fee", "payout_fees", 500), ("payout_fee", "input_tax", 90), ("payout_fee", "float", -590),
    ]  # fmt: skip


def test_from_sale_to_recovery(world: World, razorpayx: RazorpayXWorld) -> None:
    journey = Journey(world, razorpayx)

    order = journey.sell()
    assert journey.new_lines() == SOLD
    first = journey.pay_out(by_two=True)
    assert (first.status, first.net_minor, bool(first.reference)) == ("paid", 8_850, True)
    assert journey.new_lines() == paid_out(8_850)

    # The buyer gets 4,000 back; 10 % and 1.5 % of it were our fees, the rest the seller has been paid.
    ask(world, order, 4_000, rules=policy(refund_approval_threshold_minor={"INR": 4_000}))
    world.hear()
    assert journey.new_lines() == [
        ("refund_allocated", "platform_fees", 400), ("refund_allocated", "fees_recovered", 60),
        ("refund_allocated", "receivable", 3_540), ("refund_allocated", "refunds", -4_000),
        ("refund_succeeded", "refunds", 4_000), ("refund_succeeded", "clearing", -4_000),
    ]  # fmt: skip
    assert razorpayx.balance(journey.payee) == (0, 0, 3_540)
    with pytest.raises(PayoutNotPossible) as refused:
        razorpayx.freeze(journey.payee)
    assert refused.value.facts["reason"] == "payee_owes"

    journey.sell()
    assert journey.new_lines() == [*SOLD, ("set_off", "payable", 3_540), ("set_off", "receivable", -3_540)]
    second = journey.pay_out(by_two=False)
    assert (second.status, second.net_minor, second.approved_by) == ("paid", 8_850 - 3_540, "")
    assert journey.new_lines() == paid_out(5_310)
    assert (razorpayx.balance(journey.payee), broken_truths()) == ((0, 0, 0), [])
    assert first.upto_line_id == second.after_line_id
    assert journey.left_the_rail() == 8_850 + 5_310


def test_a_refund_before_the_payout_is_sent_takes_it_back_first(world: World, razorpayx: RazorpayXWorld) -> None:
    journey = Journey(world, razorpayx)
    order = journey.sell()
    waiting = razorpayx.freeze(journey.payee)
    journey.new_lines()
    ask(world, order, 4_000, rules=policy(refund_approval_threshold_minor={"INR": 4_000}))
    world.hear()
    lines = journey.new_lines()
    assert [line for line in lines if line[0] in ("payout_unfrozen", "set_off")] == [
        ("payout_unfrozen", "in_transit", 8_850), ("payout_unfrozen", "payable", -8_850),
        ("set_off", "payable", 3_540), ("set_off", "receivable", -3_540),
    ]  # fmt: skip
    assert razorpayx.again(waiting).status == "cancelled"
    assert razorpayx.balance(journey.payee) == (5_310, 0, 0)
    assert journey.left_the_rail() == 0
