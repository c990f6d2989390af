"""Calendar and money: the country's working days, own days off, currency, time zone."""

from __future__ import annotations

from datetime import date
from zoneinfo import available_timezones

import polars as pl
import streamlit as st
from babel.numbers import list_currencies

from funnel.errors import FunnelError
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.metrics.deadlines.business_days import BusinessCalendar, countries
from funnel.reports.settings import calendar_is_known, calendar_months, unknown_years
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema.currencies import Rate, rates_of
from pages.settings_parts import said
from pages.shell import Shell
from pages.shell.method import business_calendar
from pages.shell.table import Figures
from pages.shell.table import show as table
from pages.shell.workspaces import now

_FIRST_COUNTRIES = ("CN", "HK", "TW", "SG", "US", "GB", "DE", "FR", "JP")
_FIRST_CURRENCIES = ("CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "SGD")
_SEEN = "settings_calendar_seen"
"""The calendar with which the fields began."""
_NONE = ""
_YEARS = (1990, 2100)


def show(shell: Shell, data: WorkspaceData) -> None:
    """The form on the left, the year that it makes on the right."""
    t = shell.t
    try:
        calendar = business_calendar(data, t.language)
    except FunnelError as error:
        st.error(plain_text(t.message(error)), icon=":material/error:")
        calendar = BusinessCalendar()
    left, right = st.columns([5, 6], gap="medium")
    with left:
        wanted = _calendar(shell, data, calendar)
        _money(shell, data)
    with right:
        _year(wanted, data, t)


def _calendar(shell: Shell, data: WorkspaceData, calendar: BusinessCalendar) -> BusinessCalendar:
    """The calendar as the widgets say it; saved by the button."""
    t = shell.t
    # another calendar, stored meanwhile by somebody else, is shown and not overwritten
    if st.session_state.setdefault(_SEEN, calendar) != calendar:
        st.session_state[_SEEN] = calendar
        said.next_revision("calendar")
    round_no = said.revision("calendar")
    st.subheader(t.term("business_calendar"), help=t.help("business_calendar"))
    codes = [_NONE, *_FIRST_COUNTRIES, *sorted(set(countries()) - set(_FIRST_COUNTRIES), key=t.country)]
    country = st.selectbox(
        t("Country"),
        codes,
        index=codes.index(calendar.country or _NONE),
        format_func=lambda code: t.country(code) if code else t("No country: only weekends are free"),
        key=f"settings_country_{round_no}",
        help=t("Public holidays of the country; for China and others also the weekend days that are worked instead."),
    )
    kinds = {"off": t("day off"), "worked": t("working day")}
    own = [(day, "off") for day in sorted(calendar.days_off)] + [
        (day, "worked") for day in sorted(calendar.working_days)
    ]
    typed = st.data_editor(
        pl.DataFrame(
            {"day": [day for day, _ in own], "kind": [kinds[kind] for _, kind in own]},
            schema={"day": pl.Date, "kind": pl.String},
        ),
        key=f"settings_days_{round_no}",
        num_rows="dynamic",
        placeholder="",
        hide_index=True,
        width="stretch",
        column_config={
            "day": st.column_config.DateColumn(t("Own days off and working days"), format="YYYY-MM-DD", required=True),
            "kind": st.column_config.SelectboxColumn(t("Kind"), options=list(kinds.values()), default=kinds["off"]),
        },
    )
    chosen: dict[str, set[date]] = {"off": set(), "worked": set()}
    for day, kind in pl.DataFrame(typed).select(pl.col("day").cast(pl.Date, strict=False), "kind").iter_rows():
        if day is not None:
            chosen["worked" if kind == kinds["worked"] else "off"].add(day)
    wanted = BusinessCalendar(
        country or None, frozenset(chosen["off"]), frozenset(chosen["worked"] - chosen["off"]), calendar.confirmed_years
    )
    missing = sorted({*unknown_years(data, wanted), *calendar.confirmed_years})
    if country and missing:
        confirmed = st.multiselect(
            t("Years whose days off I have typed in full"),
            missing,
            default=[year for year in missing if year in calendar.confirmed_years],
            format_func=str,
            key=f"settings_years_{round_no}_{country}",
            help=t(
                "The working days of these years are not announced in this version; unconfirmed years are not judged."
            ),
        )
        wanted = BusinessCalendar(wanted.country, wanted.days_off, wanted.working_days, frozenset(confirmed))
    changed = wanted != calendar or "calendar_country" not in data.settings
    if st.button(t("Save the calendar"), key="settings_calendar_save", type="primary", disabled=not changed):
        plain = wanted.to_dict()
        # Blank is a choice too (only weekends): it must not fall back to the language's country.
        for key, value in (
            ("calendar_country", plain["country"] or ""),
            ("days_off", plain["days_off"]),
            ("working_days", plain["working_days"]),
            ("confirmed_years", plain["confirmed_years"]),
        ):
            shell.store.set_setting(key, value)
        st.session_state.pop(_SEEN, None)
        said.next_revision("calendar")
        said.say(t("The calendar is saved; deadlines in working days follow it."))
    if "calendar_country" not in data.settings:
        st.caption(t("Not saved yet: this is the calendar that goes with the language of this session."))
    return wanted


def _money(shell: Shell, data: WorkspaceData) -> None:
    t = shell.t
    st.subheader(t("Money and time"))
    codes = [_NONE, *_FIRST_CURRENCIES, *sorted(set(list_currencies()) - set(_FIRST_CURRENCIES))]
    current = str(data.settings.get("currency") or _NONE)
    currency = st.selectbox(
        t.term("currency"),
        codes,
        index=codes.index(current) if current in codes else 0,
        format_func=lambda code: t.currency_name(code) if code else t("Not said: amounts are shown as plain numbers"),
        key=f"settings_currency_{current}_{said.revision('money')}",
        help=t.help("currency"),
    )
    here = st.context.timezone
    zones = [_NONE, *([here] if here else []), *sorted(available_timezones() - {here})]
    kept = str(data.settings.get("time_zone") or _NONE)
    zone = st.selectbox(
        t("Time zone"),
        zones,
        index=zones.index(kept) if kept in zones else 0,
        format_func=lambda name: name or t("As written in the files"),
        key=f"settings_zone_{kept}_{said.revision('money')}",
        help=t(
            "Times that a file gives with a zone are turned into this one when it is imported; earlier imports stay."
        ),
    )
    rates = _rates(data, currency, t)
    before = rates_of(data.settings)
    unchanged = (currency, zone, rates) == (current, kept, before)
    if st.button(t("Save money and time"), key="settings_money_save", disabled=unchanged):
        shell.store.set_setting("currency", currency or None)
        shell.store.set_setting("currency_rates", {code: rate.to_dict() for code, rate in rates.items()} or None)
        shell.store.set_setting("time_zone", zone or None)
        said.say(t("Saved."))


def _rates(data: WorkspaceData, currency: str, t: Translator) -> dict[str, Rate]:
    """What the other currencies of the data are worth in the chosen one, as typed; nothing typed: not counted."""
    known = rates_of(data.settings)
    others = sorted({one.currency for one in data.money.stated if one.currency} - {currency})
    if not currency or not others:
        return known
    st.caption(
        plain_text(
            t(
                "The data hold other currencies. Without a rate their amounts are not counted; with one they are "
                "turned into %(currency)s, and pages say so.",
                currency=currency,
            )
        )
    )
    stated = {one.currency: one for one in data.money.stated}
    shown = {code: rate for code, rate in known.items() if rate.to == currency}
    typed = st.data_editor(
        pl.DataFrame(
            {
                "currency": others,
                "n": [stated[code].n_leads for code in others],
                "worth": [shown[code].worth if code in shown else None for code in others],
                "on": [shown[code].on if code in shown else None for code in others],
            },
            schema={"currency": pl.String, "n": pl.Int64, "worth": pl.Float64, "on": pl.Date},
        ),
        key=f"settings_rates_{currency}_{said.revision('money')}",
        hide_index=True,
        width="stretch",
        disabled=["currency", "n"],
        placeholder="",
        column_config={
            "currency": st.column_config.TextColumn(t.term("currency")),
            "n": st.column_config.NumberColumn(t("Deals with an amount")),
            "worth": st.column_config.NumberColumn(t("1 is worth (%(currency)s)", currency=currency), min_value=0.0),
            "on": st.column_config.DateColumn(t("Rate of the day"), format="YYYY-MM-DD"),
        },
    )
    rows = pl.DataFrame(typed).select("currency", "worth", pl.col("on").cast(pl.Date, strict=False)).iter_rows()
    return {
        **{code: rate for code, rate in known.items() if code not in others},
        **{code: Rate(float(worth), currency, on) for code, worth, on in rows if worth},
    }


def _year(calendar: BusinessCalendar, data: WorkspaceData, t: Translator) -> None:
    """The working days of a year, so that shifted days can be seen."""
    day = data.as_of or now().date()
    head, pick = st.columns([3, 1], vertical_alignment="bottom")
    head.subheader(t("Working days of a year"))
    near = min(max(day.year, _YEARS[0]), _YEARS[1])
    year = int(pick.number_input(t("Year"), *_YEARS, near, key="settings_year", label_visibility="collapsed"))
    if not calendar_is_known(calendar, year):
        st.warning(
            plain_text(
                t(
                    "The working days of %(year)s in %(country)s are not known to this version: type the days off and "
                    "confirm the year, or update the app.",
                    year=str(year),
                    country=t.country(calendar.country or ""),
                )
            ),
            icon=":material/event_busy:",
        )
        return
    months = calendar_months(calendar, year)
    words = {
        t("Month"): [t.month(month, with_year=False) for month in months["month"]],
        t("Working days"): Figures([t.number(n) for n in months["n_working"]]),
        t("Weekdays off"): [_days(days, t) for days in months["free"]],
        t("Weekends worked"): [_days(days, t) for days in months["worked"]],
    }
    table(words, "settings_year_table", t("Working days of a year"))


def _days(days: pl.Series, t: Translator) -> str:
    """Days of a month as short text, neighbours joined: "1–3, 7"."""
    spans: list[list[int]] = []
    for day in (one.day for one in days):
        if spans and day == spans[-1][1] + 1:
            spans[-1][1] = day
        else:
            spans.append([day, day])
    return t.joined(str(a) if a == b else f"{a}–{b}" for a, b in spans)
