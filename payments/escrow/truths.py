"""What must hold between holds and the ledger."""

from __future__ import annotations

from payments.ledger.checks import rows
from payments.ledger.sealing import BALANCES


def escrow_is_what_holds_keep(seal: int) -> list[str]:
    """The escrow lines of each hold come to what it keeps, and to nothing when it is closed."""
    return rows(
        f"""
        WITH {BALANCES}, lines AS (SELECT ref, -amount AS escrow FROM balances WHERE account = 'escrow'),
        keeping AS (SELECT public_id, status, remaining_minor FROM payments_escrowhold WHERE remaining_minor > 0)
        SELECT coalesce(h.public_id, l.ref) AS hold, h.status, h.remaining_minor, l.escrow
          FROM keeping h FULL JOIN lines l ON l.ref = h.public_id
         WHERE coalesce(h.remaining_minor, 0) <> coalesce(l.escrow, 0)
        """,  # noqa: S608
        {"seal": seal},
    )


def fees_are_what_lines_froze(seal: int) -> list[str]:
    """Platform fees booked are what released lines froze, less what was given back; proved from zero only, because
    the lines of all time are read."""
    if seal:
        return []
    return rows(
        f"""
        WITH {BALANCES}, frozen AS (
            SELECT h.currency, sum(ol.platform_fee_minor - ol.platform_fee_minor * ol.refunded_minor / ol.amount_minor)
                   AS expected
              FROM payments_escrowhold h JOIN orders_orderline ol ON ol.fulfilment_id = h.fulfilment_id
             WHERE h.status = 'released' GROUP BY h.currency
        ), booked AS (
            SELECT currency, -sum(amount) AS fees FROM balances WHERE account = 'platform_fees' GROUP BY currency
        )
        SELECT coalesce(f.currency, b.currency) AS currency, f.expected, b.fees
          FROM frozen f FULL JOIN booked b ON b.currency = f.currency
         WHERE coalesce(f.expected, 0) <> coalesce(b.fees, 0)
        """,  # noqa: S608
        {"seal": seal},
    )
