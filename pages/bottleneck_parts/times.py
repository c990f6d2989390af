"""Time: slow stages, deadlines, who is overdue, handovers, and whether being on time goes with more conversion."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
import streamlit as st

from funnel.charts.bottleneck_charts import step_name
from funnel.charts.time_and_loss_charts import cycle_chart
from funnel.exports.tables import csv_bytes
from funnel.filters import DIMENSIONS
from funnel.i18n.translator import Translator
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.metrics.thresholds import MIN_LEADS
from funnel.reports.bottleneck.report import BottleneckReport
from pages.bottleneck_parts.words import said
from pages.shell.chart import draw
from pages.shell.drawn import drawn
from pages.shell.session import palette
from pages.shell.table import Figures, meanings, show
from pages.shell.url import from_url, to_url
from pages.shell.words import column_name, owner_role_name, plain_text

_ROW_HEIGHT = 36
_ALL = "all"


def slow_stages(report: BottleneckReport, t: Translator) -> None:
    """The share of the sales cycle per step, and who waits where."""
    st.subheader(t("Slow stages"), help=t.help("slow_step"))
    timed = report.slow.filter(pl.col("cycle_share") > 0)
    if timed.is_empty() and report.slow["n_won"][0]:
        st.caption(t("How the sales cycle splits over the steps is not known: stages on the way have no dates."))
    elif timed.is_empty():
        st.caption(t("The share of the sales cycle is not known: no win in this window has a dated creation and win."))
    elif timed.height == 1:
        only = timed.row(0, named=True)
        st.caption(
            t(
                "From creation to the win: typically %(days)s (median of %(n)s wins). How it splits over the steps is "
                "not known, because only one of them has dates.",
                days=t.days(only["median_days"]),
                n=only["n_days"],
            )
        )
    else:
        figure = drawn(report, t, lambda: cycle_chart(report.slow, report.definition, t, palette()), "cycle")
        draw(figure, "bottleneck_cycle", t.term("slow_step"))
        first = report.slow.row(0, named=True)
        note = t("Mean share of the sales cycle over %(n)s wins of the window.", n=first["n_won"])
        if first["n_left_out"]:
            note += " " + t("Wins without the dates for it: %(n)s.", n=first["n_left_out"])
        untimed = report.slow.filter(pl.col("position") > 1, pl.col("cycle_share").is_null())
        untimed = untimed.filter(pl.col("position") <= report.definition.won_position)
        if not untimed.is_empty():
            steps = [f"→ {_stage(report, key, t)}" for key in untimed["stage"]]
            note += " " + t("Without dates of both stages, so their share is not known: %(steps)s.", steps=steps)
        if report.seldom_timed:
            steps = [f"→ {_stage(report, report.definition.keys[place - 1], t)}" for place in report.seldom_timed]
            note += " " + t(
                "Skipped by most wins, or without dates of their own, so their time stands in a later step: %(steps)s.",
                steps=steps,
            )
        st.caption(note)
    _waiting_now(report, t)


def _waiting_now(report: BottleneckReport, t: Translator) -> None:
    """Who waits in which step today, whatever the window."""
    rows = [row for row in report.slow.iter_rows(named=True) if row["position"] > 1]
    post_sale = {stage.key for stage in report.definition.stages if stage.is_post_sale}
    words = {
        t.term("step"): [f"→ {t.localized(report.definition.stage(row['stage']).name)}" for row in rows],
        t("Role"): [owner_role_name(row["owner_role"], t) for row in rows],
        t("Waiting now"): Figures(
            [
                f"{t.number(row['n_waiting'])} {t.term('not_yet').lower()}"
                if row["stage"] in post_sale
                else t.number(row["n_waiting"])
                for row in rows
            ]
        ),
        t.term("stale"): Figures([t.number(row["n_stale"]) for row in rows]),
        t("Stale of waiting"): Figures([t.percent(row["stale_share"], 0) for row in rows]),
    }
    show(words, "bottleneck_waiting_now", t("Waiting now"))
    st.caption(plain_text(" ".join(t.labelled(t.term(one), t.explained(one)) for one in ("waiting", "stale"))))


def deadlines(
    report: BottleneckReport,
    position: int | None,
    calendar: BusinessCalendar,
    waiting: Callable[[int | None], pl.DataFrame],
    t: Translator,
) -> None:
    """On-time rates per step and, for the step looked into, per owner; the leads to act on, which ``waiting`` lists of
    a step (null: of all)."""
    st.subheader(t("Deadlines"), help=t.help("sla"))
    for fact in report.facts:
        if fact.code.startswith("sla."):
            st.caption(said(fact, t))
    if report.sla.is_empty():
        st.caption(t("No step has a deadline. Give the stages one in the settings to see who is on time."))
    else:
        _sla_table(report, report.sla, t, "bottleneck_sla")
        notes = [t("On time of all that advanced, closed or passed the deadline; those still within it are left out.")]
        if "business_days" in set(report.sla["unit"]):
            notes.append(
                t("Business days: calendar of %(country)s.", country=t.country(calendar.country))
                if calendar.country
                else t("Business days: Monday to Friday, whatever the public holidays, since no country is chosen.")
            )
        st.caption(" ".join(notes))
        owners = report.sla_by_owner.filter(pl.col("position") == (position or 0), pl.col("n_judged") > 0)
        if owners["group"].drop_nulls().len() > 1:
            with st.expander(t("By owner, this step")):
                _sla_table(report, owners, t, "bottleneck_sla_owner", by_owner=True)
                note = t(
                    "Each lead counts for the owner it had when the clock of this step started; where the data does "
                    "not say who that was, for its latest owner."
                )
                if report.filters.chosen("owner"):
                    note += " " + t("The owners chosen in the sidebar are latest owners.")
                st.caption(note)
    _overdue(report, position, waiting, t)


def _sla_table(report: BottleneckReport, sla: pl.DataFrame, t: Translator, key: str, *, by_owner: bool = False) -> None:
    rows = list(sla.iter_rows(named=True))
    head = t.term("owner") if by_owner else t.term("step")
    not_stated = t("not stated")
    names = [(row["group"] or not_stated) if by_owner else step_name(row, report.definition, t) for row in rows]
    states = {
        "on_time": (t.term("on_time"), t.explained("on_time")),
        "closed_in_time": (t("Closed in time"), t("Lost within the deadline, without moving on.")),
        "late": (t("Late"), t("Advanced or closed after the deadline.")),
        "overdue": (t.term("overdue"), t.explained("overdue")),
        "running": (t("Running"), t("Still waiting within the deadline.")),
        "unknown": (t("Unknown"), t("Left without a date, at an unknown place or out of order.")),
    }
    words = {
        head: names,
        t("Allowed"): Figures([_allowed(row, t) for row in rows]),
        t("On-time rate"): Figures([_on_time(row, t) for row in rows], t.explained("interval_95")),
    }
    if any(row["closed_in_time"] for row in rows):
        words[t("With closed")] = Figures(
            [t.percent(row["with_closed_rate"]) for row in rows], t("On time, or closed within the deadline.")
        )
    for state, (name, meaning) in states.items():
        words[name] = Figures([t.number(row[state]) for row in rows], meaning)
    show(words, key, t("Deadlines"))
    if not by_owner:
        meanings(words, t)


def _overdue(
    report: BottleneckReport, position: int | None, waiting: Callable[[int | None], pl.DataFrame], t: Translator
) -> None:
    """The list to work on, with its download."""
    if report.waiting_counts.is_empty():
        st.caption(
            t("No lead is overdue or stale.")
            if report.knows_who_waits
            else t("Who is overdue or stale cannot be known: no step has a deadline or a known usual duration.")
        )
        return
    choices = ({"this": t("This step")} if position else {}) | {_ALL: t("All steps")}
    title, pick = st.columns([3, 2], vertical_alignment="bottom")
    from_url("bottleneck_overdue", list(choices), next(iter(choices)))
    chosen = pick.segmented_control(
        t("Steps"), list(choices), format_func=choices.__getitem__, required=True, key="bottleneck_overdue",
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    to_url("bottleneck_overdue", chosen, next(iter(choices)))
    counts = report.waiting_counts
    counts = counts if chosen == _ALL else counts.filter(pl.col("position") == position)
    n, n_overdue, n_stale = (int(counts[name].sum()) for name in ("n", "n_overdue", "n_stale"))
    title.markdown(
        t(
            "**Leads to act on**: overdue %(overdue)s, stale %(stale)s, whatever the window",
            overdue=n_overdue,
            stale=n_stale,
        )
    )
    if not n:
        st.caption(t("No lead is overdue or stale in this step."))
        return
    leads = waiting(None if chosen == _ALL else position)
    shown = _overdue_table(leads if chosen == _ALL else leads.drop("stage"), report, t)
    dated = {t("Waiting since"), t("Due")}
    # What a name and the days overdue say too stands in the file and in the menu of the table: so all fits at 1024 px.
    spared = {t("Due")} | ({column_name("lead_id", t)} if column_name("lead_name", t) in shown.columns else set())
    st.dataframe(
        shown, hide_index=True, width="stretch", height=_height(shown.height, 8), placeholder="–",
        key="bottleneck_overdue_list", column_order=[name for name in shown.columns if name not in spared],
        column_config={
            name: st.column_config.DatetimeColumn(format="YYYY-MM-DD", width=84) for name in dated & set(shown.columns)
        } | {
            t("Days overdue"): st.column_config.NumberColumn(format="%.0f", width=84),
            t("Days waiting"): st.column_config.NumberColumn(format="%.0f", width=82),
            column_name("lead_id", t): st.column_config.TextColumn(width=66),
            column_name("lead_name", t): st.column_config.TextColumn(width=142),
            t.term("step"): st.column_config.TextColumn(width=128),
            t.term("owner"): st.column_config.TextColumn(width=74, help=t("The latest owner, who can act now.")),
            t.term("source"): st.column_config.TextColumn(width=118),
            **{t.term(name): st.column_config.TextColumn(width=72) for name in DIMENSIONS[2:]},
        },
    )  # fmt: skip
    if leads.height < n:
        st.caption(plain_text(t("Shown are the %(shown)s that waited longest of %(n)s.", shown=leads.height, n=n)))
    st.download_button(
        t("Download these leads"), csv_bytes(shown), file_name="leads_to_act_on.csv", mime="text/csv",
        key="bottleneck_overdue_csv", icon=":material/download:", type="tertiary", on_click="ignore",
    )  # fmt: skip


def _overdue_table(leads: pl.DataFrame, report: BottleneckReport, t: Translator) -> pl.DataFrame:
    """The list in the session's words, without the columns that no lead fills."""
    names = {stage.key: f"→ {t.localized(stage.name)}" for stage in report.definition.stages}
    words = {
        "lead_id": column_name("lead_id", t), "lead_name": column_name("lead_name", t), "stage": t.term("step"),
        "owner": t.term("owner"), "entered_at": t("Waiting since"), "waiting_days": t("Days waiting"),
        "due_at": t("Due"), "overdue_days": t("Days overdue"),
        **{name: t.term(name) for name in DIMENSIONS if name != "owner"}, "amount": t.term("amount"),
    }  # fmt: skip
    kept = [name for name in words if name in leads.columns and leads[name].null_count() < leads.height]
    return leads.with_columns(pl.col("^stage$").replace(names)).select(pl.col(name).alias(words[name]) for name in kept)


