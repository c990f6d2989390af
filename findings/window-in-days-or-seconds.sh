#!/usr/bin/env bash
# ClickHouse (chdb 4.4.0): the number in windowFunnel(6) has the unit of the column's type. A lead that needed four days is
# inside with a Date column and outside with a DateTime column, in the same query; DateTime64, the type that Polars and
# DuckDB timestamps arrive as, is refused.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v" && "$work/v/bin/pip" install -q chdb==4.4.0 2>/dev/null
"$work/v/bin/python" - <<'P'
import chdb

events = "(SELECT toDateTime('2026-01-01 00:00:00') t, 'new' s UNION ALL SELECT toDateTime('2026-01-05 00:00:00'), 'won')"
step = "windowFunnel(6)({}, s = 'new', s = 'won')"
got = str(chdb.query(f"SELECT {step.format('t')}, {step.format('toDate(t)')} FROM {events}", "CSV")).strip()
print("steps reached with DateTime, with Date:", got)
assert got == "1,2", got
try:
    chdb.query(f"SELECT {step.format('toDateTime64(t, 6)')} FROM {events}", "CSV")
except RuntimeError as error:
    assert "ILLEGAL_TYPE_OF_ARGUMENT" in str(error)
    print("DateTime64(6): refused")
else:
    raise SystemExit("DateTime64 is taken now")
P
