"""What abuse has of a person: from where they paid, and by which cards in vain."""

from __future__ import annotations

from datetime import datetime

from config.accounts.models import User
from config.erasure.contract import delete
from payments.abuse.models import CardDecline, PaymentOrigin


def erase(*, person: User, batch: int, at: datetime) -> int:
    """Where their payments came from. A block stays until it is over: it names nobody, and protects others."""
    del at
    origins = PaymentOrigin.objects.filter(payment__order__buyer=person)
    declines = CardDecline.objects.filter(payment__order__buyer=person)
    return delete(origins, batch) + delete(declines, batch)
