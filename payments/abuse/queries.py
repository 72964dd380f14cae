"""What somebody did within the last hour. Every read is bounded: beyond so many rows the ruling is the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from payments.abuse.models import Block, CardDecline, PaymentOrigin
from payments.abuse.rules import WINDOW, Kind, Seen

MOST = 500


def standing_blocks(subjects: Mapping[Kind, bytes], *, at: datetime) -> list[Block]:
    """The blocks that stand against any of these."""
    standing = Block.objects.filter(lifted_at__isnull=True, until__gt=at)
    return [block for kind, subject in subjects.items() for block in standing.filter(kind=kind, subject=subject)]


def seen(kind: Kind, subject: bytes, *, at: datetime) -> Seen:
    """What an address or an e-mail did. A decline counts when it happens, however long ago its payment was begun: else
    payments would be begun first, and cards tried an hour later."""
    since = at - WINDOW
    origins = PaymentOrigin.objects.filter(**{str(kind): subject}).order_by("-at")
    begun = list(origins.values_list("payment_id", "at")[:MOST])
    payments = [payment for payment, begun_at in begun if begun_at > since]
    declines = CardDecline.objects.filter(payment_id__in=[payment for payment, _ in begun], at__gt=since)
    cards = list(declines.values_list("card", flat=True)[:MOST])
    return Seen(
        payments=len(payments), declines=len(cards), cards=len({bytes(card) for card in cards if card is not None})
    )


def declines_of_payment(payment_pk: int) -> int:
    """How often the gateway declined one payment."""
    return CardDecline.objects.filter(payment_id=payment_pk)[:MOST].count()


def origins_of_card(card: bytes, *, at: datetime) -> list[PaymentOrigin]:
    """Who tried a card that was declined within the window; one entry per decline, the newest first."""
    tried = PaymentOrigin.objects.filter(payment__declines__card=card, payment__declines__at__gt=at - WINDOW)
    return list(tried.select_related("payment__order").order_by("-payment__declines__at")[:MOST])
