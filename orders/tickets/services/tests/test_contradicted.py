"""Tests of what becomes of a ticket whose provider gave it back to its seller and then says that its buyer has it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from orders.fulfilment.services import take_back
from orders.order.queries import lock_order
from orders.order.services import apply_payment, cancel_unpaid_order
from orders.tests.factories import AT, item, make_order, make_paid_order, make_product, make_tickets, traces
from orders.tickets.models import Ticket
from orders.tickets.providers.contract import TransferState
from orders.tickets.services import contradicted
from orders.tickets.services.contradicted import REASON, StillMoving, take_off_sale
from orders.tickets.services.listing import BarcodeListed, TicketNotFree, list_tickets, relist_ticket, void_ticket
from orders.tickets.services.sending import TicketFoundInvalid, send_out
from orders.tickets.services.transferring import transfer_tickets
from orders.tickets.states import TicketStatus
from orders.tickets.transfers.services.record import observe_transfer
from orders.tickets.transfers.services.send import send_wanted
from orders.tickets.transfers.services.settle import settle_transfer
from orders.tickets.transfers.tests.played import Played

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=9)


@pytest.fixture(autouse=True)
def _whose_money_is_not_looked_at(settings: Any) -> None:
    settings.BEFORE_TRANSFER = []


class Sold:
    """A ticket whose provider said that its buyer declined it, so that it is its seller's again."""

    def __init__(self, played: Played, *, tickets: int = 1) -> None:
        self.played = played
        self.ticket, *self.others = make_tickets(tickets)
        self.order = make_paid_order(item(self.ticket.product, tickets))
        self.part = self.order.fulfilments.get()
        self.transfer = transfer_tickets(fulfilment=self.part, provider="played", actor="user:seller", at=AT)
        send_wanted({"transfer": self.transfer.public_id}, AT)
        self.says(TransferState.DECLINED)
        with transaction.atomic():
            take_back(fulfilment=self.part, order=self.order, actor="test", at=AT, reason="declined")

    def says(self, state: TransferState) -> None:
        view = self.played.become(self.transfer, state)
        with transaction.atomic():
            observe_transfer(transfer_pk=self.transfer.pk, view=view, actor="provider:played", at=AT)

    def accepts_after_all(self) -> None:
        self.says(TransferState.ACCEPTED)
        self.hears()

    def hears(self) -> None:
        """Twice, as facts are told."""
        take_off_sale({"transfer": self.transfer.public_id}, LATER)
        before = traces()
        take_off_sale({"transfer": self.transfer.public_id}, LATER)
        assert traces() == before

    def stands(self, ticket: Ticket | None = None) -> str:
        ticket = ticket or self.ticket
        ticket.refresh_from_db()
        return ticket.status

    def listed_anew(self) -> Ticket:
        """Its seller takes it out and gives the same barcode into custody under another listing."""
        barcode = self.ticket.barcode
        void_ticket(ticket_pk=self.ticket.pk, actor="test", at=AT)
        product = make_product(stock=0, seller=self.ticket.seller)
        [new] = list_tickets(product_id=product.pk, tickets=[{"barcode": barcode}], actor="test", at=AT)
        return new


@pytest.fixture
def sold(played: Played) -> Sold:
    return Sold(played)


