"""Our transfer of one part of an order: all its tickets, to one recipient, by one provider."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.crypto import open_sealed
from config.kernel.ids import new_id
from orders.tickets.transfers.states import ENDED, LIVE, OPEN, TRANSFER_STATES, TransferStatus

_FINAL = [*ENDED, TransferStatus.ACCEPTED]
_ASKED_ABOUT = [*OPEN, TransferStatus.CANCELLING]


def transfer_id() -> str:
    return new_id("tt")


class TicketTransfer(models.Model):
    """`told`, `told_at`: the provider's last word and when it changed there. `expires_at` is what we asked for: only
    the provider's word ends anything."""

    states = TRANSFER_STATES

    public_id = models.CharField(max_length=36, unique=True, default=transfer_id, editable=False)
    fulfilment = models.ForeignKey("orders.Fulfilment", on_delete=models.PROTECT, related_name="transfers")
    provider = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=80, null=True, blank=True, help_text="the provider's id of it")  # noqa: DJ001
    status = models.CharField(max_length=12, choices=TransferStatus.choices, default=TransferStatus.STARTING)
    ticket_ids = ArrayField(models.CharField(max_length=36))
    recipient_sealed = models.BinaryField(null=True, help_text="the e-mail, encrypted; nothing once it is erased")
    recipient_masked = models.CharField(max_length=80, blank=True, default="")
    expires_at = models.DateTimeField()
    told = models.CharField(max_length=16, blank=True, default="", help_text="the provider's last word, in ours")
    told_at = models.DateTimeField(null=True, blank=True, help_text="when that changed, by the provider's clock")
    cancel_wanted_at = models.DateTimeField(null=True, blank=True)
    ask_at = models.DateTimeField(null=True, blank=True, help_text="when it is asked about next, if nobody tells us")
    ended_at = models.DateTimeField(null=True, blank=True)
    started_by = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=TransferStatus.values), name="a_transfer_has_a_known_status"),
            models.UniqueConstraint(
                fields=["fulfilment"],
                condition=Q(status__in=[*LIVE, TransferStatus.ACCEPTED]),
                name="one_transfer_of_a_part_that_may_still_reach_its_buyer",
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_id"], name="a_provider_s_transfer_is_one_transfer_of_ours"
            ),
            models.CheckConstraint(
                condition=Q(status__in=_FINAL, ended_at__isnull=False) | (~Q(status__in=_FINAL) & Q(ended_at=None)),
                name="a_transfer_is_decided_exactly_when_dated",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelling") | Q(cancel_wanted_at__isnull=False),
                name="a_transfer_that_is_called_back_says_since_when",
            ),
        ]
        indexes = [
            models.Index(fields=["fulfilment", "-id"], name="transfer_fulfilment"),
            models.Index(fields=["status", "-id"], name="transfer_status"),
            models.Index(fields=["ask_at"], name="transfer_ask", condition=Q(status__in=_ASKED_ABOUT)),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def recipient(self) -> str:
        """The e-mail; empty once it is erased."""
        return open_sealed(self.recipient_sealed).decode() if self.recipient_sealed is not None else ""


class TransferWatermark(models.Model):
    """Up to when, by its own clock, a provider's list of changes was read."""

    provider = models.CharField(max_length=20, unique=True)
    read_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.provider} read until {self.read_until:%Y-%m-%d %H:%M}"
