"""Decisions about held money, on plain values."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.kernel.verdict import Verdict


def may_release(*, hold_status: str, fulfilment_status: str, has_open_refund: bool) -> Verdict:
    """Money leaves a hold for the seller only after delivery, unfrozen, and with nothing going back."""
    if fulfilment_status not in ("delivered", "completed"):
        return Verdict.no("not_delivered", f"the fulfilment is {fulfilment_status}")
    if hold_status == "frozen":
        return Verdict.no("hold_frozen", "the money is frozen")
    if hold_status != "held":
        return Verdict.no("hold_not_held", f"the hold is {hold_status}")
    if has_open_refund:
        return Verdict.no("refund_open", "a refund of this money is not finished")
    return Verdict.yes()


def may_time_out(*, fulfilment_status: str, deliver_by: datetime | None, at: datetime) -> Verdict:
    """A fulfilment that was paid and not delivered in time gives its money back."""
    if deliver_by is None or at < deliver_by:
        return Verdict.no("not_due", "there is still time to deliver")
    if fulfilment_status != "awaiting":
        return Verdict.no("not_awaiting", f"the fulfilment is {fulfilment_status}")
    return Verdict.yes()


def must_leave_by(*, opened_at: datetime, hold_limit_days: int) -> datetime:
    """Until when the gateway lets this money wait."""
    return opened_at + timedelta(days=hold_limit_days)
