"""What somebody did within the last hour. Every read is bounded: beyond so many rows the ruling is the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from payments.abuse.models import Block, CardDecline, PaymentOrigin
from payments.abuse.rules import WINDOW, Kind, Seen

MOST = 500


def standing_blocks(subjects: Mapping[Kind, bytes], *, at: datetime) -> list[Block]:
    """The blocks that stand against any of these."""
    standing = Block.objects.filter(lifted_at__isnull=True, until__gt=at)
    return [block for kind, subject in subjects.items() for block in standing.filter(kind=kind, subject=subject)]


def seen(kind: Kind, subject: bytes, *, at: datetime) -> Seen:
    """What an address or an e-mail did; the saving of a method counts as a payment does. A decline counts when it
    happens, however long ago its payment was begun: else payments would be begun first, and cards tried an hour
    later."""
    since = at - WINDOW
    origins = PaymentOrigin.objects.filter(**{str(kind): subject}).order_by("-at")
    begun = list(origins.values_list("payment_id", "setup_id", "at")[:MOST])
    lately = sum(begun_at > since for _, _, begun_at in begun)
    payments = [payment for payment, _, _ in begun if payment is not None]
    setups = [setup for _, setup, _ in begun if setup is not None]
    declines = CardDecline.objects.filter(at__gt=since)
    cards = [
        *declines.filter(payment_id__in=payments).values_list("card", flat=True)[:MOST],
        *declines.filter(setup_id__in=setups).values_list("card", flat=True)[:MOST],
    ]
    return Seen(payments=lately, declines=len(cards), cards=len({bytes(card) for card in cards if card is not None}))


def declines_of_payment(payment_pk: int) -> int:
    """How often the gateway declined one payment."""
    return CardDecline.objects.filter(payment_id=payment_pk)[:MOST].count()


def declines_of_setup(setup_pk: int) -> int:
    """How often the gateway declined what one setup was to save."""
    return CardDecline.objects.filter(setup_id=setup_pk)[:MOST].count()


def origins_of_card(card: bytes, *, at: datetime) -> list[PaymentOrigin]:
    """Who tried a card that was declined within the window; one entry per decline, the newest first."""
    known = Q(payment__origin__isnull=False) | Q(setup__origin__isnull=False)
    tried = CardDecline.objects.filter(known, card=card, at__gt=at - WINDOW).select_related(
        "payment__origin", "payment__order", "setup__origin", "setup__customer__person"
    )
    things = (decline.payment or decline.setup for decline in tried.order_by("-at")[:MOST])
    return [thing.origin for thing in things if thing is not None]
