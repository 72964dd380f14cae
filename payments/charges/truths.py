"""What must hold between payments, orders and the ledger."""

from __future__ import annotations

from payments.ledger.checks import rows

# The payments that the ledger moved since the seal; all of them from zero.
_TOUCHED = """
    touched AS (
        SELECT p.id, p.public_id, p.order_id, p.captured_minor, p.refunded_minor, p.refunding_minor
          FROM payments_payment p
         WHERE %(seal)s = 0 OR p.public_id IN (
            SELECT subject_id FROM payments_ledgerentry WHERE xact_id >= %(seal)s
            UNION
            SELECT q.public_id FROM payments_ledgerentry e JOIN payments_refund r ON r.public_id = e.subject_id
              JOIN payments_payment q ON q.id = r.payment_id WHERE e.xact_id >= %(seal)s
         )
    )
"""


def payments_are_their_captures(seal: int) -> list[str]:
    """What a payment captured, gave back and owes back is what the ledger booked of it."""
    return rows(
        f"""
        WITH {_TOUCHED}
        SELECT p.public_id AS payment, p.captured_minor, c.total AS booked, p.refunded_minor, b.given,
               p.refunding_minor, b.owed
          FROM touched p
          LEFT JOIN LATERAL (
            SELECT sum(l.amount_minor) AS total FROM payments_ledgerentry e
              JOIN payments_ledgerline l ON l.entry_id = e.id AND l.account = 'clearing'
             WHERE e.event = 'capture' AND e.subject_id = p.public_id
          ) c ON true
          LEFT JOIN LATERAL (
            SELECT sum(amount_minor) FILTER (WHERE status = 'succeeded') AS given,
                   sum(amount_minor) FILTER (WHERE status IN ('approved', 'sending', 'pending', 'failed')) AS owed
              FROM payments_refund WHERE payment_id = p.id
          ) b ON true
         WHERE p.captured_minor <> coalesce(c.total, 0) OR p.refunded_minor <> coalesce(b.given, 0)
            OR p.refunding_minor <> coalesce(b.owed, 0)
        """,  # noqa: S608
        {"seal": seal},
    )


def orders_took_what_was_applied(seal: int) -> list[str]:
    """What an order took is what its payments applied to it, and what its holds were opened over."""
    return rows(
        f"""
        WITH {_TOUCHED}
        SELECT o.public_id AS "order", o.applied_minor, a.total AS applied_by_payments, h.total AS held
          FROM orders_order o
          LEFT JOIN LATERAL (
            SELECT sum(applied_minor) AS total FROM payments_payment WHERE order_id = o.id
          ) a ON true
          LEFT JOIN LATERAL (
            SELECT sum(h.amount_minor) AS total FROM payments_escrowhold h
              JOIN orders_fulfilment f ON f.id = h.fulfilment_id WHERE f.order_id = o.id
          ) h ON true
         WHERE (%(seal)s = 0 OR o.id IN (SELECT order_id FROM touched))
           AND (o.applied_minor <> coalesce(a.total, 0) OR o.applied_minor <> coalesce(h.total, 0))
        """,  # noqa: S608
        {"seal": seal},
    )
