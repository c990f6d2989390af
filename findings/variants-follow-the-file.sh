#!/usr/bin/env bash
# pm4py 2.7.23: process mining of a change log with date-only times. Steps of one instant keep the order of the rows, so the
# same log exported newest first has other variants, other ends and another directly-follows graph; naive times become UTC.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v" && "$work/v/bin/pip" install -q pm4py==2.7.23.11 'pandas<3' 2>/dev/null
"$work/v/bin/python" - <<'P' 2>/dev/null
import pandas as pd, pm4py

log = pd.DataFrame(
    {
        "deal": ["a", "a", "a", "b", "b"],
        "stage": ["New", "Demo", "Won", "New", "Lost"],
        "day": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-02", "2026-01-03", "2026-01-03"]),
    }
)
ends = []
for frame in (log, log.iloc[::-1].reset_index(drop=True)):
    events = pm4py.format_dataframe(frame, case_id="deal", activity_key="stage", timestamp_key="day")
    ends.append(dict(pm4py.get_end_activities(events)))
    print(events["time:timestamp"].dtype, dict(pm4py.get_variants(events)), ends[-1])
    assert str(events["time:timestamp"].dtype) == "datetime64[ns, UTC]"
assert ends == [{"Won": 1, "Lost": 1}, {"Demo": 1, "New": 1}], ends
P
