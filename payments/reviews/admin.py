"""Reviews: what a gateway suspects, what stands still because of it, and letting it go on."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from config.admin.acts import Act, Asked, rehearsing
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.keyset import choice_filter
from config.admin.money import show_money
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, Table, part
from config.admin.show import badge, code, row_link, when, words
from payments.escrow.models import EscrowHold
from payments.related import holds_table
from payments.reviews.models import Review
from payments.reviews.services.suspect import settle_review
from payments.reviews.states import ReviewStatus


def _settle(row: Review, asked: Asked) -> bool:
    return settle_review(review_pk=row.pk, **asked.said)


SETTLE = Act(
    name="settle",
    title="Let it go on…",
    confirm="Let it go on",
    code="escrow.freeze",
    effect=rehearsing(
        _settle,
        "The suspicion is put aside: when nothing else stands against it, the money moves on, and what is overdue is"
        " released or timed out within a minute. At the gateway nothing changes.",
    ),
    do=_settle,
    done="The money goes on.",
    fits=lambda row: row.status == ReviewStatus.OPEN,
    tone=Tone.GOOD,
)


@part("payments.view", "Suspicion")
def about(row: Review, at: datetime) -> Facts:
    """What the gateway says, and of which payment."""
    del at
    return Facts(
        "Suspicion",
        (
            Fact("Kind", row.get_kind_display()),
            Fact("Why", words(row.reason) or "–"),
            Fact("Payment", row_link(row.payment, row.payment.public_id), hint=show_money(row.payment.amount)),
            Fact("Gateway's id", code(row.gateway_review_id)),
            Fact("Opened", when(row.opened_at), hint="the gateway's time"),
            Fact("Closed", when(row.closed_at), hint=row.outcome),
        ),
    )


@part("escrow.view", "What stands still")
def holds(row: Review, at: datetime) -> Table:
    """The holds of its payment."""
    del at
    return holds_table(list(EscrowHold.objects.filter(payment=row.payment_id).select_related("payee").order_by("pk")))


_TONES = {ReviewStatus.OPEN: Tone.BAD, ReviewStatus.CLOSED: Tone.NEUTRAL}


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """Told by the gateways; a person decides between a refund and letting it go on."""

    nouns = "Suspected of fraud"
    noun = "suspicion"
    list_display = ("title", "status_shown", "kind_shown", "payment_shown", "reason_shown", "opened")
    list_select_related = ("payment",)
    list_filter = (choice_filter("status", "status", ReviewStatus.values),)
    prefixes = ("rvw_",)
    searched = "id of a review (rvw_…)"
    intro = "Payments that a gateway or a card's issuer suspects. Refund them on the order's page, or let them go on."
    parts = (about, holds, history)
    acts = (SETTLE,)

    def headline(self, row: Review, *, at: datetime) -> Headline:
        del at
        step = ""
        if row.status == ReviewStatus.OPEN:
            step = "Refund the order if the suspicion is right: a dispute costs a fee beside. Else let it go on."
        title = f"{row.get_kind_display()} of {show_money(row.payment.amount)}"
        return Headline(title, (badge(row.status, tone=_TONES[ReviewStatus(row.status)]),), next_step=step)

    title = cell("suspicion", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status, tone=_TONES[ReviewStatus(row.status)]))
    kind_shown = cell("kind", lambda row: row.get_kind_display())
    payment_shown = cell("payment", lambda row: show_money(row.payment.amount))
    reason_shown = cell("why", lambda row: words(row.reason))
    opened = cell("opened", lambda row: when(row.opened_at))
