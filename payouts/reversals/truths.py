"""What must hold between reversals and the transfers that they take back."""

from __future__ import annotations

from payments.ledger.checks import rows


def reversals_are_back(seal: int) -> list[str]:
    """What reversals of ours took back of a transfer is booked as back, and no more is back than it was."""
    del seal
    return rows(
        """
        SELECT p.public_id AS payout, p.net_minor AS transferred, p.transfer_returned_minor AS back,
               sum(r.amount_minor) AS taken_back
          FROM payouts_reversal r JOIN payouts_payout p ON p.id = r.payout_id
         WHERE r.status = 'succeeded'
         GROUP BY p.id HAVING sum(r.amount_minor) > p.transfer_returned_minor
        """
    )
