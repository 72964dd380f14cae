"""Asks a rail to stop a payout that still waits there."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.calls.models import GatewayCall
from config.calls.services import open_call, record_outcome
from config.calls.states import CallStatus
from config.kernel.errors import Conflict
from config.kernel.faultpoints import reached
from payments.gateways.contract import Outcome
from payouts.payees.routing import spoken_to
from payouts.payout.models import Payout
from payouts.payout.queries import lock_payout
from payouts.payout.services.observe import observe_payout
from payouts.payout.services.send import answer_of
from payouts.payout.states import PayoutStatus
from payouts.rails.contract import RailCapability
from payouts.rails.registry import rail_for

STOP = "payout.cancel"


class CannotStop(Conflict):
    """The rail offers no way to stop this payout, or it does not wait there any more."""

    code = "payout_cannot_be_stopped"


def may_be_stopped(payout: Payout) -> bool:
    """Whether its rail could be asked: it has the payout, and offers that."""
    if payout.status != PayoutStatus.IN_TRANSIT or not payout.rail_payout_id:
        return False
    rail = spoken_to(payout.rail_account)
    return rail is not None and RailCapability.CANCELS in rail.capabilities


def stop_payout(*, payout_pk: int, actor: str, reason: str, at: datetime) -> str:
    """Three beats; only the rail's own word that it is cancelled ends the payout and gives the money back. Returns the
    outcome of the call. Raises CannotStop, and OpenCallExists while an earlier try has no answer."""
    payout, call = _intend(payout_pk, actor=actor, reason=reason, at=at)
    reached("payout.cancel.intended")
    rail = rail_for(payout.rail_account)
    answer = answer_of(
        lambda: rail.cancel_payout(
            key=call.public_id, payout_id=payout.rail_payout_id or "", account_id=payout.destination.account_id
        )
    )
    reached("payout.cancel.answered")
    outcome = CallStatus.UNKNOWN if answer.outcome == Outcome.PENDING else answer.outcome
    with transaction.atomic():
        lock_payout(payout.pk)
        record_outcome(
            call=call,
            outcome=outcome,
            at=at,
            answer=answer.raw,
            external_id=payout.rail_payout_id or "",
            http_status=answer.http_status,
            request_id=answer.request_id,
            error_code=answer.failure.code if answer.failure else "",
        )
        if answer.payout is not None:
            observe_payout(payout=payout, view=answer.payout, actor=actor, at=at)
    reached("payout.cancel.recorded")
    return str(outcome)


def _intend(payout_pk: int, *, actor: str, reason: str, at: datetime) -> tuple[Payout, GatewayCall]:
    with transaction.atomic():
        payout = lock_payout(payout_pk)
        if not may_be_stopped(payout):
            raise CannotStop(f"the payout is {payout.status}")
        call = open_call(
            subject=payout,
            operation=STOP,
            service=payout.rail,
            account=payout.rail_account,
            actor=actor,
            facts={"payout": payout.public_id, "reason": reason},
            at=at,
        )
    return payout, call
