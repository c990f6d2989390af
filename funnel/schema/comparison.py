"""Before and after: steps, months, groups, promises and why wins changed."""

from __future__ import annotations

import dataframely as dy

from funnel.schema.figures import Figures


class StepDays(Figures):
    """Leads per step and day of entry into the stage before; ``group`` is null when not asked for, or not stated.

    Step cohort (own entry into the stage before on that day): ``n_entries`` all of them, ``n`` followed at least H
    days, of these ``x`` with an entry at or beyond the stage within H days, ``x_own`` with an own entry into it within
    H days, ``n_undated`` that reached the stage without any date, or were lost at an unknown place and may have.
    Reached cohort (a skipped stage takes the day of the next own entry): ``reached_n`` followed at least H days, of
    these ``reached_x`` advanced within H days, of these ``reached_skips`` without an own entry into the stage before.
    Without an H only ``n_entries`` is counted, the others are 0.
    """

    position = dy.Int8()
    stage = dy.String()
    group = dy.String(nullable=True)
    day = dy.Date()
    n_entries = dy.Int64()
    n = dy.Int64()
    x = dy.Int64()
    x_own = dy.Int64()
    n_undated = dy.Int64()
    reached_n = dy.Int64()
    reached_x = dy.Int64()
    reached_skips = dy.Int64()


VERDICTS = (
    "improved",
    "worsened",
    "this_step_alone",
    "no_clear_change",
    "too_little_data",
    "history_too_short",
    "not_mature",
    "depends_on_skips",
    "undated",
)


class StepComparison(Figures):
    """One row per step: both sides within H days, and what may be said about the change.

    Windows: last days included. ``moved_months``: how far the pair moved back to find 20 followed leads; ``is_cut``:
    the before window starts with the history. ``n_entries_*``: all leads that entered; ``n_*`` those followed at least
    H days, ``x_*`` of them advanced within H days, with Wilson intervals.
    ``change_pp``: after - before in percentage points, less ``selection_pp`` where the baseline is the window that
    selected the step; ``change_low_pp``/``change_high_pp``: Newcombe 95 %.
    ``p_value``: of ``test`` ("boschloo", "score"); ``p_used``: after dividing z by ``sigma_z`` where the months vary
    beyond chance (``varies``, null with fewer than 8 mature months); ``p_adjusted``: Holm over the ``n_judged`` steps.
    ``verdict``: one of VERDICTS; ``is_interim``: seen before the decision date.
    ``detectable_pp``: smallest rise that these n show with 80 % power (null: none would); ``needed_leads`` a side and
    ``needed_weeks`` (with the follow-up) for ``promised_pp``. ``judged_from``: day from which the whole after window
    can be judged. ``baseline``: "as_asked", "before_selection" or "shrunk".
    ``skip_share``: of the leads that advanced, those without an own entry into the stage before; above 10 % the
    verdicts of both counts must agree. ``n_undated``: leads of both sides that moved on without a date, or were lost at
    an unknown place; they are not counted as advanced.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    horizon_days = dy.Float64(nullable=True)
    before_start = dy.Date(nullable=True)
    before_end = dy.Date(nullable=True)
    after_start = dy.Date(nullable=True)
    after_end = dy.Date(nullable=True)
    moved_months = dy.Int64()
    is_cut = dy.Bool()
    baseline = dy.String()
    n_entries_before = dy.Int64()
    n_before = dy.Int64()
    x_before = dy.Int64()
    rate_before = dy.Float64(nullable=True)
    low_before = dy.Float64(nullable=True)
    high_before = dy.Float64(nullable=True)
    n_entries_after = dy.Int64()
    n_after = dy.Int64()
    x_after = dy.Int64()
    rate_after = dy.Float64(nullable=True)
    low_after = dy.Float64(nullable=True)
    high_after = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)
    change_low_pp = dy.Float64(nullable=True)
    change_high_pp = dy.Float64(nullable=True)
    selection_pp = dy.Float64(nullable=True)
    test = dy.String(nullable=True)
    p_value = dy.Float64(nullable=True)
    n_months = dy.Int64()
    sigma_z = dy.Float64(nullable=True)
    varies = dy.Bool(nullable=True)
    p_used = dy.Float64(nullable=True)
    n_judged = dy.Int64()
    p_adjusted = dy.Float64(nullable=True)
    verdict = dy.String(check=lambda c: c.is_in(VERDICTS))
    is_interim = dy.Bool()
    detectable_pp = dy.Float64(nullable=True)
    promised_pp = dy.Float64()
    needed_leads = dy.Int64(nullable=True)
    needed_weeks = dy.Int64(nullable=True)
    judged_from = dy.Date(nullable=True)
    skip_share = dy.Float64(nullable=True)
    own_rate_before = dy.Float64(nullable=True)
    own_rate_after = dy.Float64(nullable=True)
    reached_rate_before = dy.Float64(nullable=True)
    reached_rate_after = dy.Float64(nullable=True)
    n_undated = dy.Int64()


class MonthPairs(Figures):
    """Per step: may the asked month be compared with the month before, and which month is the latest that may?

    ``month``: first day of the asked month. ``is_mature``: all its leads were followed for H days by as-of; else
    ``judged_from`` says from when. ``latest_month`` (null: none) is the latest month that is mature and has 20 followed
    leads, as has the month before it; its figures stand beside it, within H days.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    horizon_days = dy.Float64(nullable=True)
    month = dy.Date()
    is_mature = dy.Bool()
    judged_from = dy.Date(nullable=True)
    latest_month = dy.Date(nullable=True)
    n_before = dy.Int64(nullable=True)
    x_before = dy.Int64(nullable=True)
    n_after = dy.Int64(nullable=True)
    x_after = dy.Int64(nullable=True)


