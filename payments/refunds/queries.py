"""Reads of refunds."""

from __future__ import annotations

from payments.refunds.models import Refund


def lock_refund(refund_pk: int) -> Refund:
    """The refund, locked until the transaction ends. Its order and payment are locked before it."""
    return (
        Refund.objects.select_for_update(of=("self",))
        .select_related("payment__gateway_account", "payment__order", "gateway_account")
        .get(pk=refund_pk)
    )


def find_refund(*, account: str, our_id: str, gateway_refund_id: str) -> Refund | None:
    """Ours by our own id that travelled with it, else by the gateway's."""
    refunds = Refund.objects.select_related("payment").filter(gateway_account__code=account)
    if our_id and (found := refunds.filter(public_id=our_id).first()):
        return found
    return refunds.filter(gateway_refund_id=gateway_refund_id).first() if gateway_refund_id else None
