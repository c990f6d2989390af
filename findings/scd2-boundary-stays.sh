#!/usr/bin/env bash
# dlt 1.31.0 with scd2 into DuckDB 2.0.1: a boundary_timestamp that was given for one load (to date a night made up later)
# stays in the stored schema. The next load, which gives none, dates its changes with the old one: the deal won months later
# is won on that night, and its version before lasts no time at all.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v" && "$work/v/bin/pip" install -q "dlt[duckdb]==1.31.0" duckdb==2.0.1 2>/dev/null
export RUNTIME__DLTHUB_TELEMETRY=false RUNTIME__LOG_LEVEL=CRITICAL
cd "$work" && "$work/v/bin/python" - <<'P'
import dlt, duckdb

def history(nights, columns):
    pipeline = dlt.pipeline("crm", destination=dlt.destinations.duckdb("store.duckdb"), dataset_name="crm", pipelines_dir="p")
    for night, more in nights:
        @dlt.resource(name="deals", write_disposition={"disposition": "merge", "strategy": "scd2"} | more)
        def deals():
            yield from night
        pipeline.run(deals())
    with duckdb.connect("store.duckdb", read_only=True) as con:
        return con.execute(f"SELECT {columns} FROM crm.deals ORDER BY id, _dlt_valid_from, _dlt_valid_to").fetchall()

rows = history(
    [
        ([{"id": 1, "stage": "New"}], {"boundary_timestamp": "2024-03-03T23:30:00Z"}),
        ([{"id": 1, "stage": "Won"}], {}),
    ],
    "stage, strftime(_dlt_valid_from AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M'), _dlt_valid_from = _dlt_valid_to",
)
for row in rows:
    print(*row)
assert rows == [("New", "2024-03-03 23:30", True), ("Won", "2024-03-03 23:30", None)], rows
P
