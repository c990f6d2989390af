"""Inside one step: where the shortfall sits, and why leads are lost there."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.charts.bottleneck_charts import parts_chart
from funnel.charts.time_and_loss_charts import loss_chart, reason_name
from funnel.exports.tables import csv_bytes
from funnel.filters import DIMENSIONS
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.reports.bottleneck.report import BottleneckReport
from pages.shell.chart import draw
from pages.shell.drawn import drawn
from pages.shell.session import palette
from pages.shell.url import from_url, to_url

_MOST_BARS = 12


def where_it_is(report: BottleneckReport, position: int, t: Translator) -> None:
    """The groups of one dimension with their part of the shortfall, the largest first; few leads greyed at the end."""
    st.subheader(t.term("where_it_is"), help=t.help("where_it_is"))
    mine = report.parts.filter(pl.col("position") == position)
    stated = [d for d in DIMENSIONS if mine.filter(pl.col("dimension") == d, pl.col("group").is_not_null()).height]
    if not stated:
        st.caption(
            t("The shortfall cannot be split: the step has no range to fall short of.")
            if mine.is_empty()
            else plain_text(
                t(
                    "The shortfall cannot be split: no lead of this step states any of these: %(names)s.",
                    names=t.joined(t.term(d) for d in DIMENSIONS),
                )
            )
        )
        return
    from_url("bottleneck_by", stated, stated[0])
    by = st.segmented_control(
        t.term("where_it_is"), stated, format_func=t.term, required=True, key="bottleneck_by",
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    to_url("bottleneck_by", by, stated[0])
    groups = mine.filter(pl.col("dimension") == by).sort("rank", "n", descending=[False, True], nulls_last=True)
    figure = drawn(report, t, lambda: parts_chart(groups.head(_MOST_BARS), t, palette()), "parts", position, by)
    draw(figure, "bottleneck_parts", t.term("where_it_is"))
    notes = [t("Leads missing to the low end of the range; left of the line: more than needed.")]
    if groups.height > _MOST_BARS:
        notes.append(t("Shown are %(shown)s of %(n)s groups.", shown=_MOST_BARS, n=groups.height))
    if groups["is_few"].any():
        notes.append(t("Groups with fewer than 20 leads are grey and not ranked."))
    st.caption(" ".join(notes))
    if groups.height > _MOST_BARS:
        st.download_button(
            t("Download all groups"), csv_bytes(_parts_file(groups, by or "", t)), file_name=f"shortfall_{by}.csv",
            mime="text/csv", key="bottleneck_parts_csv", icon=":material/download:", type="tertiary", on_click="ignore",
        )  # fmt: skip


def _parts_file(groups: pl.DataFrame, by: str, t: Translator) -> pl.DataFrame:
    words = {
        "group": t.term(by), "n": t.term("at_risk"), "advanced": t.term("advanced"), "rate": t.term("conversion"),
        "part_leads": t("Leads missing to the low end"), "part_customers": t.term("customer"),
        "part_revenue": t.term("revenue"),
    }  # fmt: skip
    return groups.select(pl.col(name).alias(word) for name, word in words.items())


def loss_reasons(report: BottleneckReport, position: int | None, t: Translator) -> None:
    """The Pareto of one stage (null: of none); the losses whose stage is not known; all stages in one table."""
    st.subheader(t.term("loss_pareto"), help=t.help("loss_pareto"))
    for fact in report.facts:
        if fact.code == "bottleneck.losses_left_out":
            st.caption(plain_text(t.message(fact)))
    reasons = report.loss_reasons
    if reasons.is_empty():
        st.caption(t("No losses in this window."))
        return
    unplaced = reasons.filter(pl.col("position").is_null())
    mine = reasons.filter(pl.col("position") == (position or 0))
    if mine.is_empty() and position:
        st.caption(
            t("No losses in this step in this window.")
            if unplaced.is_empty()
            else t("No loss is known to have happened in this step.")
        )
    elif mine.is_empty():
        st.caption(t("The losses are not tied to a step that could be looked into."))
    elif set(mine["kind"]) == {"not_recorded"}:
        st.caption(t("No reason is recorded for any of the %(n)s losses in this step.", n=mine["n"].sum()))
    else:
        _pareto(report, mine, "bottleneck_losses", t)
    if not unplaced.is_empty():
        n_unplaced = t.number(int(unplaced["n"].sum()))
        known = t.labelled(t.term("lost_place_unknown"), n_unplaced)
        st.caption(plain_text(f"{known} · {t.explained('lost_place_unknown')}"))
        if set(unplaced["kind"]) != {"not_recorded"}:
            _pareto(report, unplaced, "bottleneck_losses_unplaced", t)
    with st.expander(t("All stages")):
        shown = _loss_table(report, t)
        st.dataframe(
            shown, hide_index=True, width="stretch", placeholder="–", height="content" if shown.height <= 14 else 540,
            column_config={t.term("lost"): st.column_config.NumberColumn(format="localized", width="small")},
        )  # fmt: skip
        st.download_button(
            t("Download the loss reasons"), csv_bytes(shown), file_name="loss_reasons.csv", mime="text/csv",
            key="bottleneck_losses_csv", icon=":material/download:", type="tertiary", on_click="ignore",
        )  # fmt: skip


def _pareto(report: BottleneckReport, reasons: pl.DataFrame, key: str, t: Translator) -> None:
    figure = drawn(report, t, lambda: loss_chart(reasons.head(_MOST_BARS), t, palette()), key, reasons["position"][0])
    draw(figure, key, t.term("loss_pareto"))
    note = t("Bars: share of the losses; dotted line: the reasons down to here together.")
    if reasons.height > _MOST_BARS:
        note += " " + t("Shown are %(shown)s of %(n)s reasons.", shown=_MOST_BARS, n=reasons.height)
    st.caption(plain_text(note))


def _loss_table(report: BottleneckReport, t: Translator) -> pl.DataFrame:
    names = {stage.key: t.localized(stage.name) for stage in report.definition.stages}
    rows = report.loss_reasons.to_dicts()
    return pl.DataFrame(
        {
            t.term("stage"): [names.get(row["stage"], t.term("lost_place_unknown")) for row in rows],
            t.term("lost_reason"): [
                reason_name(row, t) + (f" ({t.joined(row['labels'])})" if row["kind"] == "no_decision" else "")
                for row in rows
            ],
            t.term("lost"): [row["n"] for row in rows],
            t("Share"): [t.percent(row["share"]) for row in rows],
            t("Together"): [t.percent(row["cumulative_share"]) for row in rows],
        }
    )
