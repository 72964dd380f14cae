"""The money of a disputed payment stays where it is until the dispute is decided, and is let go after."""

from __future__ import annotations

import pytest

from config.inbox.processor import process_inbox
from config.queue.sweep import Swept
from config.tests.together import together
from orders.order.models import Order
from payments.disputes.models import Dispute
from payments.disputes.services.tests.deciding import balance, balances, decided, payee, refunded, seen
from payments.escrow.services.freeze import freeze_hold, unfreeze_hold
from payments.escrow.services.sweeps import release_due, time_out_due
from payments.refunds.models import Refund, RefundProposal
from payments.refunds.services.settle import confirm, propose
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestStandStill:
    def test_an_inquiry_books_nothing_and_freezes(self, world: World) -> None:
        order, _ = world.disputed_order(10_000, inquiry=True)
        assert balances("withdrawn", "dispute_fees") == {"withdrawn": 0, "dispute_fees": 0}
        assert world.holds(order)[0].status == "frozen"
        assert seen(order) == ("paid", "paid")

    def test_neither_timeout_nor_release_touches_it(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 0
        world.hand_over(order)
        assert release_due(at=world.later(days=30)).done == 0
        decided(world, gateway_id, "win")
        assert release_due(at=world.at).done == 1
        assert payee() == (8_850, 0)

    def test_escalated_and_won(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000, inquiry=True)
        decided(world, gateway_id, "escalate", "win")
        assert seen(order) == ("paid", "paid")
        assert world.holds(order)[0].status == "held"

    def test_prevented_without_a_movement(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000, inquiry=True)
        assert decided(world, gateway_id, "prevent").status == "prevented"
        assert world.holds(order)[0].status == "held"


class TestKeepStill:
    """Its hold was empty when the dispute was opened, so that there was nothing to freeze."""

    def test_of_a_refund_that_is_void_stands_still(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.hand_over(order)
        refund = refunded(world, order, 10_000)
        world.sandbox.control.stripe(f"refunds/{refund.gateway_refund_id}/fail")
        world.hear()
        gateway_id = world.dispute(order, inquiry=True)
        world.hear()
        assert [hold.status for hold in world.holds(order)] == ["returned"]
        void = RefundProposal.Kind.VOIDED
        propose(refund_pk=refund.pk, kind=void, actor="user:support", reason="", at=world.at)
        confirm(refund_pk=refund.pk, actor="user:finance", reason="", at=world.at)
        assert [hold.status for hold in world.holds(order)] == ["frozen"]
        world.later(days=30)
        assert release_due(at=world.at).done == 0
        decided(world, gateway_id, "lose")  # the inquiry is closed
        assert [hold.status for hold in world.holds(order)] == ["held"]

    def test_of_a_loss_made_good_stands_still(self, world: World) -> None:
        order = world.paid_order(10_000)
        first = world.dispute(order)
        decided(world, first, "lose")
        second = world.dispute(order, inquiry=True)
        world.hear()
        assert [hold.status for hold in world.holds(order)] == ["returned"]
        decided(world, first, "appeal", "win")
        assert [hold.status for hold in world.holds(order)] == ["frozen"]
        assert time_out_due(at=world.later(minutes=61)).done == 0
        decided(world, second, "lose")
        assert [hold.status for hold in world.holds(order)] == ["held"]


class TestRefundsThatWait:
    def test_one_that_is_owed_waits_and_is_sent_after(self, world: World) -> None:
        order = world.paid_order(10_000)
        gateway_id = world.dispute(order, inquiry=True)
        time_out_due(at=world.later(minutes=61))  # before we hear of it
        world.deliver([event for event in world.new_events() if "dispute" in event["type"]])
        world.work()
        refund = Refund.objects.get()
        assert refund.status == "approved"
        assert world.moved(order, "refunded") == (0, 0)
        decided(world, gateway_id, "lose")  # the inquiry is closed
        refund.refresh_from_db()
        assert refund.status == "succeeded"
        assert world.moved(order, "refunded") == (1, 10_000)

    def test_what_a_chargeback_took_is_not_given_again(self, world: World) -> None:
        order = world.paid_order(10_000)
        gateway_id = world.dispute(order)
        time_out_due(at=world.later(minutes=61))
        world.hear()
        assert Refund.objects.get().status == "approved"
        decided(world, gateway_id, "lose")
        assert Refund.objects.get().status == "failed"
        assert Refund.objects.get().failure_code == "charged_back"
        assert world.moved(order, "refunded") == (0, 0)
        assert world.requests("POST", "/v1/refunds") == 0
        assert balance("chargeback_losses") == 10_000

    def test_a_refund_that_waited_for_both_is_sent_after_the_second(self, world: World) -> None:
        """Its job of the first decision ran when the dispute was open again."""
        order = world.paid_order(10_000)
        gateway_id = world.dispute(order)
        time_out_due(at=world.later(minutes=61))
        world.hear()
        refund = Refund.objects.get()
        world.decide(gateway_id, "win")
        world.deliver(world.new_events())
        process_inbox(now=world.now)
        world.decide(gateway_id, "appeal")
        world.hear()
        refund.refresh_from_db()
        assert (refund.status, Dispute.objects.get().status) == ("approved", "needs_response")
        decided(world, gateway_id, "win")
        refund.refresh_from_db()
        assert (refund.status, world.moved(order, "refunded")) == ("succeeded", (1, 10_000))


class TestLetGoOfCancelled:
    def test_money_that_comes_back_for_what_was_cancelled_goes_to_the_buyer(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        decided(world, gateway_id, "lose")
        world.later(minutes=61)
        time_out_due(at=world.at)
        assert world.fulfilments(order)[0].status == "cancelled"
        decided(world, gateway_id, "appeal", "win")
        refund = Refund.objects.get()
        assert (refund.cause, refund.amount_minor, refund.status) == ("dispute_won", 10_000, "succeeded")
        assert balances("escrow", "refunds", "withdrawn") == {"escrow": 0, "refunds": 0, "withdrawn": 0}

    def frozen_by_an_operator(self, world: World) -> Order:
        """Its part was cancelled when all of its money was lost; then the money comes back, and is still frozen."""
        order = world.paid_order(10_000)
        (hold,) = world.holds(order)
        freeze_hold(hold_pk=hold.pk, reason="operator", actor="user:ops", note="looks odd", at=world.at)
        gateway_id = world.dispute(order)
        world.hear()
        decided(world, gateway_id, "lose")
        world.later(minutes=61)
        assert time_out_due(at=world.at).done == 1
        decided(world, gateway_id, "appeal", "win")
        hold.refresh_from_db()
        assert (hold.status, hold.remaining_minor, Refund.objects.count()) == ("frozen", 10_000, 0)
        return order

    def test_what_another_reason_kept_is_given_once_that_is_lifted(self, world: World) -> None:
        order = self.frozen_by_an_operator(world)
        (hold,) = world.holds(order)
        before = everything()
        assert time_out_due(at=world.at).done == 0
        assert everything() == before
        unfreeze_hold(hold_pk=hold.pk, reason="operator", actor="user:ops", note="it is all right", at=world.at)
        assert [time_out_due(at=world.at).done for _ in range(2)] == [1, 0]
        world.hear()
        assert world.moved(order, "refunded") == (1, 10_000)
        assert balances("escrow", "refunds", "withdrawn") == {"escrow": 0, "refunds": 0, "withdrawn": 0}

    def test_two_sweeps_give_it_once(self, world: World) -> None:
        order = self.frozen_by_an_operator(world)
        (hold,) = world.holds(order)
        unfreeze_hold(hold_pk=hold.pk, reason="operator", actor="user:ops", note="it is all right", at=world.at)
        swept = together([lambda: time_out_due(at=world.at)] * 4)
        assert sum(each.done for each in swept if isinstance(each, Swept)) == 1
        world.hear()
        assert world.moved(order, "refunded") == (1, 10_000)

    def test_not_while_another_dispute_is_open(self, world: World) -> None:
        order = self.frozen_by_an_operator(world)
        (hold,) = world.holds(order)
        world.dispute(order, inquiry=True)
        world.hear()
        unfreeze_hold(hold_pk=hold.pk, reason="operator", actor="user:ops", note="it is all right", at=world.at)
        assert time_out_due(at=world.at).done == 0
        assert Refund.objects.count() == 0
