"""The tables of the state file."""

from __future__ import annotations

# Written to PRAGMA user_version; a file with another number is refused, never guessed at.
VERSION = 1

TABLES = (
    "meta",
    "objects",
    "labels",
    "timers",
    "idempotency",
    "requests",
    "effects",
    "effect_subjects",
    "deliveries",
    "faults",
)

STATEMENTS = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # body: the object as the gateway shows it; hidden: what only the sandbox knows of it.
    """CREATE TABLE objects (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, gateway TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
        created_s INTEGER NOT NULL, body TEXT NOT NULL, hidden TEXT NOT NULL, UNIQUE (gateway, kind, id))""",
    "CREATE INDEX objects_newest_first ON objects (gateway, kind, created_s, seq)",
    # labels: what lists may be filtered by, in the order in which lists are read.
    """CREATE TABLE labels (
        gateway TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
        created_s INTEGER NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (gateway, kind, name, value, created_s, seq)) WITHOUT ROWID""",
    "CREATE INDEX labels_of_object ON labels (seq, name, value)",
    """CREATE TABLE timers (
        gateway TEXT NOT NULL, kind TEXT NOT NULL, object_id TEXT NOT NULL, due_at REAL NOT NULL,
        PRIMARY KEY (gateway, kind, object_id)) WITHOUT ROWID""",
    "CREATE INDEX timers_due ON timers (due_at)",
    """CREATE TABLE idempotency (
        gateway TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, endpoint TEXT NOT NULL,
        fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, request_id TEXT NOT NULL,
        created_at REAL NOT NULL, PRIMARY KEY (gateway, scope, key)) WITHOUT ROWID""",
    """CREATE TABLE requests (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, gateway TEXT NOT NULL, method TEXT NOT NULL,
        path TEXT NOT NULL, params TEXT NOT NULL, idempotency_key TEXT NOT NULL, request_id TEXT NOT NULL,
        status INTEGER NOT NULL, replayed INTEGER NOT NULL, faults TEXT NOT NULL)""",
    "CREATE INDEX requests_by_key ON requests (idempotency_key, seq)",
    """CREATE TABLE effects (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, gateway TEXT NOT NULL, effect TEXT NOT NULL,
        amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, object_id TEXT NOT NULL, request_id TEXT NOT NULL,
        idempotency_key TEXT NOT NULL)""",
    # One row for every name under which an effect may be asked for: object ids, and metadata as "key=value".
    """CREATE TABLE effect_subjects (
        subject TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (subject, seq)) WITHOUT ROWID""",
    """CREATE TABLE deliveries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, gateway TEXT NOT NULL, event_id TEXT NOT NULL, event_type TEXT NOT NULL,
        endpoint_id TEXT NOT NULL, state TEXT NOT NULL, manner TEXT NOT NULL, created_at REAL NOT NULL,
        due_at REAL NOT NULL, after_seq INTEGER, attempts INTEGER NOT NULL, last_status INTEGER,
        last_error TEXT NOT NULL, finished_at REAL)""",
    # A delivery is looked for only among what is due, however much history there is.
    "CREATE INDEX deliveries_due ON deliveries (due_at, seq) WHERE state = 'pending'",
    "CREATE INDEX deliveries_of_event ON deliveries (event_id)",
    """CREATE TABLE faults (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, rule TEXT NOT NULL, skip INTEGER NOT NULL,
        remaining INTEGER, hits INTEGER NOT NULL)""",
)
