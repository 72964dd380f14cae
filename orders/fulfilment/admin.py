"""Fulfilments: what one seller owes one buyer, and what staff can do about it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib import admin

from config.admin.acts import Act, Asked, rehearsing
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.keyset import choice_filter
from config.admin.money import shown
from config.admin.panel import Figure, Tone
from config.admin.parts import Fact, Facts, Figures, Table, columns, part
from config.admin.show import badge, code, row_link, until, when
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import deliver
from orders.fulfilment.states import FulfilmentStatus


def _deliver(row: Fulfilment, asked: Asked) -> bool:
    return deliver(fulfilment=row, by_staff=True, policy=settings.POLICY, **asked.said)


def _delivered(row: Fulfilment) -> str:
    del row
    minutes = settings.POLICY.release_delay_minutes
    return (
        f"You say in the seller's place that it arrived. From now the buyer has {minutes:,} minutes to complain;"
        " then the seller gets the money by itself."
    )


DELIVER = Act(
    name="deliver",
    title="It was delivered…",
    confirm="Yes, it was delivered",
    code="orders.deliver",
    effect=rehearsing(_deliver, _delivered),
    do=_deliver,
    done="It stands as delivered.",
    fits=lambda row: row.status in (FulfilmentStatus.AWAITING, FulfilmentStatus.REVIEW),
    tone=Tone.GOOD,
)


@part("orders.view", "Money")
def money(row: Fulfilment, at: datetime) -> Figures:
    """What it is worth, and how long there is still time."""
    found = [Figure("Worth", shown(row.amount_minor, row.order.currency))]
    if row.status == FulfilmentStatus.AWAITING and row.deliver_by:
        tone = Tone.BAD if row.deliver_by <= at else Tone.WARNING
        found.append(Figure("To be delivered", until(row.deliver_by, at=at), tone))
    if row.status == FulfilmentStatus.DELIVERED and row.release_at:
        found.append(Figure("Released", until(row.release_at, at=at)))
    return Figures(tuple(found))


@part("orders.view", "Fulfilment")
def about(row: Fulfilment, at: datetime) -> Facts:
    """Whose it is, of which order, and its times."""
    del at
    return Facts(
        "Fulfilment",
        (
            Fact("Id", code(row.public_id)),
            Fact("Order", row_link(row.order), hint=row.order.status),
            Fact("Seller", row_link(row.seller, row.seller.called)),
            Fact("Buyer", row.order.email),
            Fact("Placed", when(row.created_at)),
            Fact("Deliver by", when(row.deliver_by), hint="frozen when the money was booked"),
            Fact("Delivered", when(row.delivered_at)),
            Fact("Released", when(row.release_at), hint="by the timer, if nobody complains"),
        ),
    )


@part("orders.view", "Lines")
def lines(row: Fulfilment, at: datetime) -> Table:
    """What the seller must deliver."""
    del at
    unit = row.order.currency
    return Table(
        title="Lines",
        columns=columns("Product", "SKU", "#Pieces", "#Amount", "#Our fee", "#Gateway fee"),
        rows=tuple(
            (
                line.name,
                code(line.sku),
                f"{line.quantity:,}",
                shown(line.amount_minor, unit),
                shown(line.platform_fee_minor, unit),
                shown(line.gateway_fee_minor, unit),
            )
            for line in row.lines.order_by("position")[:500]
        ),
    )


_STEPS = {
    FulfilmentStatus.CANCELLING: "It is being cancelled. What becomes of it is known when nothing is out any more.",
    FulfilmentStatus.REVIEW: "Nobody knows whether it arrived. Find out from the seller and the buyer, then say so.",
    FulfilmentStatus.DELIVERED: "It arrived. Completing it releases the money to the seller; otherwise the timer does.",
    FulfilmentStatus.COMPLETED: "It is done, and the money is the seller's.",
    FulfilmentStatus.CANCELLED: "It is cancelled: its stock is back, and so is the buyer's money, or on its way.",
}


@admin.register(Fulfilment)
class FulfilmentAdmin(ReadOnlyAdmin):
    """One per order and seller. It has one hold, and is delivered, completed or cancelled as a whole."""

    list_display = ("title", "status_shown", "seller_shown", "amount", "deliver_by_shown", "placed")
    list_filter = (choice_filter("status", "status", FulfilmentStatus.values),)
    list_select_related = ("order", "seller")
    prefixes = ("ful_",)
    searched = "fulfilment id (ful_…)"
    parts = (money, about, lines)
    acts = (DELIVER,)

    def headline(self, row: Fulfilment, *, at: datetime) -> Headline:
        step = _STEPS.get(FulfilmentStatus(row.status), "")
        if row.status == FulfilmentStatus.AWAITING:
            step = (
                f"The seller must deliver it {until(row.deliver_by, at=at)}."
                if row.deliver_by
                else "Nothing is paid yet."
            )
        seller = row.seller.called
        return Headline(f"{shown(row.amount_minor, row.order.currency)} of {seller}", (badge(row.status),), step)

    title = cell("fulfilment", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    seller_shown = cell("seller", lambda row: row.seller.called)
    amount = cell("amount", lambda row: shown(row.amount_minor, row.order.currency))
    deliver_by_shown = cell("deliver by", lambda row: when(row.deliver_by))
    placed = cell("placed", lambda row: when(row.created_at))
