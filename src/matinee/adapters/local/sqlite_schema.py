"""The tables, as numbered migrations. It must not know connections.

Append only: a number that was released never changes, since there are catalogs that have it. Values lie in
`document` (JSON, see `adapters.documents`); the columns beside it are what is asked for. Times are whole microseconds
since 1970, so that numbers sort as times do.
"""

FIRST = (
    """CREATE TABLE assets (
        id TEXT PRIMARY KEY, revision INTEGER NOT NULL, created_at INTEGER NOT NULL, status TEXT NOT NULL,
        search TEXT NOT NULL, document TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX assets_newest ON assets (created_at DESC, id DESC)",
    "CREATE INDEX assets_by_status ON assets (status, created_at DESC, id DESC)",
    """CREATE TABLE uploads (
        id TEXT PRIMARY KEY, revision INTEGER NOT NULL, state TEXT NOT NULL, expires_at INTEGER NOT NULL,
        document TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX uploads_by_state ON uploads (state, expires_at, id)",
    """CREATE TABLE sessions (
        id TEXT PRIMARY KEY, revision INTEGER NOT NULL, asset_id TEXT NOT NULL, created_at INTEGER NOT NULL,
        document TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX sessions_by_asset ON sessions (asset_id, created_at DESC, id DESC)",
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY, revision INTEGER NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL,
        document TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX runs_by_state ON runs (state, created_at, id)",
    """CREATE TABLE requests (
        key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER, body TEXT, expires_at INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX requests_by_end ON requests (expires_at)",
    # `place` is the order of arrival. `available_at` is when the run may be claimed: the end of its lease if it has a
    # worker. Fences come from one counter, so that a run that was finished and started again does not reuse one.
    """CREATE TABLE queue (
        place INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL UNIQUE, available_at INTEGER NOT NULL,
        worker TEXT, fence INTEGER NOT NULL DEFAULT 0, crashes INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE INDEX queue_by_time ON queue (available_at, place)",
    "CREATE TABLE fences (last INTEGER NOT NULL) STRICT",
    "INSERT INTO fences VALUES (0)",
    "CREATE TABLE revocations (session_id TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX revocations_by_end ON revocations (until)",
)

# When a session ends, and whose an upload is. Ends known before are rounded up to the second: never too early.
SECOND = (
    "ALTER TABLE sessions ADD COLUMN ends_at INTEGER NOT NULL DEFAULT 0",
    """UPDATE sessions
        SET ends_at = (CAST(strftime('%s', json_extract(document, '$.ends_at')) AS INTEGER) + 1) * 1000000""",
    "CREATE INDEX sessions_by_end ON sessions (ends_at)",
    "CREATE INDEX uploads_by_asset ON uploads (json_extract(document, '$.asset_id'))",
)

# Whose a session is, for those who were named.
THIRD = (
    """CREATE INDEX sessions_by_viewer ON sessions (json_extract(document, '$.viewer'), created_at DESC, id DESC)
        WHERE json_extract(document, '$.viewer') <> 'anonymous'""",
)

# What was done with sessions; it outlives them and their assets.
FOURTH = (
    """CREATE TABLE audit (
        id TEXT PRIMARY KEY, at INTEGER NOT NULL, asset_id TEXT NOT NULL, session_id TEXT NOT NULL,
        ends_at INTEGER NOT NULL, document TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX audit_newest ON audit (at DESC, id DESC)",
    "CREATE INDEX audit_by_asset ON audit (asset_id, at DESC, id DESC)",
    "CREATE INDEX audit_by_session ON audit (session_id, at DESC, id DESC)",
    "CREATE INDEX audit_by_end ON audit (ends_at)",
)

# What other systems are told of. `told` 0: recorded with its change, no delivery made of it yet; `place` is the
# order in which it was.
FIFTH = (
    """CREATE TABLE webhooks (
        id TEXT PRIMARY KEY, revision INTEGER NOT NULL, created_at INTEGER NOT NULL, document TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE events (
        place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL,
        at INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0, document TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX events_by_time ON events (at, id)",
    "CREATE INDEX events_untold ON events (place) WHERE told = 0",
    """CREATE TABLE deliveries (
        id TEXT PRIMARY KEY, revision INTEGER NOT NULL, webhook_id TEXT NOT NULL, event_id TEXT NOT NULL,
        state TEXT NOT NULL, event_at INTEGER NOT NULL, next_at INTEGER NOT NULL, document TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX deliveries_due ON deliveries (webhook_id, state, next_at)",
    "CREATE INDEX deliveries_newest ON deliveries (webhook_id, event_at DESC, id DESC)",
    "CREATE INDEX deliveries_by_event ON deliveries (event_id)",
)

# What was watched: counters by asset ('' for all together) and day, and what must be known for a while to count right.
SIXTH = (
    """CREATE TABLE insight_counters (
        asset_id TEXT NOT NULL, day TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
        PRIMARY KEY (asset_id, day, name)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX insight_counters_by_day ON insight_counters (day)",
    "CREATE TABLE insight_views (view TEXT PRIMARY KEY, number INTEGER NOT NULL, ends_at INTEGER NOT NULL) STRICT",
    "CREATE INDEX insight_views_by_end ON insight_views (ends_at)",
    """CREATE TABLE insight_viewers (
        asset_id TEXT NOT NULL, day TEXT NOT NULL, viewer TEXT NOT NULL, ends_at INTEGER NOT NULL,
        PRIMARY KEY (asset_id, day, viewer)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX insight_viewers_by_end ON insight_viewers (ends_at)",
)

# Share links, by the asset they lead to.
SEVENTH = (
    """CREATE TABLE shares (
        id TEXT PRIMARY KEY, revision INTEGER NOT NULL, asset_id TEXT NOT NULL, created_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL, document TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX shares_by_asset ON shares (asset_id, created_at DESC, id DESC)",
    "CREATE INDEX shares_by_end ON shares (ends_at)",
)

# What runs were let go on for, each in its month ("2026-11").
EIGHTH = (
    """CREATE TABLE ledger (
        run_id TEXT PRIMARY KEY, month TEXT NOT NULL, seconds INTEGER NOT NULL, micro_usd INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX ledger_by_month ON ledger (month)",
)

# How films play: counters by five minutes, for an hour.
NINTH = (
    """CREATE TABLE insight_slots (
        slot INTEGER NOT NULL, asset_id TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
        PRIMARY KEY (slot, asset_id, name)
    ) STRICT, WITHOUT ROWID""",
)

# By what else assets are listed (`adapters.asset_cursor`): a title as it is folded, of which `search` begins.
TENTH = (
    "ALTER TABLE assets ADD COLUMN title_place TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE assets ADD COLUMN length_place INTEGER NOT NULL DEFAULT 0",
    """UPDATE assets SET title_place = substr(search, 1, min(60, instr(search, char(10)) - 1)),
        length_place = CAST(
            min(max(COALESCE(json_extract(document, '$.duration_seconds'), 0), 0), 1000000000) * 1000 AS INTEGER)""",
    "CREATE INDEX assets_by_title ON assets (title_place, id)",
    "CREATE INDEX assets_by_length ON assets (length_place, id)",
)

MIGRATIONS = (FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH, EIGHTH, NINTH, TENTH)
