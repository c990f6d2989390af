"""Verdicts on the steps, where a shortfall sits, deadlines, losses and causes."""

from __future__ import annotations

import dataframely as dy

from funnel.schema.figures import Figures


class StepVerdicts(Figures):
    """One row per step: how it stands against its reference and what it would be worth.

    ``verdict``: significantly_below, below_not_certain, within, above, too_little_data, depends_on_skips, no_reference
    or cannot_know; ``reason`` says why for the last four (few_leads, history_too_short, skips, no_past, unknown_place,
    undated, same_instant; null otherwise). ``window_start``/``window_end``: the days of entry that are counted (both
    null: all). Rates 0–1 with Wilson 95 % intervals, null when n = 0 or the place of losses is unknown.
    ``low``/``high``: the range of the ``reference`` ("benchmark", "own_past", "none"); for own_past it is the interval
    of ``past_advanced`` of ``past_n`` in the 12 months before the window. ``gap_pp``: rate − low in percentage points.
    ``shortfall_leads`` = n · low − advanced, may be negative. ``later_rate``: product of the later rates up to won.
    ``stake_*``: over the window, at most, if the extra leads are as good; ``*_low``/``*_high`` its 80 % range;
    ``quarter_*``: the same, ranges too, per quarter. Revenue is null without an average deal size. ``rank``: by stake,
    post-sale steps apart; null without a stake.
    """

    position = dy.Int8(primary_key=True)
    from_stage = dy.String()
    stage = dy.String()
    is_post_sale = dy.Bool()
    window_start = dy.Date(nullable=True)
    window_end = dy.Date(nullable=True)
    horizon_days = dy.Float64(nullable=True)
    n = dy.Int64()
    advanced = dy.Int64()
    lost = dy.Int64()
    waiting = dy.Int64()
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    n_immature = dy.Int64()
    n_undated = dy.Int64()
    n_unknown_place = dy.Int64()
    shows_both_counts = dy.Bool()
    own_rate = dy.Float64(nullable=True)
    own_advanced = dy.Int64()
    reached_rate = dy.Float64(nullable=True)
    reached_n = dy.Int64()
    reached_advanced = dy.Int64()
    reference = dy.String()
    low = dy.Float64(nullable=True)
    high = dy.Float64(nullable=True)
    past_n = dy.Int64()
    past_advanced = dy.Int64()
    gap_pp = dy.Float64(nullable=True)
    p_value = dy.Float64(nullable=True)
    p_adjusted = dy.Float64(nullable=True)
    verdict = dy.String()
    reason = dy.String(nullable=True)
    shortfall_leads = dy.Float64(nullable=True)
    later_rate = dy.Float64(nullable=True)
    deal_size = dy.Float64(nullable=True)
    n_deals = dy.Int64()
    stake_customers = dy.Float64(nullable=True)
    stake_customers_low = dy.Float64(nullable=True)
    stake_customers_high = dy.Float64(nullable=True)
    stake_revenue = dy.Float64(nullable=True)
    stake_revenue_low = dy.Float64(nullable=True)
    stake_revenue_high = dy.Float64(nullable=True)
    quarter_customers = dy.Float64(nullable=True)
    quarter_customers_low = dy.Float64(nullable=True)
    quarter_customers_high = dy.Float64(nullable=True)
    quarter_revenue = dy.Float64(nullable=True)
    quarter_revenue_low = dy.Float64(nullable=True)
    quarter_revenue_high = dy.Float64(nullable=True)
    rank = dy.Int64(nullable=True)
    is_bottleneck = dy.Bool()


