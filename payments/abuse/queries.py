"""What somebody did within the last hour. Every read is bounded: beyond so many rows the ruling is the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from payments.abuse.models import Block, CardDecline, PaymentOrigin
from payments.abuse.rules import WINDOW, Kind, Seen
from payments.charges.models import Payment
from payments.methods.models import MethodSetup

MOST = 500


def standing_blocks(subjects: Mapping[Kind, bytes], *, at: datetime) -> list[Block]:
    """The blocks that stand against any of these."""
    standing = Block.objects.filter(lifted_at__isnull=True, until__gt=at)
    return [block for kind, subject in subjects.items() for block in standing.filter(kind=kind, subject=subject)]


def origin_of(**begun: Payment | MethodSetup) -> PaymentOrigin | None:
    """Who began a payment (`payment=`) or a setup (`setup=`), where that is known."""
    return PaymentOrigin.objects.filter(**begun).first()


def is_blocked(origin: PaymentOrigin | None, *, at: datetime) -> bool:
    """Whether who began it is blocked, be it since then."""
    if origin is None:
        return False
    subjects = {Kind.ADDRESS: bytes(origin.address), Kind.EMAIL: bytes(origin.email)}
    return bool(standing_blocks({kind: subject for kind, subject in subjects.items() if subject}, at=at))


def begun_and_open(block: Block) -> tuple[list[int], list[int]]:
    """The payments and setups that somebody who is blocked began and that may still take a card. Behind an address are
    many: of what was begun there, what met a decline."""
    origins = PaymentOrigin.objects.filter(**{block.kind: block.subject})
    payments = origins.filter(payment__closed_at__isnull=True, payment__captured_minor=0, payment__isnull=False)
    setups = origins.filter(setup__ended_at__isnull=True, setup__gateway_setup_id__isnull=False)
    if block.kind == Kind.ADDRESS:
        payments = payments.filter(Exists(CardDecline.objects.filter(payment=OuterRef("payment"))))
        setups = setups.filter(Exists(CardDecline.objects.filter(setup=OuterRef("setup"))))
    return (
        list(payments.order_by("-at").values_list("payment_id", flat=True)[:MOST]),
        list(setups.order_by("-at").values_list("setup_id", flat=True)[:MOST]),
    )


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
