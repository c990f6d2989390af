"""Stage changes between exports: who moved, in which interval, and how long it took at least and at most."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from funnel.definition.edits import merge
from funnel.metrics.journeys.build import build_journeys
from funnel.metrics.journeys.snapshots import export_pairs, interval_days, stage_changes
from tests.examples import examples
from tests.factories import GUIDE, facts, lead, log, snapshot

JAN, FEB, MAR = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)
AS_OF = date(2024, 6, 30)


def pipeline():
    """Three month-end exports of one pipeline."""
    return facts(
        snapshot(
            lead("A", stage="lead", created_at="2024-01-10"),
            lead("B", stage="intent", created_at="2024-01-05"),
            lead("C", stage="opportunity", created_at="2024-01-02"),
            exported_on="2024-01-31",
        ),
        snapshot(
            lead("A", stage="intent", created_at="2024-01-10"),
            lead("B", stage="intent", created_at="2024-01-05", status="@lost"),
            lead("C", stage="intent", created_at="2024-01-02"),
            lead("D", stage="opportunity", created_at="2024-02-09"),
            exported_on="2024-02-29",
        ),
        snapshot(
            lead("A", stage="opportunity", created_at="2024-01-10"),
            lead("C", stage="won", created_at="2024-01-02"),
            lead("D", stage="opportunity", created_at="2024-02-09"),
            exported_on="2024-03-31",
        ),
    )


def test_changes_lie_between_the_exports() -> None:
    rows = stage_changes(pipeline(), GUIDE, AS_OF).sort("until_on", "lead_id").rows()
    assert rows == [
        ("A", JAN, FEB, 1, 2, False, False),
        ("B", JAN, FEB, 2, 2, False, True),
        ("C", JAN, FEB, 3, 2, False, False),
        ("D", JAN, FEB, None, 3, True, False),
        ("A", FEB, MAR, 2, 3, False, False),
        ("C", FEB, MAR, 2, 4, False, False),
    ]


def test_pairs_count_who_moved() -> None:
    assert export_pairs(pipeline(), GUIDE, AS_OF).rows() == [(FEB, MAR, 0, 2, 0, 0), (JAN, FEB, 1, 1, 1, 1)]


def test_days_are_a_range() -> None:
    story = pipeline()
    journeys = build_journeys(story, GUIDE, AS_OF).collect()
    rows = {row["stage"]: row for row in interval_days(stage_changes(story, GUIDE, AS_OF), journeys, GUIDE).to_dicts()}
    # A: created 10 Jan, intent from 1 to 29 Feb: 22 to 50 days. D: created 9 Feb, there by 29 Feb: 0 to 20 days.
    assert (rows["intent"]["n_moved"], rows["intent"]["median_low"], rows["intent"]["median_high"]) == (2, 11, 35)
    # A: intent in February, opportunity in March: at least 1 Mar − 29 Feb, at most 31 Mar − 1 Feb. D came at once.
    assert (rows["opportunity"]["n_days"], rows["opportunity"]["median_low"]) == (2, 0.5)
    assert rows["opportunity"]["median_high"] == (59 + 28) / 2
    assert rows["repeat"]["n_moved"] == 0 and rows["repeat"]["median_low"] is None


def test_nothing_after_the_day_and_nothing_from_one_export() -> None:
    assert stage_changes(pipeline(), GUIDE, FEB).select(pl.col("until_on").max()).item() == FEB
    assert stage_changes(pipeline(), GUIDE, JAN).is_empty() and export_pairs(pipeline(), GUIDE, JAN).is_empty()
    undated = facts(snapshot(lead("A", stage="lead")), snapshot(lead("A", stage="intent")))
    assert stage_changes(undated, GUIDE, AS_OF).is_empty()


def test_a_merge_hides_the_moves_inside_the_merged_stage() -> None:
    merged = merge(GUIDE, "opportunity", "intent").definition
    rows = stage_changes(pipeline(), merged, AS_OF).sort("until_on", "lead_id")
    assert rows.select("lead_id", "from_position", "to_position").rows() == [
        ("A", 1, 2), ("B", 2, 2), ("D", None, 2), ("C", 2, 3),
    ]  # fmt: skip


@examples(25)
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.lists(st.integers(0, 40), min_size=3, max_size=3)), min_size=1, max_size=12
    ),
    st.integers(7, 40),
)
def test_the_range_holds_the_true_median(stories: list[tuple[int, list[int]]], every: int) -> None:
    """Leads move on true days; exports every few days see only where they stand. The range must hold the truth."""
    keys = ("lead", "intent", "opportunity", "won")
    start = date(2024, 1, 1)
    days = []
    for created, waits in stories:
        reached = [start + timedelta(created)]
        for wait in waits:
            reached.append(reached[-1] + timedelta(wait))
        days.append(reached)
    exports = [start + timedelta(every * k) for k in range(1, 8)]
    batches = []
    for on in exports:
        rows = [
            lead(str(i), stage=keys[sum(day <= on for day in reached) - 1], created_at=reached[0].isoformat())
            for i, reached in enumerate(days)
            if reached[0] <= on
        ]
        if rows:
            batches.append(snapshot(*rows, exported_on=on.isoformat()))
    if not batches:
        return
    story = facts(*batches)
    changes = stage_changes(story, GUIDE, AS_OF + timedelta(400))
    found = interval_days(changes, build_journeys(story, GUIDE, AS_OF + timedelta(400)).collect(), GUIDE)
    for row in found.filter(pl.col("n_days") > 0).iter_rows(named=True):
        j = row["position"] - 1
        came = changes.filter(
            (pl.col("to_position") >= row["position"])
            & (pl.col("is_new") | (pl.col("from_position") < row["position"]))
        )["lead_id"].unique()
        begun = changes.filter((pl.col("to_position") >= j) & (pl.col("is_new") | (pl.col("from_position") < j)))[
            "lead_id"
        ].unique()
        true = [(days[int(i)][j] - days[int(i)][j - 1]).days for i in came if j == 1 or i in begun.to_list()]
        if len(true) == row["n_days"]:
            median = pl.Series(true).median()
            assert row["median_low"] <= median <= row["median_high"]
    forward = export_pairs(story, GUIDE, AS_OF + timedelta(400))["n_forward"].sum()
    assert forward == changes.filter(pl.col("from_position") < pl.col("to_position")).height


def test_a_stage_log_is_no_export() -> None:
    story = facts(log(lead("A", "2024-01-01 lead, 2024-02-01 intent"), exported_on="2024-03-31"))
    assert stage_changes(story, GUIDE, AS_OF).is_empty()
