#!/usr/bin/env bash
# Dask 2026.8.0 with a lazy Polars 2.1.0 scan: the key of a task is made from the plan, and the plan holds the path, not the
# file. While the first result is held, the same plan over the rewritten file answers with the old count.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v" && "$work/v/bin/pip" install -q "dask[distributed]==2026.8.0" polars==2.1.0 2>/dev/null
cd "$work" && cat > run.py <<'P'
import polars as pl
from dask.distributed import Client, LocalCluster

def count(plan):
    return plan.collect().height

if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        pl.DataFrame({"lead": [1, 2, 3]}).write_parquet("leads.parquet")
        first = client.submit(count, pl.scan_parquet("leads.parquet"))
        before = first.result()
        pl.DataFrame({"lead": [1, 2, 3, 4, 5]}).write_parquet("leads.parquet")
        again = client.submit(count, pl.scan_parquet("leads.parquet")).result()
        fresh = client.submit(count, pl.scan_parquet("leads.parquet"), pure=False).result()
        print("before", before, "after the rewrite", again, "with pure=False", fresh)
        assert (before, again, fresh) == (3, 3, 5), (before, again, fresh)
P
"$work/v/bin/python" run.py 2>/dev/null
