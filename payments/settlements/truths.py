"""What must hold between settlements and the ledger."""

from __future__ import annotations

from payments.ledger.checks import rows
from payments.ledger.sealing import BALANCES


def settling_is_what_was_announced(seal: int) -> list[str]:
    """Per account and currency: what is on its way to the bank is what was announced and did not come back. (What the
    bank's statement shows will be taken off it by reconciliation.)"""
    return rows(
        f"""
        WITH {BALANCES}, booked AS (
            SELECT owner, currency, sum(amount) AS amount FROM balances WHERE account = 'settling' GROUP BY 1, 2
        ), announced AS (
            SELECT a.code AS owner, s.currency, sum(s.amount_minor) AS amount
              FROM payments_settlement s JOIN payments_gatewayaccount a ON a.id = s.gateway_account_id
             WHERE s.status IN ('announced', 'paid') GROUP BY 1, 2
        )
        SELECT coalesce(b.owner, s.owner) AS owner, coalesce(b.currency, s.currency) AS currency, b.amount,
               s.amount AS announced
          FROM booked b FULL JOIN announced s ON s.owner = b.owner AND s.currency = b.currency
         WHERE coalesce(b.amount, 0) <> coalesce(s.amount, 0)
        """,  # noqa: S608 - our own constant
        {"seal": seal},
    )
