"""Voids tickets that were sold and let nobody in: the event was called off, a barcode is forged, an organizer blocked
them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from config.kernel.errors import NotFound
from config.settings.policy import Policy
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.queries import lock_fulfilment
from orders.order.models import Order
from orders.order.queries import lock_order
from orders.order.states import OrderStatus
from orders.tickets.models import Ticket
from orders.tickets.services.invalid import TicketNotPromised, check_findable, find_invalid
from orders.tickets.states import TicketStatus
from payments.charges.services.close import cancel_unpaid
from payments.refunds.models import Refund
from payments.refunds.services.by_staff import cancel_by_staff, one_at_a_time


def void_sold_ticket(
    *, ticket_pk: int, requester: str, reason: str, policy: Policy, at: datetime, whole_part: bool = False
) -> Refund | None:
    """A person of ours found that a promised ticket (or with `whole_part` every one of its part) is invalid: the buyer
    gets the money, it becomes void, and the other tickets of the part are their seller's.

    Not paid for: its order is cancelled, once nothing at the gateway can take money for it. Paid for: its part is
    cancelled as staff cancel one, so that where the threshold does not let one person decide, the tickets become void
    when a second one approves; until then they go nowhere. Under review it is a person's word that the buyer has none.

    Returns the refund; None where there is none, or the ticket is void already. Raises TicketIsOut, TicketNotPromised,
    PaymentInProgress, AlreadyPaid, CannotCancel, NotFound; then no ticket and no money moved.
    """
    ticket = Ticket.objects.select_related("line__order", "line__fulfilment").filter(pk=ticket_pk).first()
    if ticket is None:
        raise NotFound("there is no such ticket")
    if ticket.status == TicketStatus.VOID:
        return None
    check_findable(ticket)
    if ticket.line is None:
        raise NotFound("nobody was promised it")
    order, part = ticket.line.order, ticket.line.fulfilment

    def find(order: Order) -> None:
        locked = lock_fulfilment(part.pk)
        find_invalid(part=locked, ticket_pk=ticket_pk, whole_part=whole_part, actor=requester, reason=reason, at=at)

    if order.status == OrderStatus.PENDING_PAYMENT:
        cancel_unpaid(order_id=order.public_id, actor=requester, reason=reason, at=at, first=find)
        ticket.refresh_from_db(fields=["status"])
        if ticket.status != TicketStatus.VOID:
            raise TicketNotPromised("its order ended meanwhile")
        return None
    return _cancel_part(part, find=find, requester=requester, reason=reason, policy=policy, at=at)


def _cancel_part(
    part: Fulfilment,
    *,
    find: Callable[[Order], None],
    requester: str,
    reason: str,
    policy: Policy,
    at: datetime,
) -> Refund | None:
    """The finding and the cancel, or the request of it, in one commit."""
    with transaction.atomic():
        one_at_a_time(requester)
        find(lock_order(part.order.public_id))
        return cancel_by_staff(fulfilment_pk=part.pk, requester=requester, reason=reason, policy=policy, at=at)
