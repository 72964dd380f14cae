"""What PostgreSQL itself guarantees of the books: balanced, complete at once, never changed."""

from django.db import migrations

from config.audit.triggers import append_only

# Deferred to the commit, on the entry: all of an entry's lines are there by then.
BALANCED = migrations.RunSQL(
    """
    CREATE FUNCTION a_ledger_entry_sums_to_zero_per_currency() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE lines integer; wrong record;
    BEGIN
        SELECT count(*) INTO lines FROM public.payments_ledgerline WHERE entry_id = NEW.id;
        IF lines = 0 THEN
            RAISE EXCEPTION 'ledger entry % has no lines', NEW.key
                USING ERRCODE = 'check_violation', CONSTRAINT = 'a_ledger_entry_has_lines';
        END IF;
        SELECT currency, sum(amount_minor) AS total INTO wrong FROM public.payments_ledgerline WHERE entry_id = NEW.id
         GROUP BY currency HAVING sum(amount_minor) <> 0 LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'ledger entry % does not balance: % % too much', NEW.key, wrong.total, wrong.currency
                USING ERRCODE = 'check_violation', CONSTRAINT = 'a_ledger_entry_sums_to_zero_per_currency';
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER a_ledger_entry_sums_to_zero_per_currency AFTER INSERT ON payments_ledgerentry
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION a_ledger_entry_sums_to_zero_per_currency();
    """,
    """
    DROP TRIGGER a_ledger_entry_sums_to_zero_per_currency ON payments_ledgerentry;
    DROP FUNCTION a_ledger_entry_sums_to_zero_per_currency();
    """,
)
# A line that came later would pass the balance check of its entry, which ran at that entry's commit, or as soon as a
# session asked for it. So all lines of an entry come in one statement. The search path is fixed: a temporary table of
# the same name must not stand in for the ledger.
TOGETHER = migrations.RunSQL(
    """
    CREATE FUNCTION a_ledger_line_is_born_with_its_entry() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, public, pg_temp AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM born JOIN public.payments_ledgerentry e ON e.id = born.entry_id
             WHERE e.xact_id <> pg_current_xact_id()::text::bigint
        ) THEN
            RAISE EXCEPTION 'a ledger line is written only in the transaction that made its entry'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'a_ledger_line_is_born_with_its_entry';
        END IF;
        IF EXISTS (SELECT 1 FROM born GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0) THEN
            RAISE EXCEPTION 'the lines of an entry are written at once, and balance'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'a_ledger_entry_sums_to_zero_per_currency';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER a_ledger_line_is_born_with_its_entry AFTER INSERT ON payments_ledgerline
        REFERENCING NEW TABLE AS born FOR EACH STATEMENT EXECUTE FUNCTION a_ledger_line_is_born_with_its_entry();
    """,
    """
    DROP TRIGGER a_ledger_line_is_born_with_its_entry ON payments_ledgerline;
    DROP FUNCTION a_ledger_line_is_born_with_its_entry();
    """,
)
# An entry that claims another transaction's id would open the door that the trigger above closes.
OWN_TRANSACTION = migrations.RunSQL(
    """
    CREATE FUNCTION a_ledger_entry_names_its_own_transaction() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, public, pg_temp AS $$
    BEGIN
        NEW.xact_id := pg_current_xact_id()::text::bigint;
        RETURN NEW;
    END $$;
    CREATE TRIGGER a_ledger_entry_names_its_own_transaction BEFORE INSERT ON payments_ledgerentry
        FOR EACH ROW EXECUTE FUNCTION a_ledger_entry_names_its_own_transaction();
    """,
    """
    DROP TRIGGER a_ledger_entry_names_its_own_transaction ON payments_ledgerentry;
    DROP FUNCTION a_ledger_entry_names_its_own_transaction();
    """,
)


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [
        append_only("payments_ledgerentry", "ledger_entry"),
        append_only("payments_ledgerline", "ledger_line"),
        BALANCED,
        TOGETHER,
        OWN_TRANSACTION,
    ]
