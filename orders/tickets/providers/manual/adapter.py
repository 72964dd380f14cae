"""The provider `manual`: the contract over hand-overs that seller and buyer do themselves. Calls nobody outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from config.audit.services import move
from config.calls.failures import GatewayFailure, NotOffered
from config.calls.outcomes import Absence, Outcome
from config.kernel import clock
from orders.tickets.providers.contract import (
    LARGEST_PAGE,
    ChangedPage,
    NewTransfer,
    TransferAnswer,
    TransferCapability,
    TransferEvent,
    TransferState,
    TransferView,
)
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.providers.manual.states import HandOverStatus
from orders.tickets.providers.masking import mask_email

NAME: Final = "manual"
MACHINE: Final = "system:hand-over"
# A proof stands, and nobody has said yet who has the tickets.
_SHOWN = (HandOverStatus.PENDING, HandOverStatus.NEEDS_REVIEW)


class ManualProvider:
    """See `TransferProvider`. Its word is what seller and buyer said; that nothing was shown in time is its word too,
    said when it is asked."""

    def __init__(self, *, now: Callable[[], datetime] = clock.now) -> None:
        self.name: str = NAME
        self.capabilities: frozenset[TransferCapability] = frozenset(
            {TransferCapability.CANCEL, TransferCapability.LIST_SINCE, TransferCapability.BY_HAND}
        )
        self.absent: Absence = Absence(after=timedelta())
        self._now = now

    def initiate(self, new: NewTransfer) -> TransferAnswer:
        now = self._now()
        known = HandOver.objects.filter(reference=new.reference).first()
        if known is None and new.expires_at <= now:
            return TransferAnswer(Outcome.DECLINED, failure=GatewayFailure("expired_already"))
        row, _ = HandOver.objects.get_or_create(
            reference=new.reference,
            defaults={
                "ticket_ids": [each.ticket_id for each in new.tickets],
                "recipient": mask_email(new.recipient.email)[:80],
                "expires_at": new.expires_at,
                "changed_at": now,
                "created_at": now,
            },
        )
        return TransferAnswer(Outcome.SUCCEEDED, transfer=view_of(row))

    def get(self, *, provider_id: str) -> TransferView | None:
        return self._one(HandOver.objects.filter(public_id=provider_id))

    def find_by_reference(self, *, reference: str) -> TransferView | None:
        return self._one(HandOver.objects.filter(reference=reference))

    def cancel(self, *, key: str, provider_id: str) -> TransferAnswer:
        """Before a proof nothing is out, as far as anybody said: it is taken back at once. From then on the tickets may
        be the buyer's: it is taken back only by the seller's own word, or by a person's."""
        del key  # doing it twice does nothing more
        now = self._now()
        self._let_expire(HandOver.objects.filter(public_id=provider_id))
        with transaction.atomic():
            row = HandOver.objects.select_for_update().defer("proof_sealed").filter(public_id=provider_id).first()
            if row is None:
                return TransferAnswer(Outcome.DECLINED, failure=GatewayFailure("no_such_transfer"))
            if row.status == HandOverStatus.INITIATED:
                move(row, to=HandOverStatus.CANCELLED, actor=MACHINE, at=now, changed_at=row.heard_at(now))
            elif row.status in _SHOWN and row.cancel_asked_at is None:
                row.cancel_asked_at = now
                HandOver.objects.filter(pk=row.pk).update(cancel_asked_at=now)
            view = view_of(row)
        if view.state.has_ended:
            return TransferAnswer(Outcome.SUCCEEDED, transfer=view)
        if view.state is TransferState.ACCEPTED:
            failure = GatewayFailure("transfer_is_accepted")
            return TransferAnswer(Outcome.DECLINED, transfer=view, failure=failure)
        return TransferAnswer(Outcome.PENDING, transfer=view)

    def list_changed(self, *, since: datetime, cursor: str = "") -> ChangedPage:
        self._let_expire(HandOver.objects.all())
        rows = HandOver.objects.filter(changed_at__gte=since).defer("proof_sealed").order_by("changed_at", "id")
        if cursor:
            changed_at, _, last = cursor.partition("~")
            rows = rows.filter(
                Q(changed_at__gt=datetime.fromisoformat(changed_at))
                | Q(changed_at=datetime.fromisoformat(changed_at), id__gt=int(last))
            )
        page = list(rows[: LARGEST_PAGE + 1])
        shown = page[:LARGEST_PAGE]
        has_more = len(page) > LARGEST_PAGE
        last_shown = f"{shown[-1].changed_at.isoformat()}~{shown[-1].pk}" if has_more else ""
        return ChangedPage(tuple(view_of(row) for row in shown), cursor=last_shown)

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        raise NotOffered("hand-overs by hand tell nothing by webhooks")

    def parse_webhook(self, *, body: bytes) -> TransferEvent:
        raise NotOffered("hand-overs by hand tell nothing by webhooks")

    def _one(self, rows: QuerySet[HandOver]) -> TransferView | None:
        self._let_expire(rows)
        row = rows.defer("proof_sealed").first()
        return view_of(row) if row else None

    def _let_expire(self, rows: QuerySet[HandOver]) -> None:
        """Where nothing was shown in time, nothing comes any more."""
        now = self._now()
        over = rows.filter(status=HandOverStatus.INITIATED, expires_at__lte=now)
        for pk in list(over.order_by("expires_at").values_list("pk", flat=True)[:LARGEST_PAGE]):
            with transaction.atomic():
                row = over.select_for_update().defer("proof_sealed").filter(pk=pk).first()
                if row is not None:
                    move(row, to=HandOverStatus.EXPIRED, actor=MACHINE, at=now, changed_at=row.heard_at(now))


def view_of(row: HandOver) -> TransferView:
    """The hand-over as the contract shows it."""
    return TransferView(
        provider_id=row.public_id,
        reference=row.reference,
        state=TransferState(row.status),
        tickets=tuple(row.ticket_ids),
        recipient=row.recipient,
        expires_at=row.expires_at,
        changed_at=row.changed_at,
        status=row.status,
    )
