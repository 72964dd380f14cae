"""What must hold between refunds and the ledger."""

from __future__ import annotations

from payments.ledger.checks import rows
from payments.ledger.sealing import BALANCES


def refunds_are_what_is_owed(seal: int) -> list[str]:
    """The refund lines of each refund come to its amount while it is owed, and to nothing otherwise."""
    return rows(
        f"""
        WITH {BALANCES}, lines AS (SELECT ref, -amount AS owed FROM balances WHERE account = 'refunds'),
        due AS (
            SELECT public_id, status, amount_minor FROM payments_refund
             WHERE status IN ('approved', 'sending', 'pending', 'failed')
        )
        SELECT coalesce(r.public_id, l.ref) AS refund, r.status, r.amount_minor, l.owed
          FROM due r FULL JOIN lines l ON l.ref = r.public_id
         WHERE coalesce(r.amount_minor, 0) <> coalesce(l.owed, 0)
        """,  # noqa: S608
        {"seal": seal},
    )


def unapplied_money_is_on_its_way_back(seal: int) -> list[str]:
    """Nobody keeps unapplied money: its refund takes it in the commit that books it, so that the account is empty."""
    return rows(
        f"WITH {BALANCES} SELECT ref AS payment, currency, -amount AS unapplied FROM balances"  # noqa: S608
        " WHERE account = 'unapplied'",
        {"seal": seal},
    )
