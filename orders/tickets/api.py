"""The doors to tickets: their seller lists them and transfers them, their buyer confirms, staff see all."""

from __future__ import annotations

from typing import Any, cast

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from config.accounts.models import User
from config.accounts.permissions import Allowed, actor_of, permits_everyone, require_everyone
from config.idempotency.doors import Secrets, claim_of, idempotent
from config.idempotency.services import remember_intent
from config.kernel.clock import now
from config.kernel.errors import NotFound
from config.ops.parsers import BoundedMultiPartParser
from config.papers import papers
from orders.catalog.models import Product
from orders.tickets.doors import bought_ticket, its_transfer, own_ticket, ticket_rows
from orders.tickets.models import Ticket
from orders.tickets.serializers import (
    BarcodeOutput,
    ProofInput,
    ReceiptInput,
    TicketOutput,
    TicketQuery,
    TicketReasonInput,
    TicketsInput,
    TransferInput,
    ticket_json,
)
from orders.tickets.services.listing import list_tickets, relist_ticket, void_ticket
from orders.tickets.services.revealing import reveal_barcode
from orders.tickets.services.transferring import transfer_tickets
from orders.tickets.transfers.services.by_hand import confirm_receipt, deny_receipt, hand_in_proof, withdraw

# A barcode is nobody's but the reader's: no cache on the way keeps it.
_NOT_KEPT = {"Cache-Control": "private, no-store"}


def _shown(ticket: Ticket, *, for_buyer: bool = False) -> Response:
    present = ticket_rows().get(pk=ticket.pk)
    return Response(ticket_json(present, for_buyer=for_buyer), headers=_NOT_KEPT)


class _TicketDoor(GenericAPIView):
    serializer_class: Any = TicketOutput
    filter_backends = ()
    queryset = Ticket.objects.none()


class TicketsView(_TicketDoor):
    """Tickets, newest first."""

    permission_classes = (Allowed(read="tickets.view", write="tickets.write"),)
    throttle_scope = {"POST": "listing"}

    @extend_schema(parameters=[TicketQuery], responses=TicketOutput(many=True), operation_id="tickets_list")
    def get(self, request: Request) -> Response:
        """What one gave into custody, or has bought; staff see all."""
        asked = TicketQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        user, rows = cast("User", request.user), ticket_rows()
        if asked.validated_data["bought"]:
            rows = rows.filter(line__order__buyer=user)
        elif not permits_everyone(request, "tickets.view"):
            rows = rows.filter(seller=user)
        if status := asked.validated_data.get("status"):
            rows = rows.filter(status=status)
        if listing := asked.validated_data.get("listing"):
            rows = rows.filter(product__public_id=listing)
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response([ticket_json(ticket) for ticket in page])

    @extend_schema(request=TicketsInput, responses={201: TicketOutput(many=True)}, operation_id="tickets_create")
    @idempotent(required=False)
    def post(self, request: Request) -> Response:
        """Takes tickets of one listing into custody, all or none: each is one piece of its stock."""
        given = TicketsInput(data=request.data)
        given.is_valid(raise_exception=True)
        values, claim = given.validated_data, claim_of(request)
        if claim is not None and claim.intent_id:
            first = Ticket.objects.get(public_id=claim.intent_id)
            made = Ticket.objects.filter(product=first.product_id, created_at=first.created_at)
            return _listed([ticket.pk for ticket in made])
        listing = Product.objects.filter(public_id=values["listing"]).first()
        if listing is None or not (listing.seller_id == request.user.pk or permits_everyone(request, "tickets.write")):
            raise NotFound("there is no such product", field="listing")
        with transaction.atomic():
            tickets = list_tickets(
                product_id=listing.pk,
                tickets=values["tickets"],
                event_name=values["event_name"],
                event_at=values["event_at"],
                actor=actor_of(request),
                at=now(),
            )
            remember_intent(claim=claim, intent_id=tickets[0].public_id)
        return _listed([ticket.pk for ticket in tickets])


def _listed(pks: list[int]) -> Response:
    return Response([ticket_json(ticket) for ticket in ticket_rows().filter(pk__in=pks).order_by("pk")], status=201)


class TicketView(_TicketDoor):
    """One ticket."""

    permission_classes = (Allowed("tickets.view", order_token=True),)

    @extend_schema(responses=TicketOutput, operation_id="tickets_retrieve")
    def get(self, request: Request, ticket_id: str) -> Response:
        """For its seller, staff, and its buyer, who sees the barcode once the ticket is theirs."""
        try:
            ticket, _ = bought_ticket(request, ticket_id, code="tickets.confirm", at=now())
        except NotFound:
            return _shown(own_ticket(request, ticket_id, code="tickets.view"))
        return _shown(ticket, for_buyer=True)


class VoidView(_TicketDoor):
    """Taking a ticket out."""

    permission_classes = (Allowed("tickets.write"),)

    @extend_schema(request=TicketReasonInput, responses=TicketOutput, operation_id="tickets_void")
    @idempotent(required=False)
    def post(self, request: Request, ticket_id: str) -> Response:
        """Its seller or staff take out, for good, what nobody was promised."""
        given = TicketReasonInput(data=request.data)
        given.is_valid(raise_exception=True)
        ticket = own_ticket(request, ticket_id, code="tickets.write")
        void_ticket(ticket_pk=ticket.pk, actor=actor_of(request), at=now(), reason=given.validated_data["reason"])
        return _shown(ticket)


