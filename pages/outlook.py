"""Outlook: what will come, what would it take, and how good were earlier forecasts?"""

from __future__ import annotations

import streamlit as st

from funnel.exports.outlook.content import by_week, caption, headline, notes, track_record
from funnel.reports.outlook.report import HORIZONS, first_horizon
from pages.outlook_parts import deals, goal, keeping, supposing
from pages.outlook_parts.data import Asked
from pages.retrospective_parts import show
from pages.shell import enter
from pages.shell.captions import money_in_words
from pages.shell.config import ROOT
from pages.shell.empty import empty_state
from pages.shell.session import palette
from pages.shell.title import page_title
from pages.shell.url import from_url, to_url
from pages.shell.words import plain_text

WINS, MONEY = "wins", "money"

shell = enter()
t, data = shell.t, shell.data
st.html(ROOT / "pages" / "outlook_parts" / "style.css")

page_title(t, "outlook")

if data is None or shell.workspace is None or data.is_empty:
    empty_state(t)
    st.stop()
if not data.has_leads:
    st.info(
        t(
            "This workspace holds totals per stage, no single leads: how old the open deals are and how long wins take "
            "cannot be known, so nothing is forecast. Import one row per lead with its dates."
        ),
        icon=":material/info:",
    )
    st.page_link("pages/import_data.py", label=t("Upload a file"), icon=":material/upload_file:")
    st.stop()
if data.as_of is None:
    st.info(t("No lead carries a date, so nothing can be forecast. Import a file with dates."), icon=":material/info:")
    st.page_link("pages/import_data.py", label=t("Upload a file"), icon=":material/upload_file:")
    st.stop()

horizons = {
    "30": t("30 days"), "60": t("60 days"), "90": t("90 days"), "month": t("to the month’s end"),
    "quarter": t("to the quarter’s end"), "year": t("to the year’s end"),
}  # fmt: skip
asked = Asked(shell)
prospects = asked.prospects()
default = first_horizon(prospects)
from_url("horizon", HORIZONS, default)
st.segmented_control(
    t("Days ahead"), HORIZONS, format_func=horizons.__getitem__, required=True, key="horizon",
    label_visibility="collapsed", persist_state="session",
)  # fmt: skip
horizon = st.session_state["horizon"]
to_url("horizon", horizon, default)

report = asked.report(horizon)
said = report.forecast

st.caption(plain_text((f"{t('synthetic sample')} · " if data.is_sample else "") + caption(report, t)))
if money := money_in_words(data, t):
    st.caption(plain_text(money))
with st.container(key="outlook_headline"):
    for sentence in headline(report, t):
        st.markdown(plain_text(sentence.text))
keeping.keep_button(report, shell)
show.notes(notes(report, t))

plan = gain = None
if said.refusal is None:
    typed = "goal" in st.query_params
    st.subheader(t("Week by week"), help=t.help("forecast_range"))
    from_url("path_of", (WINS, MONEY), WINS)
    if said.money is None:
        st.session_state["path_of"] = WINS
    else:
        st.segmented_control(
            t("Show"), (WINS, MONEY), format_func={WINS: t("Wins"), MONEY: t.term("revenue")}.__getitem__,
            key="path_of", required=True, label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
    in_money = st.session_state["path_of"] == MONEY
    to_url("path_of", st.session_state["path_of"], WINS)
    chart = st.container()

    st.subheader(t.term("what_it_takes"), help=t.help("what_it_takes"))
    chosen = goal.choice(report, shell)
    if chosen is not None:
        plan = asked.goal(chosen[0], chosen[1], is_money=chosen[2])
        goal.show_goal(report, plan, shell)
    line = None if in_money else report.goal
    if typed and chosen is not None and chosen[2] == in_money:
        line = chosen[1]
    with chart:
        colours = palette()
        content = asked.made(
            ("by_week", horizon, in_money, line, colours.accent),
            lambda: by_week(report, t, colours, money=in_money, goal=line),
        )
        show.chart(content.charts[0], False, " ".join(one.text for one in headline(report, t)))
        with st.expander(t("The figures behind the lines")):
            show.table(content.sheets[0], t)

    st.subheader(t.term("track_record"), help=t.help("track_record"))
    record = asked.made(("record", horizon, colours.accent), lambda: track_record(report, t, colours))
    for sentence in record.lead:
        st.markdown(plain_text(sentence.text))
    for drawn in record.charts:
        show.chart(drawn, False, " ".join(one.text for one in record.lead))
    for sentence in record.notes:
        st.caption(plain_text(sentence.text))
    if record.sheets:
        with st.expander(t("Every checked day")):
            show.table(record.sheets[0], t)
    keeping.kept_table(shell)

    st.subheader(t.term("what_if"), help=t.help("what_if"))
    gain = supposing.show_what_if(report, prospects, asked, shell)

st.subheader(t.term("open_deals"), help=t.help("open_deals"))
deals.show_deals(report, asked, shell)

st.subheader(t("Download the outlook"))
keeping.downloads(report, plan, gain, shell)
