-- Spend may be told apart by region as by source; null: for all regions together.

ALTER TABLE spend ADD COLUMN region VARCHAR;
