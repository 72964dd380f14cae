"""What a gateway says of refunds: ours bounce and stay owed, others' are booked as they are, in any order of events."""

from __future__ import annotations

import itertools

import pytest
from django.db import transaction
from django.utils import timezone

from config.audit.models import AuditEntry
from config.inbox.models import WebhookEvent
from config.inbox.processor import process_inbox
from config.kernel.money import Money
from config.outbox.runner import run_outbox
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.tests.factories import make_product
from orders.tests.together import together
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.sweeps import time_out_due
from payments.ledger import recipes
from payments.ledger.accounts import Account
from payments.ledger.models import LedgerEntry, PayeeBalance
from payments.ledger.queries import balance_minor
from payments.ledger.recipes import Line
from payments.ledger.services import post
from payments.refunds.models import Refund
from payments.refunds.services.decide import approve_refund, reject_refund
from payments.refunds.services.tests.test_by_staff import FINANCE, alone, ask
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def usd(account: str) -> int:
    """Credits above zero, as they are owed."""
    return -balance_minor(account, currency="USD")


def the_refund() -> Refund:
    return Refund.objects.select_related("payment").get()


def timed_out(world: World) -> Order:
    order = world.paid_order(10_000)
    assert time_out_due(at=world.later(minutes=61)).done == 1
    world.hear()
    order.refresh_from_db()
    return order


