"""Stands before every public payment and every saving of a method: lets pass, asks for a proof, or refuses."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from config.crypto import keyed_digest
from config.kernel.errors import Forbidden, Refused, Unavailable
from payments.abuse.captcha.contract import CaptchaUnreachable
from payments.abuse.captcha.registry import verifier
from payments.abuse.models import Block, PaymentOrigin
from payments.abuse.queries import seen, standing_blocks
from payments.abuse.rules import BLOCK_FOR, Kind, Ruling, mailbox, masked, rule
from payments.abuse.services.block import MACHINE, block
from payments.charges.models import Payment
from payments.methods.models import MethodSetup

log = logging.getLogger(__name__)


class Blocked(Forbidden):
    """Payments from here are not accepted at the moment."""

    code = "payments_blocked"


class ChallengeRequired(Refused):
    """Prove that you are a person: pass the challenge and send its token along, with a new idempotency key."""

    code = "challenge_required"
    http_status = 429


class ChallengeUnavailable(Unavailable):
    """Nobody can say right now whether you are a person. Try again later."""

    code = "challenge_unavailable"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wants to pay. Either may be empty."""

    address: str
    email: str

    def subjects(self) -> Mapping[Kind, bytes]:
        """The digests by which they are counted."""
        named = {Kind.ADDRESS: self.address, Kind.EMAIL: mailbox(self.email)}
        return {kind: digest_of(kind, value) for kind, value in named.items() if value}


def digest_of(kind: Kind, value: str) -> bytes:
    """An address or an e-mail, as it is counted and kept."""
    return keyed_digest(purpose=f"abuse:{kind}", text=value)


def screen(*, origin: Origin, token: str, at: datetime) -> None:
    """Lets a payment begin, or raises: Blocked while a block stands or where one was earned now, ChallengeRequired
    where a proof is due and `token` is none, ChallengeUnavailable where nobody can check it.

    Asks the captcha's service, so never call it inside a transaction.
    """
    subjects = origin.subjects()
    blocks = standing_blocks(subjects, at=at)
    if blocks:
        Block.objects.filter(pk__in=[each.pk for each in blocks]).update(refusals=F("refusals") + 1)
        raise Blocked
    ruling = Ruling.PASS
    values = {Kind.ADDRESS: origin.address, Kind.EMAIL: origin.email}
    for kind, subject in subjects.items():
        found = seen(kind, subject, at=at)
        earned = rule(kind, found)
        ruling = max(ruling, earned)
        if earned is Ruling.BLOCK:
            why = f"{found.payments} payments, {found.declines} declines, {found.cards} cards within an hour"
            shown = masked(kind, values[kind])
            block(kind=kind, subject=subject, shown=shown, why=why, until=at + BLOCK_FOR, actor=MACHINE, at=at)
    if ruling is Ruling.BLOCK:
        raise Blocked
    if ruling is Ruling.CHALLENGE:
        _challenge(token, address=origin.address)


def _challenge(token: str, *, address: str) -> None:
    captcha = verifier()
    if captcha is None:
        raise ChallengeRequired("too many attempts: wait for an hour")
    if not token:
        raise ChallengeRequired(field="challenge_token")
    try:
        passed = captcha.verify(token=token, address=address)
    except CaptchaUnreachable as error:
        log.exception("a challenge could not be checked", extra={"captcha": captcha.name})
        raise ChallengeUnavailable from error
    if not passed:
        raise ChallengeRequired("the challenge was not passed", field="challenge_token")


def remember_origin(*, payment: Payment, origin: Origin, at: datetime) -> None:
    """Keeps who began a payment, once."""
    PaymentOrigin.objects.get_or_create(payment=payment, defaults=_kept(origin, at))


def remember_setup_origin(*, setup: MethodSetup, origin: Origin, at: datetime) -> None:
    """Keeps who began to save a method, once."""
    PaymentOrigin.objects.get_or_create(setup=setup, defaults=_kept(origin, at))


def _kept(origin: Origin, at: datetime) -> dict[str, Any]:
    subjects = origin.subjects()
    return {
        "address": subjects.get(Kind.ADDRESS, b""),
        "address_shown": origin.address,
        "email": subjects.get(Kind.EMAIL, b""),
        "at": at,
    }
