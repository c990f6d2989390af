"""A second computation of the outlook, row by row in plain Python, that shares no code with the product.

Slow and literal: it follows the sentences of the definitions, one lead and one day at a time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

Table = tuple[list[float], list[float]]
Rows = list[dict[str, Any]]
EDGES = [0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 540, math.inf]


def whole_days(start: datetime, end: datetime) -> int:
    if start.time() != time.min and end.time() != time.min:
        return (end - start) // timedelta(days=1)
    return (end.date() - start.date()).days


def story(row: dict[str, Any], stages: Sequence[str], first: str) -> dict[str, Any] | None:
    """Arrivals, loss and follow-up of one lead; nothing for a lead that stands in no time."""
    if row["created_at"] is None or (row["outcome"] == "won" and row["won_at"] is None):
        return None
    arrivals: list[datetime | None] = [row[f"entered_{first}"] or row["created_at"]]
    arrivals += [row[f"next_{key}"] for key in stages[1:-1]]
    arrivals.append(row["won_at"])
    for k in range(len(arrivals) - 2, -1, -1):
        later = arrivals[k + 1]
        here = arrivals[k]
        if later is not None and (here is None or later < here):
            arrivals[k] = later
    lost, is_dated = None, False
    if row["outcome"] == "lost":
        is_dated = row["lost_at"] is not None
        lost = max(at for at in (row["lost_at"], *arrivals[:-1]) if at is not None)
    return {
        "created": row["created_at"],
        "arrivals": arrivals,
        "lost": lost,
        "dated": is_dated,
        "until": row["observed_until"],
        "wins_until": row["wins_until"],
    }


def followed(lead: dict[str, Any], k: int) -> date | None:
    """The last day to which the lead was looked at in stage k: where the next stage is won, for winning."""
    return lead["wins_until"] if k == len(lead["arrivals"]) - 2 else lead["until"]


def stays(lead: dict[str, Any], k: int) -> tuple[datetime, datetime | None, str] | None:
    """Entry, exit and how it ended, of one lead's stay in stage k."""
    entry, following = lead["arrivals"][k], lead["arrivals"][k + 1]
    if entry is None:
        return None
    if following is not None:
        return entry, following, "advanced"
    if lead["lost"] is not None:
        return entry, lead["lost"], "lost" if lead["dated"] else "gone"
    return entry, None, "open"


def table(leads: list[dict[str, Any]], k: int, day: date, since: date) -> Table:
    """Chance to advance and to be lost by age (0 … 899)."""
    risk: dict[int, int] = {}
    moved: dict[int, int] = {}
    left: dict[int, int] = {}
    for lead in leads:
        stay = stays(lead, k)
        if stay is None:
            continue
        entry, end, how = stay
        seen = min(day, followed(lead, k) or day)
        if entry.date() > seen:
            continue
        is_event = end is not None and end.date() <= seen and how != "gone"
        if end is not None and end.date() <= seen and end.date() < since:
            continue
        start = max(0, (since - entry.date()).days)
        if is_event:
            assert end is not None
            ages = range(start, whole_days(entry, end) + 1)
        else:
            stop = seen if end is None else min(seen, end.date())
            ages = range(start, (stop - entry.date()).days)
        for age in ages:
            risk[age] = risk.get(age, 0) + 1
        if is_event and ages:
            left[ages[-1]] = left.get(ages[-1], 0) + 1
            if how == "advanced":
                moved[ages[-1]] = moved.get(ages[-1], 0) + 1

    def inside(counted: dict[int, int], low: float, high: float) -> int:
        return sum(n for age, n in counted.items() if low <= age < high)

    groups: list[tuple[float, float]] = []
    start = 0.0
    for high in EDGES[1:]:
        if inside(left, start, high) >= 3:
            groups.append((start, high))
            start = high
    if start != math.inf:
        if groups and inside(risk, start, math.inf) < 200:
            groups[-1] = (groups[-1][0], math.inf)
        else:
            groups.append((start, math.inf))
    advance, lost = [0.0] * 900, [0.0] * 900
    for low, high in groups:
        at_risk = inside(risk, low, high)
        for age in range(int(low), int(min(high, 900))):
            if at_risk:
                advance[age] = inside(moved, low, high) / at_risk
                lost[age] = (inside(left, low, high) - inside(moved, low, high)) / at_risk
    return advance, lost


