#!/usr/bin/env bash
# Dask 2026.8.0 asks every object for its size to decide where it goes, what is spilled and when a worker is full. It knows
# pandas and Arrow; a Polars 2.1.0 frame counts with the size of its Python shell, whatever it holds.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v" && "$work/v/bin/pip" install -q dask==2026.8.0 polars==2.1.0 pyarrow==21.0.0 2>/dev/null
"$work/v/bin/python" - <<'P'
import polars as pl
from dask.sizeof import sizeof

frame = pl.DataFrame({"n": pl.int_range(10_000_000, eager=True)})
print("estimated by Polars:", frame.estimated_size(), "by Dask:", sizeof(frame), "as an Arrow table:", sizeof(frame.to_arrow()))
assert sizeof(frame) < 200 < sizeof(["a", "b", "c", "d", "e"]) + 200
assert sizeof(frame) < 200 and sizeof(frame.to_arrow()) > 79_000_000
P
