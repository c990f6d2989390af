"""The tables of a retrospective in the words of one language: the same for the page, the HTML file and the workbook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from funnel.charts.marks import side_word, verdict_word
from funnel.definition.definition import FunnelDefinition
from funnel.exports.key_figures import figure_cell, figure_name
from funnel.exports.sheets import Cell, Column, Sheet, sheet
from funnel.i18n.translator import Translator
from funnel.metrics.thresholds import SKIPS_THAT_MATTER
from funnel.reports.retrospective.report import RetrospectiveReport

Row = dict[str, Any]


def stages_of(definition: FunnelDefinition, t: Translator) -> dict[str, str]:
    """Stage key → its name."""
    return {stage.key: t.localized(stage.name) for stage in definition.stages}


def _steps(definition: FunnelDefinition, t: Translator) -> dict[int, str]:
    names = list(stages_of(definition, t).values())
    return {position + 1: f"{names[position - 1]} → {names[position]}" for position in range(1, len(names))}


def rows_of(frame: pl.DataFrame) -> Iterable[Row]:
    """The rows of a frame by column."""
    return frame.iter_rows(named=True)


def figures(report: RetrospectiveReport, t: Translator) -> Sheet:
    """The key figures of both windows, one unit a row."""
    rows = []
    for row in rows_of(report.figures):
        sides = {side: figure_cell(row["figure"], row[f"value_{side}"], t) for side in ("before", "after")}
        change = None
        if row["change_pp"] is not None:
            change = Cell(row["change_pp"], "points", t.points(row["change_pp"]))
        elif row["change"] is not None:
            sign = "+" if row["change"] > 0 else "-" if row["change"] < 0 else ""
            amount = figure_cell(row["figure"], abs(row["change"]), t)
            change = Cell(row["change"], amount.kind, sign + amount.text) if amount else None
        reason = row["reason_after"] or row["reason_before"]
        note = t.message_of(f"overview.reason.{reason}") if reason else None
        rows.append({"figure": figure_name(row["figure"], t), **sides, "change": change, "note": note})
    columns = [
        Column("figure", t("Figure")),
        Column("before", side_word("before", t)),
        Column("after", side_word("after", t)),
        Column("change", t("Difference")),
    ]
    if any(row["note"] for row in rows):
        columns.append(Column("note", t("Note"), "long_text"))
    return sheet("figures", t.term("key_figures"), columns, rows)


def verdicts(report: RetrospectiveReport, t: Translator) -> Sheet:
    """Before and after, one row per step."""
    steps = _steps(report.definition, t)
    rows = [
        row
        | {
            "step": steps[row["position"]],
            "interval": _points_range(row["change_low_pp"], row["change_high_pp"], t),
            "word": verdict_word(row["verdict"], t) + _interim(row, t) + _swings(row, t),
            "reached": _reached(row, t),
        }
        for row in rows_of(report.comparison)
    ]
    columns = [
        Column("step", t.term("step")),
        Column("word", t.term("verdict")),
        Column("rate_before", side_word("before", t), "percent"),
        Column("n_before", t("n before"), "count"),
        Column("rate_after", side_word("after", t), "percent"),
        Column("n_after", t("n after"), "count"),
        Column("change_pp", t("Change, pts"), "points"),
        Column("interval", t.term("interval_95")),
    ]
    if any(row["reached"] for row in rows):
        columns.insert(7, Column("reached", t("With those who jumped ahead")))
    return sheet("verdicts", t.term("before_after"), columns, rows)


def verdict_details(report: RetrospectiveReport, t: Translator) -> Sheet:
    """What a verdict rests on: windows, counts, tests. For the workbook."""
    steps = _steps(report.definition, t)
    rows = [row | {"step": steps[row["position"]]} for row in rows_of(report.comparison)]
    columns = [
        Column("step", t.term("step")),
        Column("horizon_days", t.term("horizon"), "days"),
        Column("before_start", t("Before: from"), "date"),
        Column("before_end", t("Before: to"), "date"),
        Column("after_start", t("After: from"), "date"),
        Column("after_end", t("After: to"), "date"),
        Column("x_before", t("Advanced before"), "count"),
        Column("n_before", t("n before"), "count"),
        Column("x_after", t("Advanced after"), "count"),
        Column("n_after", t("n after"), "count"),
        Column("low_before", t("Before: lowest"), "percent"),
        Column("high_before", t("Before: highest"), "percent"),
        Column("low_after", t("After: lowest"), "percent"),
        Column("high_after", t("After: highest"), "percent"),
        Column("change_low_pp", t("Change: lowest"), "points"),
        Column("change_high_pp", t("Change: highest"), "points"),
        Column("p_value", "p", "number"),
        Column("sigma_z", t("Swing of its months (1: chance)"), "number"),
        Column("p_used", t("p, less the swing"), "number"),
        Column("p_adjusted", t("p, all steps compared"), "number"),
        Column("own_rate_before", t("Before: without those who jumped ahead"), "percent"),
        Column("own_rate_after", t("After: without those who jumped ahead"), "percent"),
        Column("reached_rate_before", t("Before: with those who jumped ahead"), "percent"),
        Column("reached_rate_after", t("After: with those who jumped ahead"), "percent"),
        Column("detectable_pp", t.term("detectable_change"), "points"),
    ]
    return sheet("verdict_details", t("What the verdicts rest on"), columns, rows)


def _points_range(low: float | None, high: float | None, t: Translator) -> str | None:
    if low is None or high is None:
        return None
    return t("%(low)s to %(high)s", low=t.signed(low, 1), high=t.signed(high, 1))


def _reached(row: Row, t: Translator) -> str | None:
    """Both rates counted with the leads that skipped the stage before, where so many do that it must be shown."""
    rates = (row["reached_rate_before"], row["reached_rate_after"])
    if (row["skip_share"] or 0.0) <= SKIPS_THAT_MATTER or None in rates:
        return None
    return f"{t.percent(rates[0])} → {t.percent(rates[1])}"


def _swings(row: Row, t: Translator) -> str:
    return f" · {t.term('v_swings').lower()}" if row["varies"] else ""


def _interim(row: Row, t: Translator) -> str:
    return f" ({t.term('v_interim').lower()})" if row["is_interim"] else ""


def durations(report: RetrospectiveReport, t: Translator) -> Sheet:
    """Median days of the leads that advanced, before and after."""
    steps = _steps(report.definition, t)
    rows = [
        row | {"step": steps[row["position"]], "word": verdict_word(row["verdict"], t)}
        for row in rows_of(report.durations)
    ]
    columns = [
        Column("step", t.term("step")),
        Column("word", t.term("verdict")),
        Column("median_before", t("Median days before"), "days"),
        Column("n_before", t("n before"), "count"),
        Column("median_after", t("Median days after"), "days"),
        Column("n_after", t("n after"), "count"),
        Column("change_days", t("Change, days"), "points"),
    ]
    return sheet("durations", t("Days of the leads that advanced"), columns, rows)


def drivers(report: RetrospectiveReport, t: Translator) -> Sheet:
    """What each factor added; the last row is the sum."""
    names = stages_of(report.definition, t)
    words = {"amount_share": t("Share with an amount"), "mean_amount": t("Average amount")}
    rows: list[Row] = []
    for row in rows_of(report.drivers):
        if row["factor"] in words and not has_revenue(report):
            continue
        if row["factor"] == "leads":
            factor, sides = t("Number of leads"), [t.number(row[side]) for side in ("before", "after")]
        elif row["factor"] == "mean_amount":
            factor, sides = words[row["factor"]], [t.money(row[side]) for side in ("before", "after")]
        else:
            factor = words.get(row["factor"]) or f"{names[row['from_stage']]} → {names[row['stage']]}"
            sides = [t.percent(row[side]) for side in ("before", "after")]
        rows.append(row | {"factor": factor, "before": sides[0], "after": sides[1]})
    last = report.funnel.row(-1, named=True)
    rows.append(
        {
            "factor": t("All together"),
            "before": t("%(n)s customers", n=last["n_before"]),
            "after": t("%(n)s customers", n=last["n_after"]),
            "customers": last["n_after"] - last["n_before"],
            "revenue": (last["amount_after"] or 0) - (last["amount_before"] or 0),
        }
    )
    columns = [
        Column("factor", t("Factor")),
        Column("before", side_word("before", t)),
        Column("after", side_word("after", t)),
        Column("customers", t("Customers"), "points"),
    ]
    if has_revenue(report):
        columns.append(Column("revenue", t.term("revenue"), "money"))
    return sheet("drivers", t.term("why_wins_changed"), columns, rows)


def has_revenue(report: RetrospectiveReport) -> bool:
    """Whether any customer of the two windows has a recorded amount."""
    last = report.funnel.row(-1, named=True)
    return bool(last["n_amounts_before"] or last["n_amounts_after"])


def funnels(report: RetrospectiveReport, t: Translator) -> Sheet:
    """What happened in both windows, one row per stage."""
    names = stages_of(report.definition, t)
    rows = [
        row | {"name": names[row["stage"]], "change": row["n_after"] - row["n_before"]}
        for row in rows_of(report.funnel)
    ]
    columns = [
        Column("name", t.term("stage")),
        Column("n_before", side_word("before", t), "count"),
        Column("n_after", side_word("after", t), "count"),
        Column("change", t("Difference"), "change"),
    ]
    return sheet("funnels", t("Both funnels"), columns, rows)


def mix(report: RetrospectiveReport, t: Translator) -> Sheet:
    """Execution and mix, one row per step and dimension."""
    steps = _steps(report.definition, t)
    rows = [row | {"step": steps[row["position"]], "by": t.term(row["dimension"])} for row in rows_of(report.split())]
    columns = [
        Column("step", t.term("step")),
        Column("by", t("Grouped by")),
        Column("change_pp", t("Change, pts"), "points"),
        Column("rate_part_pp", t.term("rate_effect"), "points"),
        Column("mix_part_pp", t.term("mix_effect"), "points"),
    ]
    return sheet("mix", t("Mix or rates"), columns, rows)


def groups(report: RetrospectiveReport, t: Translator, *, judged_only: bool = False) -> Sheet:
    """Before and after of every group with leads; ``judged_only``: those with enough leads on both sides."""
    steps = _steps(report.definition, t)
    rows = [
        row
        | {
            "step": steps[row["position"]],
            "name": t.labelled(t.term(row["dimension"]), row["group"] or t("not stated")),
            "word": verdict_word(row["verdict"], t),
        }
        for row in rows_of(report.groups)
        if (row["n_before"] or row["n_after"]) and not (judged_only and row["verdict"] == "too_little_data")
    ]
    columns = [
        Column("step", t.term("step")),
        Column("name", t("Group")),
        Column("word", t.term("verdict")),
        Column("rate_before", side_word("before", t), "percent"),
        Column("n_before", t("n before"), "count"),
        Column("rate_after", side_word("after", t), "percent"),
        Column("n_after", t("n after"), "count"),
        Column("change_pp", t("Change, pts"), "points"),
    ]
    return sheet("groups", t("By group"), columns, rows)


def control(report: RetrospectiveReport, t: Translator) -> Sheet:
    """Monthly rates with their limits. For the workbook: the page and the HTML file draw them."""
    steps = _steps(report.definition, t)
    rows = [
        row | {"step": steps[row["position"]], "ripe": t.value(row["is_mature"])} for row in rows_of(report.control)
    ]
    columns = [
        Column("step", t.term("step")),
        Column("month", t("Month"), "month"),
        Column("x", t.term("advanced"), "count"),
        Column("n", "n", "count"),
        Column("rate", t.term("within_h"), "percent"),
        Column("limit_low", t("Usual: lowest"), "percent"),
        Column("centre", t("usual"), "percent"),
        Column("limit_high", t("Usual: highest"), "percent"),
        Column("ripe", t.term("mature")),
    ]
    return sheet("control", t.term("control_chart"), columns, rows)


RECOMMENDATIONS = {
    "continue": "rec_continue", "pause": "rec_pause", "replace": "rec_replace", "undecided": "rec_undecided",
}  # fmt: skip
"""Recommendation → its word in the glossary."""


def promises(report: RetrospectiveReport, t: Translator) -> Sheet:
    """Each strategy's promise beside what was measured."""
    names = stages_of(report.definition, t)
    rows = [
        row
        | {
            "to": f"→ {names[row['stage']]}",
            "measured": _measured(row, t),
            "word": t.term(RECOMMENDATIONS[row["recommendation"]]) + _interim(row, t),
        }
        for row in rows_of(report.promises)
    ]
    columns = [
        Column("title", t.term("strategy")),
        Column("word", t("Recommended")),
        Column("to", t.term("step")),
        Column("promised_pp", t("Promised, pts"), "points"),
        Column("change_pp", t("Measured, pts"), "points"),
        Column("measured", t("Before → after"), workbook_only=True),
        Column("before_start", t("Before: from"), "date", workbook_only=True),
        Column("before_end", t("Before: to"), "date", workbook_only=True),
        Column("after_start", t("After: from"), "date", workbook_only=True),
        Column("after_end", t("After: to"), "date", workbook_only=True),
        Column("p_rose", t("It rose"), "probability"),
        Column("p_half", t("Half kept"), "probability"),
        Column("p_promise", t("Kept"), "probability"),
    ]
    return sheet("promises", t("Promise and result"), columns, rows)


