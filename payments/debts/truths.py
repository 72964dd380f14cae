"""What must hold between the ends of debts and the ledger."""

from __future__ import annotations

from payments.ledger.checks import rows
from payments.ledger.sealing import BALANCES


def bad_debt_is_what_two_people_wrote_off(seal: int) -> list[str]:
    """Per payee and currency: what stands in bad debt is what was confirmed to be written off, less what came back of
    what it was written off for."""
    return rows(
        f"""
        WITH {BALANCES}, booked AS (
            SELECT owner, currency, amount FROM balances WHERE account = 'bad_debt'
        ), confirmed AS (
            SELECT b.owner, p.currency, sum(p.amount_minor) + coalesce((
                   SELECT sum(l.amount_minor)
                     FROM payments_ledgerline l JOIN payments_ledgerentry e ON e.id = l.entry_id
                    WHERE l.account = 'bad_debt' AND l.owner = b.owner AND l.currency = p.currency
                      AND e.event = 'write_off_undone'), 0) AS amount
              FROM payments_debtproposal p JOIN payments_payeebalance b ON b.id = p.balance_id
             WHERE p.kind = 'written_off' AND p.status = 'confirmed' GROUP BY b.owner, p.currency
        )
        SELECT coalesce(b.owner, c.owner) AS payee, coalesce(b.currency, c.currency) AS currency,
               b.amount AS booked, c.amount AS confirmed
          FROM booked b FULL JOIN confirmed c ON c.owner = b.owner AND c.currency = b.currency
         WHERE coalesce(b.amount, 0) <> coalesce(c.amount, 0)
        """,  # noqa: S608 - our own constant
        {"seal": seal},
    )
