#!/usr/bin/env bash
# distributed 2026.8.0 with Polars 2.1.0: a worker plugin that sets POLARS_MAX_THREADS works, unless the program that
# starts a LocalCluster imports Polars on its first lines. The spawned worker runs those lines before any plugin, Polars
# makes its pool of all cores, and the variable, though set, changes nothing any more: workers of one thread take all.
set -euo pipefail
[ "$(nproc)" -gt 1 ] || { echo "one core: nothing to see"; exit 0; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v" && "$work/v/bin/pip" install -q distributed==2026.8.0 polars==2.1.0 2>/dev/null
cat >"$work/late.py" <<'P'
import os

from distributed import Client, LocalCluster, WorkerPlugin


class OneThread(WorkerPlugin):
    def setup(self, worker):
        os.environ["POLARS_MAX_THREADS"] = str(worker.state.nthreads)


def look():
    import polars as pl

    return os.environ.get("POLARS_MAX_THREADS"), pl.thread_pool_size()


if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        with Client(cluster) as client:
            client.register_plugin(OneThread())
            (found,) = client.run(look).values()
            print(*found)
P
{ echo "import polars"; cat "$work/late.py"; } >"$work/early.py"
cd "$work"
unset POLARS_MAX_THREADS
plain=$(v/bin/python late.py 2>/dev/null | tail -n 1); imported=$(v/bin/python early.py 2>/dev/null | tail -n 1)
echo "variable and threads of a worker of one thread: Polars imported by the worker alone: $plain; by the program: $imported"
[ "$plain" = "1 1" ] && [ "$imported" = "1 $(nproc)" ]