class RelistView(_TicketDoor):
    """Offering a ticket again."""

    permission_classes = (Allowed("tickets.write"),)

    @extend_schema(request=TicketReasonInput, responses=TicketOutput, operation_id="tickets_relist")
    @idempotent(required=False)
    def post(self, request: Request, ticket_id: str) -> Response:
        """What went back to its seller is on the shelf again."""
        given = TicketReasonInput(data=request.data)
        given.is_valid(raise_exception=True)
        ticket = own_ticket(request, ticket_id, code="tickets.write")
        relist_ticket(ticket_pk=ticket.pk, actor=actor_of(request), at=now(), reason=given.validated_data["reason"])
        return _shown(ticket)


class TransferView(_TicketDoor):
    """The transfer of a ticket, with all others of its part of the order."""

    permission_classes = (Allowed("tickets.transfer"),)

    @extend_schema(request=TransferInput, responses=TicketOutput, operation_id="tickets_transfer")
    @idempotent(required=False)
    def post(self, request: Request, ticket_id: str) -> Response:
        """Its seller or staff begin it; from then on only the provider's word says who has the tickets."""
        given = TransferInput(data=request.data)
        given.is_valid(raise_exception=True)
        ticket = own_ticket(request, ticket_id, code="tickets.transfer")
        if ticket.line is None:
            raise NotFound("nobody bought this ticket")
        transfer_tickets(
            fulfilment=ticket.line.fulfilment,
            provider=given.validated_data["provider"],
            actor=actor_of(request),
            at=now(),
            reason=given.validated_data["reason"],
        )
        return _shown(ticket)


class ProofView(_TicketDoor):
    """The proof of a transfer by hand."""

    permission_classes = (Allowed("tickets.transfer"),)
    parser_classes = (BoundedMultiPartParser,)

    @extend_schema(request=ProofInput, responses=TicketOutput, operation_id="tickets_proof")
    @idempotent(required=False)
    def post(self, request: Request, ticket_id: str) -> Response:
        """Its seller shows that the tickets were handed over: a PDF, JPEG or PNG, kept encrypted."""
        given = ProofInput(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        ticket = own_ticket(request, ticket_id, code="tickets.transfer")
        hand_in_proof(
            transfer_pk=its_transfer(ticket).pk,
            name=upload.name,
            content=upload.read(papers.LARGEST + 1),
            actor=actor_of(request),
            at=now(),
        )
        return _shown(ticket)


class WithdrawView(_TicketDoor):
    """Taking back what never left."""

    permission_classes = (Allowed("tickets.transfer"),)

    @extend_schema(request=TicketReasonInput, responses=TicketOutput, operation_id="tickets_withdraw")
    @idempotent(required=False)
    def post(self, request: Request, ticket_id: str) -> Response:
        """Its seller says that a transfer by hand never happened: the buyer gets the money back."""
        given = TicketReasonInput(data=request.data)
        given.is_valid(raise_exception=True)
        ticket = own_ticket(request, ticket_id, code="tickets.transfer")
        reason, transfer = given.validated_data["reason"], its_transfer(ticket)
        withdraw(transfer_pk=transfer.pk, actor=actor_of(request), reason=reason, at=now())
        return _shown(ticket)


class ConfirmView(_TicketDoor):
    """The buyer's word on a transfer by hand."""

    permission_classes = (Allowed("tickets.confirm", order_token=True),)

    @extend_schema(request=ReceiptInput, responses=TicketOutput, operation_id="tickets_confirm")
    @idempotent(required=False)
    def post(self, request: Request, ticket_id: str) -> Response:
        """The buyer, or a guest with the order's token, has the tickets, or says that they have not."""
        given = ReceiptInput(data=request.data)
        given.is_valid(raise_exception=True)
        at = now()
        ticket, caller = bought_ticket(request, ticket_id, code="tickets.confirm", at=at)
        transfer, reason = its_transfer(ticket), given.validated_data["reason"]
        if given.validated_data["received"]:
            confirm_receipt(transfer_pk=transfer.pk, actor=caller.actor, at=at)
        else:
            deny_receipt(transfer_pk=transfer.pk, actor=caller.actor, reason=reason, at=at)
        return _shown(ticket)  # the barcode is shown by asking for the ticket: no answer that is kept has it


def _again(request: Request, body: dict[str, Any], intent_id: str) -> dict[str, Any]:
    """The same barcode for the same key, whose answer is kept without it."""
    del intent_id
    ticket = own_ticket(request, body["id"], code="tickets.reveal")
    return {**body, "barcode": ticket.barcode}


class RevealView(_TicketDoor):
    """A barcode, deliberately."""

    permission_classes = (Allowed("tickets.reveal"),)
    serializer_class = BarcodeOutput

    @extend_schema(request=TicketReasonInput, responses=BarcodeOutput, operation_id="tickets_reveal")
    @idempotent(required=False, secrets=Secrets(paths=("barcode",), rederive=_again))
    def post(self, request: Request, ticket_id: str) -> Response:
        """Staff who say why see it; that they did is kept, the barcode with no answer."""
        given = TicketReasonInput(data=request.data)
        given.is_valid(raise_exception=True)
        require_everyone(request, "tickets.reveal")
        ticket = own_ticket(request, ticket_id, code="tickets.reveal")
        reason = given.validated_data["reason"]
        barcode = reveal_barcode(ticket=ticket, actor=actor_of(request), reason=reason, at=now())
        return Response({"id": ticket.public_id, "barcode": barcode}, headers=_NOT_KEPT)
