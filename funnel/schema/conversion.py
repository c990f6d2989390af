"""Steps, key figures, trends and horizons."""

from __future__ import annotations

from typing import Literal

import dataframely as dy

from funnel.schema.figures import Figures
from funnel.schema.key_figures import FIGURES


class StepTable(Figures):
    """One row per stage in order; the step figures belong to the step *into* the stage and are null in row 1.

    ``n_counted``: the stage's volume on the basis asked for (reached, own entries, strict, or entries that happened).
    ``n = advanced + passed_over + lost + waiting``; ``passed_over``: came further without an own entry, which only the
    own and strict bases do not count as advanced (0 on the others). ``lost_unknown`` is the part of ``lost`` whose
    place is not known; where it makes the rate unknowable ``rate`` is null and ``reason`` is "unknown_place"
    ("no_leads" when n = 0). On the activity basis n and advanced are entries that happened in the window: ``lost``,
    ``waiting`` and the interval are null, and a rate above 1 has the reason "more_arrived_than_entered".
    Rates are 0–1 with a Wilson 95 % interval. ``mature_*``: only leads followed at least H days (H = ``horizon_days``);
    ``immature_share``: of n, those followed for less. ``stale``: waiting longer than H, null after won. All of these
    are null without H. ``closed_*``: of n and advanced, the leads that are won or lost.
    ``own_n``/``own_advanced``: leads with an own entry into the stage before / into both. ``shows_both_counts``: more
    than 10 % of the leads that advance skipped the stage before, so both rates are shown.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n_counted = dy.Int64()
    n_reached = dy.Int64()
    n_own_entries = dy.Int64()
    n = dy.Int64(nullable=True)
    advanced = dy.Int64(nullable=True)
    passed_over = dy.Int64(nullable=True)
    lost = dy.Int64(nullable=True)
    lost_unknown = dy.Int64(nullable=True)
    waiting = dy.Int64(nullable=True)
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)
    horizon_days = dy.Float64(nullable=True)
    mature_n = dy.Int64(nullable=True)
    mature_advanced = dy.Int64(nullable=True)
    mature_rate = dy.Float64(nullable=True)
    mature_low = dy.Float64(nullable=True)
    mature_high = dy.Float64(nullable=True)
    immature_share = dy.Float64(nullable=True)
    stale = dy.Int64(nullable=True)
    closed_n = dy.Int64(nullable=True)
    closed_advanced = dy.Int64(nullable=True)
    own_n = dy.Int64(nullable=True)
    own_advanced = dy.Int64(nullable=True)
    own_rate = dy.Float64(nullable=True)
    shows_both_counts = dy.Bool(nullable=True)
    n_days = dy.Int64(nullable=True)
    median_days = dy.Float64(nullable=True)
    p75_days = dy.Float64(nullable=True)
    p90_days = dy.Float64(nullable=True)


BASES = ("lead_cohort", "step_cohort", "own", "strict", "activity")


Basis = Literal["lead_cohort", "step_cohort", "own", "strict", "activity"]
"""Which leads a table counts: created in the window (reached or beyond; own entries; strictly one by one), entered the
stage before in the window, or whatever happened in the window."""


class Breakdown(Figures):
    """The step figures of ``StepTable`` per value of one dimension (null group: not stated), one row per stage.

    ``n_won`` / ``n_leads``: customers and leads of the group on the basis asked for, the same in each of its rows;
    ``overall_rate`` = n_won / n_leads, null without leads. Greyed below 20 (``is_few``: n < 20).
    """

    dimension = dy.String()
    group = dy.String(nullable=True)
    position = dy.Int8()
    stage = dy.String()
    n_counted = dy.Int64()
    n = dy.Int64(nullable=True)
    advanced = dy.Int64(nullable=True)
    passed_over = dy.Int64(nullable=True)
    lost = dy.Int64(nullable=True)
    lost_unknown = dy.Int64(nullable=True)
    waiting = dy.Int64(nullable=True)
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)
    mature_n = dy.Int64(nullable=True)
    mature_advanced = dy.Int64(nullable=True)
    mature_rate = dy.Float64(nullable=True)
    immature_share = dy.Float64(nullable=True)
    stale = dy.Int64(nullable=True)
    closed_n = dy.Int64(nullable=True)
    closed_advanced = dy.Int64(nullable=True)
    is_few = dy.Bool(nullable=True)
    n_leads = dy.Int64()
    n_won = dy.Int64()
    overall_rate = dy.Float64(nullable=True)


class Trend(Figures):
    """Rates by month or week (its first and last day, both included), one row per period and stage, without gaps.

    ``position`` 1 is the volume only; ``position`` 0 ("overall") is leads → won. Lead cohorts (also own and strict)
    stand in the period of creation, step cohorts in that of the entry into the stage before, activity where it
    happened. ``is_provisional``: fewer than 95 % of the leads in the cell were followed long enough for the rate to be
    final (H of the step; in lead cohorts of all steps up to it), or H is unknown; false for activity.
    """

    period_start = dy.Date()
    period_end = dy.Date()
    position = dy.Int8()
    stage = dy.String()
    n_counted = dy.Int64()
    n = dy.Int64(nullable=True)
    advanced = dy.Int64(nullable=True)
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)
    is_provisional = dy.Bool()


class KeyFigures(Figures):
    """The key figures, one row each in the order of FIGURES, with their change against the window before.

    ``value`` = ``x`` / ``n`` for rates (0–1), averages and costs; a count or a sum has only ``value``; the sales cycle
    is a median in days over ``n`` leads. ``n_without``: wins without an amount (revenue, deal size). ``reason``: why
    ``value`` is null (no_leads, no_customers, no_new_customers, no_opportunities, no_closed, unknown_place,
    known_later, losses_not_recorded, no_amounts, no_dates, not_recorded, no_spend, spend_incomplete,
    spend_not_by_filter, spend_not_by_source, spend_not_by_region), or more_arrived_than_entered for a rate above 1 on
    the activity basis. ``change`` = value − previous in the figure's
    unit, ``change_share`` relative to previous (null for rates), ``change_pp`` in points (rates only).
    Counts and sums are compared per day: ``n_days`` in this window (as far as as-of), ``previous_days`` before it.
    ``within_chance``: chance alone explains the change (null without one, or where it cannot be told).
    ``change_reason``: why there is none (all_time, no_earlier_data, earlier_data_incomplete, leads_not_known,
    leads_undated, or the reason of either value).
    """

    figure = dy.String(primary_key=True, check=lambda c: c.is_in(FIGURES))
    value = dy.Float64(nullable=True)
    x = dy.Float64(nullable=True)
    n = dy.Float64(nullable=True)
    n_without = dy.Int64(nullable=True)
    reason = dy.String(nullable=True)
    previous = dy.Float64(nullable=True)
    previous_x = dy.Float64(nullable=True)
    previous_n = dy.Float64(nullable=True)
    change = dy.Float64(nullable=True)
    change_share = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)
    n_days = dy.Int64(nullable=True)
    previous_days = dy.Int64(nullable=True)
    within_chance = dy.Bool(nullable=True)
    change_reason = dy.String(nullable=True)


class ActivityCounts(Figures):
    """What happened in a window: entries into each stage, one row per stage and group (null: not stated / not grouped).

    ``n_before``: entries into the stage before in the same window, not the same leads: ``rate`` = n / n_before may
    exceed 1 (reason "more_arrived_than_entered"); null for the first stage and when n_before = 0 ("no_leads").
    ``n_lost``: losses of the step that happened in the window (null for counts imports, which do not say).
    """

    position = dy.Int8()
    stage = dy.String()
    group = dy.String(nullable=True)
    n = dy.Float64()
    n_before = dy.Float64(nullable=True)
    rate = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)
    n_lost = dy.Int64(nullable=True)


class CountsByPeriod(Figures):
    """Stage totals of counts imports per period, in order; columns as in ``ActivityCounts``."""

    period_start = dy.Date()
    period_end = dy.Date()
    position = dy.Int8()
    stage = dy.String()
    n = dy.Float64()
    n_before = dy.Float64(nullable=True)
    rate = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)


class Horizons(Figures):
    """H per step, from unfiltered data: days, how many advanced leads it rests on, and where it comes from.

    ``origin``: "data", "typed" (by the user), or "too_short" (``days`` null: history too short).
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    days = dy.Float64(nullable=True)
    n_advanced = dy.Int64()
    origin = dy.String()


