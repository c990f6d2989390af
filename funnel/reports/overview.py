"""The Overview page without a screen: how is the funnel doing?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition, Text
from funnel.errors import Message
from funnel.filters import DIMENSIONS, Filters, apply_filters, in_window
from funnel.metrics.bottleneck.ranking import step_verdicts
from funnel.metrics.economics import KNOWN_LATER_THAT_MATTERS, key_figures
from funnel.metrics.gathering import Listed, answers, one_row, over
from funnel.metrics.steps.cohorts import step_cells
from funnel.metrics.steps.conversion import breakdown, step_table
from funnel.metrics.steps.countings import countings
from funnel.metrics.steps.figures import add_intervals, framed
from funnel.metrics.steps.patterns import created_in, n_undated, patterns_by_day
from funnel.metrics.steps.trends import Every, trend
from funnel.metrics.support import Support
from funnel.metrics.thresholds import MIN_LEADS
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import Basis, StatusTable

Row = dict[str, Any]
OVERALL = "overall"
"""Stands for the whole way from lead to win where a step is chosen."""

UNSEEN = 0.05
"""With more of the leads of a step last looked at before as-of, its rate to date is not known."""

COUNTINGS: tuple[Basis, ...] = ("lead_cohort", "own", "strict", "activity")
"""What the counting switch of the page offers."""


@dataclass(frozen=True)
class OverviewReport:
    """Everything the page shows. Frames: ``schema`` names in brackets; sessions share them, never change them.

    - ``n_leads``: leads in the window under the filters; ``n_undated``: leads without a date that it leaves out.
    - ``key_figures`` (KeyFigures), ``status`` (StatusTable), ``countings`` (Countings), ``trend`` (Trend),
      ``breakdown`` (Breakdown).
    - ``limits``: what this data cannot answer; ``support``: what it carries.
    """

    definition: FunnelDefinition
    filters: Filters
    as_of: date
    basis: Basis
    n_leads: int
    n_undated: int
    key_figures: pl.DataFrame
    status: pl.DataFrame
    countings: pl.DataFrame
    trend: pl.DataFrame
    breakdown: pl.DataFrame
    limits: tuple[Message, ...]
    support: Support

    @property
    def telling_step(self) -> str:
        """The stage whose step a first look should show: the bottleneck, else the first with known days, else the whole
        way to the win (``OVERALL``)."""
        rows = self.status.to_dicts()
        named = [row["stage"] for row in rows if row["is_bottleneck"]]
        timed = [row["stage"] for row in rows if (row["n_days"] or 0) > 0 and row["level"] == "dated"]
        return (named or timed or [OVERALL])[0]

    @property
    def compared_days(self) -> tuple[int, int] | None:
        """Days of the window and of the one before it that the changes compare; null where no change is shown."""
        rows = self.key_figures.drop_nulls("n_days").select("n_days", "previous_days").unique().rows()
        return rows[0] if rows else None

    def step_trend(self, position: int) -> pl.DataFrame:
        """The trend of the step into one stage (1: the volume of leads, 0: leads → won)."""
        return self.trend.filter(pl.col("position") == position)

    def group_note(self, position: int) -> Message | None:
        """What must be known of the breakdown at a step (0: the whole way): it tells the outcome, or is uneven."""
        if self.breakdown.is_empty():
            return None
        found = self.support.group(self.breakdown["dimension"][0], position)
        if found is None or found.level == "usable":
            return None
        shares = {"advanced": found.advanced[0], "n_advanced": found.advanced[1]}
        shares |= {"rest": found.rest[0], "n_rest": found.rest[1]}
        return Message(f"overview.groups.{found.level}", shares)

    def step_breakdown(self, position: int) -> pl.DataFrame:
        """The breakdown of the step into one stage."""
        return self.breakdown.filter(pl.col("position") == position)


def overview_report(
    data: WorkspaceData,
    filters: Filters,
    *,
    basis: Basis = "lead_cohort",
    every: Every = "month",
    by: str = "source",
) -> OverviewReport:
    """The overview of the leads that the filters select. ``data`` must have leads and a day (``data.as_of``)."""
    with over(data.parts, data.n_leads):
        return _report(data, filters, basis, every, by)


def _report(data: WorkspaceData, filters: Filters, basis: Basis, every: Every, by: str) -> OverviewReport:
    as_of = data.day
    definition, window = data.funnel, filters.window
    leads, by_day, cells = apply_filters(data.leads, filters), data.by_day, data.cells
    if filters.selects_leads:
        by_day = patterns_by_day(leads, definition, data.horizons, as_of)
        cells = step_cells(leads, definition, data.horizons)
    support = data.support
    table = step_table(leads, definition, window, as_of, data.horizons, basis=basis, by_day=by_day)
    unknown = _unknown_to_date(created_in(leads, window), definition, as_of)
    steps = _without_unknown(_carried(table, support, basis), unknown)
    periods = trend(
        leads, definition, window, as_of, data.horizons, every=every, basis=basis, by_day=by_day,
        overall_days=data.overall_horizon,
    )  # fmt: skip
    verdicts = step_verdicts(leads, definition, window, as_of, data.horizons, cells=cells)
    counted = countings(leads, definition, window, by_day=by_day)
    groups = breakdown(leads, definition, window, as_of, data.horizons, by=by, basis=basis)
    return OverviewReport(
        definition=definition,
        filters=filters,
        as_of=as_of,
        basis=basis,
        n_leads=counted["lead_cohort"][0],
        n_undated=0 if window.is_all_time else n_undated(by_day),
        key_figures=_known_figures(
            key_figures(
                leads,
                definition,
                filters,
                as_of,
                data.spend,
                basis=basis,
                history_start=data.history_start,
                no_new_leads=data.why_no_new_leads(min(window.end or as_of, as_of)),
            ),
            support,
            unknown,
            definition,
        ),
        status=StatusTable.validate(
            framed(_with_benchmarks(steps, definition, verdicts), StatusTable.create_empty().schema)
        ),
        countings=counted,
        trend=_without_rates(periods, support),
        breakdown=framed(
            _without_unknown(_by_groups(_carried(groups, support, basis), support), unknown), groups.schema
        ),
        limits=_limits(steps, data),
        support=support,
    )


def stage_leads(data: WorkspaceData, filters: Filters, position: int, basis: Basis = "lead_cohort") -> pl.DataFrame:
    """The leads that a bar of the funnel counts, newest first: journeys columns that a lead list shows.

    On the activity basis: the leads whose entry into the stage happened in the window. Of leads in parts the newest
    ``MOST_LISTED``.
    """
    definition, window = data.funnel, filters.window
    key = definition.keys[position - 1]
    leads = apply_filters(data.leads, filters)
    entered = pl.col(f"entered_{key}")
    if basis == "activity":
        leads = leads.filter(entered.is_not_null() & in_window(entered, window))
    else:
        leads = leads.filter(in_window(pl.col("created_at"), window))
        if basis == "own":
            leads = leads.filter(entered.is_not_null())
        elif basis == "strict":
            leads = leads.filter(
                pl.all_horizontal(pl.col(f"entered_{k}").is_not_null() for k in definition.keys[:position])
            )
        else:
            leads = leads.filter(pl.col("furthest_stage") >= position)
    shown = ["lead_id", "lead_name", "created_at", f"entered_{key}", "furthest_stage", "outcome", "lost_reason"]
    shown += ["amount", *DIMENSIONS]
    with over(data.parts, data.n_leads):
        [listed] = answers([Listed(leads.select(*dict.fromkeys(shown)), ("created_at",), (True,))])
    return listed


def _with_benchmarks(steps: list[Row], definition: FunnelDefinition, verdicts: pl.DataFrame) -> list[Row]:
    """The rows of ``_carried``, one per stage, beside benchmark and verdict (schema ``StatusTable``)."""
    judgements = {row["position"]: row for row in verdicts.iter_rows(named=True)}
    rows = []
    for row, stage in zip(steps, definition.stages, strict=True):
        mark, judged, gap = stage.benchmark, None, None
        if row["level"] == "dated" and row["mature_n"] is not None and row["mature_n"] >= MIN_LEADS:
            judged = row["mature_rate"]
        if mark is not None and judged is not None:
            gap = 100 * (judged - min(max(judged, mark.low), mark.high))
        judgement = judgements.get(row["position"], {})
        rows.append(
            row
            | {"benchmark_low": mark.low if mark else None, "benchmark_high": mark.high if mark else None}
            | {"judged_rate": judged, "gap_pp": gap, "verdict": judgement.get("verdict")}
            | {"is_bottleneck": judgement.get("is_bottleneck", False)}
        )
    return rows


def _carried(table: pl.DataFrame, support: Support, basis: Basis) -> list[Row]:
    """The rows of a step table, or of one by groups, with rates as far as the data carry them, the ``level`` of each
    step, and whether its count is one of "at least". Tables this small are worked on as rows: each query of one costs
    more than all its rows.

    Where only the furthest stage is known, a rate is the share of the closed leads that passed: of the open ones nobody
    knows more than "at least". Entries that happened, and own entries, say nothing of a stage without dates.
    """
    rows = []
    for row in table.iter_rows(named=True):
        level = support.step(row["position"]).level if row["position"] > 1 else None
        is_known = row["position"] == support.funnel.won_position and support.records_wins
        changed = row | {"level": level, "is_at_least": level in ("placed", "unknown") and not is_known}
        if level in ("placed", "unknown") and row["reason"] != "unknown_place":
            changed |= dict.fromkeys(_OF_RATES)
            changed["reason"] = "only_winners" if support.only_winners else "undated"
            if level == "placed" and basis in ("lead_cohort", "step_cohort"):
                n, x = row["closed_n"], row["closed_advanced"]
                if n and not support.records_losses and row["position"] <= support.funnel.won_position:
                    changed["reason"] = "losses_not_recorded"
                else:
                    changed |= {"rate": x / n if n else None, "reason": None if n else "no_closed"}
        rows.append(changed)
    placed = [row for row in rows if row["level"] == "placed" and row["rate"] is not None]
    add_intervals(placed, "rate", "closed_advanced", "closed_n")
    return rows


_OF_RATES = (
    *("rate", "rate_low", "rate_high", "mature_n", "mature_advanced", "mature_rate", "mature_low", "mature_high"),
    *("own_rate", "shows_both_counts", "n_days", "median_days", "p75_days", "p90_days"),
)


def _by_groups(rows: list[Row], support: Support) -> list[Row]:
    """Rows by groups without the rates of steps whose outcome the dimension tells (known for winners only)."""
    if not rows:
        return rows
    dimension = rows[0]["dimension"]
    telling = {g.position for g in support.groups if g.dimension == dimension and g.level == "winners_only"}
    telling |= {0} if support.only_winners else set()
    cleared = dict.fromkeys(("rate", "rate_low", "rate_high", "mature_rate")) | {"reason": "winners_only"}
    overall = {"overall_rate": None} if 0 in telling else {}
    return [row | (cleared if row["position"] in telling else {}) | overall for row in rows]


def _unknown_to_date(leads: pl.LazyFrame, definition: FunnelDefinition, as_of: date) -> dict[int, str]:
    """The steps (0: the whole way) whose rate to date nobody knows, and why; the mature conversion stays.

    "known_later": many wins are known of later days than their leads were followed: those that were seen are too few,
    all of them too many. "not_followed": many of the leads still in the step were last looked at before as-of.
    """
    won = definition.won_position
    is_later, furthest = (pl.col("later_outcome") == "won").fill_null(False), pl.col("furthest_stage")
    is_open = (pl.col("outcome") == "open") & pl.col("gone_on").is_null() & ~is_later
    unseen = {place: is_open & (pl.col("observed_until") < as_of) & (furthest == place - 1) for place in range(2, won)}
    for_winning = is_open & (pl.col("wins_until") < as_of)
    unseen |= {won: for_winning & (furthest == won - 1), 0: for_winning}
    found = leads.select(
        is_later.sum().alias("later"),
        (pl.col("outcome") == "won").sum().alias("won"),
        *[(furthest >= max(place - 1, 1)).sum().alias(f"n{place}") for place in unseen],
        *[one.fill_null(False).sum().alias(f"unseen{place}") for place, one in unseen.items()],
    )
    counted = one_row(found)
    unknown = {place: "not_followed" for place in unseen if counted[f"unseen{place}"] > UNSEEN * counted[f"n{place}"]}
    if counted["later"] > KNOWN_LATER_THAT_MATTERS * (counted["later"] + counted["won"]):
        unknown |= {won: "known_later", 0: "known_later"}
    return unknown


def _without_unknown(rows: list[Row], unknown: Mapping[int, str]) -> list[Row]:
    """Rows of steps, in total or by groups, without the rates to date that nobody knows (``_unknown_to_date``)."""
    cleared, overall = dict.fromkeys(("rate", "rate_low", "rate_high", "own_rate")), {}
    if 0 in unknown:
        overall = {"overall_rate": None}
    return [
        row | (cleared | {"reason": unknown[row["position"]]} if row["position"] in unknown else {}) | overall
        for row in rows
    ]


def _without_rates(periods: pl.DataFrame, support: Support) -> pl.DataFrame:
    """The trend without the rates of steps that are not dated: no period of time holds their leads."""
    known = [1, *support.dated_steps, *([] if support.only_winners else [0])]
    if len(set(known)) > len(support.funnel.keys):  # all of them
        return periods
    dated = pl.col("position").is_in(known)
    cleared = [pl.when(dated).then(pl.col(name)).alias(name) for name in ("rate", "rate_low", "rate_high")]
    reason = pl.when(dated).then(pl.col("reason")).otherwise(pl.lit("undated")).alias("reason")
    return periods.with_columns(*cleared, reason)


def _known_figures(
    figures: pl.DataFrame, support: Support, unknown: Mapping[int, str], definition: FunnelDefinition
) -> pl.DataFrame:
    """The key figures without rates of wins where the data hold winners only, or open deals only: how the leads were
    chosen is no rate; and without those to date that nobody knows."""
    known = pl.col("value").is_not_null()
    for name, why in {"overall_conversion": unknown.get(0), "win_rate": unknown.get(definition.won_position)}.items():
        figures = _without_figures(figures, (name,), why, ("value", "reason", *_OF_A_CHANGE), known)
    of_leads = ("overall_conversion", "win_rate", "won_of_closed")
    if support.only_winners or support.nothing_closed:
        why = "only_winners" if support.only_winners else "no_closed"
        figures = _without_figures(figures, of_leads, why, ("value", "reason", *_OF_A_CHANGE), known)
    if not support.records_wins:
        names = ("customers", "revenue", *of_leads)
        figures = _without_figures(figures, names, "wins_not_recorded", ("value", "reason", *_OF_A_CHANGE), known)
    is_compared = pl.any_horizontal(pl.col("change", "previous").is_not_null())
    if not support.tells_wins_over_time:
        figures = _without_figures(figures, (*_OF_WINS, *of_leads), "wins_undated", _OF_A_CHANGE, is_compared)
    if support.only_closed:
        figures = _without_figures(figures, of_leads, "only_closed", _OF_A_CHANGE, is_compared)
    return figures


_OF_A_CHANGE = ("change", "change_pp", "change_share", "within_chance", "previous", "change_reason")
_OF_WINS = ("customers", "revenue", "customer_cost")


def _without_figures(
    figures: pl.DataFrame,
    names: Collection[str],
    why: str | None,
    cleared: Collection[str],
    where: pl.Expr | bool = True,
) -> pl.DataFrame:
    """Key figures without what nobody knows of ``names``, for the reason ``why`` (null: they are known)."""
    if why is None:
        return figures
    is_it = pl.col("figure").is_in(names) & where
    reasons = [name for name in cleared if name.endswith("reason")]
    return figures.with_columns(
        *[pl.when(~is_it).then(pl.col(name)).alias(name) for name in cleared if name not in reasons],
        *[pl.when(is_it).then(pl.lit(why)).otherwise(pl.col(name)).alias(name) for name in reasons],
    )


def _limits(steps: list[Row], data: WorkspaceData) -> tuple[Message, ...]:
    """What these figures cannot say, as codes; each reason apart from the others."""
    found, definition, support = [], data.funnel, data.support

    def names(keys: Iterable[str]) -> list[Text]:
        return [data.definition.stage(key).name for key in keys]

    if support.absent:
        found.append(Message("overview.absent_stages", {"stages": names(support.absent)}))
    if any(row["reason"] == "unknown_place" for row in steps):
        unplaced = sum(row["lost_unknown"] or 0 for row in steps)
        found.append(Message("overview.unknown_place", {"n": unplaced}))
    undated = [stage.key for stage in support.stages if not stage.is_dated and stage.n_named]
    if undated:
        passed = any(step.level == "placed" for step in support.steps) and support.records_losses
        code = "overview.undated_stages" if passed else "overview.undated_stages_at_least"
        found.append(Message(code, {"stages": names(undated)}))
    known = zip(*(data.horizons[name] for name in ("position", "stage", "origin")), strict=True)
    short = [key for place, key, origin in known if origin == "too_short" and place <= definition.won_position]
    if short:
        found.append(Message("overview.history_too_short", {"stages": names(short)}))
    later = data.n_won_later
    if support.only_winners:
        found.append(Message("overview.only_winners", {"n": support.wins[0], "n_leads": data.n_leads}))
    if support.only_closed:
        closed = support.wins[0] + support.losses[0]
        found.append(Message("overview.only_closed", {"n": closed, "n_leads": data.n_leads}))
    if not support.records_wins:
        found.append(Message("overview.wins_not_recorded"))
    if later:
        found.append(Message("overview.known_later", {"n": later, "day": data.day}))
    return tuple(found)
