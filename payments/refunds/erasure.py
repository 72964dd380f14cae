"""What refunds have of a person: words of staff and of banks about them."""

from __future__ import annotations

from datetime import datetime

from config.accounts.models import User
from config.erasure.contract import counted, rewrite
from payments.refunds.models import Refund, RefundProposal
from payments.refunds.states import RefundStatus

_ENDED = (
    RefundStatus.SUCCEEDED,
    RefundStatus.PAID_OTHERWISE,
    RefundStatus.VOIDED,
    RefundStatus.REJECTED,
    RefundStatus.CANCELLED,
)
ERASED = "erased"


def open_things(*, person: User) -> list[str]:
    """Refunds to them that are not decided, not given, or failed and still owed."""
    open_ones = Refund.objects.filter(payment__order__buyer=person).exclude(status__in=_ENDED)
    return counted(open_ones.count(), "refund is not over", "refunds are not over")


def erase(*, person: User, batch: int, at: datetime) -> int:
    """Free words alone: amounts, causes and references of banks belong to the books."""
    del at
    told = Refund.objects.filter(payment__order__buyer=person).exclude(reason__in=["", ERASED], failure_detail="")
    proposed = RefundProposal.objects.filter(refund__payment__order__buyer=person).exclude(reason=ERASED)
    return rewrite(told, batch, reason=ERASED, failure_detail="") + rewrite(proposed, batch, reason=ERASED)
