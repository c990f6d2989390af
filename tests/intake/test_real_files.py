"""Real exports, from the file to the figures, with the proposed mapping and only the choices a person must make.

Expected figures were computed from the files with the standard library only.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from funnel.definition.definition import FunnelDefinition, load_templates
from funnel.errors import InputError
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import RawTable
from funnel.intake.proposing.funnel_of_file import FunnelSuggestion, suggest_definition
from funnel.intake.proposing.labels import label_names_from_lookup
from funnel.intake.proposing.propose import propose_mapping, with_targets
from funnel.intake.reading.reader import read_table
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.schema import Facts, ImportBatch, facts_of
from tests.conftest import ROOT

pytestmark = pytest.mark.real_data
IMPORT_DAY = date(2026, 3, 10)


def _general() -> FunnelDefinition:
    return load_templates(ROOT / "data" / "templates")["general_b2b"]


def _table(path: Path) -> RawTable:
    return read_table(path, path.name)


def _batch(table: RawTable, definition: FunnelDefinition) -> ImportBatch:
    proposal = propose_mapping(table, definition)
    assert proposal.questions == ()
    return normalize(table, proposal.mapping, import_day=IMPORT_DAY)


def _funnel_of(table: RawTable, won: str | None = None) -> FunnelDefinition:
    suggestion = suggest_definition(table, propose_mapping(table, _general()).mapping)
    if won is not None:
        suggestion = replace(suggestion, won_label=won, post_sale_labels=())
    return suggestion.definition("from the file")


def _journeys(batches: list[ImportBatch], definition: FunnelDefinition) -> tuple[pl.DataFrame, Facts]:
    facts = facts_of(batches, datetime(2026, 3, 10, 12))
    as_of = default_as_of(facts, definition)
    assert as_of is not None
    return build_journeys(facts, definition, as_of).collect(), facts


def _outcomes(journeys: pl.DataFrame) -> dict[str, int]:
    return dict(journeys["outcome"].cast(pl.String).value_counts().iter_rows())


def _reached(journeys: pl.DataFrame, definition: FunnelDefinition) -> list[int]:
    return [int((journeys["furthest_stage"] >= i).sum()) for i in range(1, len(definition.stages) + 1)]


def _own(journeys: pl.DataFrame, definition: FunnelDefinition) -> list[int]:
    return [journeys[f"entered_{key}"].count() for key in definition.keys]


def _won_value(journeys: pl.DataFrame) -> float:
    return journeys.filter(pl.col("outcome") == "won")["amount"].sum()


def _n_of(batch: ImportBatch, code: str) -> int:
    return sum(finding.n for finding in batch.findings if finding.message.code == f"intake.{code}")


@pytest.mark.parametrize("funnel", ["general", "from the file"])
def test_maven(real_data: Path, funnel: str) -> None:
    table = _table(real_data / "maven_crm_iso" / "sales_pipeline.csv")
    definition = _general() if funnel == "general" else _funnel_of(table)
    batch = _batch(table, definition)
    assert batch.shape == "snapshot"
    assert (batch.n_rows, batch.n_accepted, batch.n_rejected) == (8800, 8800, 0)
    assert _n_of(batch, "undated_rows") == 500
    journeys, _ = _journeys([batch], definition)
    assert _outcomes(journeys) == {"won": 4238, "lost": 2473, "open": 1589 + 500}
    assert _won_value(journeys) == 10_005_534
    won = journeys.filter(pl.col("outcome") == "won")["won_at"].dt.quarter().value_counts().sort("won_at")
    assert won["count"].to_list() == [531, 1254, 1257, 1196]
    if funnel == "from the file":
        assert [stage.name.en for stage in definition.stages] == ["Prospecting", "Engaging", "Won"]
        assert _reached(journeys, definition) == [8800, 8300, 4238]
        assert journeys.filter(pl.col("outcome") == "lost")["lost_stage"].to_list() == [3] * 2473


def test_enpal(real_data: Path) -> None:
    table = _table(real_data / "enpal_pipedrive" / "deal_changes.csv")
    definition = _funnel_of(table, won="9")
    assert [stage.name.en for stage in definition.stages] == list("123456789")
    batch = _batch(table, definition)
    assert (batch.n_rows, batch.n_accepted, batch.n_ignored) == (15_406, 15_406, 0)
    assert batch.entries.height == 15_406 - 6_500
    journeys, _ = _journeys([batch], definition)
    assert _own(journeys, definition) == [1995, 1479, 1305, 1086, 894, 741, 588, 479, 324]
    assert _reached(journeys, definition) == [1995, 1990, 1951, 1862, 1693, 1424, 1081, 723, 324]
    assert _outcomes(journeys) == {"won": 324, "lost": 1671}
    assert journeys["owner"].null_count() == 0
    assert journeys["created_at"].null_count() == 0
    strict = pl.lit(True)
    counted = []
    for key in definition.keys:
        strict = strict & pl.col(f"entered_{key}").is_not_null()
        counted.append(journeys.filter(strict).height)
    assert counted == [1995, 1479, 977, 530, 235, 81, 18, 3, 0]


def test_enpal_with_the_names_of_its_stages(real_data: Path) -> None:
    table = _table(real_data / "enpal_pipedrive" / "deal_changes.csv")
    names = label_names_from_lookup(_table(real_data / "enpal_pipedrive" / "stages.csv"))
    assert names["1"] == "Lead Generation"
    mapping = replace(propose_mapping(table, _general()).mapping, label_names=names)
    suggestion = suggest_definition(table, mapping)
    assert suggestion.labels == tuple("123456789")
    definition = suggestion.definition("Pipedrive")
    assert [stage.name.en for stage in definition.stages] == list(names.values())
    assert definition.stages[-1].name.en == "Renewal/Expansion"
    assert definition.stages[-1].is_post_sale
    assert with_targets(table, mapping, definition).labels["stage", "4"] == "stage_4"


@pytest.mark.parametrize("followup_first", [False, True])
def test_cn_convertiq(real_data: Path, followup_first: bool) -> None:
    leads = _table(real_data / "cn_convertiq" / "sample_leads.csv")
    followup = _table(real_data / "cn_convertiq" / "sample_lead_followup.csv")
    definition = _funnel_of(followup)
    tables = [followup, leads] if followup_first else [leads, followup]
    batches = [_batch(table, definition) for table in tables]
    roles = propose_mapping(followup, definition).mapping.roles
    assert roles["scheduled_inspection_time"] == "ignore"
    journeys, facts = _journeys(batches, definition)
    assert journeys["created_at"].count() == 10
    assert _reached(journeys, definition) == [10, 10, 10, 10, 5, 5]
    assert _own(journeys, definition) == [10, 10, 10, 10, 5, 5]
    assert _outcomes(journeys) == {"won": 5, "lost": 5}
    assert _won_value(journeys) == 23_000
    assert journeys.filter(pl.col("outcome") == "lost")["lost_at"].null_count() == 5
    assert sorted(journeys["owner"].cast(pl.String).unique()) == ["S001", "S002", "S003"]
    assert set(facts.lead_rows["status_label"].drop_nulls()) == {"成交", "报价未成"}


@pytest.mark.parametrize("history_first", [False, True])
def test_salesforce(real_data: Path, history_first: bool) -> None:
    opportunities = _table(real_data / "salesforce_demo_org" / "Opportunity.csv")
    history = _table(real_data / "salesforce_demo_org" / "OpportunityHistory.csv")
    tables = [history, opportunities] if history_first else [opportunities, history]
    definition = _funnel_of(tables[0])
    assert [stage.name.en for stage in definition.stages] == [
        "Prospecting",
        "Qualification",
        "Needs Analysis",
        "Value Proposition",
        "Id. Decision Makers",
        "Perception Analysis",
        "Proposal/Price Quote",
        "Negotiation/Review",
        "Closed Won",
    ]
    batches = {table.name: _batch(table, definition) for table in tables}
    assert batches["Opportunity.csv"].shape == "snapshot"
    assert batches["OpportunityHistory.csv"].shape == "stage_log"
    assert _n_of(batches["Opportunity.csv"], "closed_before_created") == 19
    assert _n_of(batches["Opportunity.csv"], "expected_before_created") == 13
    journeys, _ = _journeys(list(batches.values()), definition)
    assert _outcomes(journeys) == {"won": 12, "lost": 8, "open": 16}
    assert _won_value(journeys) == 2_815_000
    at_won = journeys.filter(pl.col("furthest_stage") >= 8)
    lost_there = journeys.filter(pl.col("lost_stage") == 9)
    assert (at_won.height, lost_there.height) == (21, 7)


def test_metrocar_as_counts(real_data: Path) -> None:
    table = _table(real_data / "metrocar_funnel" / "funnel.csv")
    definition = _funnel_of(table)
    batch = _batch(table, definition)
    assert batch.shape == "counts"
    assert (batch.n_rows, batch.n_accepted) == (105, 105)
    totals = batch.counts.group_by("label", maintain_order=True).agg(pl.col("n").sum())
    assert totals["n"].to_list() == [23608, 17623, 12406, 12278, 6233, 6233, 4348]
    assert totals["label"].to_list() == [stage.name.en for stage in definition.stages]
    assert set(batch.counts["source"].to_list()) == {"android", "ios", "web"}
    assert batch.counts["segment"].null_count() == 21
    assert batch.counts["period_start"].null_count() == 105


@pytest.mark.parametrize("name", ["流量练习数据.csv", "流量练习数据1.csv", "流量练习数据.xls", "流量练习数据2.xls"])
def test_totals_without_a_stage_say_what_is_missing(real_data: Path, name: str) -> None:
    table = _table(real_data / "gb18030_traffic" / name)
    proposal = propose_mapping(table, _general())
    assert [q.message.code for q in proposal.questions] == ["intake.counts_without_stage"]
    with pytest.raises(InputError, match=r"intake\.open_question"):
        normalize(table, proposal.mapping, import_day=IMPORT_DAY)


def test_two_date_conventions_in_one_column_are_a_question(real_data: Path) -> None:
    text = (real_data / "maven_crm_iso" / "sales_pipeline.csv").read_text()
    lines = text.splitlines()
    for i in range(1, 2000, 2):  # 2017-03-01 → 01/03/2017 in the close date of every other row
        cells = lines[i].split(",")
        if cells[6]:
            cells[6] = "/".join(reversed(cells[6].split("-")))
        lines[i] = ",".join(cells)
    table = read_table("\n".join(lines).encode(), "mixed.csv")
    proposal = propose_mapping(table, _general())
    assert [q.message.code for q in proposal.questions] == ["intake.date_mixed"]
    assert proposal.questions[0].message.params["column"] == "close_date"
    with pytest.raises(InputError, match=r"intake\.open_question"):
        normalize(table, proposal.mapping, import_day=IMPORT_DAY)
    answered = replace(proposal.mapping, date_readings={**proposal.mapping.date_readings, "close_date": "ymd+dmy"})
    clean = _batch(_table(real_data / "maven_crm_iso" / "sales_pipeline.csv"), _general())
    mixed = normalize(table, answered, import_day=IMPORT_DAY)
    assert mixed.lead_rows["closed_at"].equals(clean.lead_rows["closed_at"])


# --- the same file, written differently, is the same funnel or a question ------------------------------------------

FILES = {
    "maven": "maven_crm_iso/sales_pipeline.csv",
    "enpal": "enpal_pipedrive/deal_changes.csv",
    "cn": "cn_convertiq/sample_lead_followup.csv",
    "opportunity": "salesforce_demo_org/Opportunity.csv",
    "history": "salesforce_demo_org/OpportunityHistory.csv",
}


def _cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def _csv(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def _xlsx(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for i, row in enumerate(rows):
        sheet.write_row(i, 0, row)
    book.close()
    return out.getvalue()


def _redated(rows: list[list[str]], form: str) -> list[list[str]]:
    def cell(text: str) -> str:
        for known in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%m/%d/%y", "%m/%d/%y %I:%M %p"):
            try:
                day = datetime.strptime(text, known)
            except ValueError:
                continue
            return day.strftime(form) + (day.strftime(" %H:%M:%S") if "%H" in known or "%I" in known else "")
        return text

    return [[cell(text) for text in row] for row in rows]


def _decimal_commas(rows: list[list[str]]) -> list[list[str]]:
    return [[re.sub(r"^(\d+)\.(\d{2})$", r"\1,\2", text) for text in row] for row in rows]


def _shuffled_rows(rows: list[list[str]]) -> list[list[str]]:
    body = rows[1:]
    random.Random(1).shuffle(body)
    return [rows[0], *body]


def _shuffled_columns(rows: list[list[str]]) -> list[list[str]]:
    order = list(range(len(rows[0])))
    random.Random(2).shuffle(order)
    return [[row[i] for i in order] for row in rows]


def _repeated_header(rows: list[list[str]]) -> list[list[str]]:
    middle = len(rows) // 2
    return [*rows[:middle], rows[0], *rows[middle:]]


VARIANTS: dict[str, Callable[[list[list[str]]], bytes]] = {
    "bom": lambda rows: _csv(rows).encode("utf-8-sig"),
    "utf16": lambda rows: _csv(rows).encode("utf-16"),
    "gb18030": lambda rows: _csv(rows).encode("gb18030"),
    "semicolons": lambda rows: _csv(rows, ";").encode(),
    "tabs": lambda rows: _csv(rows, "\t").encode(),
    "pipes": lambda rows: _csv(rows, "|").encode(),
    "xlsx": _xlsx,
    "shuffled rows": lambda rows: _csv(_shuffled_rows(rows)).encode(),
    "shuffled columns": lambda rows: _csv(_shuffled_columns(rows)).encode(),
    "title rows": lambda rows: _csv([["Report of the sales team"], [], *rows]).encode(),
    "repeated header": lambda rows: _csv(_repeated_header(rows)).encode(),
    "day first": lambda rows: _csv(_redated(rows, "%d.%m.%Y")).encode(),
    "day first, slashes": lambda rows: _csv(_redated(rows, "%d/%m/%Y")).encode(),
    "month first": lambda rows: _csv(_redated(rows, "%m/%d/%Y")).encode(),
    "chinese dates": lambda rows: _csv(_redated(rows, "%Y年%m月%d日")).encode(),
    "month names": lambda rows: _csv(_redated(rows, "%d %b %Y")).encode(),
    "decimal commas": lambda rows: _csv(_decimal_commas(rows), ";").encode(),
}


def _content(batch: ImportBatch) -> list[list[tuple[object, ...]]]:
    """What a batch says, whatever the rows are numbered."""
    frames = (batch.lead_rows, batch.entries, batch.labels, batch.counts)
    return [sorted(frame.drop("row_no", strict=False).rows(), key=repr) for frame in frames]


def _cells_of(table: RawTable) -> list[object]:
    """All of a table that a proposal can be made of: its encoding, separator and name are no part of that."""
    rows = [frame.rows() for frame in (table.frame, table.left_out, table.rejected)]
    told = (table.header_row, table.n_rows, table.n_blank, table.n_repeated_header, table.findings, table.choices)
    return [table.columns, table.row_numbers.to_list(), rows, told, table.titles, table.record_column, table.together]


@cache
def _plain(
    name: str, path: Path
) -> tuple[list[list[str]], list[object], FunnelDefinition, ImportBatch, FunnelSuggestion]:
    """The cells of a file, and what is read of them without any disguise."""
    rows = _cells(path)
    if name in ("maven", "enpal"):
        rows = [rows[0], *rows[1::8]]
    plain = read_table(_csv(rows).encode(), "plain.csv")
    funnel = _funnel_of(plain)
    suggested = suggest_definition(plain, propose_mapping(plain, funnel).mapping)
    return rows, _cells_of(plain), funnel, _batch(plain, funnel), suggested


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", FILES)
def test_another_spelling_is_the_same_funnel_or_a_question(real_data: Path, name: str, variant: str) -> None:
    rows, cells, funnel, expected, suggested = _plain(name, real_data / FILES[name])
    table = read_table(VARIANTS[variant](rows), "variant")
    if _cells_of(table) == cells:
        return  # equal cells give an equal proposal: only what is read differently has to be looked at
    proposal = propose_mapping(table, funnel)
    if proposal.questions:
        assert {q.message.code for q in proposal.questions} <= {"intake.date_ambiguous", "intake.number_ambiguous"}
        assert variant.startswith(("day first", "month first", "decimal"))
        return
    batch = normalize(table, proposal.mapping, import_day=IMPORT_DAY)
    assert _content(batch) == _content(expected)
    assert batch.exported_on == expected.exported_on
    assert (
        batch.n_rows
        == batch.n_accepted
        + batch.n_rejected
        + batch.n_left_out
        + batch.n_blank
        + batch.n_repeated_header
        + batch.n_ignored
    )
    assert suggest_definition(table, proposal.mapping) == suggested


def test_ids_of_users_record_types_and_contacts_never_become_the_deal(real_data: Path) -> None:
    """The export with three ids more that repeat gives the same deals as without them."""
    rows = _cells(real_data / FILES["opportunity"])
    more = [["LastModifiedById", "RecordTypeId", "ContactId"]]
    more += [[f"005{i % 3:012}", f"012{i % 2:012}", f"003{i % 11:012}"] for i in range(len(rows) - 1)]
    wide = [row + extra for row, extra in zip(rows, more, strict=True)]
    table = read_table(_csv(wide).encode(), "Opportunity.csv")
    definition = _funnel_of(table)
    batch = _batch(table, definition)
    assert batch.shape == "snapshot"
    journeys, _ = _journeys([batch], definition)
    assert _outcomes(journeys) == {"won": 12, "lost": 8, "open": 16}
    assert _won_value(journeys) == 2_815_000
