"""Before / after: did a step change, and may we say so? (metrics/README.md)

Both sides count *within H days* and only leads that were followed at least H days, so that a young window is not
compared with an old one. Every verdict is a code; ``comparison.verdicts`` gives it the figures of its sentence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, bounds
from funnel.metrics import statistics
from funnel.metrics.comparison.months import mature_months, swing_months, swing_of
from funnel.metrics.comparison.windows import (
    PairChoice,
    Selection,
    WindowPair,
    before_selection,
    change_pair,
    cut_to_history,
    judged_from,
    month_pair,
    months_pair,
)
from funnel.metrics.steps.days import Side, StepHistory, histories, step_days
from funnel.metrics.thresholds import (
    ALPHA,
    FOLLOWED_SHARE,
    MAX_UNDATED_SHARE,
    MIN_LEADS,
    PROMISED_PP,
    SKIPS_THAT_MATTER,
)
from funnel.schema import StepComparison

SELECTION_SHRINK = {2: 0.56, 3: 0.85, 4: 1.03, 5: 1.16, 6: 1.27, 7: 1.35, 8: 1.42, 9: 1.49}
"""How many standard errors the worst of k equal steps lies below its truth: the mean maximum of k standard normal
variables (Tippett 1925)."""


def compare_steps(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    horizons: pl.DataFrame,
    as_of: date,
    choice: PairChoice = PairChoice(),  # noqa: B008  (frozen)
    *,
    promised_pp: Mapping[str, float] | None = None,
    selections: Mapping[str, Selection] | None = None,
    swings: bool = True,
) -> pl.DataFrame:
    """Every step before and after, with its verdict (schema ``StepComparison``).

    ``horizons``: schema ``Horizons``, from unfiltered data. ``promised_pp``: points promised per stage (default 5).
    ``selections``: the window that made somebody pick a stage. ``swings=False`` leaves out the correction for months
    that vary by themselves. A stage that the funnel does not have is ignored.
    """
    counted = step_days(journeys, definition, horizons)
    return compare_days(
        counted,
        definition,
        horizons,
        as_of,
        choice,
        promised_pp=promised_pp,
        selections=selections,
        swings=swings,
    )


def compare_days(
    counted: pl.DataFrame,
    definition: FunnelDefinition,
    horizons: pl.DataFrame,
    as_of: date,
    choice: PairChoice = PairChoice(),  # noqa: B008  (frozen)
    *,
    promised_pp: Mapping[str, float] | None = None,
    selections: Mapping[str, Selection] | None = None,
    swings: bool = True,
) -> pl.DataFrame:
    """``compare_steps`` from days that were counted already (schema ``StepDays``)."""
    positions = range(2, len(definition.keys) + 1)
    days_of = dict(horizons.select("position", "days").iter_rows())
    known = histories(counted, positions)
    steps = []
    for position in positions:
        key = definition.keys[position - 1]
        step = _step(
            known[position],
            days_of.get(position),
            as_of,
            position=position,
            key=key,
            choice=choice,
            promised_pp=(promised_pp or {}).get(key, PROMISED_PP),
            selection=(selections or {}).get(key),
            swings=swings,
        )
        steps.append(step)
    return _judged(steps, choice.is_interim(as_of))


# --- windows of one step ------------------------------------------------------------------------------------------


def choose_pair(
    history: StepHistory, horizon_days: float, as_of: date, choice: PairChoice, selection: Selection | None = None
) -> tuple[WindowPair, str]:
    """The windows of one step, and what its baseline is: "as_asked", "before_selection" or "shrunk".

    A pair by months moves back, month by month, to the latest that can be judged on 20 leads a side and on at least
    half of those that entered in the after window, lest its first days speak for all of it. Without such a pair: to the
    latest whose after window has 20 leads followed for H days; when none has, it stays.
    """
    if choice.kind == "change" and choice.change_on is not None:
        pair = change_pair(choice.change_on, choice.change_end(as_of), horizon_days)
    elif choice.kind == "month" and choice.month is not None:
        pair = month_pair(choice.month)
    else:
        pair = _latest_months_pair(history, as_of, choice.months)
    earlier = before_selection(pair, selection) if selection is not None else None
    if earlier is None:
        return cut_to_history(pair, history.data_from), "as_asked"
    if history.side(earlier.before).n >= MIN_LEADS:
        return cut_to_history(earlier, history.data_from), "before_selection"
    return cut_to_history(pair, history.data_from), "shrunk"


def _latest_months_pair(history: StepHistory, as_of: date, months: int) -> WindowPair:
    asked = pair = months_pair(as_of, months)
    latest: WindowPair | None = None
    while history.first_day is not None and bounds(pair.after)[1] >= history.first_day:
        before, after = history.side(pair.before), history.side(pair.after)
        if after.n >= MIN_LEADS:
            latest = latest or pair
            if before.n >= MIN_LEADS and after.n >= FOLLOWED_SHARE * after.n_entries:
                return pair
        pair = months_pair(as_of, months, pair.moved_months + 1)
    return latest or asked


# --- one step -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Step:
    """A step on its way to a verdict. ``tests``: per way of counting (main, own, reached) what was tested."""

    row: dict[str, Any]
    before: Side
    after: Side
    sigma_z: float = 1.0
    tests: dict[str, _Tested] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Tested:
    change: float
    excludes_zero: bool
    p_used: float


def _step(
    history: StepHistory,
    horizon: float | None,
    as_of: date,
    *,
    position: int,
    key: str,
    choice: PairChoice,
    promised_pp: float,
    selection: Selection | None,
    swings: bool,
) -> _Step:
    # Without an H nothing can be judged, but the windows that were asked for are still shown.
    pair, baseline = choose_pair(history, horizon or 0.0, as_of, choice, selection if horizon is not None else None)
    before, after = history.side(pair.before), history.side(pair.after)
    row: dict[str, Any] = dict.fromkeys(StepComparison.column_names())
    row |= {"position": position, "stage": key, "horizon_days": horizon, "promised_pp": promised_pp}
    row["before_start"], row["before_end"] = bounds(pair.before)
    row["after_start"], row["after_end"] = bounds(pair.after)
    row |= {"moved_months": pair.moved_months, "is_cut": pair.is_cut, "baseline": baseline, "n_months": 0}
    row |= _side_columns(before, "before") | _side_columns(after, "after")
    row["n_undated"] = before.n_undated + after.n_undated
    step = _Step(row, before, after)
    if horizon is None:
        row["verdict"] = "history_too_short"
        return step
    row["judged_from"] = judged_from(bounds(pair.after)[1], horizon)
    if choice.kind == "month" and row["judged_from"] > as_of:
        row["verdict"] = "not_mature"
        return step
    if swings:
        start = bounds(pair.after)[0]
        tell = swing_months if choice.kind == "change" else mature_months
        _add_swing(step, tell(history, horizon, as_of, start))
    if before.n and after.n:
        shrink = SELECTION_SHRINK.get(selection.n_compared, 0.0) if selection and baseline == "shrunk" else 0.0
        _add_change(step, shrink)
    row["weekly_entries"] = _weekly_entries(pair.after, after, as_of)
    if min(before.n, after.n) < MIN_LEADS:
        row["verdict"] = "too_little_data"
    elif too_many_undated(before, after):
        row["verdict"] = "undated"
    return step


def too_many_undated(before: Side, after: Side) -> bool:
    """Whether so many leads moved on without a date that nobody can say how many did within H days."""
    return before.n_undated + after.n_undated > MAX_UNDATED_SHARE * max(1, before.x + after.x)


def _side_columns(side: Side, name: str) -> dict[str, Any]:
    low, high = statistics.wilson_interval(side.x, side.n)
    return {
        f"n_entries_{name}": side.n_entries,
        f"n_{name}": side.n,
        f"x_{name}": side.x,
        f"rate_{name}": side.rate,
        f"low_{name}": low,
        f"high_{name}": high,
        f"own_rate_{name}": side.x_own / side.n if side.n else None,
        f"reached_rate_{name}": side.reached_x / side.reached_n if side.reached_n else None,
    }


def _add_swing(step: _Step, months: list[tuple[date, Side]]) -> None:
    step.row["n_months"] = len(months)
    found = swing_of(months)
    if found is not None:
        step.row |= {"sigma_z": found.sigma_z, "varies": found.varies}
        step.sigma_z = found.divisor


def _add_change(step: _Step, shrink: float) -> None:
    before, after, row = step.before, step.after, step.row
    main, shift, p_value, test = _test((after.x, after.n, before.x, before.n), shrink, step.sigma_z)
    low, high = statistics.newcombe_interval(after.x, after.n, before.x + shift * before.n, before.n)
    row |= {"change_pp": 100 * main.change, "change_low_pp": 100 * low, "change_high_pp": 100 * high}
    row |= {"test": test, "p_value": p_value, "p_used": main.p_used}
    row["selection_pp"] = 100 * shift if shift else None
    step.tests["main"] = main
    reached_x = before.reached_x + after.reached_x
    row["skip_share"] = (before.reached_skips + after.reached_skips) / reached_x if reached_x else None
    if (row["skip_share"] or 0.0) > SKIPS_THAT_MATTER:
        step.tests["own"] = _test((after.x_own, after.n, before.x_own, before.n), shrink, step.sigma_z)[0]
        reached = (after.reached_x, after.reached_n, before.reached_x, before.reached_n)
        step.tests["reached"] = _test(reached, shrink, step.sigma_z)[0]


def _test(counts: tuple[int, int, int, int], shrink: float, sigma_z: float) -> tuple[_Tested, float, float, str]:
    """What one way of counting (x after, n after, x before, n before) says, how far its baseline was raised (0-1), the
    p-value and the test used."""
    x1, n1, x0, n0 = counts
    shift = min(shrink * math.sqrt(x0 / n0 * (1 - x0 / n0) / n0), 1 - x0 / n0)
    raised = x0 + shift * n0
    low, high = statistics.newcombe_interval(x1, n1, raised, n0)
    p_value, test = statistics.two_proportion_p(x1, n1, round(raised), n0)
    p_used = statistics.p_of_smaller_z(p_value, sigma_z)
    # Where months vary by themselves, the plain interval is too narrow to speak alone.
    excludes_zero = (low > 0 or high < 0) and (sigma_z == 1.0 or p_used < ALPHA)
    return _Tested(x1 / n1 - raised / n0, excludes_zero, p_used), shift, p_value, test


def _weekly_entries(window: Window, side: Side, as_of: date) -> float:
    """How many leads enter the step a week, over the window as far as it has passed."""
    start, end = bounds(window)
    days = (min(end, as_of) - start).days + 1
    return 7 * side.n_entries / days if days > 0 else 0.0


# --- all steps together -------------------------------------------------------------------------------------------


def _judged(steps: list[_Step], is_interim: bool) -> pl.DataFrame:
    """Holm over the steps that can be judged, then the verdicts and what the data could have shown."""
    judged = [step for step in steps if step.row["verdict"] is None]
    adjusted = {}
    for count in {count for step in judged for count in step.tests}:
        adjusted[count] = statistics.holm([step.tests.get(count, step.tests["main"]).p_used for step in judged])
    for i, step in enumerate(judged):
        verdicts = {_verdict(tested, adjusted[count][i]) for count, tested in step.tests.items()}
        step.row["p_adjusted"] = adjusted["main"][i]
        step.row["verdict"] = verdicts.pop() if len(verdicts) == 1 else "depends_on_skips"
    alpha = ALPHA / max(1, len(judged))
    for step in steps:
        weekly = step.row.pop("weekly_entries", None)
        step.row |= {"n_judged": len(judged), "is_interim": is_interim}
        if step.row["rate_before"] is not None and step.row["horizon_days"] is not None:
            step.row |= _what_would_show(step, alpha, weekly or 0.0)
    return StepComparison.validate(
        pl.DataFrame([step.row for step in steps], schema=StepComparison.create_empty().schema)
    )


def _verdict(tested: _Tested, p_adjusted: float) -> str:
    if p_adjusted < ALPHA:
        return "improved" if tested.change > 0 else "worsened"
    return "this_step_alone" if tested.excludes_zero else "no_clear_change"


def _what_would_show(step: _Step, alpha: float, weekly_entries: float) -> dict[str, Any]:
    """The smallest rise that the leads at hand show, and the leads and weeks that the promised change needs.

    At the level that Holm asks of the first step; a step that varies by itself counts as 1/σ² of its leads.
    """
    rate, promised = step.row["rate_before"], step.row["promised_pp"]
    shrink = step.sigma_z**2
    rise = statistics.detectable_rise(rate, step.before.n / shrink, step.after.n / shrink, alpha)
    needs = promise_needs(rate, promised, weekly_entries, step.row["horizon_days"], alpha=alpha, sigma_z=step.sigma_z)
    return {
        "detectable_pp": None if rise is None else 100 * rise,
        "needed_leads": needs[0],
        "needed_weeks": needs[1],
    }


def promise_needs(
    rate: float,
    promised_pp: float,
    weekly_entries: float,
    horizon_days: float,
    *,
    alpha: float = ALPHA,
    sigma_z: float = 1.0,
) -> tuple[int | None, int | None]:
    """Leads on each side, and weeks, that a change of ``promised_pp`` points from ``rate`` needs (80 % power).

    Weeks: until so many leads have entered and the last was followed for H days. Null where no number of leads would
    do (the promise leaves 0-100 %), weeks also where nobody enters.
    """
    leads = statistics.leads_needed(rate, promised_pp / 100, alpha)
    if leads is None:
        return None, None
    leads = math.ceil(leads * sigma_z**2)
    return leads, math.ceil(leads / weekly_entries + horizon_days / 7) if weekly_entries > 0 else None
