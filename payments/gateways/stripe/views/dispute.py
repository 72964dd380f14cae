"""Translates a dispute with the movements of our balance that it names."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from config.calls.fields import JSON, flag, instant, part, text, text_or_empty, unreadable, whole, whole_or
from config.kernel.money import Money, exponent
from payments.gateways.dispute_views import DisputeMovement, DisputeState, DisputeView
from payments.gateways.stripe.fields import a, id_of, listed, money

# `appeal_*`: the network decided, and we or the bank went on. [SDK _dispute.py, API 2026-10-28.endive]
_STATES: Final = {
    "warning_needs_response": DisputeState.INQUIRY,
    "warning_under_review": DisputeState.INQUIRY,
    "warning_closed": DisputeState.INQUIRY_CLOSED,
    "needs_response": DisputeState.NEEDS_RESPONSE,
    "under_review": DisputeState.UNDER_REVIEW,
    "appeal_needs_response": DisputeState.NEEDS_RESPONSE,
    "appeal_under_review": DisputeState.UNDER_REVIEW,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
    "prevented": DisputeState.PREVENTED,
}
# An exchange rate has few digits: what comes this near to the whole dispute is the whole dispute.
_NEAR: Final = Decimal("0.001")


def dispute_view(obj: object) -> DisputeView:
    """A dispute. Raises UnreadableObject."""
    dispute = a("dispute", obj)
    status = text(dispute, "status")
    state = _STATES.get(status)
    if state is None:
        raise unreadable(dispute, "status")
    amount = money(dispute, "amount")
    details = part(dispute, "evidence_details")
    method = part(dispute, "payment_method_details")
    kind = text_or_empty(method, "type")
    inside = part(method, kind) if kind else {}
    phase = "appeal" if status.startswith("appeal_") else text_or_empty(inside, "case_type")
    return DisputeView(
        dispute_id=text(dispute, "id"),
        charge_id=id_of(dispute, "charge"),
        gateway_payment_id=id_of(dispute, "payment_intent"),
        state=state,
        amount=amount,
        reason=text_or_empty(dispute, "reason"),
        network_reason=text_or_empty(inside, "network_reason_code"),
        phase=phase,
        opened_at=instant(dispute, "created"),
        evidence_due_at=instant(details, "due_by") if details.get("due_by") is not None else None,
        # What waits for a response has not got one in this phase, however often there was one in those before.
        is_submitted=whole_or(details, "submission_count", 0) > 0 and not status.endswith("needs_response"),
        movements=tuple(_movement(each, amount) for each in listed(dispute, "balance_transactions")),
        livemode=flag(dispute, "livemode"),
    )


def names_its_movements(obj: JSON) -> bool:
    """Whether the object says what it did to our balance: those of before 2017 do not."""
    return obj.get("balance_transactions") is not None


def _movement(obj: object, disputed: Money) -> DisputeMovement:
    """A balance transaction of a dispute: in the currency of our balance, which may be another than the dispute's."""
    movement = a("balance_transaction", obj)
    settled = money(movement, "amount")
    other = settled.currency != disputed.currency
    return DisputeMovement(
        transaction_id=text(movement, "id"),
        amount=_exchanged_back(movement, settled, disputed) if other else settled,
        fee_minor=whole(movement, "fee"),
        at=instant(movement, "created"),
        settled=settled if other else None,
    )


def _exchanged_back(movement: JSON, settled: Money, disputed: Money) -> Money:
    """What was moved in the dispute's own currency: the settled amount by the rate that Stripe names, which is in
    major units of both."""
    try:
        rate = Decimal(str(movement.get("exchange_rate")))
    except InvalidOperation:
        raise unreadable(movement, "exchange_rate") from None
    if not rate.is_finite() or rate <= 0:
        raise unreadable(movement, "exchange_rate")
    major = settled.decimal / rate
    minor = int(major.scaleb(exponent(disputed.currency)).to_integral_value(ROUND_HALF_EVEN))
    if abs(abs(minor) - disputed.amount_minor) <= max(1, int(disputed.amount_minor * _NEAR)):
        minor = disputed.amount_minor if minor > 0 else -disputed.amount_minor
    return Money(minor, disputed.currency)
