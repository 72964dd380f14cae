"""What must hold between tickets, the orders that they are promised to, and the stock of their listings."""

from __future__ import annotations

from payments.ledger.checks import rows

# Which states a ticket may have, by where its part of the order stands.
_FITS = """
    CASE f.status
      WHEN 'awaiting' THEN CASE o.status WHEN 'pending_payment' THEN t.status = 'reserved'
                                         ELSE t.status IN ('in_escrow', 'transferring') END
      WHEN 'cancelling' THEN t.status = 'cancelling'
      WHEN 'review' THEN t.status = 'review'
      WHEN 'cancelled' THEN false
      ELSE t.status = 'delivered'
    END
"""


def no_ticket_is_in_two_custodies(seal: int) -> list[str]:
    """Each ticket stands as its part of the order says, and each line that is not cancelled has one for each piece.
    From a seal on, what is delivered is not looked at again."""
    return rows(
        f"""
        SELECT coalesce(t.public_id, 'line ' || l.id) AS ticket, t.status, o.public_id AS "order",
               f.status AS fulfilment, l.quantity, count(*) OVER (PARTITION BY l.id) AS tickets
          FROM orders_orderline l
          JOIN orders_product p ON p.id = l.product_id AND p.is_ticketed
          JOIN orders_fulfilment f ON f.id = l.fulfilment_id
          JOIN orders_order o ON o.id = l.order_id
          LEFT JOIN orders_ticket t ON t.line_id = l.id
         WHERE (%(seal)s = 0 OR f.status IN ('awaiting', 'cancelling', 'review'))
           AND ((t.id IS NULL AND f.status <> 'cancelled')
                OR (t.id IS NOT NULL AND (NOT ({_FITS}) OR t.product_id <> l.product_id))
                OR (f.status <> 'cancelled'
                    AND l.quantity <> (SELECT count(*) FROM orders_ticket s WHERE s.line_id = l.id)))
        """,  # noqa: S608
        {"seal": seal},
    )


def stock_of_ticketed_listings_is_their_tickets(seal: int) -> list[str]:
    """What may be sold of a ticketed listing is exactly what of its tickets is listed; no other listing has tickets."""
    del seal
    return rows(
        """
        WITH listed AS (SELECT product_id, count(*) AS tickets FROM orders_ticket WHERE status = 'listed' GROUP BY 1)
        SELECT p.sku, p.stock, p.is_ticketed, coalesce(l.tickets, 0) AS tickets
          FROM orders_product p LEFT JOIN listed l ON l.product_id = p.id
         WHERE (p.is_ticketed AND p.stock <> coalesce(l.tickets, 0)) OR (NOT p.is_ticketed AND l.tickets > 0)
        """,
        {},
    )
