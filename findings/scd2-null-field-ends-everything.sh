#!/usr/bin/env bash
# dlt 1.31.0 with scd2 into DuckDB 2.0.1: an API begins to send one more field, null for every deal. No column appears, yet
# each deal gets a new version that night (the row's hash counts the field); 100 that becomes 100.0 does the same.
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

first = {"id": 1, "stage": "New", "amount": 100}
rows = history([([first], {}), ([first | {"nickname": None}], {})], "id, stage, amount, _dlt_valid_to IS NULL")
print("one more null field:", rows)
assert rows == [(1, "New", 100, False), (1, "New", 100, True)], rows
rows = history([([first | {"nickname": None, "amount": 100.0}], {})], "id, stage, amount, _dlt_valid_to IS NULL")
print("100 becomes 100.0:", rows)
assert [row[3] for row in rows] == [False, False, True], rows
P
