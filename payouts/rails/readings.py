"""What an object of a rail, and its state, mean for the call that asked for a change. Pure; the same for every rail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from config.calls.fields import JSON
from payments.gateways.contract import Outcome
from payments.gateways.failures import UNREADABLE, GatewayFailure, UnreadableObject
from payouts.rails.contract import PayoutView, RailAnswer, RailState, Reading


def understood(envelope: RailAnswer, body: JSON, read: Callable[[JSON], Reading]) -> RailAnswer:
    """The answer to a change that the rail did not refuse. Where its object cannot be read the change was executed all
    the same, and what it made must be asked for."""
    try:
        said = read(body)
    except UnreadableObject as error:
        return replace(envelope, outcome=Outcome.UNKNOWN, failure=GatewayFailure(UNREADABLE, str(error)))
    told: dict[str, Any] = {each.name: getattr(said, each.name) for each in fields(Reading)}
    return replace(envelope, **told)


def sent(view: PayoutView) -> Reading:
    """Of a payout that was asked for. What came back or was stopped is declined, with why."""
    if view.state is RailState.PAID:
        return Reading(Outcome.SUCCEEDED, payout=view)
    if view.state in (RailState.FAILED, RailState.CANCELLED, RailState.RETURNED):
        failure = view.failure or GatewayFailure(f"payout_{view.state}")
        return Reading(Outcome.DECLINED, payout=view, failure=failure, advice=view.advice)
    return Reading(Outcome.PENDING, payout=view)


def stopped(view: PayoutView) -> Reading:
    """Of a cancellation. Stopped is stopped, by whichever call; anything else came too late."""
    if view.state is RailState.CANCELLED:
        return Reading(Outcome.SUCCEEDED, payout=view)
    return Reading(Outcome.DECLINED, payout=view, failure=GatewayFailure(f"payout_is_{view.state}"))
