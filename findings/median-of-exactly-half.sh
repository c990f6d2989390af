#!/usr/bin/env bash
# n leads that advance on day 1, 2, … n: after n/2 days exactly half have advanced. The survival curve is a product of
# fractions, so "at most one half" is decided by the last bit: the median is n/2 or n/2 + 1, differently for different n
# and differently in lifelines 0.30.3 and statsmodels 0.15.0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v" && "$work/v/bin/pip" install -q lifelines==0.30.3 statsmodels==0.15.0 2>/dev/null
"$work/v/bin/python" - <<'P'
import numpy as np
from lifelines import KaplanMeierFitter
from statsmodels.duration.survfunc import SurvfuncRight

rows = []
for n in (2, 4, 6, 8, 10):
    days = np.arange(1, n + 1.0)
    one = KaplanMeierFitter().fit(days, np.ones(n)).median_survival_time_
    other = SurvfuncRight(days, np.ones(n)).quantile(0.5)
    rows.append((n, float(one) - n / 2, float(other) - n / 2))
    print(f"n = {n}: half have advanced on day {n // 2}; lifelines {one:g}, statsmodels {other:g}")
assert rows == [(2, 0, 1), (4, 0, 1), (6, 1, 1), (8, 1, 1), (10, 0, 1)], rows
P
