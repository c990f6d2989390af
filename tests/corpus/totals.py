"""Tables of totals: stages by month, pivots, quarters, long and wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.corpus.case import Case
from tests.corpus.pipeline import Truth
from tests.corpus.sheet import Sheet

STAGES = ("Leads", "Qualified", "Proposal", "Won")
ZH = ("线索", "意向", "报价", "成交")
COUNTS = ((100, 120, 110), (40, 50, 45), (20, 22, 21), (8, 9, 7))
"""Per stage, one number per period. No column's sum is a number of the table, except where a total is written."""
PERIODS = {
    "mon-yy": ("Jan-24", "Feb-24", "Mar-24"),
    "mon-apostrophe": ("Jan'24", "Feb'24", "Mar'24"),
    "iso-month": ("2024-01", "2024-02", "2024-03"),
    "quarters": ("Q1-24", "Q2-24", "Q3-24"),
    "halves": ("2023H2", "2024H1", "2024H2"),
    "weeks": ("2024-W05", "2024-W06", "2024-W07"),
    "years": ("2022", "2023", "2024"),
    "month-names": ("January 2024", "February 2024", "March 2024"),
    "fiscal": ("FY24 Q1", "FY24 Q2", "FY24 Q3"),
    "slashes": ("01/2024", "02/2024", "03/2024"),
}
PERIODS_ZH = {"zh-months": ("24年1月", "24年2月", "24年3月"), "zh-full": ("2024年1月", "2024年2月", "2024年3月")}


def _truth(stages: Sequence[str]) -> Truth:
    return Truth(totals={stage: float(sum(row)) for stage, row in zip(stages, COUNTS, strict=True)})


def wide(corner: str, stages: Sequence[str], periods: Sequence[str]) -> Sheet:
    """A row per stage, a column per period."""
    rows = tuple((stage, *map(str, row)) for stage, row in zip(stages, COUNTS, strict=True))
    return Sheet((corner, *periods), rows, _truth(stages), ("",) * 4, fixed_rows=True)


def with_grand_total(sheet: Sheet, word: str) -> Sheet:
    """A column and a row of sums."""
    summed = sheet.with_column(word, [str(sum(map(int, row[1:]))) for row in sheet.rows])
    columns = list(zip(*(row[1:] for row in summed.rows), strict=True))
    last = (word, *(str(sum(map(int, column))) for column in columns))
    return Sheet(summed.columns, (*summed.rows, last), sheet.truth, ("",) * 5, fixed_rows=True)


def turned(corner: str, stages: Sequence[str], periods: Sequence[str]) -> Sheet:
    """A row per period, a column per stage."""
    rows = tuple((period, *map(str, column)) for period, column in zip(periods, zip(*COUNTS, strict=True), strict=True))
    return Sheet((corner, *stages), rows, _truth(stages), ("",) * 5, fixed_rows=True)


def long(names: Sequence[str], stages: Sequence[str], periods: Sequence[str]) -> Sheet:
    """A row per stage and period."""
    rows = tuple(
        (period, stage, str(row[i]))
        for i, period in enumerate(periods)
        for stage, row in zip(stages, COUNTS, strict=True)
    )
    return Sheet(tuple(names), rows, _truth(stages), ("",) * 3, fixed_rows=True)


def pivot() -> Sheet:
    """Excel's pivot: a line above the header, row labels, grand totals."""
    inner = with_grand_total(wide("Row Labels", STAGES, PERIODS["iso-month"]), "Grand Total")
    return Sheet(inner.columns, inner.rows, inner.truth, inner.holds, above=(("Count of Deal ID", "Column Labels"),),
                 fixed_rows=True)  # fmt: skip


def cases() -> Iterator[Case]:
    """All spellings of periods, then the forms of the table."""
    for name, periods in PERIODS.items():
        yield Case(f"totals-{name}", "totals", wide("Stage", STAGES, periods))
    for name, periods in PERIODS_ZH.items():
        yield Case(f"totals-{name}", "totals", wide("阶段", ZH, periods))
    yield Case("totals-bare-months", "totals", wide("Stage", STAGES, ("Jan", "Feb", "Mar")), "may")
    yield Case("totals-zh-bare-months", "totals", wide("阶段", ZH, ("1月", "2月", "3月")), "may")
    yield Case("totals-pivot", "totals", pivot())
    yield Case("totals-grand", "totals", with_grand_total(wide("Stage", STAGES, PERIODS["mon-yy"]), "Total"))
    yield Case("totals-grand-zh", "totals", with_grand_total(wide("阶段", ZH, PERIODS_ZH["zh-full"]), "合计"))
    yield Case("totals-turned", "totals", turned("Month", STAGES, PERIODS["iso-month"]))
    yield Case("totals-turned-zh", "totals", turned("月份", ZH, PERIODS_ZH["zh-full"]))
    yield Case("totals-long", "totals", long(("Month", "Stage", "Count"), STAGES, PERIODS["iso-month"]))
    yield Case("totals-long-zh", "totals", long(("月份", "阶段", "数量"), ZH, PERIODS_ZH["zh-full"]))
