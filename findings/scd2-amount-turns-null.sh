#!/usr/bin/env bash
# dlt 1.31.0 with scd2 into DuckDB 2.0.1: a number column receives a text one night (an API that writes "n/a"). The row of
# that night keeps its text in a new column amount__v_text, and amount of the version that is valid now is null.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v" && "$work/v/bin/pip" install -q "dlt[duckdb]==1.31.0" duckdb==2.0.1 2>/dev/null
export RUNTIME__DLTHUB_TELEMETRY=false RUNTIME__LOG_LEVEL=CRITICAL
cd "$work" && "$work/v/bin/python" - <<'P'
import dlt, duckdb

def history(nights, columns):
    pipeline = dlt.pipeline("crm", destination=dlt.destinations.duckdb("store.duckdb"), dataset_name="crm", pipelines_dir="p")
    for night in nights:
        @dlt.resource(name="deals", write_disposition={"disposition": "merge", "strategy": "scd2"})
        def deals():
            yield from night
        pipeline.run(deals())
    with duckdb.connect("store.duckdb", read_only=True) as con:
        names = [row[0] for row in con.execute("DESCRIBE crm.deals").fetchall()]
        rows = con.execute(f"SELECT {columns} FROM crm.deals ORDER BY id, _dlt_valid_from").fetchall()
    return names, rows

names, rows = history(
    [
        [{"id": 1, "stage": "New", "amount": 100}, {"id": 2, "stage": "New", "amount": 7}],
        [{"id": 1, "stage": "New", "amount": 100}, {"id": 2, "stage": "New", "amount": "n/a"}],
    ],
    "id, amount, amount__v_text, _dlt_valid_to IS NULL AS is_present",
)
print(rows)
assert rows == [(1, 100, None, True), (2, 7, None, False), (2, None, "n/a", True)], rows
P
