"""What must hold of the ledger by itself."""

from __future__ import annotations

from payments.ledger.checks import rows
from payments.ledger.sealing import BALANCES, last_seal


def entries_balance(seal: int) -> list[str]:
    """Every entry sums to zero in each currency, and has lines."""
    return rows(
        """
        SELECT e.key, l.currency, sum(l.amount_minor) AS too_much
          FROM payments_ledgerentry e LEFT JOIN payments_ledgerline l ON l.entry_id = e.id
         WHERE e.xact_id >= %(seal)s
         GROUP BY e.id, e.key, l.currency HAVING coalesce(sum(l.amount_minor), 1) <> 0
        """,
        {"seal": seal},
    )


def every_currency_sums_to_zero(seal: int) -> list[str]:
    """All balances together come to nothing in each currency."""
    return rows(
        f"WITH {BALANCES} SELECT currency, sum(amount) AS too_much FROM balances GROUP BY currency"  # noqa: S608
        " HAVING sum(amount) <> 0",
        {"seal": seal},
    )


def payee_balances_are_their_lines(seal: int) -> list[str]:
    """What we owe each payee, keep in reserve and are owed is what their lines come to."""
    return rows(
        f"""
        WITH {BALANCES}, lines AS (
            SELECT owner, currency,
                   -coalesce(sum(amount) FILTER (WHERE account = 'payable'), 0) AS payable,
                   -coalesce(sum(amount) FILTER (WHERE account = 'reserve'), 0) AS reserve,
                   coalesce(sum(amount) FILTER (WHERE account = 'receivable'), 0) AS receivable
              FROM balances WHERE account IN ('payable', 'reserve', 'receivable') GROUP BY owner, currency
        )
        SELECT coalesce(b.owner, l.owner) AS payee, coalesce(b.currency, l.currency) AS currency,
               b.payable_minor, l.payable, b.reserve_minor, l.reserve, b.receivable_minor, l.receivable
          FROM payments_payeebalance b FULL JOIN lines l ON l.owner = b.owner AND l.currency = b.currency
         WHERE coalesce(b.payable_minor, 0) <> coalesce(l.payable, 0)
            OR coalesce(b.reserve_minor, 0) <> coalesce(l.reserve, 0)
            OR coalesce(b.receivable_minor, 0) <> coalesce(l.receivable, 0)
        """,  # noqa: S608
        {"seal": seal},
    )


def nothing_stands_on_the_wrong_side(seal: int) -> list[str]:
    """Escrow, payable, reserve, refunds, unapplied and in transit are owed, never owing; receivables the reverse."""
    return rows(
        f"""
        WITH {BALANCES} SELECT account, owner, ref, currency, amount FROM balances
         WHERE (account IN ('escrow', 'payable', 'reserve', 'refunds', 'unapplied', 'in_transit') AND amount > 0)
            OR (account = 'receivable' AND amount < 0)
        """,  # noqa: S608
        {"seal": seal},
    )


def the_seal_is_the_sum_of_its_lines(seal: int) -> list[str]:
    """Proved from zero only: the last sealed balances are what the lines before it come to."""
    newest = last_seal()
    if seal or not newest:
        return []
    return rows(
        """
        WITH lines AS (
            SELECT l.account, l.owner, l.ref, l.currency, sum(l.amount_minor) AS amount
              FROM payments_ledgerline l JOIN payments_ledgerentry e ON e.id = l.entry_id
             WHERE e.xact_id < %(newest)s GROUP BY 1, 2, 3, 4 HAVING sum(l.amount_minor) <> 0
        )
        SELECT coalesce(s.account, l.account) AS account, coalesce(s.ref, l.ref) AS ref, s.amount_minor, l.amount
          FROM (SELECT * FROM payments_sealedbalance WHERE sealed_xact_id = %(newest)s) s
          FULL JOIN lines l USING (account, owner, ref, currency)
         WHERE coalesce(s.amount_minor, 0) <> coalesce(l.amount, 0)
        """,
        {"newest": newest},
    )
