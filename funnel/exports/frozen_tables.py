"""Where today's figures differ from a frozen retrospective, in words: the figures that people look at."""

from __future__ import annotations

from typing import Any

import polars as pl

from funnel.charts.marks import verdict_word
from funnel.exports.key_figures import figure_kind, figure_name
from funnel.exports.retrospective_tables import RECOMMENDATIONS
from funnel.exports.sheets import Column, Kind, Sheet, cell_text, sheet
from funnel.i18n.translator import Translator
from funnel.reports.retrospective.report import RetrospectiveReport


def differing(differences: pl.DataFrame, frozen: RetrospectiveReport, t: Translator) -> tuple[Sheet, int]:
    """The main figures of ``schema.FigureDifferences`` then and today, and how many further ones differ."""
    figures = _figures(t)
    names = {stage.key: t.localized(stage.name) for stage in frozen.definition.stages}
    titles = dict(frozen.promises.select("strategy_id", "title").iter_rows())
    rows: list[dict[str, Any]] = []
    for row in differences.iter_rows(named=True):
        known = figures.get((row["section"], row["figure"]))
        if known is None:
            continue
        word, kind = known
        if row["section"] == "figures":
            subject, kind = figure_name(row["row"], t), figure_kind(row["row"])
        else:
            subject = titles.get(row["row"]) or f"→ {names.get(row['row'], row['row'])}"
        rows.append(
            {
                "subject": subject,
                "figure": word,
                "frozen": _shown(row["frozen"], row["frozen_text"], row["figure"], kind, t),
                "today": _shown(row["today"], row["today_text"], row["figure"], kind, t),
            }
        )
    columns = [
        Column("subject", t("Figure of")),
        Column("figure", t("Figure")),
        Column("frozen", t("As saved")),
        Column("today", t("Today")),
    ]
    return sheet("differences", t("Where today's figures differ"), columns, rows), differences.height - len(rows)


def _figures(t: Translator) -> dict[tuple[str, str], tuple[str, Kind]]:
    return {
        ("figures", "value_before"): (t("before"), "number"),
        ("figures", "value_after"): (t("after"), "number"),
        ("comparison", "n_before"): (t("n before"), "count"),
        ("comparison", "rate_before"): (t("rate before"), "percent"),
        ("comparison", "n_after"): (t("n after"), "count"),
        ("comparison", "rate_after"): (t("rate after"), "percent"),
        ("comparison", "change_pp"): (t("Change, pts"), "points"),
        ("comparison", "verdict"): (t.term("verdict"), "text"),
        ("promises", "change_pp"): (t("Measured, pts"), "points"),
        ("promises", "p_promise"): (t("Kept"), "probability"),
        ("promises", "recommendation"): (t("Recommended"), "text"),
        ("use", "n_reached"): (t.term("reached"), "count"),
    }


def _shown(number: float | None, text: str | None, figure: str, kind: Kind, t: Translator) -> str:
    if text is None:
        return cell_text(number, kind, t)
    if figure == "recommendation":
        return t.term(RECOMMENDATIONS[text])
    return verdict_word(text, t)
