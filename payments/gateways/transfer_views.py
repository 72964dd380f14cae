"""What a gateway says of transfers from our balance to other accounts there, in our words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config.kernel.money import Money


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer out of our balance. `returned`: what of it was reversed by now, in sum."""

    transfer_id: str
    amount: Money
    returned: Money
    destination: str
    created_at: datetime
    livemode: bool
