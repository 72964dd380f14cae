"""Records what a gateway says of a transfer that nobody here made, and books it where the unexplained stands."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from config.audit.services import move, record
from config.kernel.money import Money
from config.outbox.services import emit
from payments.charges.models import GatewayAccount
from payments.gateways.transfer_views import TransferView
from payments.ledger import outflow_recipes as recipes
from payments.ledger.accounts import Account
from payments.ledger.services import post
from payments.outflows.models import DrawnOn, Outflow
from payments.outflows.states import OutflowStatus

log = logging.getLogger(__name__)


def observe_transfer(
    *, account: GatewayAccount, view: TransferView, actor: str, at: datetime, drawn_on: DrawnOn = DrawnOn.CLEARING
) -> str:
    """Brings an outflow up to what the gateway says of it. Returns what was done.

    First seen, whatever was reversed of it by then, all of it left clearing, or the float, for suspense, and a person
    is called. What is back is a sum that only grows: an older event that says less changes nothing.
    """
    with transaction.atomic():
        row, is_new = Outflow.objects.select_for_update(of=("self",)).get_or_create(
            gateway_account=account,
            gateway_transfer_id=view.transfer_id,
            defaults={
                "destination": view.destination,
                "drawn_on": drawn_on,
                "amount_minor": view.amount.amount_minor,
                "currency": view.amount.currency,
                "made_at": view.created_at,
                "seen_at": at,
            },
        )
        if is_new:
            _found(row, view, account=account.code, actor=actor, at=at)
        returned = view.returned.amount_minor - row.returned_minor
        if returned > 0:
            _take_back(row, Money(returned, row.currency), account=account.code, actor=actor, at=at)
    return f"{row.status}: {row.away} unexplained" if is_new or returned > 0 else "known already"


def _found(row: Outflow, view: TransferView, *, account: str, actor: str, at: datetime) -> None:
    draft = recipes.outflow_found(
        outflow_id=row.public_id,
        pot=Account(row.drawn_on),
        account=account,
        amount=row.amount,
        external_ref=view.transfer_id,
    )
    post(draft, actor=actor, at=at, effective_at=view.created_at)
    record(row, act="found", actor=actor, at=at, to_state=row.status, reason=f"to {view.destination or 'nobody named'}")
    log.critical("money left a gateway that nobody here sent", extra={"outflow": row.public_id, "account": account})
    emit("outflow.found", fact_key=row.public_id, payload={"outflow": row.public_id}, at=at)


def _take_back(row: Outflow, amount: Money, *, account: str, actor: str, at: datetime) -> None:
    total_minor = row.returned_minor + amount.amount_minor
    draft = recipes.outflow_returned(
        outflow_id=row.public_id,
        pot=Account(row.drawn_on),
        account=account,
        amount=amount,
        total_minor=total_minor,
        external_ref=row.gateway_transfer_id,
    )
    post(draft, actor=actor, at=at)
    if total_minor == row.amount_minor:
        move(row, to=OutflowStatus.RETURNED, actor=actor, at=at, reason="reversed", returned_minor=total_minor)
        return
    Outflow.objects.filter(pk=row.pk).update(returned_minor=total_minor)
    row.returned_minor = total_minor
    record(row, act="returned in part", actor=actor, at=at, to_state=row.status, facts={"returned_minor": total_minor})
