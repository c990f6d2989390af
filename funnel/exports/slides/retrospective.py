"""The retrospective as slides: one finding each, from the same report as the page, the HTML file and the workbook."""

from __future__ import annotations

from itertools import accumulate, pairwise

import polars as pl

from funnel.charts.marks import side_word
from funnel.charts.palette import LIGHT
from funnel.exports import retrospective_tables as tables
from funnel.exports.retrospective_content import Section, caption, footer, section, sections_of
from funnel.exports.slides.deck import Deck, Plot, Series
from funnel.i18n.translator import Translator
from funnel.reports.retrospective.report import RetrospectiveReport
from funnel.reports.retrospective.totals import TOTALS


def retrospective_slides(
    report: RetrospectiveReport, t: Translator, workspace: str, saved: str | None, template: bytes | None = None
) -> bytes:
    """The .pptx. ``saved``: the id under which the report is frozen (null: it is not); ``template``: a company's own
    .pptx or .potx.

    Raises InputError (``slides.template``) for a template that is neither.
    """
    deck = Deck(t, caption(report, t), footer(report, t, workspace, saved), template)
    parts = {key: section(key, report, t, LIGHT) for key in sections_of(report.basis)}
    opening = parts["headline"]
    said = tuple(one.text for one in opening.lead)
    deck.words(t.term("page_retrospective_q"), said, [one.text for one in opening.notes])
    for sheet in opening.sheets:
        deck.table(sheet.title, said[:1], sheet)
    for key, part in parts.items():
        if key != "headline":
            _part(deck, part, report, t, said)
    return deck.to_bytes(report.as_of)


def _part(deck: Deck, part: Section, report: RetrospectiveReport, t: Translator, headline: tuple[str, ...]) -> None:
    """The slides of one section: its finding (else that of the whole), its chart, its tables."""
    own = tuple(one.text for one in part.lead)
    lead = own or headline[:1]
    notes = [one.text for one in (*part.windows, *part.notes)]
    match part.key:
        case "before_after":
            lead = headline[1:3] or lead
            if report.basis != TOTALS:
                deck.plot(part.title, lead, notes, rates(report, t))
                deck.table(part.sheets[0].title, lead, part.sheets[0])
            deck.plot(t("Both funnels"), lead, (), funnels(report, t))
        case "why" if not report.drivers.is_empty():
            deck.plot(part.title, lead, notes, customers(report, t))
        case "control":
            young = t("Months that are not settled yet are left out of the chart.")
            deck.plot(part.title, lead, [*notes, young] if part.charts else notes, months(report, t))
        case "feedback" if part.sheets:
            deck.table(part.title, lead, part.sheets[-1] if report.growing.is_empty() else part.sheets[0], notes)
        case "decisions" if part.sheets:
            for sheet in part.sheets:
                deck.table(sheet.title, lead, sheet)
        case _ if part.sheets and part.sheets[0].rows:
            found = [one.text for one in part.notes[:1]] if part.key in ("promises", "simplification") else []
            rest = [one for one in notes if one not in found]
            deck.table(part.title, own or tuple(found) or lead, part.sheets[0], rest)
        case _:
            deck.words(part.title, lead, notes)


def rates(report: RetrospectiveReport, t: Translator) -> Plot:
    """Each step before and after, with n of both."""
    rows = report.comparison.to_dicts()
    names = tables.stages_of(report.definition, t)
    labels = [f"→ {names[row['stage']]} (n {t.number(row['n_before'])} / {t.number(row['n_after'])})" for row in rows]
    return Plot("bars", tuple(labels), _sides(rows, "rate", t), "0.0%")


def funnels(report: RetrospectiveReport, t: Translator) -> Plot:
    """How many reached each stage in either window."""
    rows = report.funnel.to_dicts()
    names = tables.stages_of(report.definition, t)
    return Plot("bars", tuple(names[row["stage"]] for row in rows), _sides(rows, "n", t))


def _sides(rows: list[dict], figure: str, t: Translator) -> tuple[Series, ...]:
    colours = {"before": "#8496AD", "after": LIGHT.accent}
    return tuple(
        Series(side_word(side, t), tuple(row[f"{figure}_{side}"] for row in rows), colour)
        for side, colour in colours.items()
    )


def customers(report: RetrospectiveReport, t: Translator) -> Plot:
    """From the customers before to those after: floating bars, or plain ones where a level lies below zero."""
    names = tables.stages_of(report.definition, t)
    last = report.funnel.row(-1, named=True)
    before, after = last["n_before"] or 0, last["n_after"] or 0
    parts = report.drivers.filter(pl.col("factor").is_in(["leads", "step_rate"])).to_dicts()
    changes = [row["customers"] for row in parts]
    labels = (
        side_word("before", t),
        *(f"→ {names[row['stage']]}" if row["factor"] == "step_rate" else t("Number of leads") for row in parts),
        side_word("after", t),
    )
    form = "#,##0" if max(before, after) >= 100 else "#,##0.0"
    levels = list(accumulate(changes, initial=float(before)))
    if min(levels) < 0:
        return Plot("columns", labels, (Series(t("Customers"), (before, *changes, after), LIGHT.accent),), form)
    feet = [min(one, two) for one, two in pairwise(levels)]
    rises = [change if change >= 0 else None for change in changes]
    falls = [-change if change < 0 else None for change in changes]
    nothing = [None] * len(changes)
    return Plot(
        "stacked",
        labels,
        (
            Series(t("Foot of the bar"), (None, *feet, None), LIGHT.paper, is_shown=False),
            Series(t("Customers"), (before, *nothing, after), "#8496AD"),
            Series(t("More"), (None, *rises, None), LIGHT.green, sign="+"),
            Series(t("Fewer"), (None, *falls, None), LIGHT.red, sign="-"),
        ),
        form,
    )


def months(report: RetrospectiveReport, t: Translator) -> Plot:
    """The rate of each step month by month, as far as it can be judged."""
    ripe = report.control.filter(pl.col("is_mature") & pl.col("rate").is_not_null())
    days = sorted(set(ripe["month"]))
    names = tables.stages_of(report.definition, t)
    series = []
    for place, stage in enumerate(dict.fromkeys(ripe["stage"])):
        known = dict(ripe.filter(pl.col("stage") == stage).select("month", "rate").iter_rows())
        colour = LIGHT.categories[place % len(LIGHT.categories)]
        series.append(Series(f"→ {names[stage]}", tuple(known.get(day) for day in days), colour))
    return Plot("lines", tuple(t.month(day) for day in days), tuple(series), "0%")