class ShortfallParts(Figures):
    """Where a step's shortfall sits: one row per step, dimension and group (null group: not stated).

    ``part_leads`` = n · low − advanced of the group, ``part_customers`` = times the later rates; over the groups of a
    dimension they add up to the step's figures and may be negative. ``p_adjusted``: one-sided test against 0.95 · low,
    Benjamini–Hochberg over the groups with n ≥ 20; ``is_few`` marks the others, which are greyed and not ranked.
    """

    position = dy.Int8()
    stage = dy.String()
    dimension = dy.String()
    group = dy.String(nullable=True)
    n = dy.Int64()
    advanced = dy.Int64()
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    part_leads = dy.Float64(nullable=True)
    part_customers = dy.Float64(nullable=True)
    part_revenue = dy.Float64(nullable=True)
    p_adjusted = dy.Float64(nullable=True)
    is_few = dy.Bool()
    is_significant = dy.Bool()
    rank = dy.Int64(nullable=True)


class SlowSteps(Figures):
    """Where the time goes: mean share of the sales cycle (created → won) over the leads won in the window, and the
    median days of the step over the ``n_days`` of them with two own dates (of all where none has them), wins on the day
    of creation included.

    Row 1 is the time from creation to the first stage; the shares add up to 1 over the rows up to won and are null
    without a won lead that has a dated cycle longer than zero (``n_left_out`` have none). ``n_imputed``: of ``n_won``
    those whose time in this step rests on the date of a later stage because a stage was skipped. ``n_waiting``,
    ``n_stale``: leads in the step now, and those that wait longer than H (null: H unknown, or after won, where waiting
    means "not yet").
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    owner_role = dy.String()
    n_won = dy.Int64()
    n_left_out = dy.Int64()
    n_imputed = dy.Int64()
    cycle_share = dy.Float64(nullable=True)
    median_days = dy.Float64(nullable=True)
    n_days = dy.Int64()
    n_waiting = dy.Int64()
    n_stale = dy.Int64(nullable=True)
    stale_share = dy.Float64(nullable=True)


class Handovers(Figures):
    """Steps whose two stages belong to different roles: how long leads take to arrive at the receiving one.

    Leads with two own dates that entered the giving stage in the window. ``n_without_owner``/``n_without_source``: of
    the ``n_handed`` leads that arrived there, those without an owner or a source tag.
    """

    position = dy.Int8(primary_key=True)
    from_stage = dy.String()
    stage = dy.String()
    from_role = dy.String()
    to_role = dy.String()
    n_handed = dy.Int64()
    n_days = dy.Int64()
    median_days = dy.Float64(nullable=True)
    p75_days = dy.Float64(nullable=True)
    p90_days = dy.Float64(nullable=True)
    n_without_owner = dy.Int64()
    n_without_source = dy.Int64()


class SlaTable(Figures):
    """Deadlines: one row per step that has one (and per group, when grouped; null: not stated). The clock starts at the
    own entry into the stage before.

    ``n`` = on_time + closed_in_time + late + overdue + running + unknown. On time: moved on within the deadline; closed
    in time: lost within it, which is no service; late: either after it; overdue: still waiting, deadline passed;
    running: still waiting within it; unknown: left undated, at an unknown place, or out of order. ``n_judged`` =
    on_time + closed_in_time + late + overdue. ``on_time_rate`` (with its interval) = on_time / those judged without the
    closed in time; ``with_closed_rate`` = (on_time + closed_in_time) / n_judged. Null when nobody is judged.
    ``n_whole_days``: judged in whole days because a date carries no time of day.
    """

    position = dy.Int8()
    from_stage = dy.String()
    stage = dy.String()
    group = dy.String(nullable=True)
    amount = dy.Float64()
    unit = dy.String()
    n = dy.Int64()
    on_time = dy.Int64()
    closed_in_time = dy.Int64()
    late = dy.Int64()
    overdue = dy.Int64()
    running = dy.Int64()
    unknown = dy.Int64()
    n_judged = dy.Int64()
    on_time_rate = dy.Float64(nullable=True)
    on_time_low = dy.Float64(nullable=True)
    on_time_high = dy.Float64(nullable=True)
    with_closed_rate = dy.Float64(nullable=True)
    n_whole_days = dy.Int64()


class WaitingLeads(Figures):
    """Leads to act on: still waiting in a step and past its deadline (overdue) or its horizon H (stale), longest first.

    ``due_at`` at midnight of a date without a time of day means: by the end of that day (``is_whole_days``).
    ``overdue_days`` is in calendar days past the deadline, ``waiting_days`` since the own entry into the stage before,
    both up to the day until which the lead was observed.
    """

    position = dy.Int8()
    from_stage = dy.String()
    stage = dy.String()
    lead_id = dy.String()
    lead_name = dy.String(nullable=True)
    source = dy.String(nullable=True)
    owner = dy.String(nullable=True)
    segment = dy.String(nullable=True)
    region = dy.String(nullable=True)
    amount = dy.Float64(nullable=True)
    entered_at = dy.Datetime(time_unit="us")
    due_at = dy.Datetime(nullable=True, time_unit="us")
    is_whole_days = dy.Bool()
    waiting_days = dy.Float64()
    overdue_days = dy.Float64(nullable=True)
    is_overdue = dy.Bool()
    is_stale = dy.Bool()


class WaitingCounts(Figures):
    """Of the ``n`` leads of ``WaitingLeads`` in each step that has any: overdue ones and stale ones; some are both."""

    position = dy.Int8(primary_key=True)
    n = dy.Int64()
    n_overdue = dy.Int64()
    n_stale = dy.Int64()


class DeadlineEffect(Figures):
    """An association, not proof of a cause: do leads that came through a step in time go on more often in the next?

    Leads that advanced through the step with own dates and were followed at least H days in the next one. ``inside``:
    came within the deadline. ``difference_pp``: inside − outside, Mantel–Haenszel over sources;
    ``odds_ratio`` with 95 % interval likewise; ``p_adjusted`` by Holm over the steps tested; null where not tested.
    ``verdict``: inside_better, inside_worse, no_clear_difference, too_little_data (a side below 20 leads or H of the
    next step unknown), cannot_know (losses of unknown place).
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    next_stage = dy.String()
    inside_n = dy.Int64()
    inside_advanced = dy.Int64()
    inside_rate = dy.Float64(nullable=True)
    outside_n = dy.Int64()
    outside_advanced = dy.Int64()
    outside_rate = dy.Float64(nullable=True)
    n_sources = dy.Int64()
    difference_pp = dy.Float64(nullable=True)
    odds_ratio = dy.Float64(nullable=True)
    odds_low = dy.Float64(nullable=True)
    odds_high = dy.Float64(nullable=True)
    p_adjusted = dy.Float64(nullable=True)
    verdict = dy.String()


class LossReasons(Figures):
    """Loss reasons by stage, most frequent first ("not recorded" last). ``position`` null: lost at an unknown place.

    ``kind``: "reason", "no_decision" (the customer decided nothing; all such labels in one row, listed in ``labels``)
    or "not_recorded". ``share`` of the stage's losses, ``cumulative_share`` up to this row.
    """

    position = dy.Int8(nullable=True)
    stage = dy.String(nullable=True)
    kind = dy.String()
    reason = dy.String(nullable=True)
    labels = dy.List(dy.String())
    n = dy.Int64()
    share = dy.Float64()
    cumulative_share = dy.Float64()


class CauseEvidence(Figures):
    """A figure of this data that speaks for or against a usual cause at a stage.

    ``stand``: supports, contradicts, unclear, or cannot_know. ``x`` of ``n`` is the figure (``share`` = x / n, null
    without one), ``detail`` the group, reason or role it is about. ``cause`` is a code of ``bottleneck.causes``.
    """

    position = dy.Int8()
    stage = dy.String()
    cause = dy.String()
    stand = dy.String()
    x = dy.Float64(nullable=True)
    n = dy.Int64(nullable=True)
    share = dy.Float64(nullable=True)
    detail = dy.String(nullable=True)
