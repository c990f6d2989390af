#!/usr/bin/env bash
# dlt 1.31.0 into DuckDB 2.0.1: a field that is null for every deal gets no column at all, so the closing date of a young
# pipeline exists only from the night of its first closed deal; an ISO date of an API arrives as text; "Amount (USD)"
# becomes amount_usdx, "% won" _won (which looks like a column of the loader), closeDate close_date.
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

first = {"id": 1, "Amount (USD)": 5, "% won": 10, "closeDate": None}
names, _ = history([[first]], "id")
print("first night:", [n for n in names if not n.startswith("_dlt")])
assert sorted(n for n in names if not n.startswith("_dlt")) == ["_won", "amount_usdx", "id"], names
names, rows = history([[first | {"closeDate": "2026-01-05"}]], "close_date, typeof(close_date)")
print("with a date:", [n for n in names if not n.startswith("_dlt")], rows)
assert rows == [(None, "VARCHAR"), ("2026-01-05", "VARCHAR")], rows
P
