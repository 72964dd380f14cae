"""What must hold of payouts and of the money that is frozen for them."""

from __future__ import annotations

from payments.ledger.checks import rows
from payments.ledger.sealing import BALANCES
from payouts.payout.states import FROZEN

_FROZEN = ", ".join(f"'{state.value}'" for state in FROZEN)


def in_transit_is_what_payouts_froze(seal: int) -> list[str]:
    """Each payout's money in transit is its net until the rail has decided, and nothing afterwards."""
    return rows(
        f"""
        WITH {BALANCES}, lines AS (
            SELECT ref, owner, currency, -sum(amount) AS amount FROM balances
             WHERE account = 'in_transit' GROUP BY ref, owner, currency
        ), due AS (
            SELECT public_id AS ref, owner, currency, net_minor AS amount FROM payouts_payout
             WHERE status IN ({_FROZEN})
        )
        SELECT coalesce(l.ref, d.ref) AS payout, l.amount AS in_the_books, d.amount AS frozen
          FROM lines l FULL JOIN due d USING (ref, owner, currency)
         WHERE coalesce(l.amount, 0) <> coalesce(d.amount, 0)
        """,  # noqa: S608 - the states' names are our own
        {"seal": seal},
    )


def payouts_are_their_lines(seal: int) -> list[str]:
    """Every payout begins where the one before ends and freezes all that its lines come to, so that the lines after the
    last one are exactly what is payable now."""
    del seal  # ranges of lines are summed, each once
    return rows(
        """
        WITH ranges AS (
            SELECT public_id, owner, currency, gross_minor, after_line_id, upto_line_id,
                   lag(upto_line_id, 1, 0) OVER (PARTITION BY owner, currency ORDER BY after_line_id) AS former
              FROM payouts_payout
        ), sums AS (
            SELECT r.public_id, r.former, r.after_line_id, r.gross_minor,
                   coalesce(sum(l.amount_minor), 0) AS together,
                   coalesce(sum(l.amount_minor) FILTER (WHERE l.id = r.upto_line_id), 0) AS own
              FROM ranges r LEFT JOIN payments_ledgerline l
                ON l.account = 'payable' AND l.owner = r.owner AND l.currency = r.currency
               AND l.id > r.after_line_id AND l.id <= r.upto_line_id
             GROUP BY 1, 2, 3, 4
        ), last AS (
            SELECT owner, currency, max(upto_line_id) AS upto FROM payouts_payout GROUP BY 1, 2
        ), unfrozen AS (
            SELECT t.owner, t.currency, b.payable_minor AS payable,
                   -coalesce((SELECT sum(l.amount_minor) FROM payments_ledgerline l
                               WHERE l.account = 'payable' AND l.owner = t.owner AND l.currency = t.currency
                                 AND l.id > t.upto), 0) AS together
              FROM last t LEFT JOIN payments_payeebalance b ON b.owner = t.owner AND b.currency = t.currency
        )
        SELECT public_id AS what, former, after_line_id AS begins, gross_minor AS frozen, own, together FROM sums
         WHERE former <> after_line_id OR own <> gross_minor OR together <> 0
        UNION ALL
        SELECT owner, NULL, NULL, payable, NULL, together FROM unfrozen WHERE payable IS DISTINCT FROM together
        """
    )


def connected_is_what_was_transferred_and_not_paid(seal: int) -> list[str]:
    """What stands on payees' accounts at a gateway is what was transferred there, less what was paid out of it and what
    was taken back."""
    return rows(
        f"""
        WITH {BALANCES}, lines AS (
            SELECT owner, currency, sum(amount) AS amount FROM balances
             WHERE account = 'connected' GROUP BY owner, currency
        ), due AS (
            SELECT owner, currency,
                   sum(CASE WHEN status IN ('paid', 'paid_late') THEN 0 ELSE net_minor END
                       - transfer_returned_minor + transfer_repaid_minor)
                     AS amount
              FROM payouts_payout WHERE transferred_at IS NOT NULL GROUP BY owner, currency
        )
        SELECT coalesce(l.owner, d.owner) AS payee, currency, l.amount AS in_the_books, d.amount AS transferred
          FROM lines l FULL JOIN due d USING (owner, currency)
         WHERE coalesce(l.amount, 0) <> coalesce(d.amount, 0)
        """,  # noqa: S608
        {"seal": seal},
    )
