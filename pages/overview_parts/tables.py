"""The tables of the Overview page: report frames in the session's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import polars as pl
import streamlit as st

from funnel.definition.definition import FunnelDefinition
from funnel.exports.key_figures import figure_name
from funnel.exports.overview.content import lost_words, rate_words, reached_words
from funnel.exports.tables import csv_bytes
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.metrics.thresholds import MIN_LEADS
from funnel.reports.counts import CountsReport
from pages.shell.table import MOST_ROWS, Figures, grid, meanings
from pages.shell.words import column_name

_ROW_HEIGHT = 36


def _height(rows: int, most: int = MOST_ROWS) -> int | Literal["content"]:
    """As high as its rows, with a scroll bar beyond ``most`` of them."""
    return "content" if rows <= most else _ROW_HEIGHT * (most + 1)


def status(table: pl.DataFrame, definition: FunnelDefinition, t: Translator) -> None:
    """The funnel status table: one row per stage, with the step into it."""
    names = {stage.key: t.localized(stage.name) for stage in definition.stages}
    rows = list(table.iter_rows(named=True))
    words = {
        t.term("stage"): [names[row["stage"]] for row in rows],
        t.term("reached"): Figures([reached_words(row, t) for row in rows], t.explained("reached")),
        t("Base"): Figures([t.number(row["n"]) for row in rows], t.explained("at_risk")),
        t.term("lost"): Figures([lost_words(row, t) for row in rows], t.explained("lost")),
        t.term("waiting"): Figures([_waiting(row, definition, t) for row in rows], t.explained("waiting")),
        t.term("conversion"): Figures(
            [rate_words(row, t) for row in rows], f"{t.explained('conversion')} {t.explained('interval_95')}"
        ),
        t.term("mature"): Figures([t.percent(row["mature_rate"]) for row in rows], t.explained("mature_conversion")),
        t.term("benchmark"): Figures(
            [t.percent_range(row["benchmark_low"], row["benchmark_high"], 0) for row in rows], t.explained("benchmark")
        ),
        t("Gap, pts"): Figures([t.signed(row["gap_pp"], 1) for row in rows], t.explained("gap")),
        t("Days"): Figures([t.number(row["median_days"], 1) for row in rows], t.explained("median_days")),
        t.term("stale"): Figures([t.number(row["stale"]) for row in rows], t.explained("stale")),
    }
    grid(words, "status")
    notes = [
        t(
            "%(stage)s: %(own)s without the leads that skipped the stage before, %(reached)s with them.",
            stage=names[row["stage"]],
            own=t.percent(row["own_rate"]),
            reached=t.percent(row["rate"]),
        )
        for row in table.iter_rows(named=True)
        if row["shows_both_counts"] and row["own_rate"] is not None and row["rate"] is not None
    ]
    unknown: dict[str, list[str]] = {}
    for row in table.iter_rows(named=True):
        if row["position"] > 1 and row["rate"] is None and row["reason"]:
            unknown.setdefault(row["reason"], []).append(names[row["stage"]])
    for reason, stages in unknown.items():
        why = t.message_of(f"overview.reason.{reason}")
        st.caption(plain_text(t("No conversion into %(stages)s: %(reason)s.", stages=stages, reason=why)))
    if (table["level"] == "placed").any():
        st.caption(
            t(
                "≥: at least, since only the furthest stage of each lead is known. “of closed”: of the won and lost "
                "leads that came to the stage before, those that passed."
            )
        )
    if (table["n"] < MIN_LEADS).any():
        st.caption(t("~ fewer than 20 leads: not a rate to rely on."))
    if notes:
        st.caption(plain_text(t.labelled(t.term("both_counts"), " ".join(notes))))
    meanings(words, t)


def _waiting(row: Mapping, definition: FunnelDefinition, t: Translator) -> str:
    if row["waiting"] is not None and row["position"] > definition.won_position:
        return f"{t.number(row['waiting'])} {t.term('not_yet').lower()}"
    return t.number(row["waiting"])


def status_file(table: pl.DataFrame, definition: FunnelDefinition, t: Translator) -> pl.DataFrame:
    """The status table with all its figures as numbers, headed in the session's words."""
    names = {stage.key: t.localized(stage.name) for stage in definition.stages}
    words = {
        "stage": t.term("stage"), "n_counted": t.term("reached"), "n_own_entries": t.term("own_entry"),
        "n": t.term("at_risk"), "advanced": t.term("advanced"), "lost": t.term("lost"),
        "lost_unknown": t.term("lost_place_unknown"), "waiting": t.term("waiting"), "rate": t.term("conversion"),
        "rate_low": f"{t.term('interval_95')} ↓", "rate_high": f"{t.term('interval_95')} ↑",
        "horizon_days": t.term("horizon"), "mature_n": f"{t.term('mature')} n",
        "mature_rate": t.term("mature_conversion"),
        "benchmark_low": f"{t.term('benchmark')} ↓", "benchmark_high": f"{t.term('benchmark')} ↑",
        "gap_pp": t.term("gap"), "median_days": t.term("median_days"), "stale": t.term("stale"),
    }  # fmt: skip
    return table.with_columns(pl.col("stage").replace(names)).select(pl.col(c).alias(word) for c, word in words.items())


