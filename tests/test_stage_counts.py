"""Stage totals: hand-added sums, ratios over 100 % shown as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from funnel.filters import Filters, Window
from funnel.metrics.stage_counts import count_steps, left_out
from funnel.schema import Facts, Labels, StageCounts, empty, empty_facts
from tests.factories import funnel

DEFINITION = funnel("visit", "trial", "won", won="won")
MARCH, APRIL = (date(2024, 3, 1), date(2024, 3, 31)), (date(2024, 4, 1), date(2024, 4, 30))


def totals(*rows: tuple[str, tuple[date, date] | None, str | None, float]) -> Facts:
    """label, period, source, n."""
    counts = pl.DataFrame(
        [
            {"batch_no": 1, "row_no": i, "label": label, "period_start": p and p[0], "period_end": p and p[1], "source": s, "n": n}
            for i, (label, p, s, n) in enumerate(rows, 2)
        ],
        schema_overrides=empty(StageCounts).schema,
    )
    labels = pl.DataFrame({"batch_no": [1] * 3, "scope": ["stage"] * 3, "label": ["V", "T", "W"], "target": ["visit", "trial", "won"]})
    return replace(
        empty_facts(),
        counts=pl.concat([empty(StageCounts), counts], how="diagonal_relaxed").select(empty(StageCounts).columns),
        labels=labels.cast(dict(empty(Labels).schema)),
    )


def test_totals_are_added_up_and_rates_are_ratios_of_neighbours() -> None:
    facts = totals(("V", MARCH, "web", 60), ("V", APRIL, None, 40), ("T", MARCH, "web", 20), ("W", MARCH, "web", 5))
    table = count_steps(facts, DEFINITION, Filters())
    assert table["n"].to_list() == [100, 20, 5]
    assert table["rate"].to_list() == [None, 0.2, 0.25]


def test_a_rate_above_one_is_shown_with_its_reason() -> None:
    table = count_steps(totals(("V", MARCH, None, 10), ("T", MARCH, None, 12)), DEFINITION, Filters())
    assert table["rate"].to_list() == [None, 1.2, 0.0]
    assert table["reason"].to_list() == [None, "more_arrived_than_entered", None]


def test_blank_is_a_group_of_its_own_and_groups_add_up() -> None:
    facts = totals(("V", MARCH, "web", 60), ("V", MARCH, None, 40), ("T", MARCH, "web", 20))
    table = count_steps(facts, DEFINITION, Filters(), by="source")
    visits = table.filter(pl.col("position") == 1)
    assert visits.select("group", "n").rows() == [("web", 60.0), (None, 40.0)]
    assert table.filter(pl.col("group").is_null())["reason"].to_list() == [None, None, "no_leads"]


def test_a_window_keeps_whole_periods_and_says_what_it_leaves_out() -> None:
    facts = totals(("V", MARCH, None, 10), ("V", APRIL, None, 20), ("V", None, None, 5))
    filters = Filters(Window("dates", date(2024, 3, 1), date(2024, 4, 15)))
    assert count_steps(facts, DEFINITION, filters)["n"].to_list() == [10, 0, 0]
    assert left_out(facts, DEFINITION, filters) == 25


def test_periods_stand_in_their_order() -> None:
    facts = totals(("V", APRIL, None, 20), ("V", MARCH, None, 10))
    table = count_steps(facts, DEFINITION, Filters(), by="period").filter(pl.col("position") == 1)
    assert table.select("period_start", "n").rows() == [(MARCH[0], 10.0), (APRIL[0], 20.0)]


@pytest.mark.real_data
def test_metrocar_by_platform_and_in_total(real_data) -> None:
    """The totals of the published file, added up here with the csv module alone."""
    import csv

    from funnel.intake.mapping import propose_mapping, suggest_definition, with_targets
    from funnel.intake.normalizing import normalize
    from funnel.intake.reading import read_table
    from funnel.schema import facts_of

    path = real_data / "metrocar_funnel" / "funnel.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    steps = list(dict.fromkeys(row["step_name"] for row in rows))
    expected = [sum(int(r["user_count"]) for r in rows if r["step_name"] == step) for step in steps]
    assert expected == [23608, 17623, 12406, 12278, 6233, 6233, 4348]
    android = [sum(int(r["user_count"]) for r in rows if r["step_name"] == s and r["platform"] == "android") for s in steps]

    table = read_table(path, path.name)
    mapping = replace(propose_mapping(table, DEFINITION).mapping, measure="user_count")
    definition = suggest_definition(table, mapping).definition("metrocar")
    batch = normalize(table, with_targets(table, mapping, definition), import_day=date(2026, 1, 1))
    facts = facts_of([batch], datetime(2026, 1, 1))
    assert count_steps(facts, definition, Filters())["n"].to_list() == expected
    by = count_steps(facts, definition, Filters(), by="source").filter(pl.col("group") == "android")
    assert by["n"].to_list() == android
