"""What PostgreSQL itself guarantees of the books: balanced, complete at once, never changed."""

from __future__ import annotations

import pgtrigger

from config.audit.triggers import append_only

# Deferred to the commit, on the entry: all of an entry's lines are there by then.
BALANCED = pgtrigger.Trigger(
    name="a_ledger_entry_sums_to_zero_per_currency",
    level=pgtrigger.Row,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    timing=pgtrigger.Deferred,
    declare=[("wrong", "record")],
    func="""
        SELECT currency, sum(amount_minor) AS total INTO wrong
          FROM payments_ledgerline WHERE entry_id = NEW.id
         GROUP BY currency HAVING sum(amount_minor) <> 0 LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'ledger entry % does not balance: % % too much', NEW.key, wrong.total, wrong.currency
                USING ERRCODE = 'check_violation', CONSTRAINT = 'a_ledger_entry_sums_to_zero_per_currency';
        END IF;
        PERFORM 1 FROM payments_ledgerline WHERE entry_id = NEW.id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'ledger entry % has no lines', NEW.key
                USING ERRCODE = 'check_violation', CONSTRAINT = 'a_ledger_entry_has_lines';
        END IF;
        RETURN NULL;
    """,
)

# A line that came later would pass the balance check of its entry, which ran at that entry's commit.
TOGETHER = pgtrigger.Trigger(
    name="a_ledger_line_is_born_with_its_entry",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="born"),  # type: ignore[no-untyped-call]
    func="""
        IF EXISTS (
            SELECT 1 FROM born JOIN payments_ledgerentry e ON e.id = born.entry_id
             WHERE e.xact_id <> pg_current_xact_id()::text::bigint
        ) THEN
            RAISE EXCEPTION 'a ledger line is written only in the transaction that made its entry'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'a_ledger_line_is_born_with_its_entry';
        END IF;
        RETURN NULL;
    """,
)

# An entry that claims an older transaction's id would open the door that TOGETHER closes.
OWN_TRANSACTION = pgtrigger.Trigger(
    name="a_ledger_entry_names_its_own_transaction",
    level=pgtrigger.Row,
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="NEW.xact_id := pg_current_xact_id()::text::bigint; RETURN NEW;",
)

ENTRY_TRIGGERS = [*append_only("ledger_entry"), OWN_TRANSACTION, BALANCED]
LINE_TRIGGERS = [*append_only("ledger_line"), TOGETHER]
