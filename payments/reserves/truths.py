"""What must hold between reserves and the ledger."""

from __future__ import annotations

from payments.ledger.checks import rows
from payments.ledger.sealing import BALANCES


def what_stands_in_reserve_is_explained(seal: int) -> list[str]:
    """No seller's reserve is above the amount that stays and what releases and open disputes keep in it."""
    return rows(
        f"""
        WITH {BALANCES}, kept AS (
            SELECT owner, currency, -amount AS reserve FROM balances
             WHERE account = 'reserve' AND owner LIKE 'usr\\_%%'
        ), explained AS (
            SELECT owner, currency, sum(minor) AS level FROM (
                SELECT owner, currency, fixed_minor AS minor FROM payments_reserveterms
                 UNION ALL
                SELECT owner, currency, rolling_minor FROM payments_reserveslice
                 WHERE freed_at IS NULL AND rolling_minor > 0
                 UNION ALL
                SELECT owner, currency, kept_minor FROM payments_disputereserve WHERE freed_at IS NULL
            ) each GROUP BY owner, currency
        )
        SELECT owner AS payee, currency, reserve, level
          FROM kept LEFT JOIN explained USING (owner, currency)
         WHERE reserve > coalesce(level, 0)
        """,  # noqa: S608 - our own constant
        {"seal": seal},
    )


def slices_are_what_releases_kept(seal: int) -> list[str]:
    """What a slice says was kept of a release is what the release's entry put into the reserve, and the other way
    round; proved from zero only, because the entries of all releases are read."""
    if seal:
        return []
    return rows(
        """
        WITH booked AS (
            SELECT e.subject_id AS hold, -sum(l.amount_minor) FILTER (WHERE l.account = 'reserve') AS kept,
                   -sum(l.amount_minor) AS earned
              FROM payments_ledgerentry e JOIN payments_ledgerline l ON l.entry_id = e.id
             WHERE e.event = 'release' AND l.account IN ('payable', 'reserve', 'receivable') GROUP BY e.subject_id
            HAVING sum(l.amount_minor) FILTER (WHERE l.account = 'reserve') < 0
        ), slices AS (
            SELECT h.public_id AS hold, s.fixed_minor + s.rolling_minor AS kept, s.earned_minor AS earned
              FROM payments_reserveslice s JOIN payments_escrowhold h ON h.id = s.hold_id
        )
        SELECT coalesce(b.hold, s.hold) AS hold, b.kept, s.kept AS said, b.earned, s.earned AS said_earned
          FROM booked b FULL JOIN slices s ON s.hold = b.hold
         WHERE b.kept IS DISTINCT FROM s.kept OR b.earned IS DISTINCT FROM s.earned
        """
    )


def decided_disputes_keep_nothing_back(seal: int) -> list[str]:
    """What is kept back of a seller for a dispute is kept while the bank has not decided."""
    del seal
    return rows(
        """
        SELECT d.public_id AS dispute, d.status, r.owner, r.kept_minor
          FROM payments_disputereserve r JOIN payments_dispute d ON d.id = r.dispute_id
         WHERE r.freed_at IS NULL AND d.closed_at IS NOT NULL
        """
    )
