"""What a ticket must look like before it is listed, and what may be done to tickets: plain values in, verdicts out."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from config.kernel.errors import Invalid
from config.kernel.verdict import Verdict
from config.ops.redaction import mask
from orders.tickets.barcodes import clean_barcode
from orders.tickets.states import TicketStatus

MAX_AT_ONCE = 100
_LENGTHS = {"section": 40, "row": 40, "seat": 40, "label": 100}


class InvalidTicket(Invalid):
    """A ticket's field does not hold what it must."""

    code = "invalid_ticket"


@dataclass(frozen=True, slots=True, repr=False)
class NewTicket:
    """What a seller says of one ticket. It has no repr: a barcode is never written anywhere by accident."""

    barcode: str
    section: str = ""
    row: str = ""
    seat: str = ""
    label: str = ""


def clean_tickets(given: Collection[Mapping[str, Any]]) -> tuple[NewTicket, ...]:
    """1 to 100 tickets, each with a barcode of its own. Raises InvalidTicket, InvalidBarcode."""
    if not 1 <= len(given) <= MAX_AT_ONCE:
        raise InvalidTicket(f"1 to {MAX_AT_ONCE} tickets at once", field="tickets")
    return tuple(
        NewTicket(
            barcode=clean_barcode(each.get("barcode")),
            **{name: clean_text(each.get(name, ""), field=name, longest=_LENGTHS[name]) for name in _LENGTHS},
        )
        for each in given
    )


def clean_text(value: Any, *, field: str, longest: int) -> str:
    """One line of text, stripped, with card numbers masked; may be empty."""
    text = value.strip() if isinstance(value, str) else None
    if text is None or len(text) > longest or any(unicodedata.category(mark) in ("Cc", "Cs") for mark in text):
        raise InvalidTicket(f"text of up to {longest} characters", field=field)
    return mask(text)


def may_void(*, status: str) -> Verdict:
    """Only what nobody was promised and nobody else has: its barcode is worth nothing to us from then."""
    if status not in (TicketStatus.LISTED, TicketStatus.RELEASED_BACK):
        return Verdict.no("ticket_not_free", f"the ticket is {status}")
    return Verdict.yes()


def may_find_invalid(*, status: str) -> Verdict:
    """Only what is promised and here, or nobody knows where: of what is out its provider alone says who has it."""
    if status in (TicketStatus.TRANSFERRING, TicketStatus.CANCELLING):
        return Verdict.no("ticket_is_out", "a provider has it: cancel its part of the order, which calls it back")
    if status not in (TicketStatus.RESERVED, TicketStatus.IN_ESCROW, TicketStatus.REVIEW):
        return Verdict.no("ticket_not_promised", f"the ticket is {status}")
    return Verdict.yes()


def may_send_out(
    *,
    fulfilment_status: str,
    order_status: str,
    tickets: Collection[str],
    refunded_minor: int,
    any_invalid: bool = False,
) -> Verdict:
    """A transfer takes all tickets of one part that was paid, and of which nothing went back to the buyer; not one that
    lets nobody in."""
    if order_status not in ("paid", "delivered") or fulfilment_status != "awaiting":
        return Verdict.no("not_awaiting", f"the order is {order_status}, its part {fulfilment_status}")
    if refunded_minor:
        return Verdict.no("part_refunded", "some of its money went back to the buyer")
    if not tickets or any(status != TicketStatus.IN_ESCROW for status in tickets):
        return Verdict.no("tickets_not_in_escrow", "not all of its tickets are in escrow")
    if any_invalid:
        return Verdict.no("ticket_found_invalid", "one of its tickets was found invalid")
    return Verdict.yes()
