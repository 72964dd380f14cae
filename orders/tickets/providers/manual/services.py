"""What seller, buyer and staff say of a hand-over, each in the caller's transaction, which has our transfer locked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from config.audit.services import move
from config.crypto import open_sealed, seal
from config.kernel.errors import Conflict, NotFound, Unprocessable
from config.papers import papers
from orders.tickets.providers.contract import TransferView
from orders.tickets.providers.manual.adapter import view_of
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.providers.manual.states import HAND_OVER_STATES, HandOverStatus

S = HandOverStatus


class HandOverClosed(Conflict):
    """This hand-over is decided, or not begun, or its time is over."""

    code = "hand_over_closed"


class ProofRefused(Unprocessable):
    """This file cannot be a proof."""

    code = "proof_refused"


def show_proof(*, reference: str, name: str, content: bytes, actor: str, at: datetime) -> TransferView:
    """The seller shows that the tickets were handed over: a PDF or picture, kept encrypted. A second one takes the
    place of the first while the buyer has said nothing. Raises ProofRefused, HandOverClosed."""
    verdict = papers.may_keep(content)
    if not verdict:
        raise ProofRefused(verdict.detail, reason=verdict.code)
    row = _lock(reference)
    if row.status not in (S.INITIATED, S.PENDING) or (row.status == S.INITIATED and at >= row.expires_at):
        raise HandOverClosed(f"the hand-over is {row.status}")
    kept = papers.paper(name, content)
    proof: dict[str, Any] = {
        "proof_name": kept.name,
        "proof_type": kept.content_type,
        "proof_sealed": seal(kept.content),
        "proof_at": at,
        "changed_at": row.heard_at(at),
    }
    if row.status == S.PENDING:
        HandOver.objects.filter(pk=row.pk).update(**proof)
        row.changed_at = proof["changed_at"]
    else:
        move(row, to=S.PENDING, actor=actor, at=at, reason="a proof was shown", **proof)
    return view_of(row)


def confirm(*, reference: str, actor: str, at: datetime) -> TransferView:
    """The buyer has the tickets: their word against their own money. Raises HandOverClosed."""
    return _become(reference, S.ACCEPTED, actor=actor, reason="the buyer has them", at=at)


def deny(*, reference: str, actor: str, reason: str, at: datetime) -> TransferView:
    """The buyer has nothing. Where nothing was shown that ends it; against a proof a person decides. Raises
    HandOverClosed."""
    row = _lock(reference)
    to = S.DECLINED if row.status == S.INITIATED else S.NEEDS_REVIEW
    return _become(reference, to, actor=actor, reason=reason, at=at)


def withdraw(*, reference: str, actor: str, reason: str, at: datetime) -> TransferView:
    """The seller never gave them away: their word against their own money. Raises HandOverClosed."""
    return _become(reference, S.CANCELLED, actor=actor, reason=reason, at=at)


def end_by_person(*, reference: str, accepted: bool, actor: str, reason: str, at: datetime) -> None:
    """Staff decided about our transfer: what seller or buyer say from now on changes nothing. Nothing where the
    hand-over was never begun, or is decided."""
    row = HandOver.objects.select_for_update().defer("proof_sealed").filter(reference=reference).first()
    to = S.ACCEPTED if accepted else S.CANCELLED
    if row is not None and HAND_OVER_STATES.allows(row.status, to):
        move(row, to=to, actor=actor, at=at, reason=reason, changed_at=row.heard_at(at))


def proof_of(*, reference: str) -> papers.Paper | None:
    """The seller's file, opened; None where there is none, or it was erased."""
    row = HandOver.objects.filter(reference=reference, proof_sealed__isnull=False).first()
    if row is None or row.proof_sealed is None:
        return None
    return papers.Paper(name=row.proof_name, content_type=row.proof_type, content=open_sealed(row.proof_sealed))


def _become(reference: str, to: HandOverStatus, *, actor: str, reason: str, at: datetime) -> TransferView:
    row = _lock(reference)
    if row.status != to:
        if not HAND_OVER_STATES.allows(row.status, to):
            raise HandOverClosed(f"the hand-over is {row.status}")
        move(row, to=to, actor=actor, at=at, reason=reason, changed_at=row.heard_at(at))
    return view_of(row)


def _lock(reference: str) -> HandOver:
    row = HandOver.objects.select_for_update().defer("proof_sealed").filter(reference=reference).first()
    if row is None:
        raise NotFound("there is no such hand-over")
    return row
