"""Charts of the Bottleneck page: what is drawn stands in the frame, what cannot be known is not drawn."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import plotly.graph_objects as go
import polars as pl
import pytest

from funnel.charts.bottleneck_charts import interval_chart, parts_chart, stake_chart, verdict_words
from funnel.charts.palette import DARK, LIGHT
from funnel.charts.time_and_loss_charts import cycle_chart, loss_chart, reason_name
from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window
from funnel.i18n.translator import Translator
from funnel.metrics.bottleneck.ranking import step_verdicts
from funnel.metrics.steps.loss_reasons import loss_reasons
from funnel.metrics.steps.slow_steps import slow_steps
from funnel.schema import LossReasons, ShortfallParts
from tests.simulation import day, funnel, horizons_of, leads, parts_of

AS_OF = date(2025, 12, 31)
EN, ZH = Translator("en", "CNY"), Translator("zh_Hans", "CNY")
DEF: FunnelDefinition = funnel([0.30, None])
VERDICTS = (
    "significantly_below", "below_not_certain", "within", "above", "too_little_data", "depends_on_skips",
    "no_reference", "cannot_know",
)  # fmt: skip


def story(s2: str | None = None, s3: str | None = None, **more: Any) -> dict[str, Any]:
    row = {"s1": day("2025-01-01"), **more}
    return row | ({"s2": day(s2)} if s2 else {}) | ({"s3": day(s3)} if s3 else {})


def rows_of_200() -> list[dict[str, Any]]:
    """200 leads: 30 advance after 4 days, 15 of them are won 8 days later, 15 are lost there; 170 are lost before."""
    rows = [story("2025-01-05", "2025-01-13", amount=1000.0) for _ in range(15)]
    rows += [story("2025-01-05", outcome="lost", lost_at=day("2025-02-01"), lost_stage=3) for _ in range(15)]
    lost: dict[str, Any] = {"outcome": "lost", "lost_at": day("2025-02-01"), "lost_stage": 2}
    rows += [story(**lost, lost_reason=f"r{i % 3}") for i in range(170)]
    return rows


def steps(rows: list[dict[str, Any]] | None = None) -> pl.DataFrame:
    frame = leads(DEF, rows if rows is not None else rows_of_200())
    return step_verdicts(frame, DEF, Window(), AS_OF, horizons_of(DEF, [20, 20]))


def words(figure: go.Figure) -> str:
    """Every text of a figure: annotations, labels at marks, ticks; without markup."""
    found = [str(note.text) for note in figure.layout.annotations]
    found += [str(text) for trace in figure.data for text in (trace.text if trace.text is not None else ())]
    found += [str(text) for text in figure.layout.yaxis.ticktext or ()]
    return re.sub("<[^>]+>", " ", " | ".join(found))


def dots(figure: go.Figure) -> dict[str, float]:
    """Stage key → the rate drawn."""
    return {trace.customdata[0]: trace.x[0] for trace in figure.data if trace.customdata is not None}


def test_the_rate_stands_against_its_band_with_n_and_verdict() -> None:
    figure = interval_chart(steps(), DEF, EN, LIGHT)
    assert dots(figure) == {"s2": 30 / 200, "s3": 15 / 30}
    band = figure.layout.shapes[0]
    assert (band.x0, band.x1) == (0.30, 0.50)
    assert len(figure.layout.shapes) == 1  # the second step has no range
    said = words(figure)
    assert "Bottleneck: Significantly below" in said
    assert "n 200" in said
    assert "15%" in said
    assert "No range to compare" in said
    red = [trace.marker.color for trace in figure.data if trace.customdata is not None]
    assert red == [LIGHT.red, LIGHT.accent]


def test_the_interval_is_wilsons() -> None:
    """Wilson 95 % for 30 of 200, from the formula."""
    z, n, p = 1.959964, 200, 0.15
    centre, half = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    low, high = ((centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n))
    line = interval_chart(steps(), DEF, EN, LIGHT).data[0]
    assert list(line.x) == pytest.approx([low, high], abs=1e-5)


def test_a_step_whose_two_stages_share_one_date_is_not_drawn() -> None:
    """Everybody "advances" at once: a dot at 100 % would look perfect."""
    rows = [story("2025-01-01") for _ in range(50)]
    figure = interval_chart(steps(rows), DEF, EN, LIGHT)
    assert "s2" not in dots(figure)
    assert "both stages always carry the same date" in words(figure)
    assert "Cannot be known" in words(figure)


def test_losses_of_unknown_place_are_named_in_place_of_the_dot() -> None:
    rows = [story(outcome="lost", lost_at=day("2025-02-01")) for _ in range(40)]
    figure = interval_chart(steps(rows), DEF, EN, LIGHT)
    assert dots(figure) == {}
    assert "Lost, place unknown: 40" in words(figure)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_words_in_both_languages(verdict: str) -> None:
    row = {"verdict": verdict, "reason": "few_leads"}
    assert verdict_words(row, EN) != verdict_words(row, ZH)


def test_stakes_are_those_of_the_frame_and_money_is_rounded() -> None:
    table = steps()
    row = table.row(0, named=True)
    bar = stake_chart(table, DEF, EN, DARK).data[0]
    assert list(bar.x) == [row["quarter_customers"]]
    assert bar.error_x.array[0] == pytest.approx(row["quarter_customers_high"] - row["quarter_customers"])
    rounded = float(f"{row['quarter_revenue']:.2g}")
    assert f"¥{rounded:,.0f}" in words(stake_chart(table, DEF, EN, DARK))


def parts() -> pl.DataFrame:
    rows = rows_of_200()
    for i, row in enumerate(rows):
        row["source"] = ("web", "fair", "few", None)[0 if i < 110 else 1 if i < 190 else 2 if i < 195 else 3]
    frame = leads(DEF, rows)
    table = step_verdicts(frame, DEF, Window(), AS_OF, horizons_of(DEF, [20, 20]))
    return parts_of(frame, DEF, table, ["source"]).filter(pl.col("position") == 2)


def test_groups_are_red_when_significant_and_grey_when_few() -> None:
    table = ShortfallParts.validate(parts().sort("rank", nulls_last=True))
    figure = parts_chart(table, EN, LIGHT)
    bar = figure.data[0]
    # web: 30 of 110, 33 needed; fair: 0 of 80, 24 needed; five each of "few" and not stated: 1.5 needed
    assert dict(zip(figure.layout.yaxis.ticktext, bar.x, strict=True)) == pytest.approx(
        {"fair": 24.0, "web": 3.0, "few": 1.5, "not stated": 1.5}
    )
    colours = dict(zip(figure.layout.yaxis.ticktext, bar.marker.color, strict=True))
    assert colours == {"fair": LIGHT.red, "web": LIGHT.accent, "few": LIGHT.band, "not stated": LIGHT.band}
    assert words(figure).count("Few leads") == 2
    assert "30 of 110" in words(figure)


def test_names_from_a_file_are_no_markup() -> None:
    table = parts().with_columns(group=pl.lit("<b>x</b> & y"))
    figure = parts_chart(table, EN, LIGHT)
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;x&lt;/b&gt; &amp; y"


def test_shares_of_the_cycle() -> None:
    table = slow_steps(leads(DEF, rows_of_200()), DEF, Window(), horizons_of(DEF, [20, 20]))
    bar = cycle_chart(table, DEF, EN, LIGHT).data[0]
    assert list(bar.x) == pytest.approx([4 / 12, 8 / 12])  # 4 days, then 8
    assert "33%" in bar.text[0]
    assert "4.0 days" in bar.text[0]


def test_the_pareto_adds_up_and_names_what_is_not_recorded() -> None:
    rows = rows_of_200()
    table = loss_reasons(leads(DEF, rows), DEF, Window())
    mine = LossReasons.validate(table.filter(pl.col("position") == 2))
    bars, line = loss_chart(mine, EN, LIGHT).data
    assert list(bars.x) == pytest.approx([57 / 170, 57 / 170, 56 / 170])
    assert list(line.x) == pytest.approx([57 / 170, 114 / 170, 1.0])
    blank = table.filter(pl.col("position") == 3)
    figure = loss_chart(blank, EN, LIGHT)
    assert list(figure.layout.yaxis.ticktext) == ["Not recorded"]
    assert "15" in words(figure)


def test_no_decision_is_a_reason_of_its_own() -> None:
    assert reason_name({"kind": "no_decision", "reason": None}, ZH) == "没做决定"
    assert reason_name({"kind": "reason", "reason": "Too dear"}, ZH) == "Too dear"
