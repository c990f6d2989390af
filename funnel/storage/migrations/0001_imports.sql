-- What a workspace is, its imports as facts with raw labels, its funnel, settings and spend.
-- JSON stands in VARCHAR columns: the files must open without any extension.
-- No indexes and no sequences: writers go one at a time and number what they write; an index would be a second copy
-- of the truth that can be damaged by itself, and it slows a large import down.

CREATE TABLE workspace (key VARCHAR NOT NULL, value VARCHAR NOT NULL);

-- One counter for each kind of write: the keys of every cache.
CREATE TABLE versions (kind VARCHAR NOT NULL, n INTEGER NOT NULL);
INSERT INTO versions VALUES ('data', 0), ('definition', 0), ('plan', 0), ('settings', 0);

-- An import is never rewritten; whether it is live is its newest event.
CREATE TABLE batches (
    batch_no INTEGER NOT NULL,
    shape VARCHAR NOT NULL,
    file_name VARCHAR NOT NULL,
    content_hash VARCHAR NOT NULL,
    mapping VARCHAR NOT NULL,
    header_signature VARCHAR NOT NULL,
    imported_at TIMESTAMP NOT NULL,
    exported_on DATE,
    who VARCHAR NOT NULL,
    n_rows BIGINT NOT NULL,
    n_accepted BIGINT NOT NULL,
    n_rejected BIGINT NOT NULL,
    n_blank BIGINT NOT NULL,
    n_repeated_header BIGINT NOT NULL,
    n_ignored BIGINT NOT NULL
);

CREATE TABLE batch_events (
    event_no BIGINT NOT NULL,
    batch_no INTEGER NOT NULL,
    action VARCHAR NOT NULL CHECK (action IN ('import', 'undo', 'redo')),
    who VARCHAR NOT NULL,
    "at" TIMESTAMP NOT NULL
);

CREATE VIEW batch_states AS
    SELECT batch_no, arg_max(action, event_no) <> 'undo' AS is_live,
           arg_max("at", event_no) AS changed_at, arg_max(who, event_no) AS changed_by
    FROM batch_events GROUP BY batch_no;

CREATE TABLE lead_rows (
    batch_no INTEGER NOT NULL,
    row_no BIGINT NOT NULL,
    lead_id VARCHAR NOT NULL,
    changed_at TIMESTAMP,
    created_at TIMESTAMP,
    created_has_time BOOLEAN,
    stage_label VARCHAR,
    status_label VARCHAR,
    closed_at TIMESTAMP,
    closed_has_time BOOLEAN,
    expected_close_at TIMESTAMP,
    lost_at TIMESTAMP,
    lost_has_time BOOLEAN,
    lost_reason VARCHAR,
    amount DOUBLE,
    customer_id VARCHAR,
    lead_name VARCHAR,
    source VARCHAR,
    owner VARCHAR,
    segment VARCHAR,
    repeat_at TIMESTAMP,
    referral_at TIMESTAMP,
    referrer_id VARCHAR
);

CREATE TABLE entries (
    batch_no INTEGER NOT NULL,
    row_no BIGINT NOT NULL,
    lead_id VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    "at" TIMESTAMP NOT NULL,
    has_time BOOLEAN NOT NULL
);

CREATE TABLE labels (
    batch_no INTEGER NOT NULL,
    scope VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    target VARCHAR NOT NULL
);

CREATE TABLE counts (
    batch_no INTEGER NOT NULL,
    row_no BIGINT NOT NULL,
    label VARCHAR NOT NULL,
    period_start DATE,
    period_end DATE,
    source VARCHAR,
    owner VARCHAR,
    segment VARCHAR,
    n DOUBLE NOT NULL
);

CREATE TABLE rejected (
    batch_no INTEGER NOT NULL,
    row_no BIGINT NOT NULL,
    code VARCHAR NOT NULL,
    "column" VARCHAR,
    value VARCHAR,
    cells VARCHAR NOT NULL
);

CREATE TABLE findings (batch_no INTEGER NOT NULL, position INTEGER NOT NULL, finding VARCHAR NOT NULL);

CREATE TABLE definitions (
    version INTEGER NOT NULL,
    definition VARCHAR NOT NULL,
    who VARCHAR NOT NULL,
    "at" TIMESTAMP NOT NULL,
    reason VARCHAR NOT NULL
);

CREATE TABLE settings (key VARCHAR NOT NULL, value VARCHAR NOT NULL);

-- Each save of the spend table is a version of its own; the newest one counts.
CREATE TABLE spend_versions (version INTEGER NOT NULL, who VARCHAR NOT NULL, "at" TIMESTAMP NOT NULL);
CREATE TABLE spend (version INTEGER NOT NULL, month DATE NOT NULL, source VARCHAR, amount DOUBLE NOT NULL);

CREATE TABLE remembered_mappings (
    mapping_no BIGINT NOT NULL,
    signature VARCHAR NOT NULL,
    columns VARCHAR NOT NULL,
    mapping VARCHAR NOT NULL
);
