"""What must always hold of bounties, in the books and beside them."""

from __future__ import annotations

from payments.ledger.checks import rows
from payments.ledger.sealing import BALANCES
from payments.refunds.states import OWED


def bounties_are_reversed_with_their_orders(seal: int) -> list[str]:
    """No bounty stands of an order that came to nothing, nor of a listing all of whose money its buyer has again,
    unless the job that takes it back is still to run."""
    del seal
    return rows(
        """
        SELECT b.public_id AS bounty, b.status, o.public_id AS order, o.status AS order_status
          FROM payouts_bounty b JOIN orders_order o ON o.id = b.order_id
         WHERE b.status <> 'reversed'
           AND (o.status IN ('refunded', 'cancelled', 'expired')
                OR b.listing_id IS NOT NULL AND NOT EXISTS (
                   SELECT 1 FROM orders_orderline l
                    WHERE l.order_id = b.order_id AND l.product_id = b.listing_id
                      AND (l.refunded_minor < l.amount_minor OR EXISTS (
                          SELECT 1 FROM payments_escrowhold h JOIN payments_refundshare s ON s.hold_id = h.id
                            JOIN payments_refund r ON r.id = s.refund_id
                           WHERE h.fulfilment_id = l.fulfilment_id AND s.pot IN ('escrow', 'released')
                             AND r.status = ANY(%(owed)s)))))
           AND NOT EXISTS (SELECT 1 FROM config_outboxjob j
                            WHERE j.listener = 'payouts.scouts.services.earn.follow_order'
                              AND j.state IN ('due', 'dead') AND j.payload ->> 'order' = o.public_id)
        """,
        {"owed": [str(status) for status in OWED]},
    )


def reserves_of_scouts_are_what_accrued(seal: int) -> list[str]:
    """What stands in a scout's reserve is the sum of their bounties that are not theirs yet."""
    return rows(
        f"""
        WITH {BALANCES}, kept AS (
            SELECT owner, currency, -amount AS reserve FROM balances WHERE account = 'reserve' AND amount <> 0
               AND owner IN (SELECT p.owner FROM payouts_scout s JOIN payouts_payee p ON p.id = s.payee_id)
        ), accrued AS (
            SELECT p.owner, b.currency, sum(b.amount_minor) AS minor FROM payouts_bounty b
              JOIN payouts_scout s ON s.id = b.scout_id JOIN payouts_payee p ON p.id = s.payee_id
             WHERE b.status = 'accrued' GROUP BY p.owner, b.currency
        )
        SELECT coalesce(k.owner, a.owner) AS payee, coalesce(k.currency, a.currency) AS currency, k.reserve,
               a.minor AS accrued
          FROM kept k FULL JOIN accrued a ON a.owner = k.owner AND a.currency = k.currency
         WHERE k.reserve IS DISTINCT FROM a.minor
        """,  # noqa: S608 - our own constant
        {"seal": seal},
    )


def bounties_cost_what_was_not_reversed(seal: int) -> list[str]:
    """The expense is the sum of the bounties that stand."""
    return rows(
        f"""
        WITH {BALANCES}, cost AS (
            SELECT currency, sum(amount) AS minor FROM balances WHERE account = 'bounties' GROUP BY currency
            HAVING sum(amount) <> 0
        ), standing AS (
            SELECT currency, sum(amount_minor) AS minor FROM payouts_bounty WHERE status <> 'reversed'
             GROUP BY currency
        )
        SELECT coalesce(c.currency, s.currency) AS currency, c.minor AS booked, s.minor AS standing
          FROM cost c FULL JOIN standing s ON s.currency = c.currency
         WHERE c.minor IS DISTINCT FROM s.minor
        """,  # noqa: S608 - our own constant
        {"seal": seal},
    )
