#!/usr/bin/env bash
# dlt 1.31.0 with scd2 into DuckDB 2.0.1: a deal that the API leaves out one night (a page lost, a filter, a permission) and
# gives again unchanged the next night has two versions with a hole between them: end of the first ≠ start of the second.
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

deal, other = {"id": 1, "stage": "Demo"}, {"id": 2, "stage": "New"}
names, rows = history([[deal, other], [other], [deal, other]], "id, stage, _dlt_valid_from, _dlt_valid_to")
for row in rows:
    print(row[0], row[1], "valid" if row[3] is None else "ended")
assert [row[:2] for row in rows] == [(1, "Demo"), (1, "Demo"), (2, "New")], rows
assert rows[0][3] is not None and rows[0][3] < rows[1][2], "the two versions meet now"
P
