"""A ticket: one piece of a listing, with a barcode that is sealed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from orders.tickets.barcodes import BarcodeUnreadable, mask_barcode, open_barcode
from orders.tickets.states import KEPT, PROMISED, TICKET_STATES, TicketStatus

_PROMISED = sorted(PROMISED)
# Also one that was delivered: who sold it has it no more. Its buyer may list it anew, and then it is `passed_on`.
_ONE_OWNER = sorted({*KEPT, TicketStatus.DELIVERED})


def ticket_id() -> str:
    return new_id("tkt")


class Ticket(models.Model):
    """One seat at one event. `line` is the line of the order that it is promised to, and nothing when it is free."""

    states = TICKET_STATES

    public_id = models.CharField(max_length=36, unique=True, default=ticket_id, editable=False)
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, related_name="tickets")
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tickets")
    line = models.ForeignKey(
        "orders.OrderLine", null=True, blank=True, on_delete=models.PROTECT, related_name="tickets"
    )
    status = models.CharField(max_length=24, choices=TicketStatus.choices, default=TicketStatus.LISTED)
    event_name = models.CharField(max_length=200, blank=True, default="")
    event_at = models.DateTimeField(null=True, blank=True, help_text="when the event begins")
    section = models.CharField(max_length=40, blank=True, default="")
    row = models.CharField(max_length=40, blank=True, default="")
    seat = models.CharField(max_length=40, blank=True, default="")
    label = models.CharField(max_length=100, blank=True, default="", help_text="where there is no seat: gate, category")
    barcode_sealed = models.BinaryField(null=True, blank=True, help_text="encrypted; nothing once it is forgotten")
    barcode_digest = models.BinaryField(null=True, blank=True, max_length=32, help_text="keyed HMAC, to be found by")
    barcode_key = models.CharField(max_length=16, blank=True, default="", help_text="the key of the digest")
    passed_on = models.BooleanField(default=False, db_default=False, help_text="its buyer listed it anew")
    is_invalid = models.BooleanField(
        default=False, db_default=False, help_text="a person of ours found that it lets nobody in"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=TicketStatus.values), name="a_ticket_has_a_known_status"),
            models.CheckConstraint(
                condition=Q(status__in=_PROMISED, line__isnull=False) | (~Q(status__in=_PROMISED) & Q(line=None)),
                name="a_ticket_names_an_order_line_exactly_while_promised",
            ),
            models.UniqueConstraint(
                fields=["barcode_digest"],
                condition=Q(status__in=_ONE_OWNER, passed_on=False, barcode_digest__isnull=False),
                name="a_barcode_is_in_custody_once",
            ),
            models.CheckConstraint(
                condition=Q(barcode_digest__isnull=True, barcode_sealed__isnull=True, barcode_key="")
                | (Q(barcode_digest__isnull=False, barcode_sealed__isnull=False) & ~Q(barcode_key="")),
                name="a_barcode_is_sealed_and_found_or_forgotten",
            ),
            models.CheckConstraint(
                condition=Q(passed_on=False) | Q(status="delivered"), name="only_a_delivered_ticket_is_passed_on"
            ),
            models.CheckConstraint(
                condition=Q(is_invalid=False) | ~Q(status__in=["listed", "released_back_to_seller", "cancelling"]),
                name="an_invalid_ticket_is_never_offered_nor_called_back",
            ),
        ]
        indexes = [
            models.Index(fields=["product", "id"], name="ticket_listed", condition=Q(status="listed")),
            models.Index(fields=["line"], name="ticket_line", condition=Q(line__isnull=False)),
            models.Index(fields=["seller", "-id"], name="ticket_seller"),
            models.Index(fields=["product", "-id"], name="ticket_product"),
            models.Index(fields=["status", "-id"], name="ticket_status"),
            models.Index(fields=["barcode_digest"], name="ticket_barcode", condition=Q(barcode_digest__isnull=False)),
            models.Index(fields=["barcode_key", "id"], name="ticket_key", condition=Q(barcode_digest__isnull=False)),
            models.Index(fields=["event_at"], name="ticket_event", condition=Q(barcode_digest__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def place(self) -> str:
        """Where one sits, or what else tells it from the others of its listing."""
        parts: list[Any] = [f"{noun} {value}" for noun, value in self._places() if value]
        return " · ".join([*parts, *([self.label] if self.label else [])])

    def _places(self) -> tuple[tuple[str, str], ...]:
        return ("section", self.section), ("row", self.row), ("seat", self.seat)

    @property
    def barcode(self) -> str:
        """What lets one in: for who was told so deliberately. Nothing once it is forgotten."""
        return open_barcode(self.barcode_sealed) if self.barcode_sealed is not None else ""

    @property
    def masked(self) -> str:
        """The barcode as lists show it; one whose key is missing spoils no list."""
        try:
            return mask_barcode(self.barcode) if self.barcode_sealed is not None else ""
        except BarcodeUnreadable:
            return "key missing"