def countings(table: pl.DataFrame, definition: FunnelDefinition, names: Mapping[str, str], t: Translator) -> None:
    """The counts of each stage under every way of counting."""
    stages = {stage.key: t.localized(stage.name) for stage in definition.stages}
    shown = table.select(
        pl.col("stage").replace(stages).alias(t.term("stage")), *[pl.col(c).alias(word) for c, word in names.items()]
    )
    st.dataframe(shown, hide_index=True, width="stretch", height=_height(shown.height))


def lead_list(leads: pl.DataFrame, n: int, definition: FunnelDefinition, key: str, t: Translator) -> None:
    """The ``n`` leads of a stage, or the newest of them: searchable and sortable, with a download."""
    stage = t.localized(definition.stage(key).name)
    st.subheader(plain_text(t("Leads at “%(stage)s” or beyond: %(n)s", stage=stage, n=n)))
    if n > leads.height:
        st.caption(t("The newest %(n)s are listed.", n=leads.height))
    outcomes = {"open": t.term("open"), "won": t.term("won"), "lost": t.term("outcome_lost")}
    stages = {i: t.localized(s.name) for i, s in enumerate(definition.stages, 1)}
    entered = f"entered_{key}"
    words = {c: column_name(c, t) for c in leads.columns} | {
        entered: t("Entered"),
        "furthest_stage": t("Furthest stage"),
        "outcome": t.term("outcome"),
    }
    shown = leads.select(
        c for c in leads.columns if leads[c].null_count() < leads.height or c == "lead_id"
    ).with_columns(
        pl.col("furthest_stage").replace_strict(stages, return_dtype=pl.String),
        pl.col("outcome").cast(pl.String).replace(outcomes),
    )
    st.dataframe(
        shown,
        hide_index=True,
        width="stretch",
        height=_height(shown.height, 10),
        key=f"leads_{key}",
        placeholder="–",
        column_config={
            c: st.column_config.DatetimeColumn(words[c], format="YYYY-MM-DD")
            if c in ("created_at", entered)
            else words[c]
            for c in shown.columns
        },
    )
    st.download_button(
        t("Download these leads"),
        csv_bytes(
            shown.with_columns(pl.col(pl.Datetime).dt.to_string("%Y-%m-%d %H:%M")).rename(
                {c: words[c] for c in shown.columns}
            )
        ),
        file_name=f"leads_{key}.csv",
        mime="text/csv",
        key="leads_csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def breakdown(table: pl.DataFrame, definition: FunnelDefinition, position: int, t: Translator) -> None:
    """Groups with their leads and the rate of one step (0: leads → won)."""
    if table.is_empty():
        st.caption(t("No leads in this window."))
        return
    overall = position == 0
    rows = table.iter_rows(named=True)
    shown = pl.DataFrame(
        [
            {
                "group": row["group"] or t("not stated"),
                "leads": row["n_leads"],
                "won": row["n_won"],
                "n": None if overall else row["n"],
                "advanced": None if overall else row["advanced"],
                "rate": _per_cent(row["overall_rate"] if overall else row["rate"]),
                "interval": "–" if overall else t.percent_range(row["rate_low"], row["rate_high"]),
                "few": f"n < {MIN_LEADS}" if row["is_few"] and not overall else "",
            }
            for row in rows
        ],
        schema={
            "group": pl.String, "leads": pl.Int64, "won": pl.Int64, "n": pl.Int64, "advanced": pl.Int64,
            "rate": pl.Float64, "interval": pl.String, "few": pl.String,
        },
    )  # fmt: skip
    step = t.term("overall_conversion") if overall else f"→ {t.localized(definition.stages[position - 1].name)}"
    top = max((rate for rate in shown["rate"] if rate is not None), default=100.0) or 100.0
    columns = (
        ["group", "leads", "won", "rate"]
        if overall
        else ["group", "leads", "won", "n", "advanced", "rate", "interval", "few"]
    )
    st.dataframe(
        shown.select(columns),
        hide_index=True,
        width="stretch",
        height=_height(shown.height, 10),
        placeholder="–",
        key="breakdown_table",
        column_config={
            "group": st.column_config.TextColumn(t.term(table["dimension"][0]), width="medium"),
            "leads": st.column_config.NumberColumn(figure_name("leads", t), format="localized"),
            "won": st.column_config.NumberColumn(figure_name("customers", t), format="localized"),
            "n": st.column_config.NumberColumn(t.term("at_risk"), format="localized", help=t.explained("at_risk")),
            "advanced": st.column_config.NumberColumn(t.term("advanced"), format="localized"),
            "rate": st.column_config.ProgressColumn(step, format="%.1f%%", min_value=0.0, max_value=max(top, 1.0)),
            "interval": st.column_config.TextColumn(t.term("interval_95"), alignment="right"),
            "few": st.column_config.TextColumn("", width="small"),
        },
    )


def _per_cent(rate: float | None) -> float | None:
    return None if rate is None else 100 * rate


def counts_view(report: CountsReport, t: Translator) -> None:
    """The tables of a counts workspace: all in all, by group and by period."""
    definition = report.definition
    names = {stage.key: t.localized(stage.name) for stage in definition.stages}
    st.subheader(t("All periods together"))
    totals = list(report.totals.iter_rows(named=True))
    whole = {
        t.term("stage"): [names[row["stage"]] for row in totals],
        t("Count"): Figures([t.number(row["n"]) for row in totals]),
    }
    grid(whole, "counts_whole")
    if not report.by_period.is_empty():
        st.subheader(t("By period"))
        periods = _counts_wide(report.by_period, "period_start", names).rename({"period_start": t("From")})
        _counts_table(periods.with_columns(_days(periods[t("From")], t)), "counts_periods", t)
    for dimension, frame in report.groups.items():
        st.subheader(t.term(dimension))
        wide = _counts_wide(frame.with_columns(pl.col("group").fill_null(t("not stated"))), "group", names)
        _counts_table(wide.rename({"group": t.term(dimension)}), f"counts_{dimension}", t)


def _days(days: pl.Series, t: Translator) -> pl.Series:
    return pl.Series(days.name, [t.date(day) for day in days], dtype=pl.String)


def _counts_table(wide: pl.DataFrame, key: str, t: Translator) -> None:
    first, *others = wide.columns
    figures = {name: Figures([t.number(n) for n in wide[name]]) for name in others}
    grid({first: wide[first].to_list(), **figures}, key)


def _counts_wide(frame: pl.DataFrame, index: str, names: Mapping[str, str]) -> pl.DataFrame:
    """One row per group or period, one column per stage."""
    wide = frame.with_columns(pl.col("stage").replace(names)).pivot(
        "stage", index=index, values="n", maintain_order=True
    )
    return wide.sort(index) if index == "period_start" else wide
