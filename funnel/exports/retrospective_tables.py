"""The tables of a retrospective in the words of one language: the same for the page, the HTML file and the workbook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from funnel.charts.marks import side_word, verdict_word
from funnel.definition import FunnelDefinition
from funnel.exports.sheets import Column, Sheet, sheet
from funnel.i18n.translator import Translator
from funnel.reports.retrospective import RetrospectiveReport

Row = dict[str, Any]


def _stages(definition: FunnelDefinition, t: Translator) -> dict[str, str]:
    return {stage.key: t.localized(stage.name) for stage in definition.stages}


def _steps(definition: FunnelDefinition, t: Translator) -> dict[int, str]:
    names = list(_stages(definition, t).values())
    return {position + 1: f"{names[position - 1]} → {names[position]}" for position in range(1, len(names))}


def _rows(frame: pl.DataFrame) -> Iterable[Row]:
    return frame.iter_rows(named=True)


def _counted(x: int | None, n: int | None, t: Translator) -> str | None:
    return None if not n else t("%(advanced)s of %(n)s", advanced=x, n=n)


def key_figure_words(t: Translator) -> dict[str, str]:
    """Key figure → its name."""
    return {
        "leads": t("Leads"), "customers": t("Won deals"), "overall_conversion": t.term("overall_conversion"),
        "win_rate": t.term("win_rate"), "won_of_closed": t.term("won_of_closed"),
        "average_deal_size": t.term("average_deal_size"), "revenue": t.term("revenue"),
        "lead_cost": t.term("lead_cost"), "customer_cost": t.term("customer_cost"),
        "sales_cycle": t.term("sales_cycle"), "repurchase_rate": t.term("repurchase_rate"),
        "referral_rate": t.term("referral_rate"),
    }  # fmt: skip


def figures(report: RetrospectiveReport, t: Translator) -> Sheet:
    """The key figures of both windows, one unit a row, hence as text."""
    terms = key_figure_words(t)
    rows = []
    for row in _rows(report.figures):
        sides = {side: _figure(row["figure"], row[f"value_{side}"], t) for side in ("before", "after")}
        if row["change_pp"] is not None:
            change = t.points(row["change_pp"])
        elif row["change"] is not None:
            sign = "+" if row["change"] > 0 else "-" if row["change"] < 0 else ""
            change = sign + _figure(row["figure"], abs(row["change"]), t)
        else:
            reason = row["reason_after"] or row["reason_before"]
            change = t.message_of(f"overview.reason.{reason}") if reason else None
        rows.append({"figure": terms.get(row["figure"], row["figure"]), **sides, "change": change})
    columns = [
        Column("figure", t("Figure")),
        Column("before", side_word("before", t)),
        Column("after", side_word("after", t)),
        Column("change", t("Difference")),
    ]
    return sheet("figures", t.term("key_figures"), columns, rows)


def _figure(figure: str, value: float | None, t: Translator) -> str:
    if value is None:
        return t.value(None)
    if figure in ("average_deal_size", "revenue", "lead_cost", "customer_cost"):
        return t.money(value)
    if figure.endswith(("_rate", "_conversion", "_closed")):
        return t.percent(value)
    return t.days(value, 0) if figure == "sales_cycle" else t.number(value)


def verdicts(report: RetrospectiveReport, t: Translator) -> Sheet:
    """Before and after, one row per step."""
    steps = _steps(report.definition, t)
    rows = [
        row
        | {
            "step": steps[row["position"]],
            "interval": _points_range(row["change_low_pp"], row["change_high_pp"], t),
            "word": verdict_word(row["verdict"], t) + _interim(row, t) + _swings(row, t),
        }
        for row in _rows(report.comparison)
    ]
    columns = [
        Column("step", t.term("step")),
        Column("rate_before", side_word("before", t), "percent"),
        Column("n_before", t("n before"), "count"),
        Column("rate_after", side_word("after", t), "percent"),
        Column("n_after", t("n after"), "count"),
        Column("change_pp", t("Change, pts"), "points"),
        Column("interval", t.term("interval_95")),
        Column("word", t.term("verdict")),
    ]
    return sheet("verdicts", t.term("before_after"), columns, rows)


def verdict_details(report: RetrospectiveReport, t: Translator) -> Sheet:
    """What a verdict rests on: windows, counts, tests. For the workbook."""
    steps = _steps(report.definition, t)
    rows = [row | {"step": steps[row["position"]]} for row in _rows(report.comparison)]
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
        Column("p_adjusted", t("p, all steps compared"), "number"),
        Column("detectable_pp", t.term("detectable_change"), "points"),
    ]
    return sheet("verdict_details", t("What the verdicts rest on"), columns, rows)


def _points_range(low: float | None, high: float | None, t: Translator) -> str | None:
    if low is None or high is None:
        return None
    return t("%(low)s to %(high)s", low=t.signed(low, 1), high=t.signed(high, 1))


def _swings(row: Row, t: Translator) -> str:
    return f" · {t.term('v_swings').lower()}" if row["varies"] else ""


def _interim(row: Row, t: Translator) -> str:
    return f" ({t.term('v_interim').lower()})" if row["is_interim"] else ""


def durations(report: RetrospectiveReport, t: Translator) -> Sheet:
    """Median days of the leads that advanced, before and after."""
    steps = _steps(report.definition, t)
    rows = [
        row | {"step": steps[row["position"]], "word": verdict_word(row["verdict"], t)}
        for row in _rows(report.durations)
    ]
    columns = [
        Column("step", t.term("step")),
        Column("median_before", t("Median days before"), "days"),
        Column("n_before", t("n before"), "count"),
        Column("median_after", t("Median days after"), "days"),
        Column("n_after", t("n after"), "count"),
        Column("change_days", t("Change, days"), "points"),
        Column("word", t.term("verdict")),
    ]
    return sheet("durations", t("Days of the leads that advanced"), columns, rows)


def drivers(report: RetrospectiveReport, t: Translator) -> Sheet:
    """What each factor added; the last row is the sum."""
    names = _stages(report.definition, t)
    words = {"amount_share": t("Share with an amount"), "mean_amount": t("Average amount")}
    rows: list[Row] = []
    for row in _rows(report.drivers):
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
    names = _stages(report.definition, t)
    rows = [row | {"name": names[row["stage"]]} for row in _rows(report.funnel)]
    columns = [
        Column("name", t.term("stage")),
        Column("n_before", side_word("before", t), "count"),
        Column("n_after", side_word("after", t), "count"),
    ]
    return sheet("funnels", t("Both funnels"), columns, rows)


def mix(report: RetrospectiveReport, t: Translator) -> Sheet:
    """Execution and mix, one row per step and dimension."""
    steps = _steps(report.definition, t)
    rows = [
        row | {"step": steps[row["position"]], "by": t.term(row["dimension"])}
        for row in _rows(report.mix)
        if row["change_pp"] is not None
    ]
    columns = [
        Column("step", t.term("step")),
        Column("by", t("By")),
        Column("change_pp", t("Change, pts"), "points"),
        Column("rate_part_pp", t.term("rate_effect"), "points"),
        Column("mix_part_pp", t.term("mix_effect"), "points"),
    ]
    return sheet("mix", t("Mix or execution"), columns, rows)


def groups(report: RetrospectiveReport, t: Translator) -> Sheet:
    """Before and after of every group with leads."""
    steps = _steps(report.definition, t)
    rows = [
        row
        | {
            "step": steps[row["position"]],
            "name": f"{t.term(row['dimension'])}: {row['group'] or t('not stated')}",
            "word": verdict_word(row["verdict"], t),
        }
        for row in _rows(report.groups)
        if row["n_before"] or row["n_after"]
    ]
    columns = [
        Column("step", t.term("step")),
        Column("name", t("Group")),
        Column("rate_before", side_word("before", t), "percent"),
        Column("n_before", t("n before"), "count"),
        Column("rate_after", side_word("after", t), "percent"),
        Column("n_after", t("n after"), "count"),
        Column("change_pp", t("Change, pts"), "points"),
        Column("word", t.term("verdict")),
    ]
    return sheet("groups", t("By group"), columns, rows)


def control(report: RetrospectiveReport, t: Translator) -> Sheet:
    """Monthly rates with their limits. For the workbook: the page and the HTML file draw them."""
    steps = _steps(report.definition, t)
    rows = [row | {"step": steps[row["position"]], "ripe": t.value(row["is_mature"])} for row in _rows(report.control)]
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
    names = _stages(report.definition, t)
    rows = [
        row
        | {
            "to": f"→ {names[row['stage']]}",
            "measured": _measured(row, t),
            "word": t.term(RECOMMENDATIONS[row["recommendation"]]) + _interim(row, t),
        }
        for row in _rows(report.promises)
    ]
    columns = [
        Column("title", t.term("strategy")),
        Column("to", t.term("step")),
        Column("promised_pp", t("Promised, pts"), "points"),
        Column("change_pp", t("Measured, pts"), "points"),
        Column("measured", t("Before → after"), files_only=True),
        Column("p_rose", t("It rose"), "probability"),
        Column("p_half", t("Half kept"), "probability"),
        Column("p_promise", t("Kept"), "probability"),
        Column("word", t("Recommended")),
    ]
    return sheet("promises", t("Promise and result"), columns, rows)


def _measured(row: Row, t: Translator) -> str | None:
    if row["rate_before"] is None or row["rate_after"] is None:
        return None
    before, after = t.percent(row["rate_before"]), t.percent(row["rate_after"])
    return f"{before} ({t.number(row['n_before'])}) → {after} ({t.number(row['n_after'])})"


def overlaps(report: RetrospectiveReport, t: Translator) -> Sheet:
    """What else ran in the windows compared."""
    names = _stages(report.definition, t)
    titles = dict(report.promises.select("strategy_id", "title").iter_rows())
    rows = [
        row
        | {
            "of": titles.get(row["subject"]) or f"→ {names[row['stage']]}",
            "other": names.get(row["other_stage"]) or t("the whole funnel"),
            "when": f"{t.date(row['starts_on'])} – {t.date(row['ends_on']) if row['ends_on'] else t('today')}",
            "where": t.joined(
                word for word, is_in in ((t("before"), row["in_before"]), (t("after"), row["in_after"])) if is_in
            ),
        }
        for row in _rows(report.overlaps)
    ]
    columns = [
        Column("of", t("Judged")),
        Column("title", t("What else ran")),
        Column("other", t.term("stage")),
        Column("when", t("When")),
        Column("where", t("In the window")),
    ]
    return sheet("overlaps", t("What else ran at the same time"), columns, rows)


def voice_word(voice: str, t: Translator) -> str:
    """Won or lost customers."""
    return t.term("won") if voice == "won" else t.term("outcome_lost")


def stage_word(stage: str, names: dict[str, str], t: Translator) -> str:
    """The stage a voice is about."""
    return names.get(stage) or (stage if stage else t("no particular stage"))


def feedback(report: RetrospectiveReport, t: Translator) -> Sheet:
    """What customers said, newest first."""
    names = _stages(report.definition, t)
    rows = [
        row | {"voice": voice_word(row["voice"], t), "stage": stage_word(row["stage"], names, t)}
        for row in _rows(report.feedback)
    ]
    columns = [
        Column("on", t("Date"), "date"),
        Column("voice", t("Voice")),
        Column("stage", t.term("stage")),
        Column("theme", t("Theme")),
        Column("quote", t("Quote"), "long_text"),
        Column("lead_id", t("Lead id")),
    ]
    return sheet("feedback", t.term("customer_feedback"), columns, rows)


def themes(report: RetrospectiveReport, t: Translator) -> Sheet:
    """How often each theme is named by stage and month."""
    names = _stages(report.definition, t)
    rows = [
        row
        | {
            "voice": voice_word(row["voice"], t),
            "stage": stage_word(row["stage"], names, t),
            "month": t.term("all_time") if row["month"] is None else t.month(row["month"]),
        }
        for row in _rows(report.themes)
    ]
    columns = [
        Column("voice", t("Voice")),
        Column("month", t("Month")),
        Column("stage", t.term("stage")),
        Column("theme", t("Theme")),
        Column("n", t("Named"), "count"),
        Column("n_import", t("of these imported"), "count"),
        Column("share", t("Share"), "percent"),
        Column("cumulative", t("Together"), "percent"),
    ]
    return sheet("themes", t("Themes ranked"), columns, rows)


def growing(report: RetrospectiveReport, t: Translator) -> Sheet:
    """Themes that grew against the month before, with the playbook's answer."""
    names = _stages(report.definition, t)
    suffix = "zh" if t.language == "zh_Hans" else "en"
    answers: dict[tuple[str, str], str] = {}
    for row in _rows(report.measures):
        answers.setdefault((row["stage"], row["theme"]), row[f"action_{suffix}"])
    rows = [
        row
        | {
            "name": stage_word(row["stage"], names, t),
            "now": _counted(row["n"], row["total"], t),
            "before": _counted(row["n_before"], row["total_before"], t),
            "clear": t("clear") if row["is_clear"] else t("may be chance"),
            "answer": answers.get((row["stage"], row["theme"])),
        }
        for row in _rows(report.growing.sort("is_clear", descending=True, maintain_order=True))
    ]
    columns = [
        Column("theme", t("Theme")),
        Column("name", t.term("stage")),
        Column("before", t("Month before")),
        Column("now", t("This month")),
        Column("clear", t("Growth")),
        Column("answer", t("The playbook suggests"), "long_text"),
    ]
    return sheet("growing", t("Growing themes"), columns, rows)


