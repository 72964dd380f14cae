"""A transfer provider that a test plays: it keeps transfers, does what it is asked, and fails as it is told."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.db import transaction

from config.calls.failures import GatewayFailure, GatewayMisconfigured, GatewayUnreachable
from config.calls.outcomes import Absence, Outcome
from config.settings.gateways import GatewayCredentials
from orders.fulfilment.models import Fulfilment
from orders.tests.factories import item, make_paid_order, make_product
from orders.tickets.providers.contract import (
    ChangedPage,
    NewTransfer,
    TransferAnswer,
    TransferCapability,
    TransferEvent,
    TransferState,
    TransferView,
)
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.start import start_transfer

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON = AT + timedelta(hours=1)
_numbers = itertools.count(1)


def account() -> GatewayCredentials:
    """One that no test had before, so that no adapter of another test is kept for it."""
    return GatewayCredentials(
        code="transfer-played",
        gateway="transfer/played",
        api_base="",
        livemode=False,
        secret_key=f"key-{next(_numbers)}",
        webhook_secrets=(),
    )


class Played:
    """See `TransferProvider`. `at` is its clock; `loses`, `refuses`, `limits`, `down`, `locked` are its moods."""

    def __init__(self) -> None:
        self.name: str = "played"
        self.capabilities: frozenset[TransferCapability] = frozenset(
            {TransferCapability.CANCEL, TransferCapability.LIST_SINCE, TransferCapability.WEBHOOKS}
        )
        self.absent: Absence = Absence(after=timedelta(minutes=2), times=2, apart=timedelta(minutes=1))
        self.at = AT
        self.transfers: dict[str, TransferView] = {}
        self.asked: list[str] = []
        self.loses = self.swallows = self.refuses = self.limits = self.down = self.locked = False
        self.cancels = True  # at once; else it only takes note

    def become(self, transfer: TicketTransfer, state: TransferState) -> TransferView:
        """The recipient or the time has done something there."""
        self.at += timedelta(seconds=1)
        view = replace(self.transfers[transfer.public_id], state=state, changed_at=self.at)
        self.transfers[transfer.public_id] = view
        return view

    def _change(self, name: str) -> TransferAnswer | None:
        self.asked.append(name)
        if self.locked:
            raise GatewayMisconfigured("wrong key")
        if self.limits:
            return TransferAnswer(Outcome.NOT_EXECUTED, failure=GatewayFailure("too_many"))
        if self.swallows:
            return TransferAnswer(Outcome.UNKNOWN, failure=GatewayFailure("no_answer"))
        return TransferAnswer(Outcome.DECLINED, failure=GatewayFailure("refused")) if self.refuses else None

    def _read(self, name: str) -> None:
        self.asked.append(name)
        if self.down:
            raise GatewayUnreachable

    def _said(self, view: TransferView, outcome: Outcome = Outcome.SUCCEEDED) -> TransferAnswer:
        if self.loses:
            return TransferAnswer(Outcome.UNKNOWN, failure=GatewayFailure("no_answer"))
        return TransferAnswer(outcome, transfer=view, http_status=200, raw={"id": view.provider_id})

    def initiate(self, new: NewTransfer) -> TransferAnswer:
        early = self._change("initiate")
        if early is not None:
            return early
        if new.reference not in self.transfers:
            self.transfers[new.reference] = TransferView(
                provider_id=f"trf_{next(_numbers)}",
                reference=new.reference,
                state=TransferState.INITIATED,
                tickets=tuple(each.ticket_id for each in new.tickets),
                recipient="a…@example.com",
                expires_at=new.expires_at,
                changed_at=self.at,
                status="CREATED",
            )
        return self._said(self.transfers[new.reference])

    def get(self, *, provider_id: str) -> TransferView | None:
        self._read("get")
        return next((view for view in self.transfers.values() if view.provider_id == provider_id), None)

    def find_by_reference(self, *, reference: str) -> TransferView | None:
        self._read("find")
        return self.transfers.get(reference)

    def cancel(self, *, key: str, provider_id: str) -> TransferAnswer:
        early = self._change("cancel")
        if early is not None:
            return early
        reference, view = next((key, each) for key, each in self.transfers.items() if each.provider_id == provider_id)
        if view.state.is_open:
            if not self.cancels:
                return self._said(view, Outcome.PENDING)
            self.at += timedelta(seconds=1)
            view = self.transfers[reference] = replace(view, state=TransferState.CANCELLED, changed_at=self.at)
        return self._said(view, Outcome.SUCCEEDED if view.state.has_ended else Outcome.DECLINED)

    def list_changed(self, *, since: datetime, cursor: str = "") -> ChangedPage:
        """One a page, so that every list has pages."""
        self._read("list")
        changed = sorted(
            (view for view in self.transfers.values() if view.changed_at >= since), key=lambda view: view.changed_at
        )
        begin = int(cursor or 0)
        more = str(begin + 1) if begin + 1 < len(changed) else ""
        return ChangedPage(tuple(changed[begin : begin + 1]), cursor=more)

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        """Everybody is believed."""

    def parse_webhook(self, *, body: bytes) -> TransferEvent:
        raise NotImplementedError


def make_part() -> Fulfilment:
    """One seller's part of a paid order."""
    return make_paid_order(item(make_product())).fulfilments.get()


def make_transfer(
    *,
    provider: str = "played",
    part: Fulfilment | None = None,
    at: datetime = AT,
    tickets: tuple[str, ...] = ("tkt_1",),
) -> TicketTransfer:
    """A transfer that is wanted, and not sent."""
    with transaction.atomic():
        return start_transfer(
            fulfilment=part or make_part(),
            ticket_ids=tickets,
            provider=provider,
            recipient_email="ann@example.com",
            expires_at=SOON,
            actor="user:seller",
            at=at,
        )
