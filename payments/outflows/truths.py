"""What must hold between outflows and the ledger."""

from __future__ import annotations

from payments.ledger.checks import rows
from payments.ledger.sealing import BALANCES


def suspense_is_what_nobody_explained(seal: int) -> list[str]:
    """Per case and currency: what stands in suspense is what of an outflow is not back."""
    return rows(
        f"""
        WITH {BALANCES}, booked AS (
            SELECT ref, currency, sum(amount) AS amount FROM balances WHERE account = 'suspense' GROUP BY 1, 2
        ), away AS (
            SELECT public_id AS ref, currency, amount_minor - returned_minor AS amount
              FROM payments_outflow WHERE status = 'open'
        )
        SELECT coalesce(b.ref, o.ref) AS ref, coalesce(b.currency, o.currency) AS currency, b.amount,
               o.amount AS unexplained
          FROM booked b FULL JOIN away o ON o.ref = b.ref AND o.currency = b.currency
         WHERE coalesce(b.amount, 0) <> coalesce(o.amount, 0)
        """,  # noqa: S608 - our own constant
        {"seal": seal},
    )