class GroupComparison(Figures):
    """One row per step and group (null: not stated), both sides within H days in the windows of the step's comparison.

    ``p_value``: score test, its z divided by the step's ``sigma_z`` where the months vary; ``p_adjusted``: Benjamini-
    Hochberg over the groups judged in the step; ``verdict``: improved, worsened, no_clear_change or too_little_data.
    """

    position = dy.Int8()
    stage = dy.String()
    dimension = dy.String()
    group = dy.String(nullable=True)
    n_before = dy.Int64()
    x_before = dy.Int64()
    rate_before = dy.Float64(nullable=True)
    n_after = dy.Int64()
    x_after = dy.Int64()
    rate_after = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)
    change_low_pp = dy.Float64(nullable=True)
    change_high_pp = dy.Float64(nullable=True)
    p_value = dy.Float64(nullable=True)
    p_adjusted = dy.Float64(nullable=True)
    verdict = dy.String(check=lambda c: c.is_in(VERDICTS))
    rate_part_pp = dy.Float64(nullable=True)
    mix_part_pp = dy.Float64(nullable=True)


class MixParts(Figures):
    """Per step: the change split into better or worse execution and a different mix of leads (Kitagawa), in points.

    ``rate_part_pp + mix_part_pp = change_pp`` exactly; null where a side has no leads. ``reversal``: "all_fell" when
    every group fell while the total rose, "all_rose" the reverse, else null.
    """

    position = dy.Int8()
    stage = dy.String()
    dimension = dy.String()
    n_groups = dy.Int64()
    rate_before = dy.Float64(nullable=True)
    rate_after = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)
    rate_part_pp = dy.Float64(nullable=True)
    mix_part_pp = dy.Float64(nullable=True)
    reversal = dy.String(nullable=True)


class ControlChart(Figures):
    """Monthly rates of a step within H days, with Laney p' limits (centre ± 3 σ_z √(p(1 - p)/n), clipped to 0-1).

    ``month``: its first day. ``n`` of ``n_entries`` leads were followed for H days; ``rate`` = x / n with a Wilson 95 %
    interval, null without followed leads. ``is_mature``: all were followed; else the month is provisional.
    ``is_baseline``: the centre and σ_z rest on this month; ``centre`` and limits are null below 8 of them.
    ``is_outside``: a mature month beyond its limits.
    """

    position = dy.Int8()
    stage = dy.String()
    month = dy.Date()
    n_entries = dy.Int64()
    n = dy.Int64()
    x = dy.Int64()
    rate = dy.Float64(nullable=True)
    low = dy.Float64(nullable=True)
    high = dy.Float64(nullable=True)
    is_mature = dy.Bool()
    is_baseline = dy.Bool()
    n_baseline_months = dy.Int64()
    centre = dy.Float64(nullable=True)
    sigma_z = dy.Float64(nullable=True)
    limit_low = dy.Float64(nullable=True)
    limit_high = dy.Float64(nullable=True)
    is_outside = dy.Bool()


