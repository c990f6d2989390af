"""The sections of a retrospective: sentences, charts and tables in the words of one language.

The page draws them one below the other, the HTML file prints them, the workbook keeps the tables: all from one frozen
report, so all show the same figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from funnel.charts.control_chart import control_chart, pareto_chart
from funnel.charts.palette import Palette
from funnel.charts.paper import Figure
from funnel.charts.retrospective_charts import before_after_chart, two_funnels_chart, waterfall_chart
from funnel.errors import Message
from funnel.exports import retrospective_notes as written
from funnel.exports import retrospective_tables as tables
from funnel.exports.outlook.tables import kept_sheet, kept_words
from funnel.exports.sheets import Sheet
from funnel.filters import DIMENSIONS
from funnel.i18n.translator import Translator
from funnel.metrics.comparison.drivers import has_rate_above_1
from funnel.reports.retrospective.report import RetrospectiveReport
from funnel.reports.retrospective.totals import TOTALS

Tone = Literal["", "better", "worse", "warning"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and how it is meant: ``better`` and ``worse`` carry their colour, ``warning`` a mark."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Chart:
    """A chart with its title (blank: the section's own is enough)."""

    key: str
    title: str
    figure: Figure


@dataclass(frozen=True)
class Section:
    """One part of the retrospective. ``lead``: the finding in large type; ``windows``: which leads are compared, where
    they are not those of the caption; ``notes``: what else must be said."""

    key: str
    title: str
    lead: tuple[Sentence, ...] = ()
    windows: tuple[Sentence, ...] = ()
    charts: tuple[Chart, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    notes: tuple[Sentence, ...] = ()


SECTIONS = (
    "headline", "before_after", "why", "mix", "control", "promises", "feedback", "simplification", "decisions",
)  # fmt: skip

_OF_TOTALS = ("headline", "before_after", "why", "feedback", "decisions")
"""The sections that stage totals can fill; the headline says what they cannot answer."""


def sections_of(basis: str) -> tuple[str, ...]:
    """The sections of a report on ``basis``, in their order."""
    return _OF_TOTALS if basis == TOTALS else SECTIONS


def section_titles(t: Translator) -> dict[str, str]:
    """Section key → its title, in the order of the retrospective."""
    return {
        "headline": t("In short"),
        "before_after": t("Before and after, by step"),
        "why": t.term("why_wins_changed"),
        "mix": t("Mix or rates"),
        "control": t("Month by month"),
        "promises": t("Strategies: promise and result"),
        "feedback": t.term("customer_feedback"),
        "simplification": t.term("process_simplification"),
        "decisions": t("Decisions and next steps"),
    }


def section(key: str, report: RetrospectiveReport, t: Translator, palette: Palette) -> Section:
    """One section of the report."""
    build = {
        "headline": _headline,
        "before_after": _before_after,
        "why": _why,
        "mix": _mix,
        "control": _control,
        "promises": _promises,
        "feedback": _feedback,
        "simplification": _simplification,
        "decisions": _decisions,
    }[key]
    return build(report, t, palette)


def caption(report: RetrospectiveReport, t: Translator) -> str:
    """What is compared, on which basis, as of which day and on how many leads."""
    parts = [
        t(
            "%(after)s against %(before)s",
            after=t.period(report.figures_after.start, report.figures_after.end),
            before=t.period(report.figures_before.start, report.figures_before.end),
        ),
        t("totals per stage, as imported")
        if report.basis == TOTALS
        else t("leads that entered each step, each followed for its usual time"),
        f"{t.term('as_of')} {t.date(report.as_of)}",
        f"n = {t.number(report.n_leads)}" if report.basis == TOTALS else t("n = %(n)s leads", n=report.n_leads),
    ]
    filters = report.filters
    for dimension, chosen in filters.groups:
        values = t.joined(value or t("not stated") for value in chosen)
        parts.append(t.labelled(t.term(dimension), values))
    return " · ".join(parts)


def footer(report: RetrospectiveReport, t: Translator, workspace: str, saved: str | None) -> str:
    """Whose figures these are, of which month, and the id under which they are frozen (null: not saved)."""
    frozen = t("frozen: %(id)s", id=saved) if saved else t("not saved: figures of %(day)s", day=report.as_of)
    return f"{workspace} · {t.term('retrospective')} {t.month(report.as_of)} · {frozen}"


def _said(messages: Sequence[Message], t: Translator) -> tuple[Sentence, ...]:
    return tuple(Sentence(t.message(message), _tone(message)) for message in messages)


def _tone(message: Message) -> Tone:
    match message.code:
        case "comparison.improved" | "comparison.duration.faster":
            return "better"
        case "comparison.worsened" | "comparison.duration.slower":
            return "worse"
        case "comparison.reversal.all_fell" | "comparison.reversal.all_rose":
            return "warning"
    return ""


def _headline(report: RetrospectiveReport, t: Translator, palette: Palette) -> Section:
    sheets, opening = [tables.figures(report, t)], ()
    if report.kept is not None and not report.kept.is_empty():
        sheets.append(kept_sheet(report.kept, t))
        said = kept_words(report.kept, t)
        opening = (Sentence(said),) if said else ()
    return Section(
        "headline", section_titles(t)["headline"], lead=(*opening, *_said(report.headline, t)),
        windows=_said(report.window_notes(of_headline=True), t), notes=_said(report.facts, t), sheets=tuple(sheets),
    )  # fmt: skip


def _before_after(report: RetrospectiveReport, t: Translator, palette: Palette) -> Section:
    title = section_titles(t)["before_after"]
    both = Chart("funnels", t("Both funnels"), two_funnels_chart(report.funnel, report.definition, t, palette))
    if report.basis == TOTALS:
        return Section("before_after", title, charts=(both,), sheets=(tables.funnels(report, t),))
    notes: list[Message] = []
    for stage in report.comparison["stage"]:
        if (judged := report.verdict(stage)) not in report.headline:
            notes.append(judged)
        notes += report.notes(stage)
        if report.choice.kind == "month" and (later := report.month_note(stage)) is not None and later not in notes:
            notes.append(later)
    notes += [report.duration(stage) for stage in report.durations["stage"]]
    return Section(
        "before_after",
        title,
        windows=_said(report.window_notes(), t),
        charts=(Chart("dumbbells", "", before_after_chart(report.comparison, report.definition, t, palette)), both),
        sheets=(tables.verdicts(report, t), tables.durations(report, t)),
        notes=(*_said(notes, t), Sentence(t.labelled(t.term("horizon"), t.explained("horizon")))),
    )


def _why(report: RetrospectiveReport, t: Translator, palette: Palette) -> Section:
    bases = {
        "activity": t("Counted by what happened in each window."),
        TOTALS: t(
            "Counted by the totals of each window: a rate between two of them may exceed 100%, since they are not the "
            "same leads."
        ),
        "lead_cohort": t(
            "Counted on the leads created in each window, each followed for %(days)s days.",
            days=report.followed_days,
        ),
    }
    if report.drivers.is_empty():
        nothing = t(
            "The data do not carry a split: the window before is not covered, too few leads stand behind a rate, or "
            "wins have no dates."
        )
        return Section("why", section_titles(t)["why"], notes=(Sentence(nothing),))
    when = t(
        "%(after)s against %(before)s",
        after=t.period(report.driver_after.start, report.driver_after.end),
        before=t.period(report.driver_before.start, report.driver_before.end),
    )
    notes = [t("%(counted)s %(when)s.", counted=bases[report.basis], when=when)]
    if report.basis == "activity" and has_rate_above_1(report.drivers):
        notes.append(
            t("A rate above 100% means that more arrived in a window than entered the stage before: they are not the "
              "same leads, so the bars say little here. Leads followed equally long give a split of the same leads.")
        )  # fmt: skip
    notes.append(
        t("The bars add up exactly: each is what the change of this factor alone is worth, on average over all orders "
          "of changing them.")
    )  # fmt: skip
    charts = [Chart("waterfall", "", _waterfall(report, t, palette, "customers"))]
    if tables.has_revenue(report):
        charts.append(Chart("waterfall_revenue", t("Why revenue changed"), _waterfall(report, t, palette, "revenue")))
    return Section(
        "why",
        section_titles(t)["why"],
        charts=tuple(charts),
        sheets=(tables.drivers(report, t),),
        notes=tuple(Sentence(note) for note in notes),
    )


def _waterfall(report: RetrospectiveReport, t: Translator, palette: Palette, measure: str) -> Figure:
    return waterfall_chart(report.funnel, report.drivers, report.definition, t, palette, measure)


def _mix(report: RetrospectiveReport, t: Translator, palette: Palette) -> Section:
    reversals = report.reversals()
    sheet = tables.mix(report, t)
    if not sheet.rows and report.comparison["change_pp"].null_count() == report.comparison.height:
        nothing = t("No step has leads on both sides, so there is no change to split.")
        return Section("mix", section_titles(t)["mix"], notes=(Sentence(nothing),))
    if report.mix.is_empty():
        nothing = t(
            "No lead states any of these: %(names)s. So the mix of leads cannot be looked at.",
            names=t.joined(t.term(dimension) for dimension in DIMENSIONS),
        )
        return Section("mix", section_titles(t)["mix"], notes=(Sentence(nothing),))
    lead = _said(reversals, t)
    if not lead and report.comparison["n_judged"].max():
        lead = (Sentence(t("In no step do all groups move against the total.")),)
    words = [Sentence(t.labelled(t.term(term), t.explained(term))) for term in ("rate_effect", "mix_effect")]
    notes = (*_said(report.mix_notes(), t), *words)
    if len(sheet.rows) < report.mix["change_pp"].count():
        few = t("Left out where less than half of the leads belong to groups that exist on both sides.")
        notes = (*notes, Sentence(few))
    groups = tables.groups(report, t, judged_only=True)
    n_few = report.groups.filter(pl.col("verdict") == "too_little_data").height
    if n_few:
        few = t("Groups with too little data to judge, listed in the workbook only: %(n)s", n=n_few)
        notes = (*notes, Sentence(few))
    return Section("mix", section_titles(t)["mix"], lead=lead, notes=notes, sheets=(sheet, groups))


def _control(report: RetrospectiveReport, t: Translator, palette: Palette) -> Section:
    charts, notes = [], []
    names = {stage.key: t.localized(stage.name) for stage in report.definition.stages}
    for (stage,), rows in report.control.partition_by("stage", as_dict=True, maintain_order=True).items():
        if rows["rate"].null_count() == rows.height:
            continue
        own = report.lines.filter(pl.col("stage") == stage)
        before = report.definition.step(rows["position"][0])[0]
        title = f"{t.localized(before.name)} → {names[str(stage)]}"
        charts.append(Chart(f"control_{stage}", title, control_chart(rows, own, t, palette)))
        notes.append(report.control_note(str(stage)))
    if not charts:
        nothing = t("No step has a history that is long enough to be drawn month by month.")
        return Section("control", section_titles(t)["control"], notes=(Sentence(nothing),))
    return Section(
        "control", section_titles(t)["control"], charts=tuple(charts), sheets=(tables.control(report, t),),
        notes=_said(notes, t),
    )  # fmt: skip


def _promises(report: RetrospectiveReport, t: Translator, palette: Palette) -> Section:
    if report.promises.is_empty():
        nothing = t("No strategy that works on a rate has started yet.")
        return Section("promises", section_titles(t)["promises"], notes=(Sentence(nothing),))
    said = _said([report.promise(one) for one in report.promises["strategy_id"]], t)
    how = t(
        "A strategy is judged on the leads that entered its step since its start, against as long a time before it, "
        "less the usual time of the step (or from the start of the data). Leads that were still open at its start got "
        "it too, so the rate before may differ from the baseline in the plan. “It rose”, “half kept” and "
        "“kept” are the probabilities that the rate rose at all, by half of the promise, by all of it."
    )
    sheets = [tables.promises(report, t)]
    if not report.overlaps.is_empty():
        sheets.append(tables.overlaps(report, t))
    return Section(
        "promises", section_titles(t)["promises"], windows=(Sentence(how),), sheets=tuple(sheets), notes=said
    )


def _feedback(report: RetrospectiveReport, t: Translator, palette: Palette) -> Section:
    charts = []
    names = {stage.key: t.localized(stage.name) for stage in report.definition.stages}
    counted = report.themes.filter(pl.col("month").is_null())
    for (voice, stage), rows in counted.partition_by(["voice", "stage"], as_dict=True, maintain_order=True).items():
        title = f"{written.voice_word(str(voice), t)} · {written.stage_word(str(stage), names, t)}"
        charts.append(Chart(f"pareto_{voice}_{stage}", title, pareto_chart(rows, t, palette)))
    sheets = [written.growing(report, t)] if not report.growing.is_empty() else []
    if not report.feedback.is_empty():
        sheets.append(written.feedback(report, t))
    if not report.themes.is_empty():
        sheets.append(written.themes(report, t))
    nothing = t("Nobody has written down what customers say, and no loss has a reason.")
    notes = () if charts or sheets else (Sentence(nothing),)
    return Section(
        "feedback", section_titles(t)["feedback"], lead=tuple(growing_sentences(report, t)), charts=tuple(charts),
        sheets=tuple(sheets), notes=notes,
    )  # fmt: skip


def growing_sentences(report: RetrospectiveReport, t: Translator) -> list[Sentence]:
    """The themes that clearly grew, in a sentence each."""
    names = {stage.key: t.localized(stage.name) for stage in report.definition.stages}
    return [
        Sentence(
            t(
                "“%(theme)s” grew at %(stage)s: %(n)s of %(total)s this month, %(n_before)s of %(total_before)s the "
                "month before.",
                theme=row["theme"],
                stage=written.stage_word(row["stage"], names, t),
                n=row["n"],
                total=row["total"],
                n_before=row["n_before"],
                total_before=row["total_before"],
            ),
            "warning",
        )
        for row in report.growing.filter(pl.col("is_clear")).iter_rows(named=True)
    ]


def _simplification(report: RetrospectiveReport, t: Translator, palette: Palette) -> Section:
    proposals = _said(report.proposals(), t)
    if not proposals:
        nothing = t("No stage is often skipped, lets nearly everybody through or takes no time: nothing to simplify.")
        proposals = (Sentence(nothing),)
    elif report.use["proposal"].count() > 1:
        one = t("Try one change at a time: each alters what the others would do.")
        proposals = (*proposals, Sentence(one))
    return Section(
        "simplification", section_titles(t)["simplification"], sheets=(written.use(report, t),), notes=proposals
    )


def _decisions(report: RetrospectiveReport, t: Translator, palette: Palette) -> Section:
    sheets = [written.decisions(report, t, earlier=True), written.decisions(report, t, earlier=False)]
    kept = tuple(one for one in sheets if one.rows)
    notes = () if kept else (Sentence(t("Nothing has been decided yet.")),)
    return Section("decisions", section_titles(t)["decisions"], sheets=kept, notes=notes)
