"""Reads of disputes."""

from __future__ import annotations

from payments.charges.models import Payment
from payments.disputes import rules
from payments.disputes.models import Dispute
from payments.escrow.models import EscrowHold
from payments.gateways.contract import Capability
from payments.gateways.registry import UnknownGatewayAccount, gateway_for
from payments.refunds.queries import left_of, reserved_by_hold


def lock_dispute(dispute_pk: int) -> Dispute:
    """The dispute, locked until the transaction ends. Its order and payment are locked before it."""
    return (
        Dispute.objects.select_for_update(of=("self",))
        .select_related("payment__gateway_account", "payment__order", "gateway_account")
        .get(pk=dispute_pk)
    )


def find_dispute(*, account: str, gateway_dispute_id: str) -> Dispute | None:
    """Ours by the gateway's id."""
    found = Dispute.objects.select_related("payment", "gateway_account")
    return found.filter(gateway_account__code=account, gateway_dispute_id=gateway_dispute_id).first()


def parts_left(payment: Payment) -> list[rules.Left]:
    """What each hold of the payment still has, in ascending order of their locks."""
    holds = list(EscrowHold.objects.filter(payment=payment).select_related("fulfilment").order_by("pk"))
    reserved = reserved_by_hold([hold.pk for hold in holds], requested=False)
    return [
        rules.Left(
            hold_pk=hold.pk,
            left_minor=left_of(hold) - reserved[hold.pk],
            was_delivered=hold.fulfilment.status in ("delivered", "completed"),
        )
        for hold in holds
    ]


def takes_answers(account: str) -> bool:
    """Whether disputes of this gateway account are read, answered and conceded through its API. Not where its gateway
    has no such API, nor where we have no credentials of it any more."""
    try:
        return Capability.DISPUTE_EVIDENCE in gateway_for(account).capabilities
    except UnknownGatewayAccount:
        return False
