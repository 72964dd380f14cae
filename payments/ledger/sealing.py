"""Seals what every balance came to, so that proving the books does not cost more with every year of history."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from payments.ledger.models import SealedBalance

KEPT_SEALS = 7
# The balances that are not zero: the seal's sums and every line of a transaction that was not finished by then.
# A seal of 0 stands for nothing sealed, so that all lines are read.
BALANCES = """
    balances AS (
        SELECT account, owner, ref, currency, sum(amount_minor)::bigint AS amount FROM (
            SELECT account, owner, ref, currency, amount_minor FROM payments_sealedbalance
             WHERE sealed_xact_id = %(seal)s
            UNION ALL
            SELECT l.account, l.owner, l.ref, l.currency, l.amount_minor
              FROM payments_ledgerline l JOIN payments_ledgerentry e ON e.id = l.entry_id
             WHERE e.xact_id >= %(seal)s
        ) AS parts GROUP BY account, owner, ref, currency HAVING sum(amount_minor) <> 0
    )
"""


def last_seal() -> int:
    """The transaction before which everything is sealed; 0 when nothing is.

    A seal from the future (the database was restored into a younger cluster, which counts transactions anew) is
    not believed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(sealed_xact_id), 0) FROM payments_sealedbalance"
            " WHERE sealed_xact_id <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        )
        return int(cursor.fetchone()[0])


def seal(*, at: datetime) -> int:
    """Sums every line of the transactions that are finished for certain into a new seal. Returns how many balances
    it holds; old seals are dropped."""
    with transaction.atomic(), connection.cursor() as cursor:
        before = last_seal()
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        border = int(cursor.fetchone()[0])
        # Seals from the future would stand among the newest for ever, and be believed once their number is reached.
        SealedBalance.objects.filter(sealed_xact_id__gt=max(border, before)).delete()
        if border <= before:
            return 0
        cursor.execute(
            """
            INSERT INTO payments_sealedbalance
                   (sealed_xact_id, sealed_at, account, owner, ref, currency, amount_minor)
            SELECT %(border)s, %(at)s, account, owner, ref, currency, sum(amount_minor) FROM (
                SELECT account, owner, ref, currency, amount_minor FROM payments_sealedbalance
                 WHERE sealed_xact_id = %(seal)s
                UNION ALL
                SELECT l.account, l.owner, l.ref, l.currency, l.amount_minor
                  FROM payments_ledgerline l JOIN payments_ledgerentry e ON e.id = l.entry_id
                 WHERE e.xact_id >= %(seal)s AND e.xact_id < %(border)s
            ) AS parts GROUP BY account, owner, ref, currency HAVING sum(amount_minor) <> 0
            """,
            {"border": border, "seal": before, "at": at},
        )
        count = cursor.rowcount
        kept = SealedBalance.objects.order_by("-sealed_xact_id").values_list("sealed_xact_id", flat=True).distinct()
        SealedBalance.objects.exclude(sealed_xact_id__in=list(kept[:KEPT_SEALS])).delete()
    return int(count)
