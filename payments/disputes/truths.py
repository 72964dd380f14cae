"""What must hold between disputes and the ledger."""

from __future__ import annotations

from payments.ledger.checks import rows
from payments.ledger.sealing import BALANCES


def withdrawn_is_what_moved_and_is_not_lost(seal: int) -> list[str]:
    """The withdrawn lines of each dispute come to its movements until it is lost, and to nothing after."""
    return rows(
        f"""
        WITH {BALANCES}, lines AS (SELECT ref, currency, amount FROM balances WHERE account = 'withdrawn'),
        away AS (
            SELECT d.public_id, d.status, d.currency, -coalesce(sum(m.amount_minor), 0) - d.lost_minor AS expected
              FROM payments_dispute d LEFT JOIN payments_disputemovement m ON m.dispute_id = d.id
             GROUP BY d.id HAVING -coalesce(sum(m.amount_minor), 0) - d.lost_minor <> 0
        )
        SELECT coalesce(a.public_id, l.ref) AS dispute, a.status, a.expected, l.amount AS withdrawn
          FROM away a FULL JOIN lines l ON l.ref = a.public_id AND l.currency = a.currency
         WHERE coalesce(a.expected, 0) <> coalesce(l.amount, 0)
        """,  # noqa: S608
        {"seal": seal},
    )


def disputes_are_their_movements(seal: int) -> list[str]:
    """What a dispute has away is the sum of its movements, what it lost is the sum of its shares, and only a lost one
    has lost anything. The open ones, the lost ones and what is new since the seal; all of them from zero."""
    return rows(
        """
        SELECT d.public_id AS dispute, d.status, d.withdrawn_minor, m.moved, d.lost_minor, s.shared
          FROM payments_dispute d
          LEFT JOIN LATERAL (
            SELECT -coalesce(sum(amount_minor), 0) AS moved FROM payments_disputemovement WHERE dispute_id = d.id
          ) m ON true
          LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount_minor), 0) AS shared FROM payments_disputeshare WHERE dispute_id = d.id
          ) s ON true
         WHERE (%(seal)s = 0 OR d.closed_at IS NULL
                OR d.public_id IN (SELECT subject_id FROM payments_ledgerentry WHERE xact_id >= %(seal)s))
           AND (d.withdrawn_minor <> m.moved OR d.lost_minor <> s.shared
                OR d.lost_minor <> CASE WHEN d.status = 'lost' THEN greatest(d.withdrawn_minor, 0) ELSE 0 END)
        """,
        {"seal": seal},
    )


def holds_lost_what_disputes_took(seal: int) -> list[str]:
    """What a hold counts as lost is what disputes took of it."""
    del seal  # few holds ever lose anything
    return rows(
        """
        SELECT h.public_id AS hold, h.lost_minor, s.total AS taken
          FROM payments_escrowhold h
          FULL JOIN (
            SELECT hold_id, sum(amount_minor) AS total FROM payments_disputeshare WHERE pot = 'hold' GROUP BY hold_id
          ) s ON s.hold_id = h.id
         WHERE (h.lost_minor > 0 OR s.total IS NOT NULL) AND coalesce(h.lost_minor, 0) <> coalesce(s.total, 0)
        """
    )


def losses_leave_nothing_behind(seal: int) -> list[str]:
    """What a payment cost us beyond what it brought leaves nothing of it that could still be given back; what the
    platform chose to bear is apart."""
    return rows(
        f"""
        WITH {BALANCES}, losses AS (
            SELECT ref, currency, amount FROM balances WHERE account = 'chargeback_losses'
        ), borne AS (
            SELECT p.public_id, d.currency, sum(s.amount_minor) FILTER (WHERE s.pot = 'borne') AS by_choice,
                   sum(s.amount_minor) FILTER (WHERE s.pot = 'loss') AS by_excess
              FROM payments_disputeshare s JOIN payments_dispute d ON d.id = s.dispute_id
              JOIN payments_payment p ON p.id = d.payment_id WHERE s.pot IN ('borne', 'loss') GROUP BY 1, 2
        ), given AS (
            SELECT p.public_id, r.currency, sum(s.amount_minor) AS total
              FROM payments_refundshare s JOIN payments_refund r ON r.id = s.refund_id
              JOIN payments_payment p ON p.id = r.payment_id WHERE s.pot = 'loss'
               AND r.status NOT IN ('requested', 'rejected', 'cancelled', 'voided') GROUP BY 1, 2
        ), kept AS (
            SELECT p.public_id, p.currency, sum(h.amount_minor - h.returned_minor - h.lost_minor) AS kept,
                   coalesce(sum(b.total), 0) + coalesce(sum(w.total), 0) AS borne
              FROM payments_escrowhold h JOIN payments_payment p ON p.id = h.payment_id
              LEFT JOIN LATERAL (
                SELECT sum(amount_minor) AS total FROM payments_disputeshare WHERE hold_id = h.id AND pot = 'borne'
              ) b ON true
              LEFT JOIN LATERAL (
                SELECT sum(s.amount_minor) AS total FROM payments_refundshare s
                  JOIN payments_refund r ON r.id = s.refund_id
                 WHERE s.hold_id = h.id AND s.pot = 'goodwill' AND r.status NOT IN
                       ('requested', 'rejected', 'cancelled', 'voided')
              ) w ON true
             WHERE p.public_id IN (SELECT ref FROM losses) GROUP BY 1, 2
        )
        SELECT coalesce(l.ref, b.public_id) AS payment, l.amount AS loss, b.by_choice, b.by_excess,
               g.total AS by_refunds, k.kept
          FROM losses l FULL JOIN borne b ON b.public_id = l.ref AND b.currency = l.currency
          LEFT JOIN given g
                 ON g.public_id = coalesce(l.ref, b.public_id) AND g.currency = coalesce(l.currency, b.currency)
          LEFT JOIN kept k ON k.public_id = l.ref AND k.currency = l.currency
         WHERE coalesce(l.amount, 0)
               <> coalesce(b.by_choice, 0) + coalesce(b.by_excess, 0) + coalesce(g.total, 0)
            OR (coalesce(b.by_excess, 0) + coalesce(g.total, 0) > 0 AND k.kept > k.borne)
        """,  # noqa: S608
        {"seal": seal},
    )


def payments_and_orders_know_their_disputes(seal: int) -> list[str]:
    """What payments say that disputes have away, how many are open, and what orders say that they lost."""
    del seal  # only payments that were ever disputed are read
    return rows(
        """
        SELECT p.public_id AS payment, p.disputed_minor, d.away, p.open_disputes, d.open, o.lost_minor, s.lost
          FROM payments_payment p
          JOIN (
            SELECT e.payment_id, coalesce(sum(greatest(e.withdrawn_minor, 0))
                     FILTER (WHERE e.currency = q.currency), 0) AS away,
                   count(*) FILTER (WHERE e.status IN ('inquiry', 'needs_response', 'under_review')) AS open
              FROM payments_dispute e JOIN payments_payment q ON q.id = e.payment_id GROUP BY e.payment_id
          ) d ON d.payment_id = p.id
          LEFT JOIN orders_order o ON o.id = p.order_id
          LEFT JOIN LATERAL (
            SELECT coalesce(sum(s.amount_minor), 0) AS lost FROM payments_disputeshare s
              JOIN payments_dispute dd ON dd.id = s.dispute_id JOIN payments_payment q ON q.id = dd.payment_id
             WHERE q.order_id = p.order_id AND s.hold_id IS NOT NULL
          ) s ON true
         WHERE p.disputed_minor <> d.away OR p.open_disputes <> d.open OR o.lost_minor <> s.lost
        """
    )
