"""Asks about calls that move no money: the identical request under the same key tells, and makes nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from config.calls.models import GatewayCall
from config.calls.services import count_absence
from config.kernel.faultpoints import reached
from payments.charges.services.ask import RESEND_WITHIN
from payments.gateways.contract import Answer, Gateway, Outcome


def resent(call: GatewayCall, send: Callable[[], Answer], gateway: Gateway, *, at: datetime) -> Answer | None:
    """The answer to the request sent again, or None while nobody knows: every gateway that saves methods makes
    customers and setups once for a key. Past the time for which keys are replayed it is given up: what it may have made
    is known to nobody, and can do nothing."""
    if at - call.created_at < RESEND_WITHIN:
        GatewayCall.objects.filter(pk=call.pk).update(sent_at=at)
        reached("method.resending")
        answer = send()
        reached("method.asked")
        return answer if answer.outcome in (Outcome.SUCCEEDED, Outcome.DECLINED) else None
    absence = gateway.absent_payment
    if count_absence(call=call, after=absence.after, times=absence.times, apart=absence.apart, at=at):
        return Answer(outcome=Outcome.NOT_EXECUTED)
    return None
