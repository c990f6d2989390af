"""Deadlines: who is on time, who is overdue, and whether being on time goes with more conversion.

The clock of a step starts at the own entry into the stage before. Hours run day and night; business days end with the
day. Where a date carries no time of day an hour deadline is judged in whole days (24 h = the next day, 4 h likewise).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition, Sla
from funnel.filters import DIMENSIONS, Window, in_window
from funnel.metrics import statistics
from funnel.metrics.deadlines.business_days import BusinessCalendar, working_table
from funnel.metrics.journeys.owners import with_owner_at
from funnel.metrics.steps.cohorts import horizon_of
from funnel.metrics.thresholds import ALPHA, MIN_LEADS
from funnel.schema import DeadlineEffect, SlaTable, WaitingLeads

STATES = ("on_time", "closed_in_time", "late", "overdue", "running", "unknown")


def sla_table(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    window: Window,
    calendar: BusinessCalendar,
    by: str | None = None,
    changes: pl.LazyFrame | None = None,
) -> pl.DataFrame:
    """On time, late, overdue and running per step with a deadline (``schema.SlaTable``), optionally per group.

    Leads whose clock started in the window. ``changes`` (``owners.owner_changes``): grouped by ``owner``, each lead
    counts for its owner when the clock started where that is known, else (or without them) for its latest. Raises
    InputError (``sla.calendar_year``) when a deadline in business days needs a year that the calendar does not know.
    """
    plans = [
        _with_owner_then(
            judged_leads(
                journeys.filter(in_window(_start(definition, position), window)), definition, position, calendar
            ),
            changes if by == "owner" else None,
        )
        .group_by(
            pl.lit(None, dtype=pl.String).alias("group") if by is None else pl.col(by).cast(pl.String).alias("group")
        )
        .agg(
            *[(pl.col("state") == state).sum().cast(pl.Int64).alias(state) for state in STATES],
            n=pl.len().cast(pl.Int64),
            n_whole_days=_judged_in_days(definition, position).sum().cast(pl.Int64),
        )
        for position in steps_with_deadline(definition)
    ]
    rows: list[dict[str, Any]] = []
    for position, counted in zip(steps_with_deadline(definition), pl.collect_all(plans), strict=True):
        before, stage = definition.step(position)
        deadline = _deadline(definition, position)
        found: list[dict[str, Any]] = list(counted.sort("group").iter_rows(named=True))
        if by is None and not found:
            found = [{"group": None} | dict.fromkeys((*STATES, "n", "n_whole_days"), 0)]
        for row in found:
            moving = row["on_time"] + row["late"] + row["overdue"]
            judged = moving + row["closed_in_time"]
            low, high = statistics.wilson_interval(row["on_time"], moving)
            rows.append(
                {
                    "position": position,
                    "from_stage": before.key,
                    "stage": stage.key,
                    "amount": deadline.amount,
                    "unit": deadline.unit,
                    "n_judged": judged,
                    "on_time_rate": row["on_time"] / moving if moving else None,
                    "with_closed_rate": (row["on_time"] + row["closed_in_time"]) / judged if judged else None,
                    "on_time_low": low,
                    "on_time_high": high,
                    **row,
                }
            )
    return SlaTable.validate(pl.DataFrame(rows, schema=SlaTable.create_empty().schema))


def waiting_leads(
    journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame, calendar: BusinessCalendar | None
) -> pl.DataFrame:
    """Leads past a deadline or waiting longer than H (``schema.WaitingLeads``): a list to work on, whatever the window.

    A lead waits in the step after its furthest stage. After won, waiting means "not yet": such leads are listed only
    where that step has a deadline of its own. ``calendar`` null: no deadlines are judged (its year is not known).
    """
    days = horizon_of(horizons)
    plans: list[pl.LazyFrame] = []
    for position in range(2, len(definition.keys) + 1):
        before, stage = definition.step(position)
        has_deadline = calendar is not None and stage.sla is not None
        horizon = None if stage.is_post_sale else days.get(position)
        if not has_deadline and horizon is None:
            continue
        # A lead that the CRM no longer holds is nobody's work.
        here = pl.col("gone_on").is_null()
        waiting = journeys.filter(here, _is_waiting(position), _start(definition, position).is_not_null())
        waited = (pl.col("observed_until") - pl.col("start").dt.date()).dt.total_days()
        if has_deadline and calendar is not None:
            plan = judged_leads(waiting, definition, position, calendar)
        else:
            plan = waiting.with_columns(
                start=_start(definition, position),
                state=pl.lit("running"),
                due_at=pl.lit(None, dtype=pl.Datetime("us")),
                is_whole_days=pl.lit(False),
            )
        plans.append(
            plan.with_columns(
                position=pl.lit(position, dtype=pl.Int8),
                from_stage=pl.lit(before.key),
                stage=pl.lit(stage.key),
                entered_at=pl.col("start"),
                waiting_days=waited.cast(pl.Float64),
                is_overdue=pl.col("state") == "overdue",
                is_stale=pl.lit(False) if horizon is None else waited > math.ceil(horizon),
                overdue_days=pl.when(pl.col("state") == "overdue").then(_days_past(pl.col("due_at"))),
            )
            .filter(pl.col("is_overdue") | pl.col("is_stale"))
            .with_columns(pl.col(name).cast(pl.String) for name in DIMENSIONS)
            .select(WaitingLeads.column_names())
        )
    if not plans:
        return WaitingLeads.create_empty()
    listed = pl.concat(plans).sort(
        ["overdue_days", "waiting_days", "lead_id"], descending=[True, True, False], nulls_last=True
    )
    return WaitingLeads.validate(listed.collect())


def deadline_effect(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    window: Window,
    horizons: pl.DataFrame,
    calendar: BusinessCalendar,
) -> pl.DataFrame:
    """Do leads that came through a step in time go on more often in the next one? (``schema.DeadlineEffect``)

    The outcome is taken from the *next* step on purpose: within the same step, leads that advanced fast are inside by
    definition, and losses that were closed late would make any deadline look good. Stratified by source
    (Mantel–Haenszel), so that a fast source with good leads does not pass for an effect. An association, not a cause.
    """
    days = horizon_of(horizons)
    positions = [position for position in steps_with_deadline(definition) if position < definition.won_position]
    plans = [
        judged_leads(journeys.filter(in_window(_start(definition, position), window)), definition, position, calendar)
        .filter(
            pl.col("furthest_stage") >= position,
            pl.col("state").is_in(["on_time", "late"]),
            _followed(definition, position, days.get(position + 1)),
        )
        .group_by(pl.col("source").cast(pl.String), inside=pl.col("state") == "on_time")
        .agg(
            n=pl.len(),
            x=(pl.col("furthest_stage") > position).sum(),
            unknown=((pl.col("outcome") == "lost") & pl.col("lost_stage").is_null()).sum(),
        )
        for position in positions
    ]
    counted = dict(zip(positions, pl.collect_all(plans), strict=True))
    rows = [_effect(definition, position, frame, days.get(position + 1)) for position, frame in counted.items()]
    tested = [row for row in rows if row["verdict"] is None]
    adjusted = statistics.holm([row["p_adjusted"] for row in tested])
    for row, p_value in zip(tested, adjusted, strict=True):
        row["p_adjusted"] = p_value
        better = row["difference_pp"] > 0
        row["verdict"] = "no_clear_difference" if p_value >= ALPHA else "inside_better" if better else "inside_worse"
    return DeadlineEffect.validate(pl.DataFrame(rows, schema=DeadlineEffect.create_empty().schema))


def steps_with_deadline(definition: FunnelDefinition) -> list[int]:
    """Positions of the stages whose step has a deadline."""
    return [position for position, stage in enumerate(definition.stages, 1) if position > 1 and stage.sla is not None]


def judged_leads(
    journeys: pl.LazyFrame, definition: FunnelDefinition, position: int, calendar: BusinessCalendar
) -> pl.LazyFrame:
    """Leads with an own entry into the stage before, and how each stands against the deadline of the step.

    Adds ``start``, ``due_at`` (midnight of the last day where judged in whole days), ``is_whole_days`` and ``state``
    (``STATES``, as ``schema.SlaTable`` counts them). A lead that left at an unknown place after the deadline is
    unknown: it may have advanced before.
    """
    stage, deadline = definition.stages[position - 1], _deadline(definition, position)
    start, advanced = pl.col("start"), pl.col("furthest_stage") >= position
    lost = ~advanced & (pl.col("outcome") == "lost")
    plan = journeys.with_columns(start=_start(definition, position)).filter(start.is_not_null())
    plan = plan.with_columns(
        end=pl.when(advanced).then(pl.col(f"next_{stage.key}")).when(lost).then(pl.col("lost_at")),
        has_left=advanced | lost,
        is_lost=lost,
        is_unplaced=lost & pl.col("lost_stage").is_null(),
    )
    if deadline.unit == "hours":
        plan = _with_hours(plan, stage.key, deadline.amount)
    else:
        plan = _with_business_days(plan, deadline.amount, calendar)
    end, within = pl.col("end"), pl.col("is_within")
    undated = pl.col("has_left") & (end.is_null() | (end < start))
    return plan.with_columns(
        state=pl.when(undated | (pl.col("is_unplaced") & ~within))
        .then(pl.lit("unknown"))
        .when(pl.col("has_left"))
        .then(
            pl.when(~within)
            .then(pl.lit("late"))
            .when(pl.col("is_lost"))
            .then(pl.lit("closed_in_time"))
            .otherwise(pl.lit("on_time"))
        )
        .otherwise(pl.when(within).then(pl.lit("running")).otherwise(pl.lit("overdue")))
    ).drop("end", "has_left", "is_lost", "is_unplaced", "is_within")


def _with_hours(plan: pl.LazyFrame, key: str, hours: float) -> pl.LazyFrame:
    """``is_within``, ``due_at``, ``is_whole_days`` for a deadline in hours."""
    start, end, observed = pl.col("start"), pl.col("end"), pl.col("observed_until")
    whole_days = math.ceil(hours / 24)
    # Journeys do not say which instant carries a time of day; midnight is taken not to, unless the days to the advance
    # are no whole number, which shows that both ends carry one.
    fraction = (pl.col(f"days_next_{key}") % 1 != 0).fill_null(False)
    midnight = _is_midnight(start) | _is_midnight(end).fill_null(False)
    is_whole = midnight & ~fraction
    last_day = pl.coalesce(end.dt.date(), observed)
    limit = pl.duration(microseconds=round(hours * 3_600_000_000))
    now = observed.cast(pl.Datetime("us")) + pl.duration(days=1)
    exact = pl.when(end.is_not_null()).then(end - start <= limit).otherwise(now - start <= limit)
    return plan.with_columns(
        is_whole_days=is_whole,
        due_at=pl.when(is_whole).then(start.dt.truncate("1d") + pl.duration(days=whole_days)).otherwise(start + limit),
        is_within=pl.when(is_whole).then((last_day - start.dt.date()).dt.total_days() <= whole_days).otherwise(exact),
    )


def _with_business_days(plan: pl.LazyFrame, amount: float, calendar: BusinessCalendar) -> pl.LazyFrame:
    """``is_within``, ``due_at``, ``is_whole_days`` for a deadline in business days, which ends with the day."""
    last_day = pl.coalesce(pl.col("end").dt.date(), pl.col("observed_until"))
    span = plan.select(
        first=pl.col("start").min().dt.date(), last=pl.max_horizontal(last_day.max(), _start_day().max())
    )
    first, last = span.collect().row(0)
    days = _table(calendar, first, last)
    needed = math.ceil(amount)
    at = days.lazy().select("day", "n_working")
    due = days.lazy().filter("is_working").select(due_no="n_working", due_at=pl.col("day").cast(pl.Datetime("us")))
    return (
        plan.with_columns(start_day=_start_day(), last_day=last_day)
        .join(at.rename({"n_working": "n_start"}), left_on="start_day", right_on="day", how="left")
        .join(at.rename({"n_working": "n_last"}), left_on="last_day", right_on="day", how="left")
        .with_columns(due_no=pl.col("n_start") + needed)
        .join(due, on="due_no", how="left")
        .with_columns(is_within=pl.col("n_last") - pl.col("n_start") <= needed, is_whole_days=pl.lit(True))
        .drop("start_day", "last_day", "n_start", "n_last", "due_no")
    )


def _with_owner_then(judged: pl.LazyFrame, changes: pl.LazyFrame | None) -> pl.LazyFrame:
    return judged if changes is None else with_owner_at(judged, "start", changes)


def _table(calendar: BusinessCalendar, first: date | None, last: date | None) -> pl.DataFrame:
    if first is None or last is None:
        return working_table(BusinessCalendar(), date(1970, 1, 1), date(1970, 1, 1)).clear()  # nobody's clock runs
    return working_table(calendar, first, last)


def _start(definition: FunnelDefinition, position: int) -> pl.Expr:
    return pl.col(f"entered_{definition.step(position)[0].key}")


def _start_day() -> pl.Expr:
    return pl.col("start").dt.date()


def _judged_in_days(definition: FunnelDefinition, position: int) -> pl.Expr:
    """Leads whose *hours* had to be judged in whole days; a deadline in business days means whole days anyhow."""
    in_hours = _deadline(definition, position).unit == "hours"
    return pl.lit(in_hours) & pl.col("is_whole_days") & (pl.col("state") != "unknown")


def _is_midnight(at: pl.Expr) -> pl.Expr:
    return at == at.dt.truncate("1d")


def _is_waiting(position: int) -> pl.Expr:
    return (pl.col("outcome") != "lost") & (pl.col("furthest_stage") == position - 1)


def _days_past(due_at: pl.Expr) -> pl.Expr:
    """Calendar days from the deadline to the end of the last day observed."""
    now = pl.col("observed_until").cast(pl.Datetime("us")) + pl.duration(
        days=pl.when("is_whole_days").then(0).otherwise(1)
    )
    return (now - due_at).dt.total_microseconds() / 86_400_000_000


def _deadline(definition: FunnelDefinition, position: int) -> Sla:
    sla = definition.stages[position - 1].sla
    if sla is None:
        raise ValueError(f"the step into position {position} has no deadline")
    return sla


def _followed(definition: FunnelDefinition, position: int, horizon: float | None) -> pl.Expr:
    """Own entry into the stage itself, followed at least H of the next step."""
    entered = pl.col(f"entered_{definition.keys[position - 1]}").dt.date()
    followed = (pl.col("observed_until") - entered).dt.total_days() >= math.ceil(horizon or 0.0)
    return followed.fill_null(False)


def _effect(
    definition: FunnelDefinition, position: int, counted: pl.DataFrame, horizon: float | None
) -> dict[str, Any]:
    stage, following = definition.stages[position - 1], definition.stages[position]
    inside, outside = counted.filter("inside"), counted.filter(~pl.col("inside"))
    inside_n, inside_x = int(inside["n"].sum()), int(inside["x"].sum())
    outside_n, outside_x = int(outside["n"].sum()), int(outside["x"].sum())
    row: dict[str, Any] = {
        "position": position,
        "stage": stage.key,
        "next_stage": following.key,
        "inside_n": inside_n,
        "inside_advanced": inside_x,
        "inside_rate": inside_x / inside_n if inside_n else None,
        "outside_n": outside_n,
        "outside_advanced": outside_x,
        "outside_rate": outside_x / outside_n if outside_n else None,
        "n_sources": counted["source"].n_unique(),
        **dict.fromkeys(("difference_pp", "odds_ratio", "odds_low", "odds_high", "p_adjusted", "verdict")),
    }
    if counted["unknown"].sum():
        return row | {"verdict": "cannot_know", "inside_rate": None, "outside_rate": None}
    pooled = statistics.mantel_haenszel(_strata(counted))
    if horizon is None or pooled is None or min(inside_n, outside_n) < MIN_LEADS:
        return row | {"verdict": "too_little_data"}
    return row | {
        "difference_pp": 100 * pooled.difference,
        "odds_ratio": pooled.odds_ratio,
        "odds_low": pooled.low,
        "odds_high": pooled.high,
        "p_adjusted": pooled.p_value,
    }


def _strata(counted: pl.DataFrame) -> Sequence[tuple[int, int, int, int]]:
    sides: dict[str | None, dict[bool, tuple[int, int]]] = {}
    for source, inside, n, x in counted.select("source", "inside", "n", "x").sort("source").iter_rows():
        sides.setdefault(source, {})[inside] = (x, n)
    return [(*side.get(True, (0, 0)), *side.get(False, (0, 0))) for side in sides.values()]
