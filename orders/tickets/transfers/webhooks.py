"""What transfer providers tell by their webhooks: verified by their adapter, and brought to our transfer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.calls.failures import GatewayUnreachable
from config.inbox.contract import Event, Handled, NeedsFetch, Rejected, Verified
from config.kernel.errors import Unavailable
from orders.tickets.providers.contract import TransferEvent, TransferView
from orders.tickets.providers.registry import account_of, provider_for
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.record import observe_transfer


class ProviderDown(Unavailable):
    """The transfer provider does not answer; the event is tried again."""

    code = "transfer_provider_unavailable"


def verify_sandbox(*, headers: Mapping[str, str], body: bytes, at: datetime) -> Verified:
    """The door of our sandbox's provider. Raises Rejected."""
    return _verify("sandbox", headers=headers, body=body, at=at)


def _verify(name: str, *, headers: Mapping[str, str], body: bytes, at: datetime) -> Verified:
    """Each provider's door names its own; all that differs is in its adapter."""
    account, provider = account_of(name), provider_for(name)
    provider.verify_webhook(headers=headers, body=body, at=at)
    told = provider.parse_webhook(body=body)
    if told.livemode is not account.livemode:
        raise Rejected("wrong_livemode")
    return Verified(
        account=account.code,
        event_id=told.event_id,
        type=told.type,
        object_id=told.provider_id[:255],
        livemode=told.livemode,
        occurred_at=told.occurred_at,
    )


def handle(event: Event, *, fetched: Mapping[tuple[str, str], Any], at: datetime) -> Handled:
    """One event, in the engine's transaction: matched by our reference, then by the provider's id. What is told late or
    twice changes nothing; what tells no state has its transfer asked about."""
    name = event.source.partition("/")[2]
    told: TransferEvent = provider_for(name).parse_webhook(body=json.dumps(event.payload).encode())
    view: TransferView | None = told.transfer
    if view is None:
        try:
            view = fetched["transfer", told.provider_id]
        except KeyError:
            raise NeedsFetch("transfer", told.provider_id) from None
    if view is None:
        return Handled.foreign("a transfer that its provider does not know")
    transfer = _ours(name, view)
    if transfer is None:
        return Handled.foreign("a transfer that we did not make")
    note = observe_transfer(transfer_pk=transfer.pk, view=view, actor=f"provider:{name}", at=at)
    order = transfer.fulfilment.order
    people = [each.public_id for each in (order.buyer, transfer.fulfilment.seller) if each is not None]
    return Handled.processed(f"{transfer.public_id}: {note}", *people)


def _ours(name: str, view: TransferView) -> TicketTransfer | None:
    mine = TicketTransfer.objects.select_related("fulfilment__order__buyer", "fulfilment__seller")
    mine = mine.filter(provider=name)
    by_reference = mine.filter(public_id=view.reference).first() if view.reference else None
    if by_reference is not None and by_reference.provider_id in (None, view.provider_id):
        return by_reference
    return mine.filter(provider_id=view.provider_id).first()


def fetch(*, account: str, kind: str, object_id: str) -> Any:
    """Answers NeedsFetch: the transfer as it stands; None when there is none. Raises ProviderDown."""
    del kind
    try:
        return provider_for(account.removeprefix("transfer-")).get(provider_id=object_id)
    except GatewayUnreachable as error:
        raise ProviderDown from error
