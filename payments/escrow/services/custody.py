"""What money has to say about tickets: whether they may go, and what becomes of it when their provider has spoken."""

from __future__ import annotations

from orders.fulfilment.models import Fulfilment
from payments.escrow.models import EscrowHold
from payments.escrow.services.release import HoldFrozen, HoldNotHeld
from payments.escrow.states import HoldStatus


def check_may_go(*, fulfilment: Fulfilment) -> None:
    """Before its tickets go to a provider: all of its money is held for the seller, and nothing keeps it still. A
    dispute, a refund that was asked for, or one made at the gateway keeps the tickets here. Raises HoldNotHeld,
    HoldFrozen."""
    hold = EscrowHold.objects.filter(fulfilment=fulfilment).first()
    if hold is None:
        raise HoldNotHeld("nothing was paid for it")
    if hold.status == HoldStatus.FROZEN:
        raise HoldFrozen("its money is frozen, so that its tickets stay here")
    if hold.status != HoldStatus.HELD or hold.remaining_minor != hold.amount_minor:
        raise HoldNotHeld("not all of its money is held any more")
