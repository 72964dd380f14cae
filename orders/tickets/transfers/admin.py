"""Transfers of tickets on the operator site: where they stand, what their provider said, and who decides."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.accounts.roles import may_for_everyone
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.keyset import choice_filter
from config.admin.parts import Fact, Facts, Table, columns, part
from config.admin.show import badge, code, id_link, link, row_link, until, when, words
from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.papers.giving import paper_response
from orders.fulfilment.states import FulfilmentStatus
from orders.tickets.models import Ticket
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.providers.manual.services import proof_of
from orders.tickets.transfers.acts import ASK, BUYER_HAS, SELLER_HAS
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import TransferStatus


@part("orders.view", "Transfer")
def about(row: TicketTransfer, at: datetime) -> Facts:
    """Of what, to whom, by whom, and what its provider last said."""
    return Facts(
        "Transfer",
        (
            Fact("Id", code(row.public_id), hint="travels with it: the provider knows it as our reference"),
            Fact("Fulfilment", row_link(row.fulfilment)),
            Fact("Provider", row.provider),
            Fact("Provider's id", code(row.provider_id) if row.provider_id else "–"),
            Fact("Recipient", row.recipient_masked or "–"),
            Fact("Started", when(row.created_at), hint=row.started_by),
            Fact("Asked to end", when(row.expires_at), hint="only the provider's word ends it"),
            Fact("Provider says", words(row.told) or "nothing yet"),
            Fact("Changed there", when(row.told_at), hint="by its own clock"),
            Fact("Called back", when(row.cancel_wanted_at)),
            Fact("Asked about", until(row.ask_at, at=at) if row.ask_at else "–"),
            Fact("Decided", when(row.ended_at)),
        ),
    )


@part("orders.view", "Hand-over")
def hand_over(row: TicketTransfer, at: datetime) -> Facts | None:
    """What seller and buyer said, where they hand over by hand."""
    del at
    said = HandOver.objects.filter(reference=row.public_id).defer("proof_sealed").first()
    if said is None:
        return None
    has_proof = HandOver.objects.filter(pk=said.pk, proof_sealed__isnull=False).exists()
    url = "../proof/"
    proof = link(url, said.proof_name) if has_proof else ("erased" if said.proof_at else "none yet")
    return Facts(
        "Hand-over",
        (
            Fact("Stands", badge(said.status)),
            Fact("Proof", proof, hint="the seller's; what it shows nobody has checked"),
            Fact("Shown", when(said.proof_at)),
            Fact("Last word", when(said.changed_at), hint=_last_words(said)),
            Fact("Called back", when(said.cancel_asked_at), hint="ends by a word against one's own interest"),
        ),
    )


def _last_words(said: HandOver) -> str:
    spoken = AuditEntry.objects.filter(subject_type="handover", subject_id=said.public_id).order_by("-pk")
    return str(spoken.values_list("reason", flat=True).first() or "")


@part("orders.view", "Tickets")
def tickets(row: TicketTransfer, at: datetime) -> Table:
    """What is transferred, and as what else the same barcode was given into custody. Barcodes are never shown."""
    del at
    mine = Ticket.objects.filter(public_id__in=row.ticket_ids)
    digests = [each for each in mine.values_list("barcode_digest", flat=True) if each is not None]
    found = (mine | Ticket.objects.filter(barcode_digest__in=digests)).select_related("line__order").order_by("pk")
    return Table(
        title="Tickets",
        columns=columns("Ticket", "Place", "Custody", "Promised by"),
        rows=tuple(
            (row_link(each), each.place or "–", _custody(each), row_link(each.line.order) if each.line else "–")
            for each in found
        ),
    )


def _custody(ticket: Ticket) -> SafeString:
    return format_html("{} found invalid", badge(ticket.status)) if ticket.is_invalid else badge(ticket.status)


@part("calls.view", "Calls")
def calls(row: TicketTransfer, at: datetime) -> Table:
    """What was asked of the provider."""
    del at
    made = GatewayCall.objects.filter(subject_type="tickettransfer", subject_id=row.public_id).defer("answer")
    return Table(
        title="Calls",
        columns=columns("Call", "Operation", "Outcome", "Sent", "Answered"),
        rows=tuple(
            (id_link(each.public_id), each.operation, badge(each.status), when(each.sent_at), when(each.answered_at))
            for each in made.order_by("-pk")[:50]
        ),
    )


_STEPS = {
    TransferStatus.STARTING: "It is given to its provider within seconds.",
    TransferStatus.INITIATED: "The recipient must accept.",
    TransferStatus.PENDING: "The recipient must accept, or confirm.",
    TransferStatus.CANCELLING: "We want it back. Only the provider's word ends it; without one a person is called.",
    TransferStatus.REVIEW: "Nobody knows who has the tickets. Find out from provider, seller and buyer, then say so.",
    TransferStatus.ACCEPTED: "The buyer has the tickets.",
}
_CONTRADICTED = (
    "Its provider had given the tickets back, and so the buyer's money went back; now it says otherwise. Find out who"
    " has the tickets, then say so. Until then they are on sale nowhere."
)


@admin.register(TicketTransfer)
class TicketTransferAdmin(ReadOnlyAdmin):
    """One row for each time that the tickets of a part went to a provider."""

    nouns = "Ticket transfers"
    noun = "transfer"
    list_display = ("title", "status_shown", "provider", "part_shown", "said", "started")
    list_filter = (choice_filter("status", "status", TransferStatus.values),)
    list_select_related = ("fulfilment",)
    prefixes = ("tt_", "trf_", "hov_")
    searched = "id of a transfer (tt_…), or its provider's"
    intro = "Tickets on their way to their buyers. The machine follows the provider's word alone."
    heavy = ("recipient_sealed",)
    parts = (about, hand_over, tickets, calls, history)
    acts = (ASK, BUYER_HAS, SELLER_HAS)

    def find(self, term: str) -> Q | None:
        return Q(public_id=term) if term.startswith("tt_") else Q(provider_id=term)

    def headline(self, row: TicketTransfer, *, at: datetime) -> Headline:
        del at
        count = len(row.ticket_ids)
        title = f"{count} ticket{'' if count == 1 else 's'} by {row.provider} to {row.recipient_masked or 'somebody'}"
        is_too_late = row.status == TransferStatus.REVIEW and row.fulfilment.status == FulfilmentStatus.CANCELLED
        step = _CONTRADICTED if is_too_late else _STEPS.get(TransferStatus(row.status), "")
        return Headline(title, (badge(row.status),), next_step=step)

    def extra_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.proof_view)
        return [path("<int:object_id>/proof/", self._page(view), name="orders_tickettransfer_proof")]

    def proof_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The seller's proof, to be saved: never opened in our own pages' name."""
        if not may_for_everyone(request.user, "orders.view"):
            raise PermissionDenied
        row = TicketTransfer.objects.filter(pk=object_id).first()
        proof = proof_of(reference=row.public_id) if row else None
        if proof is None:
            raise Http404
        return paper_response(proof)

    title = cell("transfer", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    part_shown = cell("fulfilment", lambda row: code(row.fulfilment.public_id))
    said = cell("provider says", lambda row: words(row.told) or "–")
    started = cell("started", lambda row: when(row.created_at))
