"""The overview in the words of one language: what its page, its slides and its picture say alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from funnel.charts.funnel_chart import ratio_parts, step_parts
from funnel.definition.definition import FunnelDefinition
from funnel.exports.key_figures import figure_cell, figure_name
from funnel.exports.picture.drawing import Bar
from funnel.exports.sheets import Cell, Column, Sheet, sheet
from funnel.filters import Filters
from funnel.i18n.translator import Translator
from funnel.metrics.thresholds import MIN_LEADS
from funnel.reports.counts import CountsReport
from funnel.reports.overview import OverviewReport
from funnel.schema import KEY_FIGURES, Basis

_JUDGED = ("significantly_below", "below_not_certain", "within", "above", "depends_on_skips")


def caption(filters: Filters, as_of: date | None, basis: Basis, n: int, n_undated: int, t: Translator) -> str:
    """Window, basis, as-of and n in one line."""
    words = {
        "lead_cohort": t("leads created in the window, followed to the as-of date"),
        "own": t("leads created in the window, own entries only"),
        "strict": t("leads created in the window that entered every stage"),
        "activity": t("entries that happened in the window"),
        "step_cohort": t("leads that entered each step in the window"),
    }
    window = filters.window
    parts = [t.period(window.start, window.end), words[basis]]
    parts.append(f"{t.term('as_of')} {t.date(as_of)}")
    parts.append(f"n\u00a0=\u00a0{t.number(n)}")
    if n_undated:
        parts.append(t("%(n)s leads without any date are left out", n=n_undated))
    return " · ".join(parts)


def chosen_groups(filters: Filters, t: Translator) -> list[str]:
    """What the filters select, one phrase per dimension: a file says it, since nobody sees the sidebar there."""
    return [
        t.labelled(t.term(dimension), t.joined(value or t("not stated") for value in values))
        for dimension, values in filters.groups
    ]


def headline(report: OverviewReport, t: Translator) -> tuple[str, ...]:
    """How many came, how many were won, and where most is lost; or why that cannot be said."""
    figures = {row["figure"]: row for row in report.key_figures.iter_rows(named=True)}
    won, whole = figures["customers"]["value"], figures["overall_conversion"]
    counted = {"leads": t.number(report.n_leads), "won": t.number(won)}
    if whole["value"] is not None:
        first = t("%(leads)s leads, %(won)s won: %(rate)s.", **counted, rate=t.percent(whole["value"]))
    elif whole["reason"]:
        why = t.message_of(f"overview.reason.{whole['reason']}").rstrip(".。")
        first = t("%(leads)s leads, %(won)s won. No overall conversion: %(reason)s.", **counted, reason=why)
    else:
        first = t("%(leads)s leads, %(won)s won.", **counted)
    return first, weakest(report, t)


def weakest(report: OverviewReport, t: Translator) -> str:
    """The one step that is clearly below its benchmark with the most at stake, or that there is none."""
    named = report.status.filter(pl.col("is_bottleneck") & pl.col("benchmark_low").is_not_null())
    if not named.is_empty():
        row = named.row(0, named=True)
        if row["judged_rate"] is not None:
            return t(
                "The bottleneck is the step into “%(stage)s”: of %(n)s leads followed long enough %(rate)s went on, "
                "where %(range)s are expected.",
                stage=t.localized(report.definition.stage(row["stage"]).name),
                n=row["mature_n"],
                rate=t.percent(row["judged_rate"]),
                range=t.percent_range(row["benchmark_low"], row["benchmark_high"], 0),
            )
        return t(
            "The bottleneck is the step into “%(stage)s”.",
            stage=t.localized(report.definition.stage(row["stage"]).name),
        )
    judged = report.status.filter(pl.col("verdict").is_in(_JUDGED)).height
    if judged:
        return t("No step is clearly below its benchmark (steps judged: %(n)s).", n=judged)
    return t("No step can be judged against a benchmark with this data.")


def reached_words(row: Mapping[str, Any], t: Translator) -> str:
    """How many reached a stage; "at least" where more may have come so far."""
    number = t.number(row["n_counted"])
    return f"≥ {number}" if row["is_at_least"] and row["n_counted"] else number


def rate_words(row: Mapping[str, Any], t: Translator) -> str:
    """The rate of a step with its interval; "~" before one of few leads."""
    if row["rate"] is None:
        return t.value(None)
    is_placed = row["level"] == "placed"
    few = "~" if row["closed_n" if is_placed else "n"] < MIN_LEADS else ""
    of_closed = f" {t('of closed')}" if is_placed else ""
    return few + t.rate(row["rate"], row["rate_low"], row["rate_high"], of_closed)


def lost_words(row: Mapping[str, Any], t: Translator) -> str:
    """How many were lost; how many of them at a place that nobody knows."""
    if row["lost_unknown"]:
        return f"{t.number(row['lost'])} ({t('%(n)s unknown place', n=row['lost_unknown'])})"
    return t.number(row["lost"])


def figures_sheet(report: OverviewReport, t: Translator) -> Sheet:
    """The key figures of the tiles, with those of the window before where they can be compared."""
    rows = {row["figure"]: row for row in report.key_figures.iter_rows(named=True)}
    shown = []
    for figure, known in KEY_FIGURES.items():
        if not known.is_tile:
            continue
        row = rows[figure]
        shown.append(
            {
                "figure": figure_name(figure, t),
                "value": figure_cell(figure, row["value"], t),
                "previous": figure_cell(figure, row["previous"], t),
                "note": t.message_of(f"overview.reason.{row['reason']}") if row["reason"] else "",
            }
        )
    columns = [Column("figure", t("Key figure")), Column("value", t.term("window"), "number")]
    if any(row["previous"] is not None for row in shown):
        columns.append(Column("previous", t("Window before, cut alike"), "number"))
    if any(row["note"] for row in shown):
        columns.append(Column("note", t("Why not"), "long_text"))
    return sheet("figures", t("Key figures"), columns, shown)


def status_sheet(report: OverviewReport, t: Translator) -> Sheet:
    """The funnel status table, one row per stage with the step into it."""
    rows = [
        {
            "stage": t.localized(report.definition.stage(row["stage"]).name),
            "counted": Cell(row["n_counted"], "count", reached_words(row, t)),
            "n": row["n"],
            "lost": None if row["lost"] is None else Cell(row["lost"], "count", lost_words(row, t)),
            "waiting": row["waiting"],
            "rate": rate_words(row, t),
            "mature": row["mature_rate"],
            "benchmark": t.percent_range(row["benchmark_low"], row["benchmark_high"], 0),
            "days": row["median_days"],
            "stale": row["stale"],
        }
        for row in report.status.iter_rows(named=True)
    ]
    columns = (
        Column("stage", t.term("stage")), Column("counted", t.term("reached"), "count"),
        Column("n", t.term("at_risk"), "count"), Column("lost", t.term("lost"), "count"),
        Column("waiting", t.term("waiting"), "count"), Column("rate", t.term("conversion")),
        Column("benchmark", t.term("benchmark")), Column("days", t.term("median_days"), "days"),
        Column("stale", t.term("stale"), "count"),
    )  # fmt: skip
    return sheet("status", t.term("status_table"), columns, rows)


def groups_sheet(report: OverviewReport, t: Translator) -> Sheet | None:
    """Leads, wins and the whole way by the groups that the page shows; null without any."""
    table = report.step_breakdown(report.definition.won_position)
    if table.is_empty():
        return None
    rows = [
        {
            "group": row["group"] or t("not stated"), "leads": row["n_leads"], "won": row["n_won"],
            "rate": row["overall_rate"],
        }
        for row in table.iter_rows(named=True)
    ]  # fmt: skip
    columns = (
        Column("group", t.term(table["dimension"][0])), Column("leads", figure_name("leads", t), "count"),
        Column("won", figure_name("customers", t), "count"),
        Column("rate", t.term("overall_conversion"), "percent"),
    )  # fmt: skip
    return sheet("groups", t.term("breakdown"), columns, rows)


def limits(report: OverviewReport, t: Translator) -> tuple[str, ...]:
    """What these figures cannot say."""
    return tuple(t.message(one) for one in report.limits)


def bars(report: OverviewReport | CountsReport, t: Translator) -> tuple[Bar, ...]:
    """The funnel: stages in their order, each with the step into it."""
    rows = (report.totals if isinstance(report, CountsReport) else report.status).to_dicts()
    found = []
    for place, row in enumerate(rows):
        name = t.localized(report.definition.stage(row["stage"]).name)
        if isinstance(report, CountsReport):
            rate, why = ratio_parts(row, t)
            said, n, missed = " · ".join(one for one in (rate, why) if one) or t.value(None), row["n"], ""
            counted = t.number(n)
        else:
            rate, why, missed = step_parts(row, t)
            said, n, counted = " · ".join(one for one in (rate, why) if one), row["n_counted"], reached_words(row, t)
        found.append(Bar(name, n, counted, said if place else "", missed if place else ""))
    return tuple(found)


def totals_sheet(report: CountsReport, t: Translator) -> Sheet:
    """Totals per stage with the ratio to the stage before."""
    rows = [
        {
            "stage": t.localized(report.definition.stage(row["stage"]).name), "n": row["n"],
            "ratio": bar.step,
        }
        for row, bar in zip(report.totals.iter_rows(named=True), bars(report, t), strict=True)
    ]  # fmt: skip
    columns = (Column("stage", t.term("stage")), Column("n", t("Count"), "count"), Column("ratio", t("Ratio")))
    return sheet("totals", t("All periods together"), columns, rows)


def totals_headline(report: CountsReport, t: Translator) -> tuple[str, ...]:
    """First and won stage of the totals."""
    totals = {row["stage"]: row["n"] for row in report.totals.iter_rows(named=True)}
    definition: FunnelDefinition = report.definition
    ends = (definition.stages[0], definition.stages[definition.won_position - 1])
    said = [t.labelled(t.localized(stage.name), t.number(totals.get(stage.key))) for stage in ends]
    return (" → ".join(said),)
