"""Disputes: what a bank took, until when it takes an answer, what we say, and what it costs whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path

from config.accounts.roles import may_for_everyone
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.keyset import choice_filter
from config.admin.money import show_money
from config.admin.show import badge, code, when, words
from config.kernel import clock
from payments.charges.models import GatewayAccount
from payments.disputes.acts import ADD_FILE, REMOVE_FILE, WRITE
from payments.disputes.answering import ACCEPT, ASK, KEEP, SUBMIT
from payments.disputes.giving import file_response
from payments.disputes.models import Dispute, EvidenceFile
from payments.disputes.parts import (
    about,
    calls,
    events,
    evidence,
    files,
    holds,
    money,
    movements,
    refunds,
    sellers_if_lost,
    shares,
)
from payments.disputes.queries import takes_answers
from payments.disputes.states import ANSWERABLE, OPEN, DisputeStatus
from payments.related import booked

_STEPS = {
    DisputeStatus.INQUIRY: "The bank asks; no money has moved. Answer it, and it may never become a chargeback.",
    DisputeStatus.NEEDS_RESPONSE: "Write the evidence, add what proves it, and submit it before the deadline; or"
    " concede. Without an answer the money is lost.",
    DisputeStatus.UNDER_REVIEW: "The bank decides. That may take weeks.",
    DisputeStatus.LOST: "What is lost is taken from what was left of the payment; see Taken from.",
}


_SPANS = {"over": "overdue", "3": "within 3 days", "7": "within a week", "any": "whenever"}


class DueFilter(admin.SimpleListFilter):
    """By how near the deadline is of what waits for an answer."""

    title = "evidence due"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return list(_SPANS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dispute]) -> QuerySet[Dispute]:
        del request
        span = self.value()
        if span not in _SPANS:
            return queryset
        rows = queryset.filter(status__in=ANSWERABLE, is_submitted=False)
        at = clock.now()
        if span == "over":
            return rows.filter(evidence_due_at__lte=at)
        if span == "any":
            return rows
        return rows.filter(evidence_due_at__gt=at, evidence_due_at__lte=at + timedelta(days=int(span)))


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    """What buyers' banks take back, and what we say to it."""

    nouns = "Disputes"
    noun = "dispute"
    list_display = ("title", "status_shown", "amount_shown", "reason_shown", "due", "opened")
    list_filter = (DueFilter, choice_filter("status", "status", DisputeStatus.values))
    list_select_related = ("payment__order", "gateway_account")
    prefixes = ("dsp_", "dp_", "du_", "disp_")
    searched = "dispute id (dsp_…) or the gateway's (dp_… du_… disp_…)"
    intro = "Money that buyers' banks took back, or may take. By evidence due: the nearest deadline first."
    parts = (
        money,
        about,
        sellers_if_lost,
        evidence,
        files,
        movements,
        shares,
        holds,
        refunds,
        booked,
        calls,
        events,
        history,
    )
    acts = (WRITE, ADD_FILE, REMOVE_FILE, SUBMIT, ACCEPT, KEEP, ASK)

    def soonest(self, request: HttpRequest) -> str:
        return "evidence_due_at" if request.GET.get(DueFilter.parameter_name) in _SPANS else ""

    def find(self, term: str) -> Q | None:
        if term.startswith("dsp_"):
            return Q(public_id=term)
        accounts = list(GatewayAccount.objects.values_list("pk", flat=True)[:100])
        return Q(gateway_account__in=accounts, gateway_dispute_id=term)

    def headline(self, row: Dispute, *, at: datetime) -> Headline:
        del at
        step = _STEPS.get(DisputeStatus(row.status), "")
        if row.status == DisputeStatus.WON and row.withdrawn_minor > 0:
            step = "It is won, and its money is not back yet."
        if row.concession_asked_by:
            step = "Somebody asked to concede it: another person does it, or says no. It can still be answered."
        account = row.gateway_account
        if row.status in OPEN and not takes_answers(account.code):
            step = (
                f"{account.gateway.capitalize()} takes no answers through its API: answer in its dashboard before the"
                " deadline, and keep what you sent."
            )
        title = f"{show_money(row.amount)} disputed as {words(row.reason or 'unknown')}"
        return Headline(title, (badge(row.status),), next_step=step)

    def extra_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:object_id>/file/<int:file_id>/",
                self._page(self.admin_site.admin_view(self.file_view)),
                name="payments_dispute_file",
            ),
        ]

    def file_view(self, request: HttpRequest, object_id: int, file_id: int) -> HttpResponse:
        """A paper, to be saved: never opened in our own pages' name."""
        if not may_for_everyone(request.user, "disputes.view"):
            raise PermissionDenied
        file = EvidenceFile.objects.filter(dispute=object_id, pk=file_id).first()
        if file is None:
            raise Http404
        return file_response(file)

    title = cell("dispute", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    amount_shown = cell("amount", lambda row: show_money(row.amount))
    reason_shown = cell("why", lambda row: words(row.reason))
    due = cell(
        "evidence due",
        lambda row: when(row.evidence_due_at) if row.status in ANSWERABLE and not row.is_submitted else "–",
    )
    opened = cell("opened", lambda row: when(row.opened_at))
