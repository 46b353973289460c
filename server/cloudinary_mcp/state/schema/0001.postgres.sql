-- Moments are seconds since 1970 in UTC; JSON is text. The same tables and columns stand in 0001.sqlite.sql.

CREATE TABLE plan (
    id TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    cloud TEXT NOT NULL,
    operation TEXT NOT NULL,
    verb TEXT NOT NULL,
    selection TEXT NOT NULL,
    arguments TEXT NOT NULL,
    options TEXT NOT NULL,
    details TEXT NOT NULL,
    effect TEXT NOT NULL CHECK (effect IN ('adds', 'changes', 'destroys')),
    digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'asked', 'used', 'declined', 'expired')),
    made_at DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    declined_at DOUBLE PRECISION
);
CREATE INDEX plan_by_principal ON plan (principal, state, made_at);
CREATE INDEX plan_by_expiry ON plan (expires_at);

CREATE TABLE plan_item (
    plan_id TEXT NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    key TEXT NOT NULL,
    label TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (plan_id, n)
);
CREATE INDEX plan_item_by_key ON plan_item (key);

CREATE TABLE permit (
    id TEXT PRIMARY KEY,
    plan_id TEXT,
    job_id TEXT,
    principal TEXT NOT NULL,
    cloud TEXT NOT NULL,
    effect TEXT NOT NULL CHECK (effect IN ('adds', 'changes', 'destroys')),
    granted_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE change_set (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at DOUBLE PRECISION NOT NULL,
    principal TEXT NOT NULL,
    client TEXT NOT NULL,
    tool TEXT NOT NULL,
    cloud TEXT NOT NULL,
    agreed TEXT NOT NULL,
    summary TEXT NOT NULL,
    undo_of BIGINT,
    undone_by BIGINT,
    job_id TEXT
);
CREATE INDEX change_set_by_principal ON change_set (principal, id);
CREATE INDEX change_set_by_age ON change_set (at);

CREATE TABLE change (
    set_id BIGINT NOT NULL REFERENCES change_set (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    label TEXT NOT NULL,
    effect TEXT NOT NULL CHECK (effect IN ('adds', 'changes', 'destroys')),
    operation TEXT NOT NULL,
    before_value TEXT,
    after_value TEXT,
    state TEXT NOT NULL CHECK (state IN ('intended', 'done', 'failed', 'unknown')),
    outcome TEXT NOT NULL,
    kept_file TEXT,
    PRIMARY KEY (set_id, n)
);
CREATE INDEX change_by_key ON change (key);

CREATE TABLE job (
    id TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    cloud TEXT NOT NULL,
    kind TEXT NOT NULL,
    args TEXT NOT NULL,
    shape_version INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'cancelled', 'done', 'failed')),
    owner TEXT,
    lease_until DOUBLE PRECISION NOT NULL,
    fence BIGINT NOT NULL,
    not_before DOUBLE PRECISION NOT NULL,
    done INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    total INTEGER NOT NULL
);
CREATE INDEX job_to_claim ON job (state, lease_until);

CREATE TABLE item (
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    asset_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('todo', 'doing', 'done', 'skipped', 'failed', 'unknown')),
    before_value TEXT,
    outcome TEXT,
    PRIMARY KEY (job, n)
);
CREATE INDEX item_by_state ON item (job, state, n);

CREATE TABLE budget (
    cloud TEXT PRIMARY KEY,
    remaining INTEGER NOT NULL,
    reset_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL,
    made_at DOUBLE PRECISION NOT NULL
);
