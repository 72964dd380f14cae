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
    last one are exactly what is payable now.

    From a seal on, of what was booked since: the payouts that were frozen since, and the payees whose balance moved.
    What the older lines after a payee's last older payout come to is the payable that was sealed, because the ranges
    before come to nothing.
    """
    return rows(
        """
        WITH lines AS (
            SELECT l.id, l.owner, l.currency, l.amount_minor
              FROM payments_ledgerline l JOIN payments_ledgerentry e ON e.id = l.entry_id
             WHERE e.xact_id >= %(seal)s AND l.account = 'payable'
        ), sealed AS (
            SELECT owner, currency, sum(amount_minor) AS amount FROM payments_sealedbalance
             WHERE sealed_xact_id = %(seal)s AND account = 'payable' GROUP BY 1, 2
        ), frozen AS (
            SELECT public_id FROM payouts_payout WHERE %(seal)s = 0
             UNION
            SELECT subject_id FROM payments_ledgerentry WHERE xact_id >= %(seal)s AND event = 'payout_frozen'
        ), ranges AS (
            SELECT p.public_id, p.owner, p.currency, p.gross_minor, p.after_line_id, p.upto_line_id,
                   coalesce(before.upto_line_id, 0) AS former,
                   CASE WHEN before.public_id IN (SELECT public_id FROM frozen) THEN 0
                        ELSE coalesce(s.amount, 0) END AS older
              FROM frozen f JOIN payouts_payout p USING (public_id)
              LEFT JOIN LATERAL (
                    SELECT q.public_id, q.upto_line_id FROM payouts_payout q
                     WHERE q.owner = p.owner AND q.currency = p.currency AND q.after_line_id < p.after_line_id
                     ORDER BY q.after_line_id DESC LIMIT 1
              ) before ON true
              LEFT JOIN sealed s ON s.owner = p.owner AND s.currency = p.currency
        ), sums AS (
            SELECT r.public_id, r.former, r.after_line_id, r.gross_minor,
                   r.older + coalesce(sum(l.amount_minor), 0) AS together,
                   coalesce(sum(l.amount_minor) FILTER (WHERE l.id = r.upto_line_id), 0) AS own
              FROM ranges r LEFT JOIN lines l
                ON l.owner = r.owner AND l.currency = r.currency AND l.id > r.after_line_id AND l.id <= r.upto_line_id
             GROUP BY r.public_id, r.former, r.after_line_id, r.gross_minor, r.older
        ), moved AS (
            SELECT owner, currency FROM lines UNION SELECT owner, currency FROM payouts_payout WHERE %(seal)s = 0
        ), last AS (
            SELECT m.owner, m.currency, p.upto_line_id AS upto,
                   CASE WHEN p.public_id IN (SELECT public_id FROM frozen) THEN 0
                        ELSE coalesce(s.amount, 0) END AS older
              FROM moved m
              JOIN LATERAL (
                    SELECT q.public_id, q.upto_line_id FROM payouts_payout q
                     WHERE q.owner = m.owner AND q.currency = m.currency ORDER BY q.after_line_id DESC LIMIT 1
              ) p ON true
              LEFT JOIN sealed s ON s.owner = m.owner AND s.currency = m.currency
        ), unfrozen AS (
            SELECT t.owner, t.currency, b.payable_minor AS payable,
                   -(t.older + coalesce(sum(l.amount_minor), 0)) AS together
              FROM last t
              LEFT JOIN payments_payeebalance b ON b.owner = t.owner AND b.currency = t.currency
              LEFT JOIN lines l ON l.owner = t.owner AND l.currency = t.currency AND l.id > t.upto
             GROUP BY t.owner, t.currency, b.payable_minor, t.older
        )
        SELECT public_id AS what, former, after_line_id AS begins, gross_minor AS frozen, own, together FROM sums
         WHERE former <> after_line_id OR own <> gross_minor OR together <> 0
        UNION ALL
        SELECT owner, NULL, NULL, payable, NULL, together FROM unfrozen WHERE payable IS DISTINCT FROM together
        """,
        {"seal": seal},
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
