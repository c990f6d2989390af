-- Further things that rows of a file say, and two facts about an import as a whole.

ALTER TABLE lead_rows ADD COLUMN region VARCHAR;
ALTER TABLE lead_rows ADD COLUMN currency VARCHAR;
ALTER TABLE lead_rows ADD COLUMN pipeline VARCHAR;
ALTER TABLE counts ADD COLUMN region VARCHAR;
ALTER TABLE counts ADD COLUMN pipeline VARCHAR;
-- The zone to which zoned times were converted; who is in the file (all, part, wins, changes, open; null: not asked).
ALTER TABLE batches ADD COLUMN time_zone VARCHAR;
ALTER TABLE batches ADD COLUMN covers VARCHAR;