def chance(
    tables: list[tuple[list[float], list[float]]], k: int, age: int, days: int, known: dict[Any, float]
) -> float:
    """P_k(age, days) as the sum over the day of advancing."""
    if k == len(tables):
        return 1.0
    if (k, age, days) not in known:
        advance, lost = tables[k]
        left, total = 1.0, 0.0
        for j in range(days):
            at = min(age + j, 899)
            u = days - 1 - j
            if k + 1 == len(tables):
                following = 1.0
            else:
                following = (chance(tables, k + 1, 0, u, known) + chance(tables, k + 1, 0, u + 1, known)) / 2
            total += left * advance[at] * following
            left *= max(0.0, 1 - advance[at] - lost[at])
        known[k, age, days] = total
    return known[k, age, days]


def holm_changes(leads: list[dict[str, Any]], n_steps: int, day: date) -> list[int | None]:
    """Per step the cut in use (90 or 180 days), or nothing."""
    tests = []
    for k in range(n_steps):
        for cut in (90, 180):
            counts = {True: [0, 0], False: [0, 0]}
            for lead in leads:
                stay = stays(lead, k)
                if stay is None or stay[1] is None or stay[2] == "gone":
                    continue
                on = stay[1].date()
                until = followed(lead, k)
                if not day - timedelta(days=365) < on <= day or (until is not None and on > until):
                    continue
                side = counts[on > day - timedelta(days=cut)]
                side[0] += stay[2] == "advanced"
                side[1] += 1
            (x1, n1), (x0, n0) = counts[True], counts[False]
            p = 1.0
            if min(n1, n0) >= 30 and 0 < x1 + x0 < n1 + n0:
                pooled = (x1 + x0) / (n1 + n0)
                z = (x1 / n1 - x0 / n0) / math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
                p = math.erfc(abs(z) / math.sqrt(2))
            tests.append((p, k, cut))
    found: list[int | None] = [None] * n_steps
    worst = 0.0
    for rank, (p, k, cut) in enumerate(sorted(tests)):
        worst = max(worst, min(1.0, p * (len(tests) - rank)))
        if worst < 0.05 and found[k] is None:
            found[k] = cut
    return found


def expected(rows: Rows, stages: Sequence[str], first: str, day: date, horizon: int) -> dict[str, float]:
    """Expected wins from open and new leads within ``horizon`` days, as known at the end of ``day``."""
    leads = [lead for lead in (story(row, stages, first) for row in rows) if lead is not None]
    n_steps = len(stages) - 1
    cuts = holm_changes(leads, n_steps, day)
    tables = [table(leads, k, day, day - timedelta(days=cuts[k] or 365)) for k in range(n_steps)]
    known: dict[Any, float] = {}
    of_open = 0.0
    for lead in leads:
        for k in range(n_steps):
            stay = stays(lead, k)
            if stay is not None and stay[0].date() <= day and (stay[1] is None or stay[1].date() > day):
                of_open += chance(tables, k, min((day - stay[0].date()).days, 899), horizon, known)
    # New leads are known up to the newest day on which anybody was looked at for everything.
    newest = max((row["observed_until"] for row in rows if row["observed_until"] is not None), default=day)
    begun = min((lead["created"].date() for lead in leads), default=day)
    last = min(day, max(newest, begun + timedelta(days=90)))
    per_day = sum(last - timedelta(days=90) < lead["created"].date() <= last for lead in leads) / 90
    of_new = per_day * sum(
        (chance(tables, 0, 0, t, known) + chance(tables, 0, 0, t - 1, known)) / 2 for t in range(1, horizon + 1)
    )
    given = of_open + sum(
        chance(tables, 0, 0, (day + timedelta(days=horizon) - lead["created"].date()).days, known)
        for lead in leads
        if day < lead["created"].date() <= day + timedelta(days=horizon)
    )
    won = [(lead["created"].date(), lead["arrivals"][-1].date()) for lead in leads if lead["arrivals"][-1] is not None]
    came = [(created, on) for created, on in won if day < on <= day + timedelta(days=horizon)]
    return {
        "of_open": of_open,
        "of_new": of_new,
        "given": given,
        "wins": len(came),
        "wins_of_open": sum(created <= day for created, _ in came),
        "known_wins": sum(on <= day for _, on in won),
        "first": (min(lead["created"].date() for lead in leads) - date(1970, 1, 1)).days if leads else 0,
        "changed": any(cut is not None for cut in cuts),
    }


