"""Records what a gateway says of a settlement, and books where its money is."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import transaction

from config.audit.services import move
from config.outbox.services import emit
from payments.charges.models import GatewayAccount
from payments.gateways.settlement_views import SettlementState, SettlementView
from payments.ledger import settlement_recipes as recipes
from payments.ledger.services import post
from payments.settlements.models import Settlement
from payments.settlements.states import RETURNED, SETTLEMENT_STATES, SettlementStatus

log = logging.getLogger(__name__)
KNOWN = "known already"
_STATUS = {
    SettlementState.ANNOUNCED: SettlementStatus.ANNOUNCED,
    SettlementState.PAID: SettlementStatus.PAID,
    SettlementState.FAILED: SettlementStatus.FAILED,
    SettlementState.CANCELLED: SettlementStatus.CANCELLED,
}


def observe_settlement(*, account: GatewayAccount, view: SettlementView, actor: str, at: datetime) -> str:
    """Brings a settlement up to what the gateway says of it. Returns what was done.

    First seen, whatever its state, its money leaves clearing; failed or cancelled it is there again. What arrives at
    the bank is booked when the bank's statement says so, never because the gateway does. A fact that is older than
    what we know changes nothing.
    """
    with transaction.atomic():
        row, is_new = Settlement.objects.select_for_update(of=("self",)).get_or_create(
            gateway_account=account,
            gateway_settlement_id=view.settlement_id,
            defaults={
                "amount_minor": view.amount.amount_minor,
                "currency": view.amount.currency,
                "announced_at": view.created_at,
                "expected_at": view.expected_at,
                "seen_at": at,
            },
        )
        if is_new:
            draft = recipes.settlement_announced(
                settlement_id=row.public_id, account=account.code, amount=row.amount, external_ref=view.settlement_id
            )
            post(draft, actor=actor, at=at, effective_at=view.created_at)
        moved = _follow(row, view, account=account.code, actor=actor, at=at)
    return str(row.status) if moved or is_new else KNOWN


def _follow(row: Settlement, view: SettlementView, *, account: str, actor: str, at: datetime) -> bool:
    told: dict[str, Any] = {"reference": view.reference, "expected_at": view.expected_at}
    news = {name: value for name, value in told.items() if value and value != getattr(row, name)}
    if news:
        Settlement.objects.filter(pk=row.pk).update(**news)
    target = _STATUS[view.state]
    if target == row.status or not SETTLEMENT_STATES.allows(row.status, target):
        return bool(news)
    code = view.failure.code if view.failure else ""
    move(row, to=target, actor=actor, at=at, reason=code, failure_code=code[:80])
    if target in RETURNED:
        draft = recipes.settlement_returned(
            settlement_id=row.public_id, account=account, amount=row.amount, external_ref=view.settlement_id
        )
        post(draft, actor=actor, at=at)
    if target == SettlementStatus.FAILED:
        log.error("a settlement failed", extra={"settlement": row.public_id, "code": code})
        emit("settlement.failed", fact_key=row.public_id, payload={"settlement": row.public_id}, at=at)
    return True
