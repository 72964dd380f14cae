"""Which payout has the money of one that ended without being paid: it is payable again, and goes with a later one."""

from __future__ import annotations

from payments.ledger.accounts import Account
from payments.ledger.models import LedgerLine
from payouts.payout.models import Payout


def heir_of(payout: Payout) -> Payout | None:
    """The later payout that its money is in by now. None where it was not given back, where nothing has taken it from
    the balance, or where the last one that did gave it back too."""
    heir = _taken_by(payout) if payout.is_over else None
    while heir is not None and heir.is_over:
        heir = _taken_by(heir)
    return heir


def _taken_by(payout: Payout) -> Payout | None:
    """The next one whose lines have what this one gave back; that was frozen after it, so that no two are each
    other's."""
    given_back = LedgerLine.objects.filter(
        entry__subject_id=payout.public_id, account=Account.PAYABLE, owner=payout.owner, amount_minor__lt=0
    )
    line_pk = given_back.order_by("-pk").values_list("pk", flat=True).first()
    if line_pk is None:
        return None
    rows = Payout.objects.filter(owner=payout.owner, currency=payout.currency)
    return rows.filter(after_line_id__lt=line_pk, upto_line_id__gte=line_pk).exclude(pk=payout.pk).first()