def handovers(report: BottleneckReport, t: Translator) -> None:
    """How long leads take from one role to the next."""
    st.subheader(t.term("handover_time"), help=t.help("handover_time"))
    if report.handovers.is_empty():
        st.caption(t("One role owns all stages, so nothing is handed over."))
        return
    rows = list(report.handovers.iter_rows(named=True))
    words = {
        t.term("handover"): [
            f"{owner_role_name(row['from_role'], t)} → {owner_role_name(row['to_role'], t)}" for row in rows
        ],
        t.term("step"): [step_name(row, report.definition, t) for row in rows],
        t("Leads"): Figures([t.number(row["n_handed"]) for row in rows]),
        t.term("median_days"): Figures([t.number(row["median_days"], 1) for row in rows]),
        t("Days, slowest tenth"): Figures([t.number(row["p90_days"], 1) for row in rows]),
        t("Without owner"): Figures([t.number(row["n_without_owner"]) for row in rows]),
        t("Without source"): Figures([t.number(row["n_without_source"]) for row in rows]),
    }
    show(words, "bottleneck_handovers", t.term("handover_time"))
    st.caption(plain_text(t.labelled(t("Days, slowest tenth"), t("Nine of ten leads were faster."))))


def effects(report: BottleneckReport, t: Translator) -> None:
    """Conversion of the next step inside and outside the deadline, with the verdict in words."""
    if report.effects.is_empty():
        return
    st.subheader(t("Does being on time go with more conversion?"))
    rows = list(report.effects.iter_rows(named=True))
    verdicts = {
        "inside_better": t("higher inside the deadline"),
        "inside_worse": t("lower inside the deadline"),
        "no_clear_difference": t("no clear difference"),
        "too_little_data": t.term("v_too_little_data"),
        "cannot_know": t("Cannot be known: some losses do not say where they happened"),
    }
    st.table(
        pl.DataFrame(
            {
                t("Deadline of"): [f"→ {_stage(report, row['stage'], t)}" for row in rows],
                t("Then on to"): [f"→ {_stage(report, row['next_stage'], t)}" for row in rows],
                t("Inside"): [_side(row, "inside", t) for row in rows],
                t("Outside"): [_side(row, "outside", t) for row in rows],
                t("Difference"): [t.points(row["difference_pp"]) for row in rows],
                t.term("verdict"): [verdicts[row["verdict"]] for row in rows],
            }
        ),
        border="horizontal",
        hide_index=True,
    )
    st.caption(
        t(
            "An association, not proof of a cause: leads that came through in time may differ in other ways. "
            "Compared within each source."
        )
    )


def _stage(report: BottleneckReport, key: str, t: Translator) -> str:
    return plain_text(t.localized(report.definition.stage(key).name))


def _side(row: Mapping, side: str, t: Translator) -> str:
    counted = t("%(advanced)s of %(n)s", advanced=row[f"{side}_advanced"], n=row[f"{side}_n"])
    return counted if row[f"{side}_rate"] is None else f"{t.percent(row[f'{side}_rate'], 0)} · {counted}"


def _allowed(row: Mapping, t: Translator) -> str:
    if row["unit"] == "hours":
        return t("%(n)s hours", n=row["amount"])
    return t("%(n)s business days", n=row["amount"])


def _on_time(row: Mapping, t: Translator) -> str:
    if row["on_time_rate"] is None:
        return "–"
    few = "~" if row["n_judged"] - row["closed_in_time"] < MIN_LEADS else ""
    return few + t.rate(row["on_time_rate"], row["on_time_low"], row["on_time_high"])


def _height(rows: int, most: int):
    return "content" if rows <= most else _ROW_HEIGHT * (most + 1)
