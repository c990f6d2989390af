"""Retrospective: did it work, why, what do customers say, and what next?"""

from __future__ import annotations

from functools import partial

import streamlit as st

from funnel.errors import InputError
from funnel.exports import retrospective_notes as written
from funnel.exports.retrospective_content import caption, section, section_titles, sections_of
from funnel.filters import Window
from funnel.planning.fields import from_fields
from funnel.planning.strategies.strategy import Strategy
from funnel.reports.retrospective.totals import TOTALS, months_covered, totals_start
from pages.retrospective_parts import decisions, presenting, question, saving, show, simplification, strategies, voices
from pages.retrospective_parts.editor import conflict_boxes
from pages.shell import enter
from pages.shell.captions import money_in_words
from pages.shell.drawn import drawn
from pages.shell.empty import empty_state
from pages.shell.retrospective_data import frozen_report, retrospective_of
from pages.shell.session import ask_who, palette
from pages.shell.title import page_title
from pages.shell.url import from_url, to_url
from pages.shell.words import plain_text
from pages.shell.workspaces import now

BASES = ("activity", "lead_cohort")

shell = enter()
t, data = shell.t, shell.data
st.html(presenting.STYLE)

if data is None or shell.workspace is None or data.is_empty:
    page_title(t, "retrospective")
    empty_state(t)
    st.stop()

store = shell.store
as_of = data.as_of
first = data.history_start or as_of if data.has_leads else totals_start(data.facts)
if as_of is None or first is None:
    page_title(t, "retrospective")
    st.info(
        t(
            "Nothing here has a date (totals without periods, or leads without a day). What changed between two "
            "periods, whether it is real, why, and whether a strategy kept its promise cannot be answered; for that, "
            "import one row per lead with its dates. Feedback and decisions can be kept all the same."
        ),
        icon=":material/info:",
    )
    st.page_link("pages/import_data.py", label=t("Upload a file"), icon=":material/upload_file:")
    conflict_boxes(store, t)
    today = now().date()
    decisions.earlier(today, store, t)
    st.subheader(t.term("customer_feedback"), help=t.help("customer_feedback"))
    voices.editor(data.definition, today, store, t)
    st.subheader(t("Decisions and next steps"))
    decisions.own(today, store, t)
    st.stop()

sections = sections_of(BASES[0] if data.has_leads else TOTALS)
place = presenting.position(sections)
from_url("driver_basis", BASES, BASES[0])
if place is None:
    title, name, present = st.columns([4, 2, 2], vertical_alignment="bottom")
    with title:
        page_title(t, "retrospective")
    with name:
        ask_who(t("Your name"), t("It is written beside every change you make. Asked once per browser."))
    with present:
        presenting.start_button(t)
else:
    presenting.bar(place, sections, t)
saved = saving.choose(store, t, is_presenting=place is not None)

if saved is not None:
    report = frozen_report(shell.workspace, saved.record_id)
else:
    planned = tuple(from_fields(Strategy, record.fields) for record in shell.plan.of("strategy"))
    if data.has_leads:
        offer = question.Offer(as_of, first, planned)
    else:
        # Totals have no single leads that could be followed from a day on.
        offer = question.Offer(as_of, first, pairs=question.PAIRS[:2], months=months_covered(data.facts, as_of))
    choice = question.read(offer)
    if place is None:
        question.ask(offer, t)
    try:
        report = retrospective_of(data, shell.plan, shell.filters, choice, st.session_state["driver_basis"])
    except InputError as error:
        st.warning(plain_text(t.message(error)), icon=":material/event_busy:")
        st.stop()
to_url("driver_basis", st.session_state["driver_basis"], BASES[0])

sample = f"{t('synthetic sample')} · " if data.is_sample else ""
st.caption(plain_text(sample + caption(report, t)))
if money := money_in_words(data, t):
    st.caption(plain_text(money))
if saved is not None and place is None:
    saving.banner(saved, report, shell, t)
if saved is None:
    question.later(report, t)
conflict_boxes(store, t)

titles = section_titles(t)
shown = sections if place is None else (sections[place],)
for key in shown:
    content = drawn(report, t, partial(section, key, report, t, palette()), key)
    if key == "headline" and saved is None:
        decisions.earlier(as_of, store, t, None if place is None else written.decisions(report, t, earlier=True))
    if key != "headline" and place is None:
        st.subheader(plain_text(titles[key]))
    if key == "why" and saved is None and data.has_leads:
        words = {"activity": t("What happened in each window"), "lead_cohort": t("Leads followed equally long")}
        st.segmented_control(
            t.term("basis"), BASES, format_func=words.__getitem__, key="driver_basis", required=True,
            label_visibility="collapsed", persist_state="session", help=t.help("why_wins_changed"),
        )  # fmt: skip
    if saved is not None:
        show.section(content, t, place is not None)
        continue
    match key:
        case "promises":
            strategies.judged(content, report, store, t)
        case "feedback":
            voices.themes(content, report, t, place is not None)
            voices.editor(data.definition, as_of, store, t)
        case "simplification":
            show.section(content, t, place is not None)
            whole = shell.filters.during(Window())
            simplification.workbench(data, as_of, whole, store, t)
        case "decisions":
            decisions.own(as_of, store, t, None if place is None else written.decisions(report, t, earlier=False))
            saving.save_button(report, shell)
        case _:
            show.section(content, t, place is not None)

if place is None:
    st.subheader(t("Download the retrospective"))
    saving.downloads(report, data.name, t, saved)
