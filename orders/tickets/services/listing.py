"""Tickets come into custody and leave it unsold: listed, taken out, listed again. Stock follows in the same commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet

from config.audit.services import move, record
from config.kernel.errors import Conflict, NotFound
from orders.catalog.models import Product
from orders.catalog.services import become_ticketed, count_tickets
from orders.tickets import rules
from orders.tickets.barcodes import barcode_digests, barcode_key, seal_barcode
from orders.tickets.models import Ticket
from orders.tickets.states import KEPT, TicketStatus
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import TransferStatus

MAX_EVENT_NAME = 200


class BarcodeListed(Conflict):
    """This barcode is in custody already, or was sold by somebody who has it no more."""

    code = "barcode_listed"


class TicketNotFree(Conflict):
    """The ticket is promised to somebody, or gone."""

    code = "ticket_not_free"


def list_tickets(
    *,
    product_id: int,
    tickets: Sequence[Mapping[str, Any]],
    event_name: str = "",
    event_at: datetime | None = None,
    actor: str,
    at: datetime,
) -> list[Ticket]:
    """Takes tickets of a listing (product's primary key) into custody, all or none: each is one piece of its stock.

    A listing becomes ticketed with its first one. Raises InvalidTicket, InvalidBarcode, BarcodeListed (naming the place
    in the list, never the barcode), NotFound, and HasPieces for a listing that has pieces without tickets.
    """
    clean = rules.clean_tickets(tickets)
    name = rules.clean_text(event_name, field="event_name", longest=MAX_EVENT_NAME)
    with transaction.atomic():
        digests = [barcode_digests(each.barcode) for each in clean]
        one_lister_at_a_time(digests)
        # Before the listing's own lock, as everywhere: ticket, then stock.
        seller_id = Product.objects.filter(pk=product_id).values_list("seller_id", flat=True).first()
        if seller_id is None:
            raise NotFound("there is no such product")
        for position, known in enumerate(digests):
            _check_free(known, seller_id=seller_id, field=f"tickets.{position}.barcode")
        product = become_ticketed(product_id=product_id, actor=actor, at=at)
        made = [
            Ticket(
                product=product,
                seller_id=product.seller_id,
                event_name=name,
                event_at=event_at,
                section=each.section,
                row=each.row,
                seat=each.seat,
                label=each.label,
                barcode_sealed=seal_barcode(each.barcode),
                barcode_digest=known[0],
                barcode_key=barcode_key(),
                created_at=at,
            )
            for each, known in zip(clean, digests, strict=True)
        ]
        _insert(made)
        for ticket in made:
            record(ticket, act="listed", actor=actor, at=at, to_state=ticket.status, facts={"listing": product.sku})
        count_tickets(product_id=product.pk, by=len(made))
    return made


def void_ticket(*, ticket_pk: int, actor: str, at: datetime, reason: str = "") -> bool:
    """Takes a ticket out for good that nobody was promised. False when it is void already. Raises TicketNotFree."""
    with transaction.atomic():
        ticket = _lock(ticket_pk)
        if ticket.status == TicketStatus.VOID:
            return False
        verdict = rules.may_void(status=ticket.status)
        if not verdict:
            raise TicketNotFree(verdict.detail)
        was_listed = ticket.status == TicketStatus.LISTED
        move(ticket, to=TicketStatus.VOID, actor=actor, at=at, reason=reason)
        if was_listed:
            count_tickets(product_id=ticket.product_id, by=-1)
    return True


def relist_ticket(*, ticket_pk: int, actor: str, at: datetime, reason: str = "") -> bool:
    """A ticket that went back to its seller is offered again. False when it is listed. Raises TicketNotFree, and
    BarcodeListed where its barcode came into custody otherwise meanwhile, or is somebody else's by now."""
    barcodes = Ticket.objects.filter(pk=ticket_pk).only("barcode_sealed")
    with transaction.atomic():
        # Before the ticket's own lock, as everywhere: barcode, ticket, stock.
        known = [digest for each in barcodes if each.barcode for digest in barcode_digests(each.barcode)]
        one_lister_at_a_time([known])
        ticket = _lock(ticket_pk)
        if ticket.status == TicketStatus.LISTED:
            return False
        if ticket.status != TicketStatus.RELEASED_BACK or ticket.barcode_digest is None:
            raise TicketNotFree(f"the ticket is {ticket.status}")
        _check_free(known, seller_id=ticket.seller_id)
        try:
            with transaction.atomic():
                move(ticket, to=TicketStatus.LISTED, actor=actor, at=at, reason=reason)
        except IntegrityError as error:
            raise _taken(error) from None
        count_tickets(product_id=ticket.product_id, by=1)
    return True


def _lock(ticket_pk: int) -> Ticket:
    ticket = Ticket.objects.select_for_update(of=("self",)).filter(pk=ticket_pk).first()
    if ticket is None:
        raise NotFound("there is no such ticket")
    return ticket


def one_lister_at_a_time(digests: Sequence[Sequence[bytes]]) -> None:
    """Who lists the same barcode under another key, while keys are rotated, waits: the two digests share no row that
    could be unique. In ascending order, and the transaction's, so that a pooled connection never carries them on."""
    numbers = sorted({int.from_bytes(each[:8], "big", signed=True) for known in digests for each in known})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) AS n", [numbers])


def _check_free(known: Sequence[bytes], *, seller_id: int, field: str = "") -> None:
    """Nobody has it in custody, and who sold it has it no more: it is its last buyer's alone to list again, also after
    they took out what they had listed. Where a transfer says that it left after all, a person decides first."""
    same = Ticket.objects.filter(barcode_digest__in=known)
    if same.filter(status__in=KEPT).exists() or _is_contradicted(same):
        raise BarcodeListed(field=field)
    sold = same.select_for_update(of=("self",)).filter(status=TicketStatus.DELIVERED).select_related("line__order")
    last = sold.order_by(F("line__fulfilment__delivered_at").desc(nulls_last=True), "-pk").first()
    if last is None:
        return
    if last.line is None or last.line.order.buyer_id != seller_id:
        raise BarcodeListed(field=field)
    same.filter(status=TicketStatus.DELIVERED, passed_on=False).update(passed_on=True)


def _is_contradicted(same: QuerySet[Ticket]) -> bool:
    """It went back to its seller by a provider's word, and another word, or a person, says that its buyer has it."""
    back = same.filter(status__in=(TicketStatus.RELEASED_BACK, TicketStatus.VOID))
    sellers = dict(back.values_list("public_id", "seller_id"))
    said = TicketTransfer.objects.filter(status__in=(TransferStatus.REVIEW, TransferStatus.ACCEPTED))
    mine = said.filter(fulfilment__seller__in=set(sellers.values()), ticket_ids__overlap=list(sellers))
    return bool(sellers) and mine.exists()


def _insert(tickets: Sequence[Ticket]) -> None:
    try:
        with transaction.atomic():
            Ticket.objects.bulk_create(tickets)
    except IntegrityError as error:
        raise _taken(error) from None


def _taken(error: IntegrityError) -> Exception:
    return BarcodeListed() if "a_barcode_is_in_custody_once" in str(error) else error
