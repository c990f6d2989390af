"""A dimension is one entry of ``filters.DIMENSIONS``, a column of the facts and its words; all else follows."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from funnel.definition.definition import load_templates
from funnel.errors import InputError
from funnel.exports.retrospective_content import caption
from funnel.filters import DIMENSIONS, SPENT_BY, Filters, Window, apply_filters
from funnel.i18n.messages import MESSAGES
from funnel.i18n.translator import LANGUAGES, Translator
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.metrics.economics import window_cost
from funnel.reports.overview import overview_report
from funnel.reports.retrospective.freezing import freeze, thaw
from funnel.reports.retrospective.report import retrospective_report
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import ONE_ROW_PER_LEAD, LeadRows, Spend, StageCounts, facts_of, journeys_schema
from tests.conftest import ROOT
from tests.factories import GUIDE, IMPORTED_AT, spend

CODE = [ROOT / "app.py", *(path for room in ("pages", "funnel") for path in sorted((ROOT / room).rglob("*.py")))]


EXCEPT = {
    "funnel/filters.py": "the list itself",
    "funnel/intake/batches/findings.py": "a gap in source or owner is worth a note, in others not",
    "funnel/schema/journeys.py": "declares the columns of a frame; schema lies below filters",
    "pages/bottleneck_parts/times.py": "what a handover needs are exactly an owner and a source",
}


def _spelled(node: ast.AST) -> set[str]:
    """The dimensions that one tuple, list, set, dict or call names by itself."""
    parts: list[ast.expr | None] = []
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        parts = [*node.elts]
    elif isinstance(node, ast.Dict):
        parts = [*node.keys]
    elif isinstance(node, ast.Call):
        parts = [*node.args]
        parts += [ast.Constant(keyword.arg) for keyword in node.keywords]
    return {part.value for part in parts if isinstance(part, ast.Constant) and part.value in DIMENSIONS}


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_list_of_dimensions_is_written_down_once(path: Path) -> None:
    if str(path.relative_to(ROOT)) in EXCEPT:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [ast.unparse(node) for node in ast.walk(tree) if len(_spelled(node)) > 1] == []


def test_which_shapes_have_a_row_per_lead_is_written_down_once() -> None:
    spelled = [
        path.name
        for path in CODE
        if all(shape in (text := path.read_text(encoding="utf-8")) for shape in ONE_ROW_PER_LEAD)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Tuple | ast.List | ast.Set)
        and {part.value for part in node.elts if isinstance(part, ast.Constant)} == set(ONE_ROW_PER_LEAD)
    ]
    assert spelled == ["facts.py"]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_dimension_has_its_columns_and_its_words(dimension: str) -> None:
    for schema in (LeadRows, StageCounts):
        assert dimension in schema.column_names()
    assert journeys_schema(GUIDE)[dimension] == pl.Categorical
    cause = "uneven_owners" if dimension == "owner" else f"weak_{dimension}"
    codes = [f"intake.role.{dimension}", f"comparison.dimension.{dimension}"]
    codes += [f"causes.{cause}{end}" for end in ("", ".all_below", ".unknown")]
    assert [code for code in codes if code not in MESSAGES] == []
    for language in LANGUAGES:
        assert Translator(language).term(dimension) and Translator(language).help(dimension)


FILE = "客户编号,创建日期,意向日期,成交日期,状态,金额,来源,区域\n" + "\n".join(
    f"K{i:03},2025-0{1 + i % 6}-03,2025-0{1 + i % 6}-{5 + i % 9:02},"
    f"{f'2025-0{1 + i % 6}-20' if i % 5 == 0 else ''},{'赢单' if i % 5 == 0 else '进行中'},100,网站,"
    f"{('华东', '华南', '')[i % 3]}"
    for i in range(120)
)


@pytest.fixture
def data(tmp_path: Path) -> WorkspaceData:
    """A file with a region column, taken as proposed: 40 leads each in 华东, in 华南 and without a region."""
    file = tmp_path / "leads.csv"
    file.write_text(FILE, encoding="utf-8")
    definition = load_templates(ROOT / "data" / "templates")["general_b2b"]
    table = read_table(file, file.name)
    mapping = propose_mapping(table, definition).mapping
    assert mapping.column("region") == "区域"
    batch = normalize(table, mapping, import_day=date(2025, 7, 1))
    return load_workspace(
        name="w",
        is_sample=False,
        facts=facts_of([batch], IMPORTED_AT),
        definition=definition,
        spend=SPEND,
        settings={},
        import_findings=(),
    )


SPEND = spend(*((date(2025, m, 1), None, 100.0) for m in range(1, 7)))


def test_regions_are_told_apart_filtered_and_never_get_all_the_spend(data: WorkspaceData) -> None:
    assert data.dimensions == ("source", "region")
    assert sorted(data.values_of("region")) == ["", "华东", "华南"]
    whole = overview_report(data, Filters(), by="region")
    rows = whole.breakdown.filter(pl.col("position") == 1).select("group", "n_counted").rows()
    assert dict(rows) == {"华东": 40, "华南": 40, None: 40}
    east = Filters(region=("华东",))
    assert apply_filters(data.journeys.lazy(), east).collect().height == 40
    last = date(2025, 6, 30)
    assert window_cost(SPEND, Filters(), last, date(2025, 1, 1)).amount == pytest.approx(600)
    cost = window_cost(SPEND, east, last, date(2025, 1, 1))
    assert (cost.amount, cost.reason) == (None, "spend_not_by_region")
    told = spend(*((date(2025, m, 1), None, amount, name) for m in range(1, 7) for name, amount in REGIONS))
    assert window_cost(told, east, last, date(2025, 1, 1)).amount == pytest.approx(6 * 30)


REGIONS = (("华东", 30.0), ("华南", 50.0), ("西部", 20.0))


def test_the_spend_table_names_the_dimensions_that_it_can_be_split_by() -> None:
    assert set(SPENT_BY) <= set(DIMENSIONS)
    assert set(Spend.column_names()) == {"month", "amount", *SPENT_BY}


def test_the_retrospective_keeps_the_chosen_region(data: WorkspaceData) -> None:
    """A dimension that the retrospective forgot would be dropped silently: all leads under a heading of one region."""
    asked = Filters(region=("华东",))
    report = retrospective_report(data, asked)
    assert report.filters == asked
    assert set(report.groups["dimension"]) == {"source", "region"}
    assert report.figures.filter(pl.col("figure") == "leads")["value_after"].item() == 20
    assert "Region: 华东" in caption(report, Translator("en"))
    assert "区域：华东" in caption(report, Translator("zh_Hans"))
    assert thaw(freeze(report.filters)) == asked


def test_filters_that_were_frozen_with_three_fixed_dimensions_are_read() -> None:
    old = (
        '{"$":"Filters","window":{"$":"Window","preset":"all","start":null,"end":null},'
        '"sources":["web"],"owners":[],"segments":["food","oil"]}'
    )
    assert thaw(old) == Filters(source=("web",), segment=("food", "oil"))


def test_filters_name_what_is_no_dimension() -> None:
    with pytest.raises(InputError) as caught:
        Filters(Window(), colour=("red",))
    assert caught.value.message.params == {"given": "colour", "allowed": list(DIMENSIONS)}
    assert Filters(source=()) == Filters() and not Filters(source=()).selects_leads