class DurationComparison(Figures):
    """Days of the leads that advanced within H days with two own dates, in the windows of the step's comparison.

    ``n_*``: such leads (mature only). ``p_value``: Mann-Whitney, ``p_adjusted``: Holm over the steps judged.
    ``verdict``: faster, slower, no_clear_change, or too_little_data (fewer than 20 on a side).
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n_before = dy.Int64()
    median_before = dy.Float64(nullable=True)
    n_after = dy.Int64()
    median_after = dy.Float64(nullable=True)
    change_days = dy.Float64(nullable=True)
    p_value = dy.Float64(nullable=True)
    p_adjusted = dy.Float64(nullable=True)
    verdict = dy.String(check=lambda c: c.is_in(["faster", "slower", "no_clear_change", "too_little_data"]))


RECOMMENDATIONS = ("continue", "pause", "replace", "undecided")


class Promises(Figures):
    """One row per strategy that has started: its promise against what was measured, both within H days.

    ``promised_pp`` points over the baseline; ``stated_rate``: the baseline as written down before the start (null:
    none). Rates and windows as in ``StepComparison``; ``selection_pp`` is taken off the rise where the baseline is the
    window that selected the step. Probabilities 0-1 from Beta(½ + x, ½ + n - x) on both sides, null with fewer than 20
    leads on a side or without H. ``reason``: why this recommendation (rose, stop_rule, fell, promise_out_of_reach,
    not_settled, too_little_data, history_too_short, undated). ``is_interim``: before the decision date.
    """

    strategy_id = dy.String(primary_key=True)
    title = dy.String()
    position = dy.Int8()
    stage = dy.String()
    state = dy.String()
    starts_on = dy.Date()
    decision_on = dy.Date(nullable=True)
    is_interim = dy.Bool()
    horizon_days = dy.Float64(nullable=True)
    before_start = dy.Date(nullable=True)
    before_end = dy.Date(nullable=True)
    after_start = dy.Date(nullable=True)
    after_end = dy.Date(nullable=True)
    is_cut = dy.Bool()
    baseline = dy.String()
    stated_rate = dy.Float64(nullable=True)
    n_before = dy.Int64()
    x_before = dy.Int64()
    rate_before = dy.Float64(nullable=True)
    n_after = dy.Int64()
    x_after = dy.Int64()
    rate_after = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)
    selection_pp = dy.Float64(nullable=True)
    promised_pp = dy.Float64()
    p_rose = dy.Float64(nullable=True)
    p_half = dy.Float64(nullable=True)
    p_promise = dy.Float64(nullable=True)
    stop_rule_broken = dy.Bool()
    recommendation = dy.String(check=lambda c: c.is_in(RECOMMENDATIONS))
    reason = dy.String()


class Overlaps(Figures):
    """What else ran in the windows of a comparison. ``subject``: the strategy judged, null for the step table.

    ``kind``: "strategy" or "change"; ``position``/``stage``: of the comparison, ``other_stage``: of what overlaps
    (null: the whole funnel). ``in_before``/``in_after``: which windows it touches.
    """

    subject = dy.String(nullable=True)
    position = dy.Int8()
    stage = dy.String()
    kind = dy.String()
    other_id = dy.String()
    title = dy.String()
    other_stage = dy.String(nullable=True)
    starts_on = dy.Date()
    ends_on = dy.Date(nullable=True)
    in_before = dy.Bool()
    in_after = dy.Bool()


class WindowFunnel(Figures):
    """Leads per stage up to won in the before and the after window, on one basis.

    ``n_amounts_*`` and ``amount_*`` (wins with a recorded amount, and its sum) stand in the row of won only.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n_before = dy.Int64()
    n_after = dy.Int64()
    n_amounts_before = dy.Int64(nullable=True)
    n_amounts_after = dy.Int64(nullable=True)
    amount_before = dy.Float64(nullable=True)
    amount_after = dy.Float64(nullable=True)


class DriverParts(Figures):
    """What each factor added to the change in customers and in revenue; each column adds up to its change.

    ``factor``: "leads" (entries into ``stage``), "step_rate" (``from_stage`` to ``stage``), "amount_share" (wins with
    an amount / wins), "mean_amount". ``before``/``after``: its values, null where there was nobody to count it on.
    """

    order = dy.Int64(primary_key=True)
    factor = dy.String(check=lambda c: c.is_in(["leads", "step_rate", "amount_share", "mean_amount"]))
    from_stage = dy.String(nullable=True)
    stage = dy.String(nullable=True)
    before = dy.Float64(nullable=True)
    after = dy.Float64(nullable=True)
    customers = dy.Float64()
    revenue = dy.Float64()
