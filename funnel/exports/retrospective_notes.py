"""The tables of what people said, decided and could do without, in the words of one language."""

from __future__ import annotations

import polars as pl

from funnel.exports.retrospective_tables import rows_of, stages_of
from funnel.exports.sheets import Column, Sheet, sheet
from funnel.i18n.translator import Translator
from funnel.reports.retrospective.report import RetrospectiveReport


def _counted(x: int | None, n: int | None, t: Translator) -> str | None:
    return None if not n else t("%(advanced)s of %(n)s", advanced=x, n=n)


def voice_word(voice: str, t: Translator) -> str:
    """Won or lost customers."""
    return t.term("won") if voice == "won" else t.term("outcome_lost")


def stage_word(stage: str, names: dict[str, str], t: Translator) -> str:
    """The stage a voice is about."""
    return names.get(stage) or (stage if stage else t("no particular stage"))


def feedback(report: RetrospectiveReport, t: Translator) -> Sheet:
    """What customers said, newest first."""
    names = stages_of(report.definition, t)
    rows = [
        row | {"voice": voice_word(row["voice"], t), "stage": stage_word(row["stage"], names, t)}
        for row in rows_of(report.feedback)
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
    names = stages_of(report.definition, t)
    rows = [
        row
        | {
            "voice": voice_word(row["voice"], t),
            "stage": stage_word(row["stage"], names, t),
            "month": t.term("all_time") if row["month"] is None else t.month(row["month"]),
        }
        for row in rows_of(report.themes)
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
    names = stages_of(report.definition, t)
    suffix = "zh" if t.language == "zh_Hans" else "en"
    answers: dict[tuple[str, str], str] = {}
    for row in rows_of(report.measures):
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
        for row in rows_of(report.growing.sort("is_clear", descending=True, maintain_order=True))
    ]
    columns = [
        Column("theme", t("Theme")),
        Column("name", t.term("stage")),
        Column("before", t("Month before")),
        Column("now", t("This month")),
        Column("clear", t("Growth")),
        Column("answer", t("The playbook suggests"), "long_text"),
    ]
    return sheet("growing", t("Themes named more often"), columns, rows)


def use(report: RetrospectiveReport, t: Translator) -> Sheet:
    """How much each stage is used."""
    names = stages_of(report.definition, t)
    rows = []
    for row in rows_of(report.use):
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
        for row in rows_of(report.decisions.filter(pl.col("is_earlier") == earlier))
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
