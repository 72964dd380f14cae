"""Makes a table append-only in PostgreSQL itself, for the owner's role too."""

from __future__ import annotations

from django.db.migrations import RunSQL


def append_only(table: str, what: str) -> RunSQL:
    """A migration operation: UPDATE, DELETE and TRUNCATE of `table` raise. Corrections are further rows.

    Plain SQL, not a trigger library's: those triggers can be switched off by a session that sets a variable.
    """
    create = f"""
        CREATE FUNCTION {what}_is_append_only() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public, pg_temp AS $$
        BEGIN
            RAISE EXCEPTION '{what} is append-only' USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER {what}_is_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {what}_is_append_only();
        CREATE TRIGGER {what}_is_never_truncated BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {what}_is_append_only();
    """
    drop = f"""
        DROP TRIGGER {what}_is_append_only ON {table};
        DROP TRIGGER {what}_is_never_truncated ON {table};
        DROP FUNCTION {what}_is_append_only();
    """
    return RunSQL(create, drop)
