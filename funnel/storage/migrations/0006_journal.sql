-- Who did what: one line for each write that changed something, written in its transaction, never changed afterwards.
-- role: of who had signed in, blank where nobody had; about: a file, a kind of record, a setting; never a lead.

CREATE TABLE journal (
    no BIGINT NOT NULL,
    "at" TIMESTAMP NOT NULL,
    who VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    deed VARCHAR NOT NULL,
    about VARCHAR NOT NULL
);
