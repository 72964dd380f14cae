"""What happens to payouts when their payee owes us: those that were not sent come back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from payments.reserves.services.level import refill_reserve
from payouts.payout.services.decide import recall
from payouts.payout.services.send import SENDER


def recall_short(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `payee.short`: what is frozen and not sent is payable again, what they owe is set off from it, and
    the reserve gets back what it gave before it: not more, also where its terms ask for more by now. Told again it
    finds nothing more to take back."""
    whose = {"owner": payload["owner"], "currency": payload["currency"], "actor": SENDER, "at": at}
    recall(**whose)
    refill_reserve(**whose, taken_minor=payload["reserve_minor"])
