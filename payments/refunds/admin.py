"""Refunds: money on its way back to buyers, and what stopped it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Q

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import actor_link, by_whom, history, people_of, subject_of
from config.admin.keyset import choice_filter
from config.admin.money import show_money, shown
from config.admin.panel import Figure, Tone
from config.admin.parts import SHOWN, Fact, Facts, Figures, Table, columns, part
from config.admin.show import badge, code, id_link, row_link, when, words
from payments.charges.models import GatewayAccount
from payments.refunds.acts import APPROVE, REJECT, WITHDRAW, bearer_of, why_two
from payments.refunds.models import Refund
from payments.refunds.settling import CONFIRM, DECLINE, PROPOSE_PAID, PROPOSE_VOID, SEND_AGAIN
from payments.refunds.states import OWED, RefundStatus
from payments.related import booked, calls_table, events_table


@part("refunds.view", "Money")
def money(row: Refund, at: datetime) -> Figures:
    """How much, and whether the buyer has it."""
    del at
    owed = row.status in OWED
    found = [Figure("Goes back", show_money(row.amount))]
    if row.status == RefundStatus.SUCCEEDED:
        found.append(Figure("With the buyer", show_money(row.amount), Tone.GOOD))
    if owed:
        tone = Tone.BAD if row.status == RefundStatus.FAILED else Tone.WARNING
        found.append(Figure("Still owed to the buyer", show_money(row.amount), tone))
    if row.bounces:
        found.append(Figure("Came back", f"{row.bounces}×", Tone.BAD))
    return Figures(tuple(found))


@part("refunds.view", "Refund")
def about(row: Refund, at: datetime) -> Facts:
    """Why it is given, by whom, and what the gateway calls it."""
    del at
    failure = ": ".join(part for part in (words(row.failure_code), row.failure_detail) if part) or "–"
    return Facts(
        "Refund",
        (
            Fact("Id", code(row.public_id)),
            Fact("Payment", row_link(row.payment)),
            Fact("For", id_link(row.payment.ref)),
            Fact("Because", words(row.cause), hint=row.reason),
            Fact("Asked for by", by_whom(row.requested_by)),
            Fact("Needs two", "yes" if row.review_code else "no", hint=why_two(row)),
            Fact("Approved by", by_whom(row.approved_by)),
            Fact("At", row.gateway_account.code),
            Fact("Gateway's refund", code(row.gateway_refund_id), hint=_made_anew(row)),
            Fact("Reference", code(row.reference), hint="ARN or RRN: the buyer's bank finds it by this"),
            Fact("Last failure", failure),
            Fact("Asked for", when(row.created_at)),
            Fact("Approved", when(row.approved_at)),
            Fact("Arrived", when(row.succeeded_at)),
        ),
    )


def _made_anew(row: Refund) -> str:
    former = row.formers.order_by("-pk").values_list("gateway_refund_id", flat=True)[:SHOWN]
    return f"made anew after {', '.join(former)} failed" if former else ""


@part("refunds.view", "Who bears it")
def shares(row: Refund, at: datetime) -> Table:
    """The pots that it was taken out of, or will be when it is approved."""
    del at
    waits = row.status == RefundStatus.REQUESTED
    return Table(
        title="Will be taken from" if waits else "Taken from",
        columns=columns("Pot", "Hold", "#Amount", "Who bears it"),
        rows=tuple(
            (
                words(share.pot),
                row_link(share.hold) if share.hold else "–",
                shown(share.amount_minor, row.currency),
                bearer_of(share, row.currency),
            )
            for share in row.shares.select_related("hold__payee").order_by("pk")[:SHOWN]
        ),
        empty="Nothing: another refund gave all of it.",
        note="What is still held is frozen until it is decided." if waits else "",
    )


@part("refunds.view", "Proposals")
def proposals(row: Refund, at: datetime) -> Table | None:
    """How somebody proposed to end it without the gateway, and who decided."""
    del at
    found = list(row.proposals.order_by("-pk")[:SHOWN])
    if not found:
        return None
    people = people_of(who for each in found for who in (each.proposed_by, each.decided_by))
    return Table(
        title="Proposals",
        columns=columns("Proposal", "State", "How", "Because", "Proposed by", "Decided by", "Decided"),
        rows=tuple(
            (
                words(each.kind),
                badge(each.status),
                f"from {each.bank_account}, reference {each.reference}" if each.bank_account else "–",
                each.reason,
                actor_link(each.proposed_by, people),
                actor_link(each.decided_by, people) if each.decided_by else "–",
                when(each.decided_at),
            )
            for each in found
        ),
    )


@part("calls.view", "Calls to the gateway")
def calls(row: Refund, at: datetime) -> Table:
    """Every time it was sent."""
    del at
    return calls_table([subject_of(row)])


@part("inbox.view", "What the gateway said")
def events(row: Refund, at: datetime) -> Table:
    """Events about the gateway's refund."""
    del at
    return events_table(row.gateway_account.code, [row.gateway_refund_id])


_STEPS = {
    RefundStatus.REQUESTED: "Somebody with finance's role, and never who asked for it, must approve or reject it.",
    RefundStatus.APPROVED: "It is sent to the gateway within seconds, once no earlier outcome is unknown.",
    RefundStatus.SENDING: "It is at the gateway. If the answer was lost, the machine asks what became of it.",
    RefundStatus.PENDING: "The gateway has it. It arrives within days; the gateway says when.",
    RefundStatus.FAILED: "The gateway could not give it. The buyer is still owed the money: send it again, or agree"
    " with the buyer on another way, which a second person confirms.",
}


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """What is owed to buyers, and what has arrived."""

    list_display = ("title", "status_shown", "amount_shown", "cause_shown", "asked", "arrived")
    list_filter = (choice_filter("status", "status", RefundStatus.values),)
    list_select_related = ("payment__gateway_account", "gateway_account")
    prefixes = ("rf_", "re_", "pyr_", "rfnd_")
    searched = "refund id (rf_…) or the gateway's (re_… rfnd_… rf_…-call_…)"
    intro = "Asked for by staff and approved by a second person, owed by the machine, or made at the gateway."
    parts = (money, about, shares, proposals, booked, calls, events, history)
    acts = (APPROVE, REJECT, WITHDRAW, SEND_AGAIN, PROPOSE_PAID, PROPOSE_VOID, CONFIRM, DECLINE)

    def find(self, term: str) -> Q | None:
        if term.startswith("rf_") and "-" not in term:  # PhonePe's begins with ours
            return Q(public_id=term)
        accounts = list(GatewayAccount.objects.values_list("pk", flat=True)[:100])
        return Q(gateway_account__in=accounts, gateway_refund_id=term)

    def headline(self, row: Refund, *, at: datetime) -> Headline:
        del at
        step = _STEPS.get(RefundStatus(row.status), "")
        title = f"{show_money(row.amount)} back to the buyer"
        return Headline(title, (badge(row.status),), next_step=step)

    title = cell("refund", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    amount_shown = cell("amount", lambda row: show_money(row.amount))
    cause_shown = cell("because", lambda row: words(row.cause))
    asked = cell("asked for", lambda row: when(row.created_at))
    arrived = cell("arrived", lambda row: when(row.succeeded_at))
