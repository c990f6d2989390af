"""The retrospective of stage totals: what two windows of totals say, and that nothing else is claimed."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from math import prod

import polars as pl
import pytest

from funnel.filters import Filters, Window
from funnel.metrics.comparison.windows import PairChoice
from funnel.reports.retrospective.freezing import freeze, thaw
from funnel.reports.retrospective.inputs import Plan
from funnel.reports.retrospective.report import RetrospectiveReport
from funnel.reports.retrospective.totals import months_covered, totals_retrospective, totals_start
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import Facts, Spend, StageCounts
from tests.factories import GUIDE, IMPORTED_AT, facts, log

# Month: leads, intent, opportunity, won; counted by hand in the tests below.
MONTHS = {
    "2026-01": (100, 40, 20, 5),
    "2026-02": (110, 44, 22, 6),
    "2026-03": (90, 36, 18, 4),
    "2026-04": (120, 60, 24, 8),
    "2026-05": (130, 65, 26, 9),
    "2026-06": (140, 70, 28, 10),
}
KEYS = ("lead", "intent", "opportunity", "won")


def totals(months: dict[str, tuple[int, ...]], source: str | None = None) -> pl.DataFrame:
    rows = []
    for month, counts in months.items():
        start = date.fromisoformat(f"{month}-01")
        end = pl.Series([start]).dt.month_end()[0]
        for key, n in zip(KEYS, counts, strict=True):
            rows.append((1, len(rows) + 2, key, start, end, source, None, None, float(n), None, None))
    return pl.DataFrame(rows, schema=StageCounts.create_empty().schema, orient="row")


def workspace(counts: pl.DataFrame) -> WorkspaceData:
    story = facts(log())
    labels = pl.DataFrame([(1, "stage", key, key) for key in KEYS], schema=story.labels.schema, orient="row")
    batches = story.batches.with_columns(shape=pl.lit("counts"), imported_at=pl.lit(IMPORTED_AT))
    held = Facts(batches, story.lead_rows, story.entries, labels, counts)
    return load_workspace(
        name="Totals", is_sample=False, facts=held, definition=GUIDE, spend=Spend.create_empty(), settings={}
    )


THREE_MONTHS = PairChoice()
EVERYTHING = Filters()


def report(
    counts: pl.DataFrame, choice: PairChoice = THREE_MONTHS, filters: Filters = EVERYTHING
) -> RetrospectiveReport:
    data = workspace(counts)
    return totals_retrospective(data, filters, Plan(), choice=choice)


def test_three_months_against_three() -> None:
    """Spring: 100+110+90, 40+44+36, 20+22+18, 5+6+4; then 120+130+140, 60+65+70, 24+26+28, 8+9+10."""
    found = report(totals(MONTHS))
    assert found.funnel.select("stage", "n_before", "n_after").rows() == [
        ("lead", 300, 390), ("intent", 120, 195), ("opportunity", 60, 78), ("won", 15, 27),
    ]  # fmt: skip
    assert (found.figures_before.start, found.figures_after.end) == (date(2026, 1, 1), date(2026, 6, 30))
    assert found.figures.select("figure", "value_before", "value_after", "change").rows() == [
        ("leads", 300.0, 390.0, 90.0),
        ("customers", 15.0, 27.0, 12.0),
    ]


def test_the_parts_are_the_mean_over_all_orders_and_add_up() -> None:
    """A second computation: exchange the factors one after the other, in each of the 24 orders."""
    parts = report(totals(MONTHS)).drivers.filter(pl.col("factor").is_in(["leads", "step_rate"]))
    before, after = (300, 120 / 300, 60 / 120, 15 / 60), (390, 195 / 390, 78 / 195, 27 / 78)
    gains = [0.0] * 4
    for order in permutations(range(4)):
        now = list(before)
        for i in order:
            was = prod(now)
            now[i] = after[i]
            gains[i] += (prod(now) - was) / 24
    assert parts["customers"].to_list() == pytest.approx(gains, abs=1e-9)
    assert sum(parts["customers"]) == pytest.approx(12, abs=1e-9)


def test_nothing_is_judged_and_that_is_said() -> None:
    found = report(totals(MONTHS))
    codes = [message.code for message in found.headline]
    # 15 and 27 wins, and two factors alike: no cause stands out of chance.
    assert codes == ["comparison.headline.customers_rose_only", "retrospective.totals_only"]
    for frame in ("comparison", "groups", "mix", "control", "promises", "use"):
        assert getattr(found, frame).is_empty()


def test_a_window_before_that_the_totals_do_not_cover_is_not_compared() -> None:
    """Four months: three against three would count February and March as nothing."""
    four = dict(list(MONTHS.items())[2:])
    found = report(totals(four))
    assert [message.code for message in found.headline] == ["retrospective.totals_begin", "retrospective.totals_only"]
    assert found.drivers.is_empty()
    held = workspace(totals(four))
    start = totals_start(held.facts)
    assert (start, held.as_of) == (date(2026, 3, 1), date(2026, 6, 30))
    assert start is not None and held.as_of is not None
    assert months_covered(held.facts, held.as_of) == 2
    two = report(totals(four), PairChoice("months", months=2))
    assert two.funnel["n_before"].to_list() == [90 + 120, 36 + 60, 18 + 24, 4 + 8]
    assert two.headline[0].code == "comparison.headline.customers_chance", "12, then 19"


def weeks(first: date, n: int, counts: tuple[int, ...]) -> pl.DataFrame:
    rows = []
    for i in range(n):
        start = first + timedelta(days=7 * i)
        for key, count in zip(KEYS, counts, strict=True):
            place = (1, len(rows) + 2, key, start, start + timedelta(days=6))
            rows.append((*place, None, None, None, float(count), None, None))
    return pl.DataFrame(rows, schema=StageCounts.create_empty().schema, orient="row")


@pytest.mark.parametrize(("months", "n_weeks"), [(1, 4), (2, 8), (3, 13)])
def test_weeks_of_which_the_last_ends_on_the_first_of_a_month_stand_whole(months: int, n_weeks: int) -> None:
    """Forty equal weeks up to Sunday, 1 November: as many before as after, and nothing changed."""
    counts = weeks(date(2026, 1, 26), 40, (50, 20, 10, 3))
    assert workspace(counts).as_of == date(2026, 11, 1)
    found = report(counts, PairChoice("months", months=months))
    assert found.funnel["n_after"].to_list() == found.funnel["n_before"].to_list() == [
        n * n_weeks for n in (50, 20, 10, 3)
    ]  # fmt: skip
    assert found.facts == ()


def test_a_cause_that_stands_out_of_chance_is_named_and_the_sentence_says_which() -> None:
    """Five times the leads, every rate as it was."""
    grown = {month: tuple(n * (50 if month > "2026-03" else 10) for n in (100, 40, 20, 5)) for month in MONTHS}
    found = report(totals(grown))
    assert found.headline[0].code == "comparison.headline.customers_rose"
    assert found.headline[0].params["factor"].code == "comparison.factor.leads"


def test_one_month_against_the_one_before() -> None:
    found = report(totals(MONTHS), PairChoice("month", month=date(2026, 5, 1)))
    assert found.funnel["n_before"].to_list() == list(MONTHS["2026-04"])
    assert found.funnel["n_after"].to_list() == list(MONTHS["2026-05"])


def test_rows_that_lie_partly_in_a_window_are_counted_out_loud() -> None:
    straddling = totals({"2026-03": (7, 7, 7, 7)}).with_columns(period_end=date(2026, 4, 15))
    undated = totals({"2026-03": (7, 7, 7, 7)}).with_columns(
        period_start=pl.lit(None, pl.Date), period_end=pl.lit(None, pl.Date)
    )
    found = report(pl.concat([totals(MONTHS), straddling, undated]))
    assert found.funnel["n_after"].to_list() == [390, 195, 78, 27]
    (fact,) = found.facts
    assert (fact.code, fact.params["n"]) == ("retrospective.totals_left_out", 8)


def test_a_filter_counts_and_the_window_of_the_sidebar_does_not() -> None:
    fair = totals({month: tuple(n // 2 for n in counts) for month, counts in MONTHS.items()}, "fair")
    chosen = Filters(Window("dates", date(2026, 6, 1), date(2026, 6, 30)), source=("fair",))
    found = report(pl.concat([totals(MONTHS), fair]), filters=chosen)
    assert found.funnel["n_after"].to_list() == [60 + 65 + 70, 30 + 32 + 35, 12 + 13 + 14, 4 + 4 + 5]


def test_it_is_frozen_like_any_other() -> None:
    found = report(totals(MONTHS))
    again = thaw(freeze(found))
    assert freeze(again) == freeze(found)
    assert again.funnel.equals(found.funnel)