def _measured(row: Row, t: Translator) -> str | None:
    if row["rate_before"] is None or row["rate_after"] is None:
        return None
    before, after = t.percent(row["rate_before"]), t.percent(row["rate_after"])
    return f"{before} ({t.number(row['n_before'])}) → {after} ({t.number(row['n_after'])})"


def overlaps(report: RetrospectiveReport, t: Translator) -> Sheet:
    """What ran in the windows compared: one row for each strategy or change and the windows that it touched."""
    names = stages_of(report.definition, t)
    titles = dict(report.promises.select("strategy_id", "title").iter_rows())
    judged: dict[tuple[str, ...], list[str]] = {}
    for row in rows_of(report.overlaps):
        when = f"{t.date(row['starts_on'])} – {t.date(row['ends_on']) if row['ends_on'] else t('today')}"
        sides = [word for word, is_in in ((t("before"), row["in_before"]), (t("after"), row["in_after"])) if is_in]
        other = names.get(row["other_stage"]) or t("the whole funnel")
        key = (row["title"], other, when, t.joined(sides))
        judged.setdefault(key, []).append(titles.get(row["subject"]) or f"→ {names[row['stage']]}")
    rows = [
        dict(zip(("title", "other", "when", "where"), key, strict=True)) | {"of": t.joined(of)}
        for key, of in judged.items()
    ]
    columns = [
        Column("title", t("What ran")),
        Column("other", t.term("stage")),
        Column("when", t("When")),
        Column("where", t("In the window")),
        Column("of", t("Of what is judged"), "long_text"),
    ]
    return sheet("overlaps", t("What ran at the same time"), columns, rows)
