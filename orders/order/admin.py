"""Orders, as operators see them: where the money is, and what happens next."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.keyset import choice_filter
from config.admin.money import show_money, shown
from config.admin.panel import Figure, Tone
from config.admin.parts import Fact, Facts, Figures, Table, columns, part
from config.admin.show import badge, code, row_link, until, when
from orders.order.acts import REVOKE_LINK
from orders.order.guidance import next_step
from orders.order.models import Order
from orders.order.states import OrderStatus


@part("orders.view", "Money")
def money(order: Order, at: datetime) -> Figures:
    """What it costs and what was paid; where that money is now, the apps above know."""
    del at
    unit = order.currency
    due = order.due_minor if order.status == OrderStatus.PENDING_PAYMENT else 0
    found = [
        Figure("Total", show_money(order.total)),
        Figure("Paid", shown(order.applied_minor, unit), Tone.GOOD if order.applied_minor else Tone.NEUTRAL),
    ]
    if due:
        found.append(Figure("Still due", shown(due, unit), Tone.WARNING))
    if order.refunded_minor:
        found.append(Figure("Refunded", shown(order.refunded_minor, unit)))
    if order.disputed_minor:
        found.append(Figure("Disputed", shown(order.disputed_minor, unit), Tone.BAD))
    if order.lost_minor:
        found.append(Figure("Lost to disputes", shown(order.lost_minor, unit), Tone.BAD))
    return Figures(tuple(found))


@part("orders.view", "Fulfilments")
def fulfilments(order: Order, at: datetime) -> Table:
    """One row per seller: what they owe the buyer, and by when."""
    rows = order.fulfilments.select_related("seller").order_by("pk")
    return Table(
        title="Fulfilments",
        columns=columns("Fulfilment", "Seller", "State", "Deliver by", "Released", "#Amount"),
        rows=tuple(
            (
                row_link(part_of),
                row_link(part_of.seller, part_of.seller.called),
                badge(part_of.status),
                when(part_of.deliver_by),
                until(part_of.release_at, at=at) if part_of.status == "delivered" else "–",
                shown(part_of.amount_minor, order.currency),
            )
            for part_of in rows
        ),
        note="Deliver, complete and cancel on the page of the fulfilment.",
    )


@part("orders.view", "Lines")
def lines(order: Order, at: datetime) -> Table:
    """What was bought, with the fees as they were frozen when it was priced."""
    del at
    unit = order.currency
    return Table(
        title="Lines",
        columns=columns("Product", "SKU", "#Pieces", "#Each", "#Amount", "#Our fee", "#Gateway fee", "#Refunded"),
        rows=tuple(
            (
                line.name,
                code(line.sku),
                f"{line.quantity:,}",
                shown(line.unit_minor, unit),
                shown(line.amount_minor, unit),
                shown(line.platform_fee_minor, unit),
                shown(line.gateway_fee_minor, unit),
                shown(line.refunded_minor, unit) if line.refunded_minor else "–",
            )
            for line in order.lines.order_by("position")[:500]
        ),
    )


@part("orders.view", "Order")
def about(order: Order, at: datetime) -> Facts:
    """Who bought, when, and on which terms."""
    del at
    metadata = ", ".join(f"{name} {value}" for name, value in order.cart_metadata.items())
    return Facts(
        "Order",
        (
            Fact("Id", code(order.public_id)),
            Fact("Buyer", row_link(order.buyer, order.buyer.email) if order.buyer else "guest"),
            Fact("E-mail", order.email),
            Fact("Placed", when(order.created_at)),
            Fact("Stock kept until", when(order.reserved_until)),
            Fact("Paid", when(order.paid_at)),
            Fact("Closed", when(order.closed_at)),
            Fact("Terms", order.terms_version or "–", hint="accepted" if order.terms_accepted_at else ""),
            Fact("Terms accepted", when(order.terms_accepted_at)),
            Fact("Open attempts", order.open_attempts),
            Fact("From the cart", metadata or "–"),
        ),
    )


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Newest first. Its status is derived from its money and its fulfilments, so that nobody sets it."""

    list_display = ("title", "status_shown", "payment_shown", "total_shown", "email", "placed")
    list_filter = (choice_filter("status", "status", OrderStatus.values),)
    list_select_related = ("buyer",)
    searched = "order id (ord_…) or e-mail address"
    parts = (money, fulfilments, lines, about)
    acts = (REVOKE_LINK,)

    def finds(self, term: str) -> bool:
        return term.startswith("ord_") or "@" in term

    def find(self, term: str) -> Q | None:
        return Q(email=term) if "@" in term else Q(public_id=term)

    def headline(self, row: Order, *, at: datetime) -> Headline:
        step = next_step(
            status=row.status,
            payment_status=row.payment_status,
            reservation_over=row.reserved_until <= at,
            reserved_until=date_format(timezone.localtime(row.reserved_until), "TIME_FORMAT"),
            parts=tuple(row.fulfilments.values_list("status", flat=True)),
        )
        badges = (badge(row.status), badge(row.payment_status, of="payment"))
        return Headline(f"Order over {show_money(row.total)}", badges, next_step=step)

    title = cell("order", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    payment_shown = cell("payment", lambda row: badge(row.payment_status))
    total_shown = cell("total", lambda row: show_money(row.total))
    placed = cell("placed", lambda row: when(row.created_at))
