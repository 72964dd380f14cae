"""Proposes where a payee's money should go: read strictly, sealed, and looked at by a second person where one must."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from config.audit.services import move, record
from config.crypto import keyed_digest, seal
from config.idempotency.services import Claim, remember_intent
from config.kernel.errors import Conflict
from config.kernel.money import EXPONENTS
from config.outbox.services import emit
from payouts.payees import rules
from payouts.payees.details import Details, DetailsInvalid, read_details
from payouts.payees.models import Destination, Payee
from payouts.payees.queries import coming_destination, current_destination, lock_payee, same_elsewhere
from payouts.payees.routing import rail_of
from payouts.payees.services.ensure import ensure_account
from payouts.payees.services.settle import begin
from payouts.payees.states import DestinationStatus


class DestinationUnchanged(Conflict):
    """This is where their money goes already."""

    code = "destination_unchanged"


def digest_of(details: Details, payee: Payee) -> bytes:
    """Keyed: tells whether two destinations are the same, and nobody what they are."""
    text = details.identity or f"made for {payee.public_id}"
    return keyed_digest(purpose="payout destination", text=text)


def propose_destination(
    *,
    payee: Payee,
    currency: str,
    kind: str,
    details: Mapping[str, object],
    actor: str,
    at: datetime,
    reason: str = "",
    claim: Claim | None = None,
) -> Destination:
    """Writes the proposal down. The very first destination of a currency needs no second person (its first payout
    does); one that changes another, that somebody else has too, or that the payee did not propose, does. A proposal
    made before and not decided is retired by this one; the same one again is that one.

    An interrupted run with the same idempotency key is gone on with. Raises DetailsInvalid, DestinationNotOffered,
    DestinationUnchanged.
    """
    if claim is not None and claim.intent_id:
        return Destination.objects.get(public_id=claim.intent_id)
    if currency not in EXPONENTS:
        raise DetailsInvalid("there is no such currency", field="currency")
    read = read_details(kind=kind, currency=currency, given=details)
    rail = rail_of(kind=kind, currency=currency)
    with transaction.atomic():
        payee = lock_payee(payee.pk)
        destination = _write(payee, currency, kind, rail, read, actor=actor, reason=reason, at=at)
        remember_intent(claim=claim, intent_id=destination.public_id)
    return destination


def _write(
    payee: Payee, currency: str, kind: str, rail: str, read: Details, *, actor: str, reason: str, at: datetime
) -> Destination:
    current, coming = current_destination(payee, currency), coming_destination(payee, currency)
    digest = digest_of(read, payee)
    if coming is not None and bytes(coming.details_digest) == digest:
        return coming
    if current is not None and bytes(current.details_digest) == digest:
        raise DestinationUnchanged
    if coming is not None:
        move(coming, to=DestinationStatus.RETIRED, actor=actor, at=at, reason="another one was proposed")
    destination = Destination(
        payee=payee,
        currency=currency,
        rail=rail,
        kind=kind,
        details=seal(json.dumps(dict(read.values)).encode()),
        details_digest=digest,
        masked=read.masked,
        recipient_id=_known_as(payee, rail),
        proposed_by=actor,
        created_at=at,
    )
    destination.why_approval = rules.why_approve(
        is_changed=was_ever_paid_elsewhere(payee, currency),
        shared_with=_people_with(destination),
        is_for_another=actor != payee.user.actor,
    )
    destination.save(force_insert=True)
    ensure_account(payee=payee, currency=currency, at=at)
    facts = {"currency": currency, "kind": kind, "rail": rail}  # no number, even masked: the trail is never erased
    record(destination, act="proposed", actor=actor, at=at, reason=reason, facts=facts)
    told = {"destination": destination.public_id}
    emit("destination.proposed", fact_key=destination.public_id, payload=told, at=at)
    if not destination.why_approval:
        begin(destination, actor=actor, at=at, reason="their first one")
    return destination


def was_ever_paid_elsewhere(payee: Payee, currency: str) -> bool:
    """Whether this would change where their money goes: another one was active once."""
    return Destination.objects.filter(payee=payee, currency=currency, verified_at__isnull=False).exists()


def _known_as(payee: Payee, rail: str) -> str:
    """The rail's id of the payee, where it knows them from another destination."""
    known = Destination.objects.filter(payee=payee, rail=rail).exclude(recipient_id="").order_by("-pk")
    return known.values_list("recipient_id", flat=True).first() or ""


def _people_with(destination: Destination) -> int:
    return same_elsewhere(destination).values("payee__user_id").distinct().count()