class StatusTable(StepTable):
    """``StepTable`` beside the benchmark of each step (0–1; null without one).

    ``judged_rate``: the mature conversion where at least 20 leads are mature, else null: what the benchmark is compared
    with. ``gap_pp`` = judged_rate − the nearest end of the range, 0 within it, in percentage points. ``verdict`` of the
    step as on the bottleneck page (null in row 1); ``is_bottleneck``: the one step with the most at stake. ``level``:
    what the data carry of the step (dated, placed, unknown; null in row 1): ``rate`` of a placed step is the share of
    the *closed* leads that passed. ``is_at_least``: only the furthest stage of each lead is known, so more may have
    come so far; never of the win where the data name wins.
    """

    level = dy.String(nullable=True)
    is_at_least = dy.Bool()
    benchmark_low = dy.Float64(nullable=True)
    benchmark_high = dy.Float64(nullable=True)
    judged_rate = dy.Float64(nullable=True)
    gap_pp = dy.Float64(nullable=True)
    verdict = dy.String(nullable=True)
    is_bottleneck = dy.Bool()


class Countings(Figures):
    """One row per stage: how many leads each way of counting finds there. ``activity``: entries that happened."""

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    lead_cohort = dy.Int64()
    own = dy.Int64()
    strict = dy.Int64()
    activity = dy.Int64()
