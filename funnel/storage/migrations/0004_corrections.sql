-- Imports that were read again in another way: the newer one stands at the place of the one that it replaces.

CREATE TABLE corrections (
    batch_no INTEGER PRIMARY KEY,
    replaces INTEGER NOT NULL
);
