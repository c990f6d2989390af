"""Tables of totals as people make them: long, wide, transposed, pivots, with totals of their own; counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from funnel.definition.definition import definition_from_labels
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import RawTable
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.schema import ImportBatch

FUNNEL = definition_from_labels("x", ["Leads", "Qualified", "Proposal", "Won"], "Won")


def read(text: str, name: str = "totals.csv") -> RawTable:
    return read_table(text.encode(), name)


def batch(table: RawTable, year: int | None = None) -> ImportBatch:
    mapping = propose_mapping(table, FUNNEL).mapping
    assert mapping.shape == "counts"
    if year is not None:
        (question,) = propose_mapping(table, FUNNEL).questions
        assert question.message.code == "intake.year_ambiguous"
        key = str(question.message.params["column"])
        mapping = replace(mapping, date_readings={**mapping.date_readings, key: f"year:{year}"})
    made = normalize(table, mapping, import_day=date(2026, 1, 1))
    assert made.n_rows == (
        made.n_accepted + made.n_rejected + made.n_left_out + made.n_blank + made.n_repeated_header + made.n_ignored
    )
    return made


def totals(made: ImportBatch) -> dict[tuple[str, str], float]:
    return {(label, start.isoformat()[:7]): n for label, start, n in made.counts[["label", "period_start", "n"]].rows()}


EXPECTED = {
    ("Leads", "2024-01"): 100, ("Leads", "2024-02"): 120, ("Qualified", "2024-01"): 40, ("Qualified", "2024-02"): 50,
    ("Won", "2024-01"): 8, ("Won", "2024-02"): 9,
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Stage,Jan-24,Feb-24\nLeads,100,120\nQualified,40,50\nWon,8,9\n",
        "Stage,Jan'24,Feb'24,Total\nLeads,100,120,220\nQualified,40,50,90\nWon,8,9,17\nTotal,148,179,327\n",
        "阶段,24年1月,24年2月,合计\nLeads,100,120,220\nQualified,40,50,90\nWon,8,9,17\n合计,148,179,327\n"
        "制表人：张三,,,\n",
        "Count of Deal ID,Column Labels,,\nRow Labels,2024-01,2024-02,Grand Total\n"
        "Leads,100,120,220\nQualified,40,50,90\nWon,8,9,17\nGrand Total,148,179,327\n",
        "Month,Leads,Qualified,Won,Total\nJan 2024,100,40,8,148\nFeb 2024,120,50,9,179\nTotal,220,90,17,327\n",
        "Month,Stage,Deals\n2024-01,Leads,100\n2024-01,Qualified,40\n2024-01,Won,8\n2024-01,Total,148\n"
        "2024-02,Leads,120\n2024-02,Qualified,50\n2024-02,Won,9\n2024-02,Total,179\n",
        "Stage,2024-01-01 00:00:00,2024-02-01 00:00:00\nLeads,100,120\nQualified,40,50\nWon,8,9\n",
    ],
)
def test_months(text: str) -> None:
    assert totals(batch(read(text))) == EXPECTED


def test_months_without_a_year_are_asked_about() -> None:
    table = read(
        "2024年漏斗,,,\n阶段,1月,2月,合计\nLeads,100,120,220\nQualified,40,50,90\nWon,8,9,17\n合计,148,179,327\n",
        "漏斗",
    )
    assert totals(batch(table)) == EXPECTED  # the title says the year
    assert totals(batch(read("Month,Leads,Qualified,Won\nJan,100,40,8\nFeb,120,50,9\n"), 2024)) == EXPECTED


def test_years_over_quarters_with_totals_of_each() -> None:
    """A pivot by Excel: year over quarter, a total of each year and a grand total."""
    made = batch(
        read(
            "Count of Deal ID,Column Labels,,,,,,\n,2024,,2024 Total,2025,,2025 Total,Grand Total\n"
            "Row Labels,Q1,Q2,,Q1,Q2,,\nLeads,100,120,220,10,20,30,250\nWon,8,9,17,1,2,3,20\n"
            "Grand Total,108,129,237,11,22,33,270\n"
        )
    )
    assert totals(made) == {
        ("Leads", "2024-01"): 100, ("Leads", "2024-04"): 120, ("Leads", "2025-01"): 10, ("Leads", "2025-04"): 20,
        ("Won", "2024-01"): 8, ("Won", "2024-04"): 9, ("Won", "2025-01"): 1, ("Won", "2025-04"): 2,
    }  # fmt: skip


def test_stages_under_months_in_the_header() -> None:
    made = batch(
        read(
            "Source,Jan-24,,Feb-24,,Total,\n,Leads,Won,Leads,Won,Leads,Won\n"
            "Web,90,6,100,7,190,13\nFair,10,2,20,2,30,4\nTotal,100,8,120,9,220,17\n"
        )
    )
    rows = made.counts[["source", "label", "period_start", "n"]].rows()
    assert {(source, label, start.month): n for source, label, start, n in rows} == {
        ("Web", "Leads", 1): 90, ("Web", "Won", 1): 6, ("Web", "Leads", 2): 100, ("Web", "Won", 2): 7,
        ("Fair", "Leads", 1): 10, ("Fair", "Won", 1): 2, ("Fair", "Leads", 2): 20, ("Fair", "Won", 2): 2,
    }  # fmt: skip
    assert set(made.labels["label"]) == {"Leads", "Won"}


def test_a_total_that_is_no_sum_stays() -> None:
    table = read("Deal,Stage,Created,Amount,Tax,Total\nA,Won,2024-01-02,100,19,119\nB,Won,2024-01-03,200,38,238\n")
    assert "Total" in table.columns  # the total of an amount and its tax is an amount
    other = read("Stage,Jan-24,Feb-24,Total\nLeads,100,120,500\nWon,8,9,17\n")
    assert "Total" in other.columns


def test_money_beside_totals_is_named_as_unused() -> None:
    table = read("月份,线索,意向,成交,成交金额(元)\n2024-01,100,40,8,5200\n2024-02,120,50,9,6100\n")
    (note,) = [found for found in batch(table).findings if found.message.code == "intake.money_of_totals"]
    assert note.message.params["columns"] == ["成交金额(元)"]
    assert not [f for f in batch(read("月份,线索,成交\n2024-01,100,8\n2024-02,120,9\n")).findings
                if f.message.code == "intake.money_of_totals"]  # fmt: skip


def test_the_year_in_the_title_is_the_year_of_bare_months() -> None:
    table = read("2024年1-3月汇总,,,\n月份,线索,意向,成交\n1月,100,40,8\n2月,120,50,9\n3月,90,30,5\n")
    assert min(start for _, start in totals(batch(table))) == "2024-01"


def test_two_years_in_the_title_or_a_turn_of_the_year_are_asked() -> None:
    cases = (
        ("2023-2024汇总", ("1月", "2月", "3月")),
        ("2024汇总", ("11月", "12月", "1月")),
        ("2024", ("Nov", "Dec", "Jan")),
    )
    for title, months in cases:
        rows = "".join(f"{month},{n},{n // 2},{n // 9}\n" for month, n in zip(months, (100, 130, 90), strict=True))
        asked = propose_mapping(read(f"{title},,,\n月份,线索,意向,成交\n{rows}"), FUNNEL).questions
        assert [question.message.code for question in asked] == ["intake.year_ambiguous"], title
