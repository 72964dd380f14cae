"""The operator's page of fulfilments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.utils.safestring import SafeString

from config.admin.acts import Act, Asked, Effect, by_rehearsal
from config.admin.base import Headline, ReadOnlyAdmin
from config.admin.keyset import choice_filter
from config.admin.money import shown
from config.admin.panel import Tone
from config.admin.parts import SHOWN, Fact, Facts, Table, columns, part
from config.admin.show import badge, code, row_link, until, when
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import deliver
from orders.fulfilment.states import FulfilmentStatus


@part("orders.view", "Fulfilment")
def facts(fulfilment: Fulfilment, at: datetime) -> Facts:
    return Facts(
        "Fulfilment",
        (
            Fact("Id", code(fulfilment.public_id)),
            Fact("Order", row_link(fulfilment.order)),
            Fact("Seller", row_link(fulfilment.seller, fulfilment.seller.email)),
            Fact("Amount", shown(fulfilment.amount_minor, fulfilment.order.currency)),
            Fact("To be delivered by", when(fulfilment.deliver_by), until(fulfilment.deliver_by, at=at)),
            Fact("Delivered", when(fulfilment.delivered_at)),
            Fact("Released by itself", when(fulfilment.release_at), until(fulfilment.release_at, at=at)),
        ),
    )


@part("orders.view", "Lines")
def lines(fulfilment: Fulfilment, at: datetime) -> Table:
    del at
    currency = fulfilment.order.currency
    rows = tuple(
        (
            code(line.sku),
            line.name,
            f"{line.quantity:,}",
            shown(line.amount_minor, currency),
            shown(line.refunded_minor, currency),
        )
        for line in fulfilment.lines.order_by("position")[:SHOWN]
    )
    return Table("Lines", columns("SKU", "Name", "#Pieces", "#Amount", "#Refunded"), rows)


def _deliver(fulfilment: Fulfilment, *, actor: str, at: datetime, reason: str = "") -> bool:
    return deliver(fulfilment=fulfilment, actor=actor, by_staff=True, at=at, policy=settings.POLICY, reason=reason)


def _deliver_effect(fulfilment: Fulfilment, user: Any, at: datetime) -> Effect:
    hours = settings.POLICY.release_delay_minutes / 60
    return by_rehearsal(
        f"The buyer has it. Without a complaint the seller's money is released in {hours:g} hours.",
        # On a copy: a verb brings its row up to date, and what was rehearsed did not happen.
        lambda: _deliver(Fulfilment.objects.get(pk=fulfilment.pk), actor=user.actor, at=at),
    )


def _do_deliver(fulfilment: Fulfilment, asked: Asked) -> bool:
    return _deliver(fulfilment, actor=asked.actor, at=asked.at, reason=asked.reason)


DELIVER = Act(
    name="deliver",
    title="Say that it was delivered",
    code="orders.deliver",
    effect=_deliver_effect,
    do=_do_deliver,
    done="It is delivered.",
    fits=lambda fulfilment: fulfilment.status in (FulfilmentStatus.AWAITING, FulfilmentStatus.REVIEW),
    tone=Tone.GOOD,
    reason_hint="How you know. Kept in the audit trail with your name.",
)
_NEXT = {
    FulfilmentStatus.CANCELLING: "It is being cancelled: nothing may be out any more before money goes back.",
    FulfilmentStatus.REVIEW: "Nobody knows whether it arrived: a person must find out.",
    FulfilmentStatus.COMPLETED: "Nothing more is expected.",
    FulfilmentStatus.CANCELLED: "It will not be delivered.",
}


class FulfilmentAdmin(ReadOnlyAdmin):
    list_display = ("the_id", "the_order", "the_seller", "the_status", "the_amount", "due", "delivered")
    list_select_related = ("order", "seller")
    list_filter = (choice_filter("status", "status", FulfilmentStatus.values),)
    searched = "fulfilment id"
    parts = (facts, lines)
    acts = (DELIVER,)

    def headline(self, row: Fulfilment, *, at: datetime) -> Headline:
        if row.status == FulfilmentStatus.AWAITING:
            step = f"To be delivered {until(row.deliver_by, at=at)}." if row.deliver_by else "Waits for the money."
        elif row.status == FulfilmentStatus.DELIVERED:
            step = f"Released by itself {until(row.release_at, at=at)}, unless the buyer says so earlier."
        else:
            step = _NEXT[FulfilmentStatus(row.status)]
        return Headline(title=row.public_id, badges=(badge(row.status),), next_step=step)

    def find(self, term: str) -> Q | None:
        return Q(public_id=term) if term.startswith("ful_") else None

    def finds(self, term: str) -> bool:
        return term.startswith("ful_")

    @admin.display(description="fulfilment")
    def the_id(self, row: Fulfilment) -> SafeString:
        return row_link(row, code(row.public_id))

    @admin.display(description="order")
    def the_order(self, row: Fulfilment) -> SafeString:
        return row_link(row.order, code(row.order.public_id))

    @admin.display(description="seller")
    def the_seller(self, row: Fulfilment) -> SafeString:
        return row_link(row.seller, row.seller.email)

    @admin.display(description="status")
    def the_status(self, row: Fulfilment) -> SafeString:
        return badge(row.status)

    @admin.display(description="amount")
    def the_amount(self, row: Fulfilment) -> str:
        return shown(row.amount_minor, row.order.currency)

    @admin.display(description="deliver by")
    def due(self, row: Fulfilment) -> SafeString:
        return when(row.deliver_by)

    @admin.display(description="delivered")
    def delivered(self, row: Fulfilment) -> SafeString:
        return when(row.delivered_at)
