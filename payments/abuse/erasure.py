"""What abuse has of a person: from where they paid, and by which cards in vain."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from config.accounts.models import User
from config.erasure.contract import delete
from payments.abuse.models import CardDecline, PaymentOrigin


def erase(*, person: User, batch: int, at: datetime) -> int:
    """Where their payments and saved methods came from. A block stays until it is over: it names nobody, and protects
    others."""
    del at
    theirs = Q(payment__order__buyer=person) | Q(setup__customer__person=person)
    origins, declines = PaymentOrigin.objects.filter(theirs), CardDecline.objects.filter(theirs)
    return delete(origins, batch) + delete(declines, batch)
