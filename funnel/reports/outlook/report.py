"""The Outlook page without a screen: what will come, how good earlier forecasts were, the open deals.

What does not depend on the chosen horizon, the record above all, is prepared once per data version and filters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import Message
from funnel.filters import Filters, Window, apply_filters, month_end, month_start
from funnel.metrics.journeys.order import in_order
from funnel.metrics.outlook.deals import deals_by_age
from funnel.metrics.outlook.forecasting import Forecast, Prospects, forecast_of, prospects_of
from funnel.metrics.outlook.stays import with_last_seen_open
from funnel.planning.targets import Target, period_of
from funnel.reports.outlook.earlier import Earlier
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema.outlook import OpenValue

HORIZONS = ("30", "60", "90", "month", "quarter", "year")
"""Days ahead, or to the end of the calendar month, quarter or year."""
DEFAULT_HORIZON = "90"
_LISTS = {"won": "winners", "closed": "closed"}
"""Lists from which nothing can be forecast, and the last word of their sentence."""
STALE_DAYS = 90


@dataclass(frozen=True)
class OutlookReport:
    """What the page shows before anybody asks a question of their own.

    - ``horizon_key`` of ``HORIZONS``; ``forecast``; ``stages``: the keys of the chain that the forecast walks.
    - ``deals``: schema ``DealsByAge`` with ``is_overdue`` (the expected close lies before as-of); ``open_value``:
      schema ``OpenValue``.
    - ``n_days_by_files``: past days rebuilt from the files known then, of ``n_days`` in the record.
    - ``n_undated``: leads left out, ``n_wins_undated`` of them won. ``from_all``: too few wins under the filters, so
      the chances are those of all leads. ``goal``: what a target of the plan asks for within the horizon (null: none).
    """

    as_of: date
    horizon_key: str
    definition: FunnelDefinition
    filters: Filters
    forecast: Forecast
    stages: tuple[str, ...]
    deals: pl.DataFrame
    open_value: pl.DataFrame
    n_leads: int
    n_days: int
    n_days_by_files: int
    n_undated: int
    n_wins_undated: int
    from_all: bool
    goal: float | None
    facts: tuple[Message, ...]

    @property
    def horizon(self) -> int:
        return self.forecast.horizon


def horizon_days(key: str, as_of: date) -> int:
    """Days from ``as_of`` to the end of a horizon; on the last day of a period its successor is meant."""
    if key.isdigit():
        return int(key)
    tomorrow = as_of + timedelta(days=1)
    if key == "year":
        return (date(tomorrow.year, 12, 31) - as_of).days
    last = month_end(tomorrow) if key == "month" else month_end(month_start(tomorrow, -(-tomorrow.month % 3)))
    return (last - as_of).days


def first_horizon(prospects: Prospects) -> str:
    """The longest of 90, 60 and 30 days for which a range has been earned; 90 where none has."""
    if prospects.refusal is None:
        for key in ("90", "60", "30"):
            if prospects.spread(int(key)).is_earned:
                return key
    return DEFAULT_HORIZON


def prepare(data: WorkspaceData, filters: Filters, earlier: Earlier) -> Prospects:
    """Everything that is known before a horizon is chosen, for the leads of the chosen groups. The window is left out:
    a forecast looks at all history. ``data`` must have dated leads."""
    if data.as_of is None:
        raise ValueError("an outlook needs dated leads")
    journeys = with_last_seen_open(data.journeys, data.facts, data.funnel, data.as_of)
    chosen = apply_filters(journeys.lazy(), filters).collect()
    past = {day: apply_filters(known.lazy(), filters).collect() for day, known in earlier.journeys.items()}
    found = prospects_of(
        chosen,
        data.funnel,
        data.as_of,
        stages=data.support.dated_chain,
        earlier=past,
        all_journeys=journeys if filters.selects_leads else None,
    )
    kind = data.support.kind
    return replace(found, withheld=Message(f"outlook.only_{_LISTS[kind]}")) if kind in _LISTS else found


def outlook_report(
    data: WorkspaceData,
    filters: Filters,
    prospects: Prospects,
    earlier: Earlier,
    *,
    horizon: str = DEFAULT_HORIZON,
    targets: tuple[Target, ...] = (),
) -> OutlookReport:
    """The report of one horizon, from what ``prepare`` found out."""
    as_of = prospects.as_of
    days = horizon_days(horizon, as_of)
    forecast = forecast_of(prospects, days)
    journeys = apply_filters(data.journeys.lazy(), filters)
    deals = with_expected_close(deals_by_age(journeys, data.funnel, as_of, prospects.history.stages), data)
    record = [] if forecast.past is None else forecast.past["on"].to_list()
    return OutlookReport(
        as_of=as_of,
        horizon_key=horizon,
        definition=data.funnel,
        filters=filters.during(Window()),
        forecast=forecast,
        stages=prospects.history.stages,
        deals=deals,
        open_value=open_value(deals, prospects.history.stages),
        n_leads=int(prospects.history.created.sum()),
        n_days=len(record),
        n_days_by_files=sum(day in earlier.by_files for day in record),
        n_undated=prospects.history.n_undated,
        n_wins_undated=prospects.history.n_wins_undated,
        from_all=prospects.from_all,
        goal=goal_of_plan(targets, data.funnel, as_of, days),
        facts=_facts(data, prospects),
    )


def with_expected_close(deals: pl.DataFrame, data: WorkspaceData) -> pl.DataFrame:
    """The deals with ``expected_close_at``: the newest date that a row of the lead expects, or the closing date of a
    row that is still open; and ``is_overdue``: it lies before as-of."""
    rows = (
        in_order(data.facts)
        .lead_rows.lazy()
        .select("lead_id", "batch_no", "row_no", pl.coalesce("expected_close_at", "closed_at").alias("expected"))
    )
    newest = (
        rows.filter(pl.col("expected").is_not_null())
        .sort("batch_no", "row_no")
        .group_by("lead_id")
        .agg(pl.col("expected").last())
    )
    as_of = data.day
    joined = (
        deals.lazy()
        .join(newest, on="lead_id", how="left")
        .with_columns(pl.coalesce("expected", "expected_close_at").alias("expected_close_at"))
    )
    overdue = (pl.col("expected_close_at").dt.date() < as_of).fill_null(False)
    return (
        joined.drop("expected")
        .with_columns(overdue.alias("is_overdue"))
        .sort("age_days", "lead_id", descending=[True, False])
        .collect()
    )


def open_value(deals: pl.DataFrame, stages: tuple[str, ...]) -> pl.DataFrame:
    """Schema ``OpenValue``: open deals and their stated value per stage of the chain, in its order."""
    counted = deals.group_by("step").agg(
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("amount").sum().alias("value"),
        pl.col("amount").is_not_null().sum().cast(pl.Int64).alias("n_with_amount"),
        (pl.col("age_days") > STALE_DAYS).sum().cast(pl.Int64).alias("n_old"),
        pl.col("is_overdue").sum().cast(pl.Int64).alias("n_overdue"),
    )
    places = pl.DataFrame(
        {"step": range(len(stages) - 1), "stage": list(stages[:-1])}, schema_overrides={"step": pl.Int64}
    )
    table = (
        places.join(counted, on="step", how="left")
        .sort("step")
        .with_columns(pl.col("n", "n_with_amount", "n_old", "n_overdue").fill_null(0), pl.col("value").fill_null(0.0))
    )
    return OpenValue.validate(table.select(OpenValue.create_empty().columns))


def goal_of_plan(targets: tuple[Target, ...], definition: FunnelDefinition, as_of: date, days: int) -> float | None:
    """Wins that the plan's targets of the whole team ask for in the days ahead, each at its even pace."""
    until = as_of + timedelta(days=days)
    asked = 0.0
    for one in targets:
        if one.stage != definition.won_key or one.metric != "entries" or one.person:
            continue
        begin, end = max(one.starts_on, as_of + timedelta(days=1)), min(one.ends_on or until, until)
        day = begin
        while day <= end:
            first, last = period_of(one.period, day)
            stop = min(last, end)
            asked += one.amount * ((stop - day).days + 1) / ((last - first).days + 1)
            day = last + timedelta(days=1)
    return asked or None


def _facts(data: WorkspaceData, prospects: Prospects) -> tuple[Message, ...]:
    """What the data cannot tell, as sentences."""
    facts = []
    history, definition = prospects.history, data.funnel
    if history.n_undated:
        facts.append(Message("outlook.left_out", {"n": history.n_undated, "won": history.n_wins_undated}))
    missing = [
        stage.name for stage in definition.stages[1 : definition.won_position - 1] if stage.key not in history.stages
    ]
    if missing:
        facts.append(Message("outlook.stages_left_out", {"stages": missing}))
    if prospects.from_all:
        facts.append(Message("outlook.from_all"))
    if prospects.refusal is None and prospects.today.new_per_day == 0:
        facts.append(Message("outlook.no_new_leads"))
    facts += [finding.message for finding in data.trust if finding.message.code == "trust.every_lead_has_reason"]
    if prospects.refusal is None and prospects.money is None:
        facts.append(Message("outlook.no_amounts"))
    return tuple(facts)