class TestBounced:
    def test_after_success_it_is_owed_again_and_a_person_is_told(self, world: World) -> None:
        order = timed_out(world)
        assert (order.payment_status, usd("refunds")) == ("refunded", 0)
        world.sandbox.control.stripe(
            f"refunds/{the_refund().gateway_refund_id}/fail", reason="expired_or_canceled_card"
        )
        world.hear()
        refund = the_refund()
        order.refresh_from_db()
        assert (refund.status, refund.failure_code, refund.bounces) == ("failed", "expired_or_canceled_card", 1)
        assert (usd("refunds"), usd("clearing")) == (10_000, -10_000)
        assert (refund.payment.refunded_minor, refund.payment.refunding_minor) == (0, 10_000)
        assert (order.status, order.payment_status, order.refunded_minor) == ("cancelled", "paid", 0)
        assert [entry.event for entry in LedgerEntry.objects.filter(subject_id=refund.public_id).order_by("pk")] == [
            "refund_allocated", "refund_succeeded", "refund_bounced"
        ]  # fmt: skip

    def test_told_before_its_success_it_comes_to_the_same(self, world: World) -> None:
        """`failed` overtakes `created`: nothing was booked as given, and the older word changes nothing."""
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.lose_answer("/v1/refunds")
        world.work()
        (made,) = world.objects("refund")
        world.sandbox.control.stripe(f"refunds/{made['id']}/fail", reason="declined")
        for event in reversed(world.new_events()):
            world.hear([event])
        refund = the_refund()
        assert (refund.status, refund.failure_code, usd("refunds")) == ("failed", "declined", 10_000)
        order.refresh_from_db()
        assert (order.refunded_minor, order.payment_status) == (0, "paid")
        assert usd("clearing") == -10_000

    def test_in_every_order_of_its_events(self, world: World) -> None:
        ends = set()
        for sequence in range(8):
            order = world.paid_order(10_000)
            assert time_out_due(at=world.later(minutes=61)).done == 1
            world.lose_answer("/v1/refunds")
            world.work()
            refund = Refund.objects.get(payment__order=order)
            (made,) = world.objects("refund", refund=refund.public_id)
            world.sandbox.control.stripe(f"refunds/{made['id']}/fail", reason="declined")
            events = [event for event in world.new_events() if "refund" in event["type"]]
            orders_of_arrival = list(itertools.permutations(events))
            for event in orders_of_arrival[sequence * len(orders_of_arrival) // 8]:
                world.hear([event])
            refund.refresh_from_db()
            order.refresh_from_db()
            ends.add((refund.status, order.status, order.refunded_minor, order.payment_status))
        assert ends == {("failed", "cancelled", 0, "paid")}
        assert usd("refunds") == 80_000


class TestExternal:
    def test_of_money_that_is_held_is_taken_from_its_holds(self, world: World) -> None:
        """5,000 of 10,000 over 6,667 and 3,333 by what is left: 3,333.5 and 1,666.5, the larger remainder first."""
        order = world.paid_order(6_667, 3_333)
        gateway_id = world.refund_outside(order, 5_000)
        world.hear()
        refund = the_refund()
        order.refresh_from_db()
        assert (refund.status, refund.cause, refund.gateway_refund_id) == ("succeeded", "external", gateway_id)
        assert refund.cause_key == f"external:stripe:{gateway_id}"
        assert [hold.remaining_minor for hold in world.holds(order)] == [6_667 - 3_334, 3_333 - 1_666]
        assert (order.status, order.payment_status, order.refunded_minor) == ("paid", "partially_refunded", 5_000)
        assert AuditEntry.objects.filter(subject_id=refund.public_id, act="seen at the gateway").count() == 1
        assert world.moved(order, "refunded") == (1, 5_000)

    def test_in_full_ends_the_order(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.refund_outside(order, 10_000)
        world.hear()
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("refunded", "refunded")
        assert [hold.status for hold in world.holds(order)] == ["returned"]

    def test_is_booked_once_however_it_is_told(self, world: World) -> None:
        """By `refund.created`, by `charge.refunded`, which asks for the list, twice over, and both at the same time."""
        order = world.paid_order(10_000)
        world.refund_outside(order, 4_000)
        for events in (world.new_events()[::-1], world.all_events(), world.all_events()):
            world.hear(events)
        assert Refund.objects.count() == 1
        assert LedgerEntry.objects.filter(event="refund_succeeded").count() == 1

    def test_two_workers_with_two_events_of_it_book_it_once(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.refund_outside(order, 4_000)
        world.deliver(world.new_events())
        together([lambda: process_inbox(now=world.now, once=True)] * 2)
        world.work()
        assert Refund.objects.count() == 1
        assert set(WebhookEvent.objects.values_list("state", flat=True)) <= {"processed", "ignored"}
        assert set(WebhookEvent.objects.values_list("attempts", flat=True)) == {1}

    def test_two_equal_ones_are_two(self, world: World) -> None:
        order = world.paid_order(10_000)
        for _ in range(2):
            world.refund_outside(order, 2_500)
        world.hear()
        assert Refund.objects.count() == 2
        assert [hold.remaining_minor for hold in world.holds(order)] == [5_000]

    def test_one_that_waits_for_a_bank_is_booked_when_it_succeeds(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.sandbox.control.stripe("rules", refund_status="pending", refund_count=1)
        gateway_id = world.refund_outside(order, 4_000)
        world.hear()
        assert (Refund.objects.count(), usd("refunds"), usd("escrow")) == (0, 0, 10_000), "it may come to nothing"
        assert [hold.status for hold in world.holds(order)] == ["frozen"]
        world.sandbox.control.stripe(f"refunds/{gateway_id}/succeed")
        world.hear()
        order.refresh_from_db()
        assert (the_refund().status, usd("refunds"), order.payment_status) == ("succeeded", 0, "partially_refunded")
        assert [hold.status for hold in world.holds(order)] == ["held"]

    def test_one_that_came_to_nothing_lets_the_money_go_on(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.sandbox.control.stripe("rules", refund_status="pending", refund_count=1)
        gateway_id = world.refund_outside(order, 10_000)
        world.hear()
        world.sandbox.control.stripe(f"refunds/{gateway_id}/fail", reason="declined")
        world.hear()
        assert [hold.status for hold in world.holds(order)] == ["held"]
        assert (the_refund().status, usd("refunds"), usd("escrow")) == ("cancelled", 0, 10_000)

    @pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
    def test_one_that_came_back_before_we_knew_of_it_moved_nothing(self, world: World, backwards: bool) -> None:
        """It succeeded and failed at the gateway. Whichever is told first, nothing of it stays in the books."""
        order = world.paid_order(10_000)
        gateway_id = world.refund_outside(order, 4_000)
        if not backwards:
            world.hear()
        world.sandbox.control.stripe(f"refunds/{gateway_id}/fail", reason="declined")
        events = world.new_events()
        for event in reversed(events) if backwards else events:
            world.hear([event])
        refund = the_refund()
        assert usd("clearing") == -10_000
        if backwards:
            assert (refund.status, usd("refunds"), usd("escrow")) == ("cancelled", 0, 10_000)
        else:
            assert (refund.status, usd("refunds"), usd("escrow")) == ("failed", 4_000, 6_000)
        before = everything()
        world.hear(world.all_events())
        assert everything() == before

    def test_one_that_overtakes_the_capture_waits_for_it(self, world: World) -> None:
        """Else it would be our loss, and the order would stand paid with money that the buyer has again."""
        order = world.order(10_000)
        world.pay(world.start(order))
        (charge,) = world.objects("charge", order=order.public_id)
        world.sandbox.control.stripe(f"charges/{charge['id']}/refund", amount=10_000)
        world.hear([event for event in world.new_events() if event["type"] == "refund.created"])
        order.refresh_from_db()
        assert (order.status, order.payment_status, usd("chargeback_losses")) == ("refunded", "refunded", 0)
        before = LedgerEntry.objects.count()
        world.hear()
        assert LedgerEntry.objects.count() == before
        assert world.objects("refund")[0]["id"] == the_refund().gateway_refund_id

    def test_of_late_money_that_somebody_gave_back_by_hand(self, world: World) -> None:
        """What the machine owed was given by hand: it is owed no more, and not sent."""
        order = world.order(10_000)
        world.pay(world.start(order))
        from_outside = world.objects("charge", order=order.public_id)[0]["id"]
        Order.objects.filter(pk=order.pk).update(status="cancelled")
        world.sandbox.control.stripe(f"charges/{from_outside}/refund", amount=10_000)
        world.hear()
        ours, theirs = Refund.objects.order_by("pk")
        assert (ours.cause, ours.status, theirs.cause, theirs.status) == (
            "unapplied",
            "cancelled",
            "external",
            "succeeded",
        )
        assert world.moved(order, "refunded") == (1, 10_000)
        assert (usd("chargeback_losses"), usd("refunds"), usd("clearing")) == (0, 0, 0)


class TestWhatWeOwe:
    """A refund from outside first gives what we owe by refunds of ours: nobody is owed twice."""

    def test_is_less_by_what_was_given_by_hand_before_it_was_sent(self, world: World) -> None:
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.refund_outside(order, 4_000)
        world.deliver(world.new_events())
        process_inbox(now=world.now)
        world.work()
        assert amounts() == {"timeout": ("succeeded", 6_000), "external": ("succeeded", 4_000)}
        assert world.moved(order, "refunded") == (2, 10_000)
        order.refresh_from_db()
        assert (order.payment_status, usd("refunds"), usd("chargeback_losses")) == ("refunded", 0, 0)

    def test_one_by_hand_that_is_more_than_ours_takes_the_rest_from_the_same_hold(self, world: World) -> None:
        """Its share of the hold is ours and its own together."""
        order = world.paid_order(10_000)
        ask(world, order, 1_000, rules=alone())
        world.refund_outside(order, 4_000)
        world.deliver(world.new_events())
        process_inbox(now=world.now)
        world.work()
        assert amounts() == {"requested": ("cancelled", 1_000), "external": ("succeeded", 4_000)}
        assert Refund.objects.get(cause="external").shares.get().amount_minor == 4_000
        assert world.holds(order)[0].remaining_minor == 6_000

    def test_a_refused_one_is_sent_again_over_the_rest(self, world: World) -> None:
        """Ours was refused, being more than what was left, before we heard of the one by hand."""
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.refund_outside(order, 4_000)
        run_outbox(lane="money", now=world.now)
        assert amounts() == {"timeout": ("failed", 10_000)}
        world.hear()
        assert amounts() == {"timeout": ("succeeded", 6_000), "external": ("succeeded", 4_000)}
        assert world.moved(order, "refunded") == (2, 10_000)

    def test_a_bounced_one_is_given_by_hand(self, world: World) -> None:
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.hear()
        world.sandbox.control.stripe(f"refunds/{the_refund().gateway_refund_id}/fail", reason="declined")
        world.hear()
        assert amounts() == {"timeout": ("failed", 10_000)}
        world.refund_outside(order, 10_000)
        world.hear()
        assert amounts() == {"timeout": ("paid_otherwise", 10_000), "external": ("succeeded", 10_000)}
        order.refresh_from_db()
        assert (order.payment_status, usd("refunds"), usd("chargeback_losses")) == ("refunded", 0, 0)

    def test_waits_while_ours_is_on_its_way(self, world: World) -> None:
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        Refund.objects.update(status="sending")
        world.refund_outside(order, 4_000)
        world.deliver(world.new_events())
        process_inbox(now=world.now)
        waiting = WebhookEvent.objects.filter(last_error_code="refund_in_flight", state="due")
        assert waiting.exists()
        assert Refund.objects.count() == 1
        Refund.objects.update(status="approved")

    @pytest.mark.parametrize("others_first", [True, False])
    def test_what_replaces_a_bounced_one_may_be_told_before_its_bounce(self, world: World, others_first: bool) -> None:
        """Else the buyer would be owed it once more, and we would count a loss that nobody made. Of 6,667 and 3,333
        the other seller's part stays as it was."""
        order = world.paid_order(6_667, 3_333)
        part, other = world.fulfilments(order)
        cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="broken", at=world.at)
        world.hear()
        ours = the_refund()
        world.sandbox.control.stripe(f"refunds/{ours.gateway_refund_id}/fail")
        bounce = world.new_events()
        world.refund_outside(order, 6_667)
        replacement = [event for event in world.new_events() if event not in bounce]
        for events in (replacement, bounce) if others_first else (bounce, replacement):
            world.hear(events)
        ours.refresh_from_db()
        order.refresh_from_db()
        assert (ours.status, usd("refunds"), usd("chargeback_losses")) == ("paid_otherwise", 0, 0)
        assert (order.payment_status, order.refunded_minor) == ("partially_refunded", 6_667)
        assert [hold.remaining_minor for hold in world.holds(order)] == [0, 3_333]
        assert Fulfilment.objects.get(pk=other.pk).status == "awaiting"

    def test_takes_the_rest_from_the_holds(self, world: World) -> None:
        """3,333 of 10,000 timed out with one seller; 5,000 by hand give those and 1,667 of the other's."""
        order = world.paid_order(6_667, 3_333)
        late = world.fulfilments(order)[1]
        cancel_fulfilment(fulfilment_pk=late.pk, actor="user:seller", reason="broken", at=world.at)
        world.refund_outside(order, 5_000)
        world.deliver(world.new_events())
        process_inbox(now=world.now)
        world.work()
        assert amounts() == {"cancelled": ("cancelled", 3_333), "external": ("succeeded", 5_000)}
        assert [hold.remaining_minor for hold in world.holds(order)] == [6_667 - 1_667, 0]
        assert world.moved(order, "refunded") == (1, 5_000)


def amounts() -> dict[str, tuple[str, int]]:
    return {refund.cause: (refund.status, refund.amount_minor) for refund in Refund.objects.order_by("pk")}


class TestForgedMark:
    def test_another_refund_with_our_mark_is_not_ours(self, world: World) -> None:
        """Anybody with the account can write our refund's id into another refund's metadata."""
        order, other = world.paid_order(10_000), world.paid_order(8_000)
        assert time_out_due(at=world.later(minutes=61)).done == 2
        ours = Refund.objects.get(payment__order=order)
        forged = {"amount": 500, "metadata": {"refund": ours.public_id}}
        charge = world.objects("charge", order=other.public_id)[0]["id"]
        gateway_id = world.sandbox.control.stripe(f"charges/{charge}/refund", **forged)["object"]["id"]
        world.deliver(world.new_events())
        process_inbox(now=world.now)
        ours.refresh_from_db()
        assert (ours.status, ours.gateway_refund_id) == ("approved", None)
        assert Refund.objects.get(gateway_refund_id=gateway_id).payment.order == other
        world.work()
        assert world.moved(order, "refunded") == (1, 10_000)
        assert world.moved(other, "refunded") == (2, 8_000)

    @pytest.mark.parametrize("is_rejected", [False, True])
    def test_the_mark_of_one_that_was_never_sent_is_not_ours(self, world: World, is_rejected: bool) -> None:
        """It has no refund at the gateway: what carries its mark was made by somebody else, and moved money."""
        order = world.paid_order(10_000)
        asked = ask(world, order, 4_000)
        if is_rejected:
            reject_refund(refund_pk=asked.pk, actor=FINANCE, reason="it is not torn", at=world.at)
        forged = {"amount": 4_000, "metadata": {"refund": asked.public_id}}
        charge = world.payment(order).charge_id
        gateway_id = world.sandbox.control.stripe(f"charges/{charge}/refund", **forged)["object"]["id"]
        world.hear()
        assert Refund.objects.get(gateway_refund_id=gateway_id).cause == "external"
        assert world.payment(order).refunded_minor == 4_000
        asked.refresh_from_db()
        assert (asked.status, asked.gateway_refund_id) == ("rejected" if is_rejected else "requested", None)

    def test_the_mark_of_one_that_waits_does_not_keep_its_own_from_it(self, world: World) -> None:
        """What came to nothing under its mark is not its own, however early somebody made it."""
        order = world.paid_order(10_000)
        asked = ask(world, order, 4_000)
        forged = {"amount": 4_000, "metadata": {"refund": asked.public_id}}
        charge = world.payment(order).charge_id
        gateway_id = world.sandbox.control.stripe(f"charges/{charge}/refund", **forged)["object"]["id"]
        world.sandbox.control.stripe(f"refunds/{gateway_id}/fail", reason="expired_or_canceled_card")
        world.hear()
        assert approve_refund(refund_pk=asked.pk, actor=FINANCE, reason="seen the photo", at=world.at)
        world.hear()
        world.hear()
        asked.refresh_from_db()
        assert (asked.status, world.payment(order).refunded_minor) == ("succeeded", 4_000)
        assert asked.gateway_refund_id not in (None, gateway_id)


def pay_out(amount_minor: int) -> None:
    """A payout as its room will book it: what we owed the seller is on its way to their bank, and there."""
    owner = PayeeBalance.objects.get().owner
    lines = [
        Line(Account.PAYABLE, Money(amount_minor, "USD"), owner=owner),
        Line(Account.BANK, Money(-amount_minor, "USD"), owner="bank"),
    ]
    with transaction.atomic():
        post(recipes.draft("payout", event="payout", subject_id="po_1", lines=lines), actor="test", at=timezone.now())


class TestAfterRelease:
    """10,000 were released: 1,000 platform fee, 150 gateway fee, 8,850 to the seller."""

    @pytest.fixture
    def order(self, world: World) -> Order:
        order = world.released_order(10_000)
        assert self.seller() == (8_850, 0, 0)
        return order

    @staticmethod
    def seller() -> tuple[int, int, int]:
        row = PayeeBalance.objects.get()
        return row.payable_minor, row.reserve_minor, row.receivable_minor

    def test_fees_come_back_and_the_seller_gives_the_rest(self, world: World, order: Order) -> None:
        """4,000: 400 + 60 of fees, 3,540 of the seller's 8,850."""
        world.refund_outside(order, 4_000)
        world.hear()
        assert (usd("platform_fees"), usd("fees_recovered"), self.seller()) == (600, 90, (5_310, 0, 0))
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("completed", "partially_refunded")
        (share,) = the_refund().shares.all()
        assert (share.pot, share.amount_minor) == ("released", 4_000)

    def test_in_full_gives_every_fee_back(self, world: World, order: Order) -> None:
        for amount in (3_333, 1, 6_666):
            world.refund_outside(order, amount)
            world.hear()
        assert (usd("platform_fees"), usd("fees_recovered"), self.seller()) == (0, 0, (0, 0, 0))
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("refunded", "refunded")

    def test_a_seller_who_was_paid_out_owes_it_and_the_next_release_sets_it_off(
        self, world: World, order: Order
    ) -> None:
        pay_out(8_850)
        world.refund_outside(order, 4_000)
        world.hear()
        assert self.seller() == (0, 0, 3_540)
        assert usd("receivable") == -3_540
        seller = world.fulfilments(order)[0].seller
        again = world.released_order(product=make_product(seller=seller, prices={"USD": 5_000}))
        assert [hold.status for hold in world.holds(again)] == ["released"]
        assert self.seller() == (5_000 - 500 - 75 - 3_540, 0, 0)
        assert LedgerEntry.objects.filter(event="set_off").count() == 1

    def test_a_unit_that_brings_two_floored_fees_back_credits_the_seller(self, world: World, order: Order) -> None:
        """After 199, one more unit makes 20 of 20 and 3 of 3 fees instead of 19 and 2: two come back for one given."""
        assert (1_000 * 199 // 10_000, 150 * 199 // 10_000) == (19, 2)
        assert (1_000 * 200 // 10_000, 150 * 200 // 10_000) == (20, 3)
        world.refund_outside(order, 199)
        world.hear()
        before = self.seller()[0]
        world.refund_outside(order, 1)
        world.hear()
        assert self.seller()[0] == before + 1
        assert (usd("platform_fees"), usd("fees_recovered")) == (980, 147)
