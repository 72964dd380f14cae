"""Tests of what money has to say about tickets, and of what becomes of it when their provider has spoken."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from config.outbox.models import OutboxJob
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import NotAwaiting, deliver
from orders.order.models import Order
from orders.tests.factories import policy
from orders.tickets.models import Ticket
from orders.tickets.services.sending import PartRefunded, TicketsNotInEscrow, send_out
from orders.tickets.services.transferring import transfer_tickets
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.cancel import call_back
from payments.escrow.models import EscrowHold, HoldFreeze
from payments.escrow.services.cancel import CannotCancel, cancel_fulfilment, time_out_fulfilment
from payments.escrow.services.custody import (
    check_may_go,
    follow_accepted,
    follow_emptied,
    follow_ended,
    follow_unanswered,
)
from payments.escrow.services.freeze import freeze_hold, unfreeze_hold
from payments.escrow.services.release import HoldFrozen, HoldNotHeld
from payments.escrow.services.sweeps import release_due, time_out_due
from payments.refunds.models import Refund
from payments.refunds.services.book import CancelInstead
from payments.refunds.services.by_staff import cancel_by_staff, request_refund
from payments.refunds.services.decide import approve_refund
from payments.refunds.services.plan import Wish
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def part_of(order: Order) -> Fulfilment:
    return order.fulfilments.get()


def send(order: Order, *, at: object = None) -> Fulfilment:
    """Its tickets go to a provider."""
    part = part_of(order)
    send_out(fulfilment=part, actor="user:seller", at=at or order.created_at)  # type: ignore[arg-type]
    return part


def tickets(order: Order) -> Counter[str]:
    """Where the tickets stand that were ever on sale in this order's listings."""
    listings = order.lines.values_list("product_id", flat=True)
    return Counter(Ticket.objects.filter(product__in=list(listings)).values_list("status", flat=True))


class TestCaptured:
    def test_the_tickets_are_in_escrow_with_the_money(self, world: World) -> None:
        order = world.ticketed_order(10_000, tickets=2)
        (hold,) = world.holds(order)
        assert (order.status, hold.status, tickets(order)) == ("paid", "held", Counter(in_escrow=2, listed=1))


