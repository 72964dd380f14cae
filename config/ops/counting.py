"""Counts that cost the same however many rows there are: exact while few, estimated when many."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, models, transaction

CAP = 5_000


def capped(rows: models.QuerySet[models.Model], *, cap: int = CAP) -> int:
    """How many rows there are, `cap` at most. An index must lead to them."""
    return rows[:cap].count()


def by_value(model: type[models.Model], column: str, values: Sequence[str], *, cap: int = CAP) -> dict[str, int]:
    """How many rows hold each of `values`: exact below `cap`, from there on the planner's estimate, `cap` at least.

    `column` needs an index that begins with it. The estimate is as old as the last ANALYZE of the table.
    """
    quoted = connection.ops.quote_name(column)
    table = connection.ops.quote_name(model._meta.db_table)
    statement = f"""
        SELECT v.value, (SELECT count(*) FROM (SELECT 1 FROM {table} t WHERE t.{quoted} = v.value LIMIT %s) few)
          FROM unnest(%s::text[]) AS v(value)
    """  # noqa: S608 - names of our own tables and columns
    with transaction.atomic(), connection.cursor() as cursor:
        # The planner thinks that a full scan finds the first rows soon, and for a state that nothing is in just now
        # it would read the whole table.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(statement, [cap, list(values)])
        counts = {str(value): int(number) for value, number in cursor.fetchall()}
        cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_bitmapscan = on")
    many = [value for value, number in counts.items() if number >= cap]
    if many:
        estimates = _estimates(model._meta.db_table, column)
        counts.update({value: max(cap, estimates.get(value, 0)) for value in many})
    return counts


def _estimates(table: str, column: str) -> dict[str, int]:
    """What the planner believes: the most common values of the column and their share of the table."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.reltuples, s.most_common_vals::text::text[], s.most_common_freqs
              FROM pg_class c
              JOIN pg_namespace n ON n.oid = c.relnamespace
              JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = %s
             WHERE c.oid = to_regclass(%s)
            """,
            [column, table],
        )
        row = cursor.fetchone()
    if row is None or row[1] is None:
        return {}
    rows, values, shares = row
    return {value: round(max(rows, 0) * share) for value, share in zip(values, shares, strict=True)}