class TestTakeOffSale:
    def test_what_was_relisted_is_taken_out_and_stock_follows(self, sold: Sold) -> None:
        relist_ticket(ticket_pk=sold.ticket.pk, actor="test", at=AT)
        sold.accepts_after_all()
        assert sold.stands() == "void"
        sold.ticket.product.refresh_from_db()
        assert sold.ticket.product.stock == 0
        last = AuditEntry.objects.filter(subject_id=sold.ticket.public_id).latest("pk")
        assert (last.actor, last.reason) == ("system:transfers", f"{REASON}: {sold.transfer.public_id}")

    def test_also_what_was_listed_anew_as_another_ticket(self, sold: Sold) -> None:
        new = sold.listed_anew()
        sold.accepts_after_all()
        assert (sold.stands(), sold.stands(new)) == ("void", "void")

    def test_what_only_went_back_stays_with_its_seller_and_cannot_be_offered(self, sold: Sold) -> None:
        sold.accepts_after_all()
        assert sold.stands() == "released_back_to_seller"
        before = traces()
        with pytest.raises(BarcodeListed):
            relist_ticket(ticket_pk=sold.ticket.pk, actor="test", at=LATER)
        assert traces() == before

    @pytest.mark.parametrize("accepted", [True, False])
    def test_a_person_says_whose_it_is(self, sold: Sold, accepted: bool) -> None:
        """The buyer's: it is taken out. The seller's: they may offer it again."""
        sold.accepts_after_all()
        settle_transfer(transfer_pk=sold.transfer.pk, accepted=accepted, actor="user:ops", reason="asked", at=LATER)
        if accepted:
            sold.hears()
            assert sold.stands() == "void"
        else:
            assert relist_ticket(ticket_pk=sold.ticket.pk, actor="test", at=LATER)

    def test_what_a_next_buyer_has_reserved_goes_to_nobody_and_is_void_with_their_order(self, sold: Sold) -> None:
        relist_ticket(ticket_pk=sold.ticket.pk, actor="test", at=AT)
        order = make_order(item(sold.ticket.product))
        sold.accepts_after_all()
        assert (sold.stands(), sold.ticket.is_invalid) == ("reserved", True)
        cancel_unpaid_order(order, actor="test", at=LATER)
        assert sold.stands() == "void"
        sold.ticket.product.refresh_from_db()
        assert sold.ticket.product.stock == 0

    def test_what_a_next_buyer_paid_for_is_not_sent(self, sold: Sold) -> None:
        relist_ticket(ticket_pk=sold.ticket.pk, actor="test", at=AT)
        order = make_order(item(sold.ticket.product))
        sold.accepts_after_all()
        apply_payment(order, amount_minor=1_000, actor="test", at=LATER)
        assert sold.stands() == "in_escrow"
        before = traces()
        with pytest.raises(TicketFoundInvalid):
            send_out(fulfilment=order.fulfilments.get(), actor="user:seller", at=LATER)
        assert traces() == before

    def test_of_several_only_what_is_on_sale_and_nothing_of_others(self, played: Played) -> None:
        sold, other = Sold(played, tickets=2), Sold(played)
        for ticket in (sold.ticket, other.ticket):
            relist_ticket(ticket_pk=ticket.pk, actor="test", at=AT)
        sold.accepts_after_all()
        assert [sold.stands(), sold.stands(sold.others[0]), sold.stands(other.ticket)] == [
            "void", "released_back_to_seller", "listed",
        ]  # fmt: skip

    def test_what_is_out_again_is_left_to_its_own_provider_and_said_aloud(
        self, sold: Sold, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It went out between the look and the lock."""
        relist_ticket(ticket_pk=sold.ticket.pk, actor="test", at=AT)
        part = make_paid_order(item(sold.ticket.product)).fulfilments.get()
        sold.says(TransferState.ACCEPTED)

        def goes_out(order_id: str) -> Any:
            send_out(fulfilment=part, actor="user:seller", at=AT)
            return lock_order(order_id)

        monkeypatch.setattr(contradicted, "lock_order", goes_out)
        take_off_sale({"transfer": sold.transfer.public_id}, LATER)
        assert "with a provider again" in caplog.text

    def test_what_goes_from_hand_to_hand_is_looked_at_again(self, sold: Sold, monkeypatch: pytest.MonkeyPatch) -> None:
        relist_ticket(ticket_pk=sold.ticket.pk, actor="test", at=AT)
        sold.says(TransferState.ACCEPTED)
        looks: list[int] = []

        def reserved_at_first(**given: Any) -> bool:
            looks.append(1)
            if len(looks) == 1:
                raise TicketNotFree
            return void_ticket(**given)

        monkeypatch.setattr(contradicted, "void_ticket", reserved_at_first)
        take_off_sale({"transfer": sold.transfer.public_id}, LATER)
        assert (sold.stands(), len(looks)) == ("void", 2)

    def test_and_in_the_end_tried_again_by_the_outbox(self, sold: Sold, monkeypatch: pytest.MonkeyPatch) -> None:
        relist_ticket(ticket_pk=sold.ticket.pk, actor="test", at=AT)
        sold.says(TransferState.ACCEPTED)

        def never(**given: Any) -> bool:
            raise TicketNotFree

        monkeypatch.setattr(contradicted, "void_ticket", never)
        before = traces()
        with pytest.raises(StillMoving):
            take_off_sale({"transfer": sold.transfer.public_id}, LATER)
        assert traces() == before

    def test_what_is_delivered_or_still_out_by_this_transfer_moves_nothing(self, played: Played) -> None:
        ticket = make_tickets(1)[0]
        part = make_paid_order(item(ticket.product)).fulfilments.get()
        transfer = transfer_tickets(fulfilment=part, provider="played", actor="user:seller", at=AT)
        for status in (TicketStatus.TRANSFERRING, TicketStatus.REVIEW, TicketStatus.DELIVERED):
            Ticket._base_manager.filter(pk=ticket.pk).update(status=status)
            before = traces()
            take_off_sale({"transfer": transfer.public_id}, LATER)
            assert traces() == before

    def test_nor_does_what_was_forgotten(self, sold: Sold) -> None:
        Ticket._base_manager.filter(pk=sold.ticket.pk).update(
            barcode_sealed=None, barcode_digest=None, barcode_key="", status="void"
        )
        sold.says(TransferState.ACCEPTED)
        before = traces()
        take_off_sale({"transfer": sold.transfer.public_id}, LATER)
        assert traces() == before


class TestWords:
    def test_of_one_transfer_are_heard_in_the_order_in_which_they_were_said(self, sold: Sold) -> None:
        sold.says(TransferState.ACCEPTED)
        said = OutboxJob.objects.filter(topic__startswith="ticket_transfer.", ordering_key=sold.transfer.public_id)
        assert [job.topic for job in said.order_by("pk").distinct()] == [
            "ticket_transfer.ended", "ticket_transfer.unanswered", "ticket_transfer.unanswered",
        ]  # fmt: skip