def use(report: RetrospectiveReport, t: Translator) -> Sheet:
    """How much each stage is used."""
    names = _stages(report.definition, t)
    rows = []
    for row in _rows(report.use):
        proposal = None
        if row["proposal"] == "merge":
            proposal = t("merge into %(stage)s", stage=names[row["into"]])
        elif row["proposal"] == "remove":
            proposal = t("remove")
        rows.append(row | {"name": names[row["stage"]], "proposal": proposal})
    columns = [
        Column("name", t.term("stage")),
        Column("n_reached", t.term("reached"), "count"),
        Column("skip_share", t.term("skip_share"), "percent"),
        Column("pass_rate", t.term("pass_through"), "percent"),
        Column("pass_n", "n", "count"),
        Column("median_dwell_days", t("Median days in it"), "days"),
        Column("proposal", t("Proposal")),
    ]
    return sheet("use", t("How each stage is used"), columns, rows)


STATES = ("open", "done", "dropped")


def state_word(state: str, t: Translator) -> str:
    """The state of a decision."""
    return {"open": t("open"), "done": t("done"), "dropped": t("dropped")}[state]


def decisions(report: RetrospectiveReport, t: Translator, *, earlier: bool) -> Sheet:
    """Decisions that this retrospective looks back on, or those it took."""
    rows = [
        row | {"state": state_word(row["state"], t) + (f" · {t.term('overdue').lower()}" if row["is_overdue"] else "")}
        for row in _rows(report.decisions.filter(pl.col("is_earlier") == earlier))
    ]
    columns = [
        Column("month", t("Month"), "month"),
        Column("text", t.term("decision"), "long_text"),
        Column("owner", t.term("owner")),
        Column("due_on", t("Due"), "date"),
        Column("state", t("State")),
        Column("note", t("Note"), "long_text"),
    ]
    title = t("Decided before") if earlier else t("Decided this month")
    return sheet("earlier_decisions" if earlier else "decisions", title, columns, rows)