class TestTimeOutOfTickets:
    def test_what_never_went_out_goes_back_to_its_seller_in_the_commit_of_the_refund(self, world: World) -> None:
        order = world.ticketed_order(10_000, tickets=2)
        part = part_of(order)
        world.later(minutes=61)
        assert time_out_fulfilment(fulfilment_pk=part.pk, at=world.at)
        order.refresh_from_db()
        part.refresh_from_db()
        (hold,), refund = world.holds(order), Refund.objects.get()
        assert (order.status, part.status, hold.status) == ("cancelled", "cancelled", "returned")
        assert (refund.cause, refund.amount_minor) == ("timeout", 20_000)
        assert tickets(order) == Counter(released_back_to_seller=2, listed=1)
        assert order.lines.get().product.stock == 1

    def test_what_is_out_is_called_back_and_nothing_is_given_for_it_yet(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        world.later(minutes=61)
        assert time_out_fulfilment(fulfilment_pk=part.pk, at=world.at)
        part.refresh_from_db()
        (hold,) = world.holds(order)
        assert (part.status, hold.status, Refund.objects.count()) == ("cancelling", "held", 0)
        assert tickets(order) == Counter(cancelling=1, listed=1)
        before = everything()
        assert not time_out_fulfilment(fulfilment_pk=part.pk, at=world.at)
        assert everything() == before

    def test_not_while_its_money_is_frozen(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        (hold,) = world.holds(order)
        freeze_hold(hold_pk=hold.pk, reason="operator", actor="test", note="", at=world.at)
        before = everything()
        with pytest.raises(CannotCancel):
            time_out_fulfilment(fulfilment_pk=part.pk, at=world.later(minutes=61))
        assert everything() == before


class TestCancelOfTickets:
    def test_by_the_seller_after_they_went_out(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        assert cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="mine", at=world.at)
        assert not cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="mine", at=world.at)
        assert (tickets(order), Refund.objects.count()) == (Counter(cancelling=1, listed=1), 0)

    def test_by_the_seller_before(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        assert cancel_fulfilment(fulfilment_pk=part_of(order).pk, actor="user:seller", reason="mine", at=world.at)
        assert tickets(order) == Counter(released_back_to_seller=1, listed=1)
        assert Refund.objects.get().cause == "cancelled"


class TestMayGo:
    def test_not_while_money_is_frozen(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        (hold,) = world.holds(order)
        freeze_hold(hold_pk=hold.pk, reason="dispute", actor="test", note="", at=world.at)
        before = everything()
        with pytest.raises(HoldFrozen):
            send(order)
        assert everything() == before

    @pytest.mark.parametrize(("minor", "error"), [(10_000, NotAwaiting), (1, PartRefunded)])
    def test_not_after_money_went_back_at_the_gateway(self, world: World, minor: int, error: type[Exception]) -> None:
        order = world.ticketed_order(10_000)
        world.refund_outside(order, minor)
        world.hear()
        before = everything()
        with pytest.raises(error):
            send(order)
        assert everything() == before

    def test_not_where_the_hold_is_not_whole(self, world: World) -> None:
        part = part_of(world.order(10_000))
        with pytest.raises(HoldNotHeld):
            check_may_go(fulfilment=part)

    def test_not_twice(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        send(order)
        before = everything()
        with pytest.raises(TicketsNotInEscrow):
            send(order)
        assert everything() == before


def freezes(order: Order) -> set[tuple[str, str]]:
    """The reasons that stand; with what a person wrote."""
    found = HoldFreeze.objects.filter(hold__fulfilment__order=order, lifted_at__isnull=True)
    return {(each.reason, each.note if each.reason == "operator" else "") for each in found}


def told(order: Order, topic: str, world: World, **payload: str) -> None:
    """What the transfers' side has to tell, twice, as facts are."""
    fact = {"fulfilment": part_of(order).public_id, **payload}
    listener = {
        "accepted": follow_accepted,
        "ended": follow_ended,
        "unanswered": follow_unanswered,
    }[topic]
    listener(fact, world.at)
    before = everything()
    listener(fact, world.at)
    assert everything() == before


def stand(order: Order) -> tuple[str, str, str]:
    """Order, part, hold."""
    order.refresh_from_db()
    return order.status, part_of(order).status, EscrowHold.objects.get(fulfilment__order=order).status


class TestAccepted:
    @pytest.mark.parametrize("cancelling", [False, True])
    def test_delivers_and_the_money_is_released_after_its_delay(self, world: World, cancelling: bool) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        if cancelling:
            cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="", at=world.at)
        told(order, "accepted", world)
        assert (stand(order), tickets(order)) == (("delivered", "delivered", "held"), Counter(delivered=1, listed=1))
        part = part_of(order)
        assert part.release_at == world.at + timedelta(minutes=settings.POLICY.release_delay_minutes)
        release_due(at=part.release_at)
        assert stand(order) == ("completed", "completed", "released")
        assert not Refund.objects.exists()

    def test_of_a_part_that_is_cancelled_moves_nothing(self, world: World) -> None:
        """A person decided so, and was wrong: an alarm, and no second decision by the machine."""
        order = world.ticketed_order(10_000)
        send(order)
        told(order, "ended", world)
        before = everything()
        told(order, "accepted", world)
        assert everything() == before


class TestEnded:
    @pytest.mark.parametrize("before", ["transferring", "cancelling", "review"])
    def test_the_buyer_gets_the_money_and_the_seller_the_tickets(self, world: World, before: str) -> None:
        order = world.ticketed_order(10_000, tickets=2)
        part = send(order)
        if before == "cancelling":
            cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="", at=world.at)
        if before == "review":
            told(order, "unanswered", world)
        assert tickets(order) == Counter({before: 2, "listed": 1})
        told(order, "ended", world, state="declined")
        assert stand(order) == ("cancelled", "cancelled", "returned")
        assert tickets(order) == Counter(released_back_to_seller=2, listed=1)
        refund = Refund.objects.get()
        assert (refund.cause, refund.reason, refund.amount_minor) == (
            "transfer_ended", "the transfer is declined", 20_000,
        )  # fmt: skip
        world.work()
        assert world.moved(order, "refunded") == (1, 20_000)

    @pytest.mark.parametrize(("first", "since"), [("ended", "review"), ("ended", "accepted"), ("accepted", "review")])
    def test_what_was_said_otherwise_since_gives_nobody_any_money(self, world: World, first: str, since: str) -> None:
        """Declined, and then accepted, before the first was heard: the later word is heard next."""
        order = world.ticketed_order(10_000)
        transfer = transfer_tickets(fulfilment=part_of(order), provider="manual", actor="user:seller", at=world.at)
        ended_at = world.at if since == "accepted" else None
        TicketTransfer._base_manager.filter(pk=transfer.pk).update(status=since, ended_at=ended_at)
        before = everything()
        told(order, first, world)
        assert everything() == before
        told(order, "unanswered", world)
        assert (stand(order), tickets(order)) == (("paid", "review", "frozen"), Counter(review=1, listed=1))

    def test_after_delivery_it_moves_nothing(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        deliver(fulfilment=part, actor="test", by_staff=True, at=world.at, policy=settings.POLICY, reason="seen")
        before = everything()
        told(order, "ended", world)
        assert everything() == before

    def test_what_keeps_the_money_still_keeps_it_and_the_tickets_go_back(self, world: World) -> None:
        """The sweep gives the money of cancelled parts back once nothing keeps it still."""
        order = world.ticketed_order(10_000)
        send(order)
        (hold,) = world.holds(order)
        freeze_hold(hold_pk=hold.pk, reason="operator", actor="test", note="", at=world.at)
        told(order, "ended", world)
        assert stand(order) == ("cancelled", "cancelled", "frozen")
        assert tickets(order) == Counter(released_back_to_seller=1, listed=1)
        assert not Refund.objects.exists()
        unfreeze_hold(hold_pk=hold.pk, reason="operator", actor="test", note="", at=world.at)
        time_out_due(at=world.at)
        assert (stand(order)[2], Refund.objects.get().amount_minor) == ("returned", 10_000)

    @pytest.mark.parametrize("accepted", [True, False])
    def test_what_was_kept_of_a_cancelled_part_waits_where_it_is_said_to_have_arrived_after_all(
        self, world: World, accepted: bool
    ) -> None:
        """A dispute kept the money when the tickets came back; while a person finds out nothing gives it to a buyer who
        may have them, and where the buyer has them nothing but a person does."""
        order = world.ticketed_order(10_000)
        part = part_of(order)
        transfer = transfer_tickets(fulfilment=part, provider="manual", actor="user:seller", at=world.at)
        (hold,) = world.holds(order)
        freeze_hold(hold_pk=hold.pk, reason="dispute", actor="test", note="", at=world.at)
        TicketTransfer._base_manager.filter(pk=transfer.pk).update(status="declined", ended_at=world.at)
        told(order, "ended", world, state="declined")
        TicketTransfer._base_manager.filter(pk=transfer.pk).update(status="review", ended_at=None)
        told(order, "unanswered", world)
        assert freezes(order) == {("dispute", ""), ("review", "")}
        unfreeze_hold(hold_pk=hold.pk, reason="dispute", actor="test", note="", at=world.at)
        time_out_due(at=world.at)
        assert (stand(order)[1:], Refund.objects.count()) == (("cancelled", "frozen"), 0)
        says = "accepted" if accepted else "cancelled"
        TicketTransfer._base_manager.filter(pk=transfer.pk).update(status=says, ended_at=world.at)
        told(order, "accepted" if accepted else "ended", world, by="user:support")
        assert stand(order)[1:] == ("cancelled", "held")
        time_out_due(at=world.at)
        assert stand(order)[1:] == ("cancelled", "held" if accepted else "returned")
        if accepted:
            (refund,) = ask(order, Wish(), world)
            assert (refund.status, stand(order)[2]) == ("approved", "returned")

    def test_a_request_that_waits_for_a_second_person_is_not_needed_any_more(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        (asked,) = request_refund(
            order_id=order.public_id,
            wish=Wish(fulfilment=part.public_id, amount_minor=9_000),
            reason="late",
            requester="user:support",
            policy=policy(refund_approval_threshold_minor={"USD": 1}),
            at=world.at,
        )
        assert stand(order)[2] == "frozen"
        told(order, "ended", world)
        asked.refresh_from_db()
        given = Refund.objects.get(cause="transfer_ended")
        assert (asked.status, given.amount_minor, stand(order)[2]) == ("cancelled", 10_000, "returned")


class TestEndedByAPerson:
    @pytest.mark.parametrize("threshold", [10_000, 1])
    def test_is_their_request_of_the_refund(self, world: World, settings: Any, threshold: int) -> None:
        """What a person says of a transfer never gives more than one person may give."""
        settings.POLICY = policy(refund_approval_threshold_minor={"USD": threshold})
        order = world.ticketed_order(10_000)
        send(order)
        told(order, "unanswered", world)
        follow_ended({"fulfilment": part_of(order).public_id, "by": "user:support", "why": "nobody"}, world.at)
        refund = Refund.objects.get()
        assert (refund.cause, refund.requested_by, refund.reason) == ("cancelled_by_staff", "user:support", "nobody")
        if threshold == 1:
            assert (refund.status, stand(order)) == ("requested", ("paid", "review", "frozen"))
            assert approve_refund(refund_pk=refund.pk, actor="user:finance", reason="yes", at=world.at)
        assert stand(order) == ("cancelled", "cancelled", "returned")
        assert tickets(order) == Counter(released_back_to_seller=1, listed=1)

    @pytest.mark.parametrize("threshold", [10_000, 1])
    def test_also_of_what_stands_as_delivered(self, world: World, settings: Any, threshold: int) -> None:
        """Staff said that it was, the buyer denies it, and a person finds out: until then nothing is released."""
        settings.POLICY = policy(refund_approval_threshold_minor={"USD": threshold})
        order = self.delivered_by_staff(world)
        told(order, "unanswered", world)
        world.later(days=30)
        release_due(at=world.at)
        assert stand(order) == ("delivered", "delivered", "frozen")
        fact = {"fulfilment": part_of(order).public_id, "by": "user:support", "why": "nobody"}
        follow_ended({**fact, "by": "provider:sandbox"}, world.at)
        assert stand(order) == ("delivered", "delivered", "frozen"), "a provider against the word of staff"
        for _ in range(2):
            follow_ended(fact, world.at)
        refund = Refund.objects.get()
        assert (refund.amount_minor, refund.requested_by, refund.reason) == (10_000, "user:support", "nobody")
        if threshold == 1:
            assert (refund.status, stand(order)) == ("requested", ("delivered", "delivered", "frozen"))
            assert approve_refund(refund_pk=refund.pk, actor="user:finance", reason="yes", at=world.at)
        assert stand(order)[1:] == ("delivered", "returned")

    def test_or_the_buyer_has_it_and_the_money_moves_on(self, world: World) -> None:
        order = self.delivered_by_staff(world)
        told(order, "unanswered", world)
        told(order, "accepted", world)
        assert stand(order) == ("delivered", "delivered", "held")

    def test_without_a_review_nothing_moves_of_what_is_delivered(self, world: World) -> None:
        """Its seller, who never sent it, says that they have it."""
        order = self.delivered_by_staff(world)
        told(order, "ended", world, by="user:seller")
        assert (stand(order), Refund.objects.count()) == (("delivered", "delivered", "held"), 0)

    def delivered_by_staff(self, world: World) -> Order:
        order = world.ticketed_order(10_000)
        part = send(order)
        deliver(fulfilment=part, actor="user:ops", by_staff=True, at=world.at, policy=settings.POLICY, reason="phoned")
        return order

    def test_where_a_bank_has_the_money_of_what_stands_as_delivered_it_stands_still_in_their_name(
        self, world: World
    ) -> None:
        """The review is over by their word, and the dispute by its own: neither lets the seller have the money."""
        order = self.delivered_by_staff(world)
        told(order, "unanswered", world)
        dispute = world.dispute(order)
        world.hear()
        assert freezes(order) == {("review", ""), ("dispute", "")}
        told(order, "ended", world, by="user:support", why="nobody")
        note = "the buyer got nothing (nobody), and a refund is refused now: payment_disputed"
        assert freezes(order) == {("operator", note), ("dispute", "")}
        assert not Refund.objects.exists()
        world.decide(dispute, "win")
        world.hear()
        assert (stand(order), freezes(order)) == (("delivered", "delivered", "frozen"), {("operator", note)})
        release_due(at=world.later(days=30))
        assert stand(order) == ("delivered", "delivered", "frozen")
        (refund,) = ask(order, Wish(), world)
        assert (refund.status, stand(order)[2]) == ("approved", "returned")

    def test_or_it_is_the_buyers_by_the_bank(self, world: World) -> None:
        order = self.delivered_by_staff(world)
        told(order, "unanswered", world)
        dispute = world.dispute(order)
        world.hear()
        told(order, "ended", world, by="user:support", why="nobody")
        world.decide(dispute, "lose")
        world.hear()
        assert (stand(order)[2], Refund.objects.count()) == ("returned", 0)
        before = everything()
        told(order, "ended", world, by="user:support", why="nobody")
        assert everything() == before

    def test_where_an_operator_froze_it_too_the_refund_is_asked_for_and_the_review_is_over(self, world: World) -> None:
        order = self.delivered_by_staff(world)
        told(order, "unanswered", world)
        (hold,) = world.holds(order)
        freeze_hold(hold_pk=hold.pk, reason="operator", actor="test", note="look", at=world.at)
        told(order, "ended", world, by="user:support", why="nobody")
        assert freezes(order) == {("operator", "look"), ("refund_requested", "")}
        assert (Refund.objects.get().status, stand(order)[2]) == ("requested", "frozen")

    def test_but_where_a_dispute_keeps_the_money_still_it_only_goes_back_to_the_seller(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        send(order)
        told(order, "unanswered", world)
        (hold,) = world.holds(order)
        freeze_hold(hold_pk=hold.pk, reason="dispute", actor="test", note="", at=world.at)
        follow_ended({"fulfilment": part_of(order).public_id, "by": "user:support"}, world.at)
        assert (stand(order), Refund.objects.count()) == (("cancelled", "cancelled", "frozen"), 0)


class TestUnanswered:
    @pytest.mark.parametrize("cancelling", [False, True])
    def test_nothing_moves_until_somebody_has_found_out(self, world: World, cancelling: bool) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        if cancelling:
            cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="", at=world.at)
        told(order, "unanswered", world)
        assert (stand(order), tickets(order)) == (("paid", "review", "frozen"), Counter(review=1, listed=1))
        with pytest.raises(CannotCancel):
            cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="", at=world.at)
        world.later(days=9)
        time_out_due(at=world.at)
        release_due(at=world.at)
        assert stand(order) == ("paid", "review", "frozen")

    def test_a_person_says_that_the_buyer_has_them(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        told(order, "unanswered", world)
        deliver(fulfilment=part, actor="test", by_staff=True, at=world.at, policy=settings.POLICY, reason="asked both")
        world.work()
        assert (stand(order), tickets(order)) == (("delivered", "delivered", "held"), Counter(delivered=1, listed=1))

    def test_a_person_says_that_nobody_has_them(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        told(order, "unanswered", world)
        refund = cancel(part, world, threshold=10_000)
        assert refund is not None
        assert (refund.status, stand(order)) == ("approved", ("cancelled", "cancelled", "returned"))
        assert tickets(order) == Counter(released_back_to_seller=1, listed=1)

    def test_and_a_second_one_where_it_is_much(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        told(order, "unanswered", world)
        refund = cancel(part, world, threshold=1)
        assert refund is not None
        assert (refund.status, stand(order)) == ("requested", ("paid", "review", "frozen"))
        approve_refund(refund_pk=refund.pk, actor="user:finance", reason="yes", at=world.at)
        assert stand(order) == ("cancelled", "cancelled", "returned")

    def test_the_provider_speaks_after_all(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        send(order)
        told(order, "unanswered", world)
        told(order, "accepted", world)
        assert stand(order) == ("delivered", "delivered", "held")

    def test_not_of_what_is_delivered_and_not_of_money_that_is_gone(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        send(order)
        world.refund_outside(order, 10_000)
        world.hear()
        assert (stand(order), tickets(order)) == (
            ("refunded", "cancelling", "returned"),
            Counter(cancelling=1, listed=1),
        )
        told(order, "unanswered", world)
        assert stand(order) == ("refunded", "review", "returned")
        refund = cancel(part_of(order), world, threshold=1)
        assert (refund, stand(order)) == (None, ("refunded", "cancelled", "returned"))

    def test_who_has_them_is_said_also_after_the_money_is_gone(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        world.refund_outside(order, 10_000)
        world.hear()
        told(order, "unanswered", world)
        deliver(fulfilment=part, actor="test", by_staff=True, at=world.at, policy=settings.POLICY, reason="asked both")
        assert stand(order) == ("refunded", "delivered", "returned")

    @pytest.mark.parametrize("arrived", [True, False])
    def test_its_transfer_is_settled_as_the_person_says(self, world: World, arrived: bool) -> None:
        order = world.ticketed_order(10_000)
        part = part_of(order)
        transfer = transfer_tickets(fulfilment=part, provider="manual", actor="user:seller", at=world.at)
        with transaction.atomic():
            call_back(transfer_pk=transfer.pk, actor="test", at=world.at)
        TicketTransfer.objects.filter(pk=transfer.pk).update(status="review", ended_at=None)
        OutboxJob.objects.filter(topic__startswith="ticket_transfer").delete()
        told(order, "unanswered", world)
        if arrived:
            deliver(fulfilment=part, actor="test", by_staff=True, at=world.at, policy=settings.POLICY, reason="asked")
        else:
            cancel(part, world, threshold=10_000)
        world.work()
        transfer.refresh_from_db()
        assert transfer.status == ("accepted" if arrived else "cancelled")
        assert stand(order)[1:] == (("delivered", "held") if arrived else ("cancelled", "returned"))


def cancel(part: Fulfilment, world: World, *, threshold: int) -> Refund | None:
    return cancel_by_staff(
        fulfilment_pk=part.pk,
        requester="user:support",
        reason="nobody has them",
        policy=policy(refund_approval_threshold_minor={"USD": threshold}),
        at=world.at,
    )


class TestCancelByStaff:
    def test_before_they_went_out_is_a_refund_as_of_any_part(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        refund = cancel(part_of(order), world, threshold=10_000)
        assert refund is not None
        assert (refund.status, stand(order)) == ("approved", ("cancelled", "cancelled", "returned"))
        assert tickets(order) == Counter(released_back_to_seller=1, listed=1)

    @pytest.mark.parametrize("threshold", [10_000, 1])
    def test_after_that_they_are_called_back_once_enough_people_say_so(self, world: World, threshold: int) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        refund = cancel(part, world, threshold=threshold)
        assert refund is not None
        if threshold == 1:
            assert (refund.status, stand(order)) == ("requested", ("paid", "awaiting", "frozen"))
            approve_refund(refund_pk=refund.pk, actor="user:finance", reason="yes", at=world.at)
        refund.refresh_from_db()
        assert (refund.status, stand(order)) == ("cancelled", ("paid", "cancelling", "held"))
        told(order, "ended", world, state="cancelled")
        assert stand(order) == ("cancelled", "cancelled", "returned")
        assert Refund.objects.get(cause="transfer_ended").amount_minor == 10_000


class TestSumsOfCancels:
    """What one person may decide alone is added up alike, whether tickets have to be called back first or not."""

    @pytest.mark.parametrize("out", [False, True])
    def test_a_person_does_not_give_more_by_cancelling_many_small_parts(self, world: World, out: bool) -> None:
        first, second = world.ticketed_order(3_000), world.ticketed_order(3_000)
        parts = [send(order) if out else part_of(order) for order in (first, second)]
        cancel(parts[0], world, threshold=4_000)
        before = stand(second)
        refund = cancel(parts[1], world, threshold=4_000)
        assert refund is not None
        assert (refund.status, refund.review_code) == ("requested", "above_threshold_of_requester")
        assert (before, stand(second)) == (("paid", "awaiting", "held"), ("paid", "awaiting", "frozen"))

    def test_nor_of_one_order_where_the_machine_gave_the_money_in_the_end(self, world: World) -> None:
        order = world.ticketed_order(3_000, 2_000)
        first, second = order.fulfilments.order_by("pk")
        send_out(fulfilment=first, actor="user:seller", at=world.at)
        called_back = cancel(first, world, threshold=4_000)
        assert called_back is not None
        assert (called_back.status, called_back.approved_by) == ("cancelled", "system:refunds")
        assert called_back.approved_at == world.at
        follow_ended({"fulfilment": first.public_id, "state": "cancelled"}, world.at)
        assert Refund.objects.get(cause="transfer_ended").amount_minor == 3_000
        world.later(minutes=25 * 60)  # the person's day is over, the order's month is not
        refund = cancel(second, world, threshold=4_000)
        assert refund is not None
        assert (refund.status, refund.review_code) == ("requested", "above_threshold_of_order")

    def test_but_not_what_the_buyer_turned_out_to_have(self, world: World) -> None:
        first, second = world.ticketed_order(3_000), world.ticketed_order(3_000)
        cancel(send(first), world, threshold=4_000)
        told(first, "accepted", world)
        refund = cancel(part_of(second), world, threshold=4_000)
        assert refund is not None
        assert refund.status == "approved"

    def test_and_not_twice_where_the_provider_stays_silent(self, world: World) -> None:
        order = world.ticketed_order(3_000)
        part = send(order)
        cancel(part, world, threshold=4_000)
        told(order, "unanswered", world)
        refund = cancel(part, world, threshold=4_000)
        assert refund is not None
        assert (refund.status, stand(order)) == ("approved", ("cancelled", "cancelled", "returned"))


class TestRefundsOfWhatIsOut:
    def test_all_of_it_is_refused_and_a_part_of_it_is_not(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        before = everything()
        for wish in (Wish(), Wish(fulfilment=part.public_id), Wish(amount_minor=10_000)):
            with pytest.raises(CancelInstead):
                ask(order, wish, world)
        assert everything() == before
        (refund,) = ask(order, Wish(amount_minor=9_999), world)
        assert refund.status == "approved"
        with pytest.raises(CancelInstead):
            ask(order, Wish(amount_minor=1), world)

    def test_of_what_went_out_while_it_waited_too(self, world: World) -> None:
        """What was asked for froze the money, so that nothing goes out; an operator may have lifted that."""
        order = world.ticketed_order(10_000)
        (refund,) = ask(order, Wish(), world, threshold=1)
        with pytest.raises(HoldFrozen):
            send(order)
        (hold,) = world.holds(order)
        unfreeze_hold(
            hold_pk=hold.pk, reason="refund_requested", ref=refund.public_id, actor="test", note="", at=world.at
        )
        send(order)
        before = everything()
        with pytest.raises(CancelInstead):
            approve_refund(refund_pk=refund.pk, actor="user:finance", reason="yes", at=world.at)
        assert everything() == before


def ask(order: Order, wish: Wish, world: World, *, threshold: int = 10_000) -> list[Refund]:
    return request_refund(
        order_id=order.public_id,
        wish=wish,
        reason="why",
        requester="user:support",
        policy=policy(refund_approval_threshold_minor={"USD": threshold}),
        at=world.at,
    )


class TestEmptied:
    def test_by_the_gateway_before_they_went_out_the_tickets_are_their_sellers(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        world.refund_outside(order, 10_000)
        world.hear()
        assert stand(order) == ("refunded", "cancelled", "returned")
        assert tickets(order) == Counter(released_back_to_seller=1, listed=1)

    def test_by_a_lost_dispute_too(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        dispute = world.dispute(order)
        world.hear()
        with pytest.raises(HoldFrozen):
            send(order)
        world.decide(dispute, "lose")
        world.hear()
        assert stand(order)[1:] == ("cancelled", "returned")
        assert tickets(order) == Counter(released_back_to_seller=1, listed=1)

    def test_what_came_back_before_it_was_heard_of_moves_nothing(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        before = everything()
        follow_emptied({"fulfilment": part_of(order).public_id}, world.at)
        assert everything() == before
