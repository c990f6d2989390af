"""What is compared with what: three months against three, a month against a month, or since a change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from funnel.filters import month_start
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.metrics.comparison.windows import PairChoice
from funnel.metrics.thresholds import DEFAULT_MONTHS
from funnel.planning.strategies.strategy import Strategy
from funnel.reports.retrospective.report import RetrospectiveReport
from pages.shell.boundary import safely
from pages.shell.url import dates_from_url, from_url, to_url

PAIRS = ("months", "month", "change")
LENGTHS = ("1", "2", "3", "6", "12")
OTHER_DAY = "day"
_MONTHS_OFFERED = 36


@dataclass(frozen=True)
class Offer:
    """What can be chosen: kinds of pairs, the first day of the data, strategies that may be the change, and how many
    months stand on each side at first."""

    as_of: date
    first: date
    strategies: tuple[Strategy, ...] = ()
    pairs: tuple[str, ...] = PAIRS
    months: int = DEFAULT_MONTHS

    @property
    def started(self) -> dict[str, Strategy]:
        """The strategies that have started, by id."""
        known = [one for one in self.strategies if one.started_on is not None and one.started_on <= self.as_of]
        return {one.strategy_id: one for one in known}

    @property
    def month_texts(self) -> list[str]:
        """The months of the data, newest first, as ``2026-01``."""
        months = [month_start(self.as_of, back) for back in range(_MONTHS_OFFERED)]
        held = [f"{month:%Y-%m}" for month in months if month >= month_start(self.first)]
        return held or [f"{month_start(self.as_of):%Y-%m}"]


def ask(offer: Offer, t: Translator) -> None:
    """The controls of the choice that ``read`` made of the link; call it before them."""
    words = {"months": t("Several months"), "month": t("One month"), "change": t("Since a change")}
    kind, detail = st.columns([6, 5], vertical_alignment="bottom")
    kind.segmented_control(
        t("Compare"), offer.pairs, format_func=words.__getitem__, key="pair", required=True, persist_state="session",
        help=t("The window of the sidebar does not count here; its other filters do."),
    )  # fmt: skip
    with detail:
        match st.session_state["pair"]:
            case "month":
                st.selectbox(
                    t("Month, against the one before"), offer.month_texts, key="pair_month",
                    persist_state="session", format_func=lambda text: t.month(_day(text)),
                )  # fmt: skip
            case "change":
                _ask_change(offer, t)
            case _:
                st.selectbox(
                    t("Months on each side"), LENGTHS, key="pair_length", persist_state="session",
                    format_func=lambda n: t("the last %(n)s months against the %(n)s before", n=n)
                    if n != "1" else t("the last month against the one before"),
                )  # fmt: skip


def _ask_change(offer: Offer, t: Translator) -> None:
    started = offer.started
    is_day = st.session_state["pair_change"] == OTHER_DAY
    chosen, day_field = st.columns(2) if is_day else (st.container(), st.container())
    chosen.selectbox(
        t("Which change"), [*started, OTHER_DAY], key="pair_change", persist_state="session",
        format_func=lambda key: t("another day")
        if key == OTHER_DAY else f"{started[key].title} · {t.date(started[key].started_on)}",
    )  # fmt: skip
    if is_day:
        day_field.date_input(
            t("First day of the change"),
            min_value=offer.first,
            max_value=offer.as_of,
            key="pair_day",
            persist_state="session",
        )


def read(offer: Offer) -> PairChoice:
    """The choice as the controls or the link have it, without drawing anything; it is written into the link."""
    started, offered, as_of = offer.started, offer.month_texts, offer.as_of
    from_url("pair", offer.pairs, PAIRS[0])
    from_url("pair_length", LENGTHS, str(offer.months))
    from_url("pair_month", offered, offered[0])
    from_url("pair_change", (*started, OTHER_DAY), next(iter(started), OTHER_DAY))
    dates_from_url("pair_day", 1, offer.first, as_of)
    if not isinstance(st.session_state.get("pair_day"), date):
        st.session_state["pair_day"] = max(month_start(as_of, 2), offer.first)

    pair, length, month, change, day = (
        st.session_state[key] for key in ("pair", "pair_length", "pair_month", "pair_change", "pair_day")
    )
    is_change = pair == "change"
    to_url("pair", pair, PAIRS[0])
    to_url("pair_length", length if pair == "months" else None, str(offer.months))
    to_url("pair_month", month if pair == "month" else None, offered[0])
    to_url("pair_change", change if is_change else None)
    to_url("pair_day", day if is_change and change == OTHER_DAY else None)
    if pair == "month":
        return PairChoice("month", month=_day(month))
    if not is_change:
        return PairChoice("months", months=int(length))
    if change == OTHER_DAY:
        return PairChoice("change", change_on=day)
    one = started[change]
    return PairChoice("change", change_on=one.started_on, until=one.ended_on, decision_on=one.decision_on)


def _day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def later(report: RetrospectiveReport, t: Translator) -> None:
    """Where the chosen month is too young: from when it can be judged, and the latest month that can be now."""
    if report.choice.kind != "month":
        return
    young = [note for stage in report.months["stage"] if (note := report.month_note(stage)) is not None]
    if not young:
        return
    st.info("  \n".join(plain_text(t.message(note)) for note in young), icon=":material/hourglass_top:")
    ripe = report.months.filter(~pl.col("is_mature"))["latest_month"].drop_nulls().unique().sort(descending=True)
    for month in ripe:
        st.button(
            t("Compare %(month)s instead", month=t.month(month)), key=f"retrospective_month_{month:%Y_%m}",
            on_click=safely(_show_month), args=(f"{month:%Y-%m}",), icon=":material/event_available:",
        )  # fmt: skip


def _show_month(month: str) -> None:
    st.session_state["pair_month"] = month
