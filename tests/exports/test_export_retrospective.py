"""The files of a retrospective: the same figures as the report, all text shown as text, in both languages."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from functools import cache
from html.parser import HTMLParser

import fastexcel
import polars as pl
import pytest

from data.sample import generator as sample
from funnel.definition.definition import FunnelDefinition, Stage, Text
from funnel.exports import retrospective_tables as tables
from funnel.exports.retrospective_content import SECTIONS, section_titles
from funnel.exports.retrospective_html import retrospective_html
from funnel.exports.retrospective_xlsx import retrospective_workbook
from funnel.filters import Filters
from funnel.i18n.translator import Translator
from funnel.metrics.comparison.promise import StrategyRun
from funnel.metrics.steps.horizons import horizons
from funnel.planning.feedback.decisions import Decision
from funnel.planning.feedback.voices import Feedback
from funnel.reports.retrospective.freezing import freeze, thaw
from funnel.reports.retrospective.report import RetrospectiveReport, retrospective_report
from funnel.schema import Spend
from tests.factories import workspace
from tests.reports.test_report_retrospective import GUIDE, sample_journeys

NASTY = "<script>alert('x')</script> & \"quoted\" 🚀 <b>bold</b>"
FORMULA = '=HYPERLINK("http://example.invalid")'


class Reader(HTMLParser):
    """What a browser would see: tags, the text outside scripts, and where things are loaded from."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.sources: list[str] = []
        self.in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]
        self.in_script = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.in_script = self.in_script and tag not in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.in_script:
            self.texts.append(data)


def nasty_funnel() -> FunnelDefinition:
    stages = tuple(
        Stage(stage.key, Text(NASTY, NASTY) if stage.key == "intent" else stage.name, is_won=stage.is_won,
              is_post_sale=stage.is_post_sale)
        for stage in GUIDE.stages
    )  # fmt: skip
    return FunnelDefinition("nasty", Text("n", "n"), stages)


@cache
def report(nasty: bool = False) -> RetrospectiveReport:
    definition = nasty_funnel() if nasty else GUIDE
    leads = sample_journeys(sample.SEED).lazy()
    name = NASTY if nasty else "Needs questionnaire"
    return retrospective_report(
        workspace(
            leads, definition, sample.AS_OF, horizons(leads, definition, sample.AS_OF), spend=Spend.create_empty()
        ),
        Filters(),
        strategies=[StrategyRun("q", name, "intent", sample.QUESTIONNAIRE_FROM, promised_pp=10.0)],
        feedback=[
            Feedback(
                f"f{i}", date(2026, 6, i), "lost", "intent", NASTY if nasty else "Price", FORMULA if nasty else "…"
            )
            for i in range(1, 5)
        ],
        decisions=[Decision("d1", date(2026, 5, 1), name, "Li Na")],
    )


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def cells(book: bytes) -> dict[str, list[tuple]]:
    """Every sheet as rows of raw values."""
    reader = fastexcel.read_excel(book)
    return {name: reader.load_sheet(name, header_row=None).to_polars().rows() for name in reader.sheet_names}


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_file_is_one_whole(language: str) -> None:
    """Nothing is loaded from elsewhere; every section and every chart is in it; Plotly stands in it once."""
    t = Translator(language)
    text = retrospective_html(report(), t, "Sample")
    page = read(text)
    assert page.sources == []
    assert text.count("plotly.js v") == 1
    shown = " ".join(page.texts)
    assert all(title in shown for title in section_titles(t).values())
    assert page.tags.count("section") == len(SECTIONS)
    assert page.tags.count("figure") == text.count("Plotly.newPlot(") - text.count('"Plotly.newPlot(') >= 6
    other = section_titles(Translator("en" if language == "zh_Hans" else "zh_Hans"))
    assert not [title for title in other.values() if f">{title}<" in text]


def test_the_file_shows_the_figures_of_the_report() -> None:
    shown = " ".join(read(retrospective_html(report(), Translator("en"), "Sample")).texts)
    row = report().comparison.row(0, named=True)
    assert f"{100 * row['rate_before']:.1f}%" in shown
    assert f"{row['n_before']:,}" in shown
    last = report().funnel.row(-1, named=True)
    assert f"{last['n_before']} customers" in shown
    assert f"{last['n_after']} customers" in shown


