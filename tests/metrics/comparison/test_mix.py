"""Mix and execution: parts that add up, and a reversal made by hand."""

from __future__ import annotations

from datetime import date
from statistics import NormalDist
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.i18n.translator import Translator
from funnel.metrics.comparison import verdicts
from funnel.metrics.comparison.compare import compare_days
from funnel.metrics.comparison.mix import comparable_share, compare_groups, kitagawa, mix_parts
from funnel.schema import StepDays
from tests.factories import funnel
from tests.simulation import horizons_of

TWO = funnel("lead", "intent", "won", won="won")
BEFORE, AFTER = date(2025, 2, 10), date(2025, 5, 10)


def groups_of(*sides: tuple[str | None, date, int, int], sigma_z: float | None = None) -> pl.DataFrame:
    """``(group, day, n, x)`` → GroupComparison of the step into intent, whose months may swing by ``sigma_z``."""
    rows: list[dict[str, Any]] = [
        {"position": 2, "stage": "intent", "group": group, "day": day, "n_entries": n, "n": n, "x": x}
        | {"x_own": x, "n_undated": 0, "reached_n": n, "reached_x": x, "reached_skips": 0}
        for group, day, n, x in sides
    ]
    days = pl.DataFrame(rows, schema=StepDays.create_empty().schema)
    comparison = compare_days(days, TWO, horizons_of(TWO, [10.0, 10.0]), date(2025, 6, 30))
    if sigma_z is not None:
        comparison = comparison.with_columns(sigma_z=pl.lit(sigma_z), varies=pl.lit(True))
    return compare_groups(days, comparison, "source").filter(pl.col("position") == 2)


REVERSAL = (
    # Salons convert 40 % and fall to 35, the web 10 % and falls to 8; but now most leads come from salons.
    ("web", BEFORE, 400, 40),
    ("salon", BEFORE, 100, 40),
    ("web", AFTER, 100, 8),
    ("salon", AFTER, 400, 140),
)


def test_a_simpson_reversal_is_said_in_one_sentence() -> None:
    mix = mix_parts(groups_of(*REVERSAL)).row(0, named=True)
    assert (mix["rate_before"], mix["rate_after"], mix["reversal"]) == (80 / 500, 148 / 500, "all_fell")
    sentence = verdicts.reversal_message(TWO, mix)
    assert sentence is not None
    assert Translator("en").message(sentence) == (
        "lead → intent rose by 13.6 points in total although every source fell: only the mix changed, "
        "the rates did not get better."
    )
    assert "每一组都在下降" in Translator("zh_Hans").message(sentence)


def test_parts_by_hand() -> None:
    groups = groups_of(*REVERSAL)
    rows = {row["group"]: row for row in groups.iter_rows(named=True)}
    # Shares 80/20 → 20/80, so mean shares are a half; rates fall by 2 and by 5 points.
    assert rows["web"]["rate_part_pp"] == pytest.approx(-1.0)
    assert rows["salon"]["rate_part_pp"] == pytest.approx(-2.5)
    # Mean rates 9 and 37.5 %, the middle of the totals 22.8 %, the shares move by 60 points.
    assert rows["web"]["mix_part_pp"] == pytest.approx((9 - 22.8) * -0.6)
    assert rows["salon"]["mix_part_pp"] == pytest.approx((37.5 - 22.8) * 0.6)


def test_no_reversal_where_a_group_goes_along() -> None:
    sides = [*REVERSAL[:2], ("web", AFTER, 100, 11), REVERSAL[3]]
    assert mix_parts(groups_of(*sides))["reversal"].to_list() == [None]
    up = [(group, AFTER if day == BEFORE else BEFORE, n, x) for group, day, n, x in REVERSAL]
    assert mix_parts(groups_of(*up))["reversal"].to_list() == ["all_rose"]


def test_blank_is_a_group_and_a_missing_rate_takes_the_other_side() -> None:
    groups = groups_of((None, BEFORE, 100, 20), (None, AFTER, 50, 10), ("fair", AFTER, 50, 25))
    rows = {row["group"]: row for row in groups.iter_rows(named=True)}
    assert set(rows) == {None, "fair"}
    assert rows["fair"]["rate_part_pp"] == 0.0  # no rate before: all of its part is mix
    assert rows["fair"]["change_pp"] is None
    mix = mix_parts(groups).row(0, named=True)
    assert mix["rate_part_pp"] == 0.0 and mix["mix_part_pp"] == pytest.approx(mix["change_pp"]) == pytest.approx(15.0)


def test_groups_are_judged_as_carefully_as_their_step() -> None:
    """Where the months of the step swing twice as widely as chance, z of each group is halved: 5.0 becomes 2.5."""
    days = [("a", BEFORE, 400, 100), ("a", AFTER, 400, 160), ("b", BEFORE, 400, 100), ("b", AFTER, 400, 100)]
    calm = groups_of(*days)
    wild = groups_of(*days, sigma_z=2.0)
    z = NormalDist().inv_cdf(1 - calm["p_value"][0] / 2)
    assert wild["p_value"][0] == pytest.approx(2 * (1 - NormalDist().cdf(z / 2)), rel=1e-6)
    assert (calm["verdict"][0], wild["p_value"][1]) == ("improved", 1.0)


def test_the_share_of_leads_with_a_counterpart() -> None:
    groups = groups_of(("a", BEFORE, 30, 3), ("a", AFTER, 20, 2), ("gone", BEFORE, 40, 4), ("new", AFTER, 10, 5))
    assert comparable_share(groups) == 50 / 100
    assert comparable_share(groups.clear()) == 0.0


def test_groups_are_adjusted_together() -> None:
    """Benjamini-Hochberg: the second smallest of three p-values is multiplied by 3/2, the smallest by 3."""
    groups = groups_of(
        *[("a", BEFORE, 200, 40), ("a", AFTER, 200, 70)],
        *[("b", BEFORE, 200, 40), ("b", AFTER, 200, 56)],
        *[("c", BEFORE, 200, 40), ("c", AFTER, 200, 41)],
        *[("few", BEFORE, 200, 40), ("few", AFTER, 19, 15)],
    )
    rows = {row["group"]: row for row in groups.iter_rows(named=True)}
    assert rows["a"]["p_adjusted"] == pytest.approx(3 * rows["a"]["p_value"])
    assert rows["b"]["p_adjusted"] == pytest.approx(1.5 * rows["b"]["p_value"])
    assert rows["a"]["verdict"] == "improved" and rows["c"]["verdict"] == "no_clear_change"
    assert (rows["few"]["verdict"], rows["few"]["p_value"]) == ("too_little_data", None)


group = st.tuples(st.integers(0, 60), st.floats(0, 1), st.integers(0, 60), st.floats(0, 1))


@given(st.lists(group, min_size=1, max_size=8))
def test_parts_add_up_for_any_groups(groups: list[tuple[int, float, int, float]]) -> None:
    n0, n1 = [g[0] for g in groups], [g[2] for g in groups]
    x0, x1 = [round(g[0] * g[1]) for g in groups], [round(g[2] * g[3]) for g in groups]
    if sum(n0) == 0 or sum(n1) == 0:
        return
    rate_parts, mix = kitagawa(n0, x0, n1, x1)
    change = sum(x1) / sum(n1) - sum(x0) / sum(n0)
    assert sum(rate_parts) + sum(mix) == pytest.approx(change, rel=0, abs=1e-9)
