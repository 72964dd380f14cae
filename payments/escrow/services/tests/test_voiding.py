"""Tests of tickets that were sold and let nobody in: they become void, and nobody has ticket and money."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from config.audit.models import AuditEntry
from config.inbox.processor import process_inbox
from config.tests.together import wait_until_somebody_waits_for_a_lock
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.order.queries import lock_order
from orders.tests.factories import item, make_order, make_product, make_tickets, policy
from orders.tests.together import TIMEOUT_S
from orders.tickets.models import Ticket
from orders.tickets.services.invalid import TicketIsOut, TicketNotPromised
from orders.tickets.services.listing import relist_ticket
from orders.tickets.services.sending import TicketFoundInvalid, send_out
from payments.charges.services.start import PaymentInProgress
from payments.escrow.models import EscrowHold
from payments.escrow.services.cancel import CannotCancel, time_out_fulfilment
from payments.escrow.services.custody import follow_accepted, follow_ended, follow_unanswered
from payments.escrow.services.freeze import freeze_hold, unfreeze_hold
from payments.escrow.services.voiding import void_sold_ticket
from payments.ledger.checks import broken_truths
from payments.refunds.models import Refund
from payments.refunds.services.decide import approve_refund, reject_refund, withdraw_refund
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def first_of(order: Order) -> Ticket:
    ticket = Ticket.objects.filter(line__order=order).order_by("pk").first()
    assert ticket is not None
    return ticket


def part_of(order: Order) -> Fulfilment:
    return order.fulfilments.get()


def void(
    ticket: Ticket, world: World, *, threshold: int = 10**6, whole_part: bool = False, by: str = "user:ops"
) -> Refund | None:
    return void_sold_ticket(
        ticket_pk=ticket.pk, requester=by, reason="forged", whole_part=whole_part, at=world.at,
        policy=policy(refund_approval_threshold_minor={"USD": threshold}),
    )  # fmt: skip


def stand(order: Order) -> tuple[str, str, Counter[str]]:
    """Order, part, and where the tickets of its listings are."""
    order.refresh_from_db()
    listings = list(order.lines.values_list("product_id", flat=True))
    statuses = Ticket.objects.filter(product__in=listings).values_list("status", flat=True)
    return order.status, part_of(order).status, Counter(statuses)


def stock(order: Order) -> int:
    return int(order.lines.get().product.stock)


def unpaid(world: World, *, tickets: int = 2) -> Order:
    listing = make_product(prices={"USD": 10_000}, stock=0)
    make_tickets(tickets + 1, product=listing)
    return make_order(item(listing, tickets), currency="USD", at=world.at)


class TestUnpaid:
    def test_its_order_is_cancelled_and_only_the_others_are_on_sale_again(self, world: World) -> None:
        order = unpaid(world)
        ticket = first_of(order)
        assert void(ticket, world) is None
        assert stand(order) == ("cancelled", "cancelled", Counter(void=1, listed=2))
        assert stock(order) == 2
        ticket.refresh_from_db()
        assert (ticket.status, ticket.line) == ("void", None)
        entry = AuditEntry.objects.get(subject_id=ticket.public_id, act="found_invalid")
        assert (entry.actor, entry.reason) == ("user:ops", "forged")
        assert broken_truths() == []
        before = everything()
        assert void(ticket, world) is None
        assert everything() == before

    def test_what_is_open_at_the_gateway_is_closed_first(self, world: World) -> None:
        order = unpaid(world)
        started = world.start(order)
        assert void(first_of(order), world, whole_part=True) is None
        assert stand(order) == ("cancelled", "cancelled", Counter(void=2, listed=1))
        started.payment.refresh_from_db()
        assert started.payment.closed_at is not None
        world.hear()
        assert stand(order)[0] == "cancelled"

    def test_not_while_its_payment_may_still_take_money(self, world: World) -> None:
        order = unpaid(world)
        started = world.start(order)
        world.confirm(started.payment, "pm_usBankAccount")
        world.hear()
        with pytest.raises(PaymentInProgress):
            void(first_of(order), world)
        assert stand(order) == ("pending_payment", "awaiting", Counter(reserved=2, listed=1))
        assert not Ticket.objects.filter(is_invalid=True).exists()


class TestInEscrow:
    def test_the_buyer_gets_the_money_and_nobody_the_ticket_in_one_commit(self, world: World) -> None:
        order = world.ticketed_order(10_000, tickets=2)
        ticket = first_of(order)
        refund = void(ticket, world)
        assert refund is not None
        assert (refund.status, refund.cause, refund.amount_minor) == ("approved", "cancelled_by_staff", 20_000)
        assert stand(order) == ("cancelled", "cancelled", Counter(void=1, released_back_to_seller=1, listed=1))
        assert EscrowHold.objects.get().status == "returned"
        ticket.refresh_from_db()
        assert ticket.status == "void"
        assert broken_truths() == []

    def test_all_of_its_part_where_the_event_is_off(self, world: World) -> None:
        order = world.ticketed_order(10_000, tickets=3)
        void(first_of(order), world, whole_part=True)
        assert stand(order)[2] == Counter(void=3, listed=1)
        assert stock(order) == 1

    def test_other_sellers_parts_stay_as_they_are(self, world: World) -> None:
        order = world.ticketed_order(10_000, 5_000)
        void(first_of(order), world, whole_part=True)
        assert list(order.fulfilments.order_by("pk").values_list("status", flat=True)) == ["cancelled", "awaiting"]
        assert Ticket.objects.filter(status="in_escrow").count() == 1

    def test_not_while_its_money_stands_still(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        freeze_hold(hold_pk=EscrowHold.objects.get().pk, reason="dispute", actor="test", note="", at=world.at)
        before = everything()
        with pytest.raises(CannotCancel):
            void(first_of(order), world)
        assert everything() == before
        assert not first_of(order).is_invalid

    def test_where_its_money_is_gone_already_only_the_ticket_goes(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        world.refund_outside(order, 10_000)
        world.deliver(world.new_events())
        process_inbox(now=world.now)
        assert void(first_of(order), world) is None
        assert stand(order)[1:] == ("cancelled", Counter(void=1, listed=1))
        world.hear()
        assert broken_truths() == []


class TestAboveTheThreshold:
    def ask(self, world: World, order: Order) -> Refund:
        refund = void(first_of(order), world, threshold=1)
        assert refund is not None
        assert refund.status == "requested"
        return refund

    def test_a_second_person_lets_the_ticket_become_void(self, world: World) -> None:
        order = world.ticketed_order(10_000, tickets=2)
        refund = self.ask(world, order)
        assert stand(order) == ("paid", "awaiting", Counter(in_escrow=2, listed=1))
        assert approve_refund(refund_pk=refund.pk, actor="user:finance", reason="yes", at=world.at)
        assert stand(order) == ("cancelled", "cancelled", Counter(void=1, released_back_to_seller=1, listed=1))

    def test_until_then_it_goes_nowhere_even_where_the_freeze_is_lifted(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        refund, hold = self.ask(world, order), EscrowHold.objects.get()
        unfreeze_hold(
            hold_pk=hold.pk, reason="refund_requested", ref=refund.public_id, actor="test", note="", at=world.at
        )
        before = everything()
        with pytest.raises(TicketFoundInvalid):
            send_out(fulfilment=part_of(order), actor="user:seller", at=world.at)
        assert everything() == before
        assert time_out_fulfilment(fulfilment_pk=part_of(order).pk, at=world.later(minutes=61))
        assert stand(order) == ("cancelled", "cancelled", Counter(void=1, listed=1))

    @pytest.mark.parametrize("rejected", [True, False])
    def test_refused_it_is_as_good_as_before(self, world: World, rejected: bool) -> None:
        order = world.ticketed_order(10_000)
        refund = self.ask(world, order)
        if rejected:
            assert reject_refund(refund_pk=refund.pk, actor="user:finance", reason="it is good", at=world.at)
        else:
            assert withdraw_refund(refund_pk=refund.pk, actor="user:ops", reason="it is good", at=world.at)
        ticket = first_of(order)
        assert (ticket.status, ticket.is_invalid) == ("in_escrow", False)
        assert AuditEntry.objects.filter(subject_id=ticket.public_id, act="not_invalid", reason="it is good").exists()
        send_out(fulfilment=part_of(order), actor="user:seller", at=world.at)
        assert stand(order)[2] == Counter(transferring=1, listed=1)

    def test_counts_for_the_sums_of_who_found_it(self, world: World) -> None:
        void(first_of(world.ticketed_order(3_000)), world, threshold=4_000)
        refund = void(first_of(world.ticketed_order(3_000)), world, threshold=4_000)
        assert refund is not None
        assert (refund.status, refund.review_code) == ("requested", "above_threshold_of_requester")


def under_review(world: World) -> Order:
    order = world.ticketed_order(10_000, tickets=2)
    send_out(fulfilment=part_of(order), actor="user:seller", at=world.at)
    follow_unanswered({"fulfilment": part_of(order).public_id}, world.at)
    assert stand(order)[1:] == ("review", Counter(review=2, listed=1))
    return order


class TestUnderReview:
    def test_it_is_a_persons_word_that_the_buyer_has_it_not(self, world: World) -> None:
        order = under_review(world)
        refund = void(first_of(order), world)
        assert refund is not None
        assert refund.status == "approved"
        assert stand(order) == ("cancelled", "cancelled", Counter(void=1, released_back_to_seller=1, listed=1))

    def test_whoever_speaks_after_that_moves_nothing(self, world: World) -> None:
        order = under_review(world)
        void(first_of(order), world, whole_part=True)
        before = everything()
        follow_accepted({"fulfilment": part_of(order).public_id}, world.at)
        follow_ended({"fulfilment": part_of(order).public_id, "state": "expired"}, world.at)
        assert everything() == before

    def test_the_provider_may_speak_before_the_second_person(self, world: World) -> None:
        """The buyer has it after all: no money goes, whatever was found."""
        order = under_review(world)
        refund = void(first_of(order), world, threshold=1)
        assert refund is not None
        follow_accepted({"fulfilment": part_of(order).public_id}, world.at)
        with pytest.raises(CannotCancel):
            approve_refund(refund_pk=refund.pk, actor="user:finance", reason="yes", at=world.at)
        assert stand(order)[1:] == ("delivered", Counter(delivered=2, listed=1))
        assert EscrowHold.objects.get().remaining_minor == 20_000

    def test_or_say_that_nobody_has_it_and_it_is_void_all_the_same(self, world: World) -> None:
        order = under_review(world)
        void(first_of(order), world, threshold=1)
        follow_ended({"fulfilment": part_of(order).public_id, "state": "expired"}, world.at)
        assert stand(order) == ("cancelled", "cancelled", Counter(void=1, released_back_to_seller=1, listed=1))
        assert Refund.objects.get(status="approved").cause == "transfer_ended"


class TestRefused:
    def test_what_is_out_is_its_providers(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        send_out(fulfilment=part_of(order), actor="user:seller", at=world.at)
        before = everything()
        with pytest.raises(TicketIsOut):
            void(first_of(order), world)
        assert everything() == before

    def test_what_nobody_was_promised_is_taken_out_otherwise(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        listed = Ticket.objects.get(status="listed")
        before = everything()
        with pytest.raises(TicketNotPromised):
            void(listed, world)
        assert everything() == before
        void(first_of(order), world)
        assert not Ticket.objects.exclude(status__in=("void", "listed")).exists()
        void_again = Ticket.objects.get(status="void")
        with pytest.raises(Exception, match="void"):
            relist_ticket(ticket_pk=void_again.pk, actor="user:seller", at=world.at)


class TestRace:
    def test_with_the_transfer_either_goes_and_the_other_is_refused(self, world: World) -> None:
        """The seller begins the transfer while the finding waits for the order: it looks again under the lock."""
        order = world.ticketed_order(10_000)
        ticket, said, at = first_of(order), [], world.at
        part = part_of(order)

        def find() -> None:
            try:
                void(ticket, world)
            except TicketIsOut as refused:
                said.append(refused.code)
            finally:
                connection.close()

        with transaction.atomic():
            lock_order(order.public_id)
            other = threading.Thread(target=find)
            other.start()
            wait_until_somebody_waits_for_a_lock()
            send_out(fulfilment=part, actor="user:seller", at=at)
        other.join(TIMEOUT_S)
        assert said == ["ticket_is_out"]
        assert stand(order) == ("paid", "awaiting", Counter(transferring=1, listed=1))
        assert (Refund.objects.count(), first_of(order).is_invalid) == (0, False)