def negative_binomial_range(mean: float, c: float) -> tuple[int, int]:
    """Mid-p quantiles at 10 and 90 %, the probabilities from their recursion."""
    if mean <= 0:
        return 0, 0
    size = 1 / c if c > 0 else math.inf
    p = math.exp(-mean) if c <= 0 else (1 + c * mean) ** -size
    below, k, low, high = 0.0, 0, None, 0
    while True:
        middle = below + p / 2
        if low is None and middle >= 0.1 - 1e-9:
            low = k
        if middle > 0.9 + 1e-9:
            return (low if low is not None else k), max(high, low or 0)
        high = k
        below += p
        ratio = mean / (k + 1) if c <= 0 else (size + k) / (k + 1) * (c * mean) / (1 + c * mean)
        p *= ratio
        k += 1


def spread(rows: Rows, stages: Sequence[str], first: str, day: date, horizon: int) -> dict[str, float]:
    """n_eff and c of a horizon from the past days D - h - 30 m (h a multiple of 30)."""
    said = []
    for m in range(24):
        past = day - timedelta(days=horizon + 30 * m)
        view = expected(rows, stages, first, past, horizon)
        begun = date(1970, 1, 1) + timedelta(days=int(view["first"]))
        if past >= begun + timedelta(days=90) and view["known_wins"] >= 10:
            said.append(view)
    if not said:
        return {"n_days": 0, "n_eff": 0.0}
    n_eff = (len(said) - 1) * 30 / horizon + 1

    def c_of(pairs: list[tuple[float, float]], start: float = 0.02) -> float:
        own = sum((y - f) ** 2 - f for f, y in pairs) / sum(f * f for f, _ in pairs)
        return min(4.0, max(0.0, (4 * start + n_eff * own) / (4 + n_eff)))

    added = 0.04 if expected(rows, stages, first, day, horizon)["changed"] else 0.0
    return {
        "n_days": len(said),
        "n_eff": n_eff,
        "c": c_of([(v["of_open"] + v["of_new"], v["wins"]) for v in said]) + added,
        "c_open": c_of([(v["of_open"], v["wins_of_open"]) for v in said]) + added,
        "c_given": c_of([(v["given"], v["wins"]) for v in said], 0.005),
    }


LANDMARKS = [0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365]


def odds(rows: Rows, stages: Sequence[str], first: str, day: date, k: int, landmark: int) -> tuple[int, int]:
    """(n, x): still in stage k ``landmark`` days after their entry and followed for 90 more; won within these."""
    n = x = 0
    for row in rows:
        lead = story(row, stages, first)
        stay = None if lead is None else stays(lead, k)
        if lead is None or stay is None:
            continue
        entry, end, _ = stay
        then = entry + timedelta(days=landmark)
        if end is not None and end <= then:
            continue
        if entry.date() + timedelta(days=landmark + 90) > min(day, lead["until"] or day):
            continue
        n += 1
        won = lead["arrivals"][-1]
        x += won is not None and won <= then + timedelta(days=90)
    return n, x
