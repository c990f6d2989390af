"""The overview as slides: one finding each, with the figures of the page and what they cannot say."""

from __future__ import annotations

from datetime import date

from funnel.charts.palette import LIGHT
from funnel.exports.overview import content
from funnel.exports.slides.deck import Deck, Plot, Series
from funnel.i18n.translator import Translator
from funnel.reports.counts import CountsReport
from funnel.reports.overview import OVERALL, OverviewReport

_NO_DAY = date(1980, 1, 1)
"""The day of the file where the data have none."""


def overview_slides(
    report: OverviewReport | CountsReport, as_of: date | None, caption: str, t: Translator, workspace: str,
    template: bytes | None = None,
) -> bytes:  # fmt: skip
    """The .pptx. ``caption``: what is counted, as of when, n; ``as_of``: null where nothing is dated; ``template``: a
    company's own .pptx or .potx.

    Raises InputError (``slides.template``) for a template that is neither.
    """
    said = (workspace, t.term("page_overview"), t("not saved: figures of %(day)s", day=as_of) if as_of else "")
    footer = " · ".join(one for one in said if one)
    deck = Deck(t, caption, footer, template)
    if isinstance(report, CountsReport):
        _totals(deck, report, t)
    else:
        _leads(deck, report, t)
    return deck.to_bytes(as_of or _NO_DAY)


def _leads(deck: Deck, report: OverviewReport, t: Translator) -> None:
    said, limits = content.headline(report, t), content.limits(report, t)
    deck.table(t.term("page_overview_q"), said, content.figures_sheet(report, t))
    rows = report.status.to_dicts()
    bars = content.bars(report, t)
    names = [bar.name for bar in bars]
    steps = [" · ".join(one for one in (f"→ {bar.name}: {bar.step}", bar.missed) if one) for bar in bars[1:]]
    if any(row["is_at_least"] for row in rows):
        steps.append(t("At least so many: only the furthest stage of each lead is known."))
    reached = Series(t.term("reached"), tuple(bar.n for bar in bars), LIGHT.accent)
    deck.plot(t("Funnel"), said[:1], steps, Plot("bars", tuple(names), (reached,)))
    marks = [(name, row) for name, row in zip(names[1:], rows[1:], strict=True) if row["rate"] is not None]
    deck.plot(t("Every step against its benchmark"), said[1:], [t.explained("interval_95")], _rates(marks, t))
    deck.table(t.term("status_table"), said[1:], content.status_sheet(report, t))
    _trend(deck, report, names, said, t)
    groups = content.groups_sheet(report, t)
    if groups is not None and groups.rows:
        note = report.group_note(0)
        deck.table(groups.title, said[:1], groups, [t.message(note)] if note else [])
    if limits:
        deck.words(t("What these figures cannot say"), (), limits)


def _trend(deck: Deck, report: OverviewReport, names: list[str], said: tuple[str, ...], t: Translator) -> None:
    """The telling step by period, as far as it can be judged."""
    step = report.telling_step
    position = 0 if step == OVERALL else report.definition.position(step)
    name = t.term("overall_conversion") if step == OVERALL else f"→ {names[position - 1]}"
    ripe = [row for row in report.step_trend(position).to_dicts() if row["rate"] is not None]
    ripe = [row for row in ripe if not row["is_provisional"]]
    labels = tuple(_period(row["period_start"], row["period_end"], t) for row in ripe)
    line = Series(name, tuple(row["rate"] for row in ripe), LIGHT.accent)
    none = t("No period can be judged yet: its leads were not followed long enough, or its dates are missing.")
    young = t("Only periods whose leads were followed long enough are drawn.")
    counted = [
        t.labelled(label, t("%(advanced)s of %(n)s", advanced=row["advanced"], n=row["n"]))
        for label, row in zip(labels, ripe, strict=True)
    ]
    plot = Plot("lines", labels, (line,), "0%")
    deck.plot(t.labelled(t.term("trend"), name), said[1:], [young, *counted] if ripe else [none], plot)


def _period(start: date, end: date, t: Translator) -> str:
    return t.month(start) if (end - start).days > 7 else t.date(start)


def _rates(rows: list[tuple[str, dict]], t: Translator) -> Plot:
    """The rate of each step beside the low end of its benchmark."""
    labels = tuple(f"→ {name} (n {t.number(_n(row))})" for name, row in rows)
    series = [Series(t.term("conversion"), tuple(row["rate"] for _, row in rows), LIGHT.accent)]
    if any(row["benchmark_low"] is not None for _, row in rows):
        lows = tuple(row["benchmark_low"] for _, row in rows)
        series.append(Series(t("Benchmark, low end"), lows, "#8496AD"))
    return Plot("bars", labels, tuple(series), "0.0%")


def _n(row: dict) -> int:
    return row["closed_n"] if row["level"] == "placed" else row["n"]


def _totals(deck: Deck, report: CountsReport, t: Translator) -> None:
    said, table = content.totals_headline(report, t), content.totals_sheet(report, t)
    limit = t.message_of("overview.counts_only")
    bars = content.bars(report, t)
    counts = Series(t("Count"), tuple(bar.n for bar in bars), LIGHT.accent)
    plot = Plot("bars", tuple(bar.name for bar in bars), (counts,))
    deck.plot(t.term("page_overview_q"), said, [f"→ {bar.name}: {bar.step}" for bar in bars[1:]], plot)
    deck.table(table.title, said, table)
    deck.words(t("What these figures cannot say"), (), (limit,))
