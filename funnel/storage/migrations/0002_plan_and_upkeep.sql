-- The plan as append-only events, and what was done to the file itself.

CREATE TABLE record_events (
    event_no BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    record_id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    action VARCHAR NOT NULL CHECK (action IN ('create', 'change', 'delete', 'restore')),
    changes VARCHAR NOT NULL,
    who VARCHAR NOT NULL,
    "at" TIMESTAMP NOT NULL
);

CREATE TABLE upkeep (
    "at" TIMESTAMP NOT NULL,
    who VARCHAR NOT NULL,
    action VARCHAR NOT NULL CHECK (action IN ('backup', 'automatic', 'restore', 'forget')),
    file VARCHAR NOT NULL
);

-- Leads that asked to be forgotten, only as a salted hash: a restored backup forgets them again.
CREATE TABLE forgotten (
    salt VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    pseudonym VARCHAR
);
