"""What saved methods have of a person: what their cards showed, and from where they consented. One that is still kept
is forgotten at its gateway."""

from __future__ import annotations

from datetime import datetime

from config.accounts.models import User
from config.erasure.contract import counted, rewrite
from payments.methods.models import MethodSetup, SavedMethod
from payments.methods.services.keep import detach
from payments.methods.states import KEPT, MethodStatus

ACTOR = "system:erasure"


def prepare(*, person: User, at: datetime) -> None:
    """Has every method that is still kept forgotten at its gateway: the person is to be forgotten everywhere."""
    for method in SavedMethod.objects.filter(person=person, status__in=KEPT).order_by("pk"):
        detach(method=method, actor=ACTOR, reason="the person is to be forgotten", at=at)


def open_things(*, person: User) -> list[str]:
    """Methods that could be charged or that a gateway has still to forget, and attempts to save one."""
    kept = SavedMethod.objects.filter(person=person).exclude(status=MethodStatus.DETACHED)
    saving = MethodSetup.objects.filter(customer__person=person, ended_at__isnull=True)
    return [
        *counted(kept.count(), "saved method is not detached", "saved methods are not detached"),
        *counted(saving.count(), "method is being saved", "methods are being saved"),
    ]


def erase(*, person: User, batch: int, at: datetime) -> int:
    """What the card showed, and the address of a consent; that there was one, when and to which words, stays, because
    charges were made upon it."""
    del at
    shown = SavedMethod.objects.filter(person=person).exclude(
        last4="", issuer="", network="", expiry_month__isnull=True, expiry_year__isnull=True
    )
    erased = rewrite(shown, batch, last4="", issuer="", network="", expiry_month=None, expiry_year=None)
    given = MethodSetup.objects.filter(customer__person=person).exclude(consent_address="")
    return erased + rewrite(given, batch, consent_address="")