def test_names_and_notes_are_shown_as_text() -> None:
    """A tag in a name is neither run nor swallowed: not in the page, not in a table, not in a chart."""
    text = retrospective_html(report(nasty=True), Translator("en"), NASTY)
    page = read(text)
    assert NASTY in " ".join(page.texts)
    assert "b" not in page.tags
    assert "alert('x')</script>" not in text
    charts = re.findall(r"Plotly\.newPlot\(\s*\"chart_\w*\",\s*(\[.*?\]),\s*\{", text, flags=re.S)
    assert charts
    for chart in charts:
        assert "<script" not in chart
        assert "<b>bold" not in json.dumps(json.loads(chart))


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_workbook_holds_numbers(language: str) -> None:
    t = Translator(language)
    sheets = cells(retrospective_workbook(report(), t, "Sample"))
    verdicts = sheets[t.term("before_after").replace(" / ", " – ")[:31]]
    row = report().comparison.row(0, named=True)
    values = [float(value) for value in verdicts[1] if _is_number(value)]
    assert values == pytest.approx(
        [row["rate_before"], row["n_before"], row["rate_after"], row["n_after"], row["change_pp"]]
    )
    drivers = sheets[t.term("why_wins_changed")]
    parts = [float(line[3]) for line in drivers[1:]]
    assert sum(parts[:-1]) == pytest.approx(parts[-1], abs=1e-9)
    assert parts[-1] == report().funnel["n_after"][-1] - report().funnel["n_before"][-1]


def test_the_key_figures_are_numbers_in_the_workbook() -> None:
    t = Translator("en")
    lines = {line[0]: line for line in cells(retrospective_workbook(report(), t, "Sample"))[t.term("key_figures")]}
    for name, figure in (("Leads", "leads"), ("Won deals", "customers"), (t.term("revenue"), "revenue")):
        row = report().figures.row(by_predicate=pl.col("figure") == figure, named=True)
        expected = [row["value_before"], row["value_after"], row["change"]]
        assert [float(cell) for cell in lines[name][1:4]] == pytest.approx(expected)


def test_sheet_names_are_whole_words_of_at_most_31_letters() -> None:
    names = list(cells(retrospective_workbook(report(), Translator("en"), "Sample")))
    assert "Before – after" in names
    assert "Days of the leads that advanced" in names
    assert max(len(name) for name in names) <= 31
    assert len({name.lower() for name in names}) == len(names)


def test_a_strategy_that_ran_beside_several_steps_is_one_row() -> None:
    """All steps and strategies whose windows it touched stand in one cell."""
    rows = tables.overlaps(report(), Translator("en")).rows
    kept = {(row["other_id"], row["in_before"], row["in_after"]) for row in report().overlaps.iter_rows(named=True)}
    assert len(rows) == len(kept) > 0
    said = " ".join(row["of"] for row in rows)
    assert all(f"→ {stage.name.en}" in said for stage in GUIDE.stages[1:])


def test_groups_that_cannot_be_judged_stand_in_the_workbook_only() -> None:
    t = Translator("en")
    few = report().groups.filter(pl.col("verdict") == "too_little_data").height
    assert few > 0
    assert len(tables.groups(report(), t).rows) - len(tables.groups(report(), t, judged_only=True).rows) == few


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def test_the_workbook_runs_no_formula() -> None:
    """Text that looks like a formula stays text, and no cell links anywhere."""
    import zipfile

    book = retrospective_workbook(report(nasty=True), Translator("en"), FORMULA)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not [sheet for sheet in sheets if "<f>" in sheet or "<hyperlink" in sheet]
        assert "HYPERLINK" in parts.read("xl/sharedStrings.xml").decode()


def test_a_frozen_report_gives_the_same_files() -> None:
    t = Translator("zh_Hans")
    again = thaw(freeze(report()))
    assert retrospective_html(again, t, "Sample") == retrospective_html(report(), t, "Sample")
    assert cells(retrospective_workbook(again, t, "S")) == cells(retrospective_workbook(report(), t, "S"))
