"""The operator's page of orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.safestring import SafeString

from config.admin.acts import Act, Asked, Effect, by_rehearsal
from config.admin.base import Headline, ReadOnlyAdmin
from config.admin.keyset import choice_filter
from config.admin.money import show_money, shown
from config.admin.panel import Figure, Tone
from config.admin.parts import SHOWN, Fact, Facts, Figures, Table, columns, part
from config.admin.show import badge, code, row_link, until, when
from orders.fulfilment.states import FulfilmentStatus
from orders.order.models import Order
from orders.order.services import revoke_access
from orders.order.states import OrderStatus


@part("orders.view", "Money of the order")
def money(order: Order, at: datetime) -> Figures:
    del at
    sums = [("Total", order.total_minor), ("Paid", order.applied_minor), ("Refunded", order.refunded_minor)]
    extra = [("Withdrawn by disputes", order.disputed_minor), ("Lost to disputes", order.lost_minor)]
    figures = [Figure(label, shown(amount, order.currency)) for label, amount in sums]
    figures += [Figure(label, shown(amount, order.currency), Tone.BAD) for label, amount in extra if amount]
    return Figures(tuple(figures))


@part("orders.view", "Order")
def facts(order: Order, at: datetime) -> Facts:
    link = "expired" if at >= order.access_expires_at else f"works until {order.access_expires_at:%Y-%m-%d}"
    return Facts(
        "Order",
        (
            Fact("Id", code(order.public_id)),
            Fact("Buyer", row_link(order.buyer, order.buyer.email) if order.buyer else "guest"),
            Fact("E-mail", order.email or "–"),
            Fact("Placed", when(order.created_at)),
            Fact("Stock kept until", when(order.reserved_until), until(order.reserved_until, at=at)),
            Fact("Paid", when(order.paid_at)),
            Fact("Closed", when(order.closed_at)),
            Fact("Open attempts", order.open_attempts, "payments that a gateway could still take"),
            Fact("Terms", order.terms_version or "–"),
            Fact("Terms accepted", when(order.terms_accepted_at)),
            Fact("The guest's link", link, f"version {order.access_version}"),
        ),
    )


@part("orders.view", "Lines")
def lines(order: Order, at: datetime) -> Table:
    del at
    currency = order.currency
    rows = tuple(
        (
            code(line.sku),
            line.name,
            f"{line.quantity:,}",
            shown(line.unit_minor, currency),
            shown(line.amount_minor, currency),
            shown(line.platform_fee_minor, currency),
            shown(line.gateway_fee_minor, currency),
            shown(line.tax_minor + line.withheld_minor, currency),
            shown(line.refunded_minor, currency),
        )
        for line in order.lines.order_by("position")[:SHOWN]
    )
    heads = columns(
        "SKU", "Name", "#Pieces", "#Each", "#Amount", "#Platform fee", "#Gateway fee", "#Tax and withheld", "#Refunded"
    )
    return Table("Lines", heads, rows, note="Prices and fees as they were frozen when the order was placed.")


@part("orders.view", "Fulfilments")
def fulfilments(order: Order, at: datetime) -> Table:
    rows = tuple(
        (
            row_link(part),
            row_link(part.seller, part.seller.email),
            badge(part.status),
            shown(part.amount_minor, order.currency),
            until(part.deliver_by, at=at) if part.status == FulfilmentStatus.AWAITING else "–",
            when(part.delivered_at),
        )
        for part in order.fulfilments.select_related("seller").order_by("id")[:SHOWN]
    )
    return Table("Fulfilments", columns("Id", "Seller", "Status", "#Amount", "To be delivered", "Delivered"), rows)


def _revoke_effect(order: Order, user: Any, at: datetime) -> Effect:
    return by_rehearsal(
        "The link that the buyer was sent stops working at once. Signed in, the buyer still sees the order.",
        # On a copy: a verb brings its row up to date, and what was rehearsed did not happen.
        lambda: revoke_access(Order.objects.get(pk=order.pk), actor=user.actor, at=at, reason=""),
    )


def _revoke(order: Order, asked: Asked) -> None:
    revoke_access(order, actor=asked.actor, at=asked.at, reason=asked.reason)


REVOKE_LINK = Act(
    name="revoke-link",
    title="Revoke the guest's link",
    code="orders.cancel",
    effect=_revoke_effect,
    do=_revoke,
    done="The link does not work any more.",
    seen=lambda order: f"link {order.access_version}",
    tone=Tone.BAD,
)
_NEXT = {
    OrderStatus.PAID: "Its sellers are to deliver.",
    OrderStatus.DELIVERED: "Waits for the buyer's word, or for the release timers.",
    OrderStatus.COMPLETED: "Nothing more is expected.",
    OrderStatus.CANCELLED: "It is over. Money that still comes goes back.",
    OrderStatus.EXPIRED: "It was not paid in time. Money that still comes goes back.",
    OrderStatus.REFUNDED: "Everything went back to the buyer.",
}


class OrderAdmin(ReadOnlyAdmin):
    list_display = ("the_id", "the_status", "the_payment", "the_total", "email", "placed")
    list_filter = (choice_filter("status", "status", OrderStatus.values),)
    searched = "order id or the buyer's e-mail"
    heavy = ("cart_metadata",)
    parts = (money, facts, lines, fulfilments)
    acts = (REVOKE_LINK,)

    def headline(self, row: Order, *, at: datetime) -> Headline:
        if row.status == OrderStatus.PENDING_PAYMENT:
            over = at >= row.reserved_until
            step = "Its time is over: it ends once its payments are closed." if over else "Waits for its money."
        else:
            step = _NEXT[OrderStatus(row.status)]
        return Headline(title=row.public_id, badges=(badge(row.status), badge(row.payment_status)), next_step=step)

    def find(self, term: str) -> Q | None:
        if term.startswith("ord_"):
            return Q(public_id=term)
        return Q(email=term) if "@" in term else None

    def finds(self, term: str) -> bool:
        return term.startswith("ord_") or "@" in term

    @admin.display(description="order")
    def the_id(self, row: Order) -> SafeString:
        return row_link(row, code(row.public_id))

    @admin.display(description="status")
    def the_status(self, row: Order) -> SafeString:
        return badge(row.status)

    @admin.display(description="payment")
    def the_payment(self, row: Order) -> SafeString:
        return badge(row.payment_status)

    @admin.display(description="total")
    def the_total(self, row: Order) -> str:
        return show_money(row.total)

    @admin.display(description="placed")
    def placed(self, row: Order) -> SafeString:
        return when(row.created_at)
