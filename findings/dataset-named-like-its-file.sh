#!/usr/bin/env bash
# dlt 1.31.0 into DuckDB 2.0.1: the file crm.duckdb opens as the catalog "crm". With a dataset of the same name the very
# first load ends in "Ambiguous reference to catalog or schema"; the same load into store.duckdb works.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v" && "$work/v/bin/pip" install -q "dlt[duckdb]==1.31.0" duckdb==2.0.1 2>/dev/null
export RUNTIME__DLTHUB_TELEMETRY=false RUNTIME__LOG_LEVEL=CRITICAL
cd "$work" && "$work/v/bin/python" - <<'P' 2>/dev/null
import dlt
from dlt.pipeline.exceptions import PipelineStepFailed

said = {}
for name in ("store", "crm"):
    pipeline = dlt.pipeline(f"p_{name}", destination=dlt.destinations.duckdb(f"{name}.duckdb"), dataset_name="crm", pipelines_dir="p")
    try:
        pipeline.run([{"id": 1}], table_name="deals")
        said[name] = "loaded"
    except PipelineStepFailed as error:
        said[name] = "ambiguous" if "Ambiguous reference to catalog or schema" in str(error) else str(error)
print(said)
assert said == {"store": "loaded", "crm": "ambiguous"}, said
P
