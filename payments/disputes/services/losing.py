"""Books what a dispute has lost, and makes it good again: always just what its movements and its status say."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime

from config.kernel.money import Money
from payments.disputes import rules
from payments.disputes.models import Dispute
from payments.disputes.queries import parts_left
from payments.disputes.services.covering import add_share, cover_losses, reduce_share
from payments.escrow.services.pots import put_back, take_out
from payments.ledger import refund_recipes
from payments.ledger.dispute_recipes import dispute_lost, dispute_made_good
from payments.ledger.services import post
from payments.refunds.services.allocate import lock_pots

log = logging.getLogger(__name__)


def settle_loss(dispute: Dispute, *, target_minor: int, actor: str, at: datetime) -> int:
    """Brings what is booked as lost of a dispute to `target_minor`, in the caller's transaction, which holds the locks
    of order, payment and dispute and writes the dispute's own columns.

    Returns how much came back that nobody may keep, in minor units: the caller gives it back in the same commit.
    """
    if target_minor > dispute.lost_minor:
        _lose(dispute, target_minor - dispute.lost_minor, actor=actor, at=at)
    elif target_minor < dispute.lost_minor:
        return _make_good(dispute, dispute.lost_minor - target_minor, actor=actor, at=at)
    return 0


def _lose(dispute: Dispute, amount_minor: int, *, actor: str, at: datetime) -> None:
    """[25, 26] Up to what is left of the payment, wherever it is; never refused for being more."""
    payment = dispute.payment
    is_ours = payment.currency == dispute.currency
    loss = rules.take_loss(
        amount_minor=amount_minor, parts=parts_left(payment) if is_ours else [], bearer=dispute.bearer
    )
    parts = []
    for hold in lock_pots(loss.holds):
        minor = loss.holds[hold.pk]
        part = take_out(hold, minor, counted="lost_minor", actor=actor, reason=f"lost {dispute.public_id}", at=at)
        parts.append(part)
        add_share(dispute, "hold", hold.pk, minor)
    for hold_pk, minor in sorted(loss.borne.items()):
        parts.append(_our_loss(dispute, minor))
        add_share(dispute, "borne", hold_pk, minor)
    if loss.excess_minor:
        log.error(
            "a lost dispute took more than was left",
            extra={"dispute": dispute.public_id, "loss_minor": loss.excess_minor},
        )
        parts.append(_our_loss(dispute, loss.excess_minor))
        add_share(dispute, "loss", None, loss.excess_minor)
    dispute.losses += 1
    post(
        dispute_lost(dispute_id=dispute.public_id, payment_id=payment.public_id, number=dispute.losses, parts=parts),
        actor=actor,
        at=at,
    )


def _make_good(dispute: Dispute, amount_minor: int, *, actor: str, at: datetime) -> int:
    """[27] First the losses that nothing of the payment covered, this dispute's or another's, then by the present state
    of each hold that gave something."""
    shares = {share.pk: share for share in dispute.shares.select_for_update().order_by("pk")}
    chosen = rules.give_up(
        amount_minor=amount_minor,
        first=[rules.Share(share.pk, share.amount_minor) for share in shares.values() if share.pot == "loss"],
        then=[rules.Share(share.pk, share.amount_minor) for share in shares.values() if share.pot != "loss"],
    )
    ours_minor, back = 0, Counter[int | None]()
    for pk, minor in chosen.items():
        share = shares[pk]
        if share.pot in ("hold", "unapplied"):
            covered = cover_losses(
                payment=dispute.payment, hold_pk=share.hold_id, amount_minor=minor, counted="lost_minor", giver=dispute
            )
            ours_minor += covered
            back[share.hold_id] += minor - covered
        else:
            ours_minor += minor
        reduce_share(share, minor)
    parts = [_our_loss(dispute, ours_minor)] if ours_minor else []
    nobodys = Money(back.pop(None, 0), dispute.currency)
    if nobodys:
        parts.append(refund_recipes.RefundPart(amount=nobodys))
    for hold in lock_pots([hold_pk for hold_pk, minor in back.items() if hold_pk and minor]):
        reason = f"made good {dispute.public_id}"
        parts.append(put_back(hold, back[hold.pk], counted="lost_minor", actor=actor, reason=reason, at=at))
    dispute.losses += 1
    post(
        dispute_made_good(
            dispute_id=dispute.public_id,
            payment_id=dispute.payment.public_id,
            number=dispute.losses,
            parts=parts,
        ),
        actor=actor,
        at=at,
    )
    return nobodys.amount_minor


def _our_loss(dispute: Dispute, minor: int) -> refund_recipes.RefundPart:
    return refund_recipes.RefundPart(amount=Money(minor, dispute.currency), is_loss=True)
