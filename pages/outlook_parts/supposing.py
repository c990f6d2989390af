"""What if: a step's rate or the number of new leads from a day on, beside what the strategies have promised."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import streamlit as st

from funnel.exports.outlook.content import gain_words
from funnel.exports.outlook.tables import stage_name
from funnel.metrics.outlook.forecasting import Prospects
from funnel.metrics.outlook.what_ifs import WhatIf, weakest_source
from funnel.planning.fields import from_fields
from funnel.planning.strategies.strategy import Strategy
from funnel.reports.outlook.report import OutlookReport, first_horizon
from pages.outlook_parts.data import Asked
from pages.shell import Shell
from pages.shell.navigation import page_path
from pages.shell.url import dates_from_url, from_url, number_from_url, to_url
from pages.shell.words import plain_text


def show_what_if(report: OutlookReport, prospects: Prospects, asked: Asked, shell: Shell) -> WhatIf | None:
    """The fields and their answer; null while nothing is supposed."""
    t, data = shell.t, shell.data
    assert data is not None
    steps = report.stages[1:]
    if report.forecast.no_range is not None:
        st.info(t.message_of("outlook.not_checked_yet"), icon=":material/info:")
        return None
    rates = {key: prospects.today.tables[place].rate() for place, key in enumerate(steps)}
    weakest_step = min(steps, key=rates.__getitem__)
    from_url("if_step", steps, weakest_step)
    names = {
        key: f"{stage_name(before, report.definition, t)} → {stage_name(key, report.definition, t)}"
        for before, key in zip(report.stages, steps, strict=False)
    }
    first, second, third = st.columns(3)
    step = first.selectbox(
        t.term("step"), steps, format_func=names.__getitem__, key="if_step", persist_state="session"
    )  # fmt: skip
    to_url("if_step", step, weakest_step)
    rate = rates[step]
    number_from_url("if_points", -20, 30, 5)
    points = second.slider(
        t("Rate of this step, points more"), -20, 30, key="if_points", persist_state="session",
        help=t("Today %(rate)s of the leads that enter advance sooner or later. The change is for leads that enter "
               "from the day on; leads already there keep their chances.", rate=t.percent(rate)),
    )  # fmt: skip
    to_url("if_points", str(points), "5")
    tomorrow = report.as_of + timedelta(days=1)
    dates_from_url("if_since", 1, tomorrow, report.forecast.until)
    st.session_state.setdefault("if_since", tomorrow)
    since = third.date_input(
        t("From"), min_value=tomorrow, max_value=report.forecast.until, key="if_since", persist_state="session"
    )
    to_url("if_since", since if isinstance(since, date) and since != tomorrow else None)
    fourth, fifth, _ = st.columns(3)
    number_from_url("if_leads", 0.0, 9999.0, 0.0)
    extra = fourth.number_input(
        t("New leads a week, more"), min_value=0.0, max_value=9999.0, step=1.0, key="if_leads", format="%.0f",
        persist_state="session",
    )  # fmt: skip
    to_url("if_leads", f"{extra:.0f}", "0")
    weakest = asked.made("weakest source", lambda: weakest_source(data.journeys.lazy(), report.as_of, prospects))
    as_weakest = min(100, round(100 * weakest))
    number_from_url("if_quality", 0, 150, as_weakest)
    quality = fifth.slider(
        t("How good they are, % of today’s"), 0, 150, step=5, key="if_quality", persist_state="session",
        help=t("100: as good as today’s leads. It starts at the weakest source with at least 20 leads that were "
               "followed (%(share)s of today’s rate).", share=t.percent(weakest, 0)),
    )  # fmt: skip
    to_url("if_quality", str(quality), str(as_weakest))
    # A change from tomorrow on is one from now on: figures end with the as-of day.
    day = since - timedelta(days=1) if isinstance(since, date) else report.as_of
    found = asked.gain(
        report.horizon,
        step=step,
        factor=max(0.0, 1 + points / 100 / rate) if rate > 0 else 1.0,
        extra_leads_a_day=float(extra) / 7,
        quality=quality / 100,
        since=day,
    )
    with st.container(key="outlook_gain"):
        st.markdown(plain_text(gain_words(found, t)))
    _promised(report, prospects, asked, shell)
    if points > 0 and found.refusal is None:
        prefill = {
            "stage": step,
            "promise_pp": float(points),
            "expected_effect": gain_words(found, t),
            "selected_start": data.history_start,
            "selected_end": report.as_of,
        }
        if st.button(t("Plan a strategy with this promise"), key="outlook_strategy", icon=":material/flag:"):
            st.session_state["plan_prefill"] = prefill
            st.switch_page(page_path("plan"))
    return found


def strategy_gain(strategy: Strategy, prospects: Prospects, asked: Asked, horizon: int) -> WhatIf | None:
    """What a strategy's promise would bring in the days ahead; null where it promises no rate of a step of the chain,
    or the forecast has earned no range."""
    stages = prospects.history.stages
    if strategy.promise_pp is None or strategy.metric != "conversion_rate" or strategy.stage not in stages[1:]:
        return None
    rate = prospects.today.tables[stages.index(strategy.stage) - 1].rate()
    if rate <= 0 or prospects.refusal is not None:
        return None
    found = asked.gain(horizon, step=strategy.stage, factor=1 + strategy.promise_pp / 100 / rate)
    return None if found.refusal is not None else found


def expected_gain(strategy: Strategy, shell: Shell) -> str:
    """What an open strategy's promise would bring in the days that the forecast reaches, in words; blank where that
    cannot be said."""
    data = shell.data
    if data is None or not data.has_leads or data.as_of is None or not strategy.is_open or strategy.promise_pp is None:
        return ""
    asked = Asked(shell, whole=True)
    prospects = asked.prospects()
    found = strategy_gain(strategy, prospects, asked, int(first_horizon(prospects)))
    return "" if found is None else gain_words(found, shell.t)


def _promised(report: OutlookReport, prospects: Prospects, asked: Asked, shell: Shell) -> None:
    """The open strategies beside it, each with what its promise would bring in the same days."""
    t = shell.t
    rows = []
    for record in shell.plan.of("strategy"):
        strategy = from_fields(Strategy, record.fields)
        found = strategy_gain(strategy, prospects, asked, report.horizon) if strategy.is_open else None
        if found is not None and strategy.promise_pp is not None:
            rows.append(
                {
                    t.term("strategy"): strategy.title or "–",
                    t.term("step"): f"→ {stage_name(strategy.stage, report.definition, t)}",
                    t.term("promise"): t.points(strategy.promise_pp),
                    t("Customers more"): f"{t.signed(found.gain, 1)} ({t.signed(found.low)} – {t.signed(found.high)})",
                }
            )
    if rows:
        st.caption(t("What the strategies promise would bring in the same days, from today on, each by itself:"))
        st.dataframe(pl.DataFrame(rows), hide_index=True, width="stretch", key="outlook_promises")
