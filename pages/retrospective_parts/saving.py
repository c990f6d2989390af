"""Freezing a retrospective with its month, looking at a frozen one, and the files to take away."""

from __future__ import annotations

import streamlit as st

from funnel.exports import frozen_tables
from funnel.exports.picture.retrospective import retrospective_picture
from funnel.exports.retrospective_html import retrospective_html
from funnel.exports.retrospective_xlsx import retrospective_workbook
from funnel.exports.slides.package import SLIDES_MIME
from funnel.exports.slides.retrospective import retrospective_slides
from funnel.filters import month_start
from funnel.i18n.translator import Translator
from funnel.reports.retrospective.freezing import freeze
from funnel.reports.retrospective.frozen_figures import differences, reasons
from funnel.reports.retrospective.report import RetrospectiveReport
from funnel.storage.store import Store
from pages.outlook_parts.keeping import forecast_to_keep
from pages.retrospective_parts import show
from pages.shell import Shell
from pages.shell.boundary import safely
from pages.shell.picture import offer_picture
from pages.shell.retrospective_data import Saved, saved_retrospectives, today_like
from pages.shell.session import who
from pages.shell.template import template_of
from pages.shell.url import from_url, to_url
from pages.shell.words import plain_text
from pages.shell.workspaces import now

TODAY = "today"
_TOLD = "retrospective_saved"


def choose(store: Store, t: Translator, *, is_presenting: bool = False) -> Saved | None:
    """Today's figures, or one of the saved retrospectives (null: today's), as the link or the list has it.

    The list is not drawn while nothing is saved, nor in present mode.
    """
    saved = {one.record_id: one for one in saved_retrospectives(store)}
    from_url("saved", (TODAY, *saved), TODAY)
    if saved and not is_presenting:
        st.selectbox(
            t("Show"), [TODAY, *saved], key="saved", persist_state="session",
            format_func=lambda key: t("Today's figures") if key == TODAY else label(saved[key], t),
        )  # fmt: skip
    key = st.session_state["saved"]
    to_url("saved", key, TODAY)
    return saved.get(key)


def label(one: Saved, t: Translator) -> str:
    """A saved retrospective in the list."""
    who_saved = f" · {one.saved_by}" if one.saved_by else ""
    return f"{t.month(one.as_of)} · {t('saved %(at)s', at=one.saved_at)}{who_saved}"


def banner(one: Saved, frozen: RetrospectiveReport, shell: Shell, t: Translator) -> None:
    """That these figures are frozen, and where today's differ and why."""
    st.info(
        plain_text(
            t(
                "These are the figures as they stood when they were saved on %(at)s: no later import can change them.",
                at=one.saved_at,
            )
        ),
        icon=":material/ac_unit:",
    )
    if shell.workspace is None:
        return
    today = today_like(shell.workspace, shell.plan, frozen)
    differ = differences(frozen, today)
    if differ.is_empty():
        st.caption(t("Today's data would give the same figures."))
        return
    why = [t.message(reason) for reason in reasons(frozen, today)]
    with st.expander(t("Where today's figures differ: %(n)s", n=differ.height)):
        for text in why:
            st.markdown(f"- {plain_text(text)}")
        sheet, n_more = frozen_tables.differing(differ, frozen, t)
        show.table(sheet, t)
        if n_more:
            st.caption(t("Further figures behind these (intervals, tests, months, groups) differ too: %(n)s", n=n_more))


def save_button(report: RetrospectiveReport, shell: Shell) -> None:
    """Freeze the figures of this day with the month, and the forecast of this day with them."""
    t = shell.t
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.success(plain_text(told), icon=":material/ac_unit:")
    st.button(
        t("Save this retrospective"), key="retrospective_save", type="primary", icon=":material/ac_unit:",
        on_click=safely(_save), args=(report, shell),
        help=t("Freezes the figures, the feedback and the decisions as they stand, so that a later import cannot "
               "rewrite what was decided on; the forecast of this day is kept with them."),
    )  # fmt: skip


def _save(report: RetrospectiveReport, shell: Shell) -> None:
    t, store, day = shell.t, shell.store, report.as_of
    fields = {"month": month_start(day), "as_of": day, "report": freeze(report)}
    store.save_record("retrospective", None, fields, who=who(), now=now())
    forecast = forecast_to_keep(shell)
    if forecast is not None:
        store.save_record("forecast", None, forecast, who=who(), now=now())
    st.session_state[_TOLD] = t(
        "Saved: the retrospective of %(month)s. It can be opened again at the top of this page.", month=t.month(day)
    )


def downloads(report: RetrospectiveReport, name: str, t: Translator, saved: Saved | None) -> None:
    """The same report as HTML, workbook, slides and picture, with the id under which it is frozen."""
    stem = f"retrospective_{report.as_of:%Y-%m}"
    page, book, slides = st.columns(3)
    page.download_button(
        t("HTML for sharing and printing"), lambda: retrospective_html(report, t, name).encode(),
        file_name=f"{stem}.html", mime="text/html", key="retrospective_html", icon=":material/download:",
        width="stretch", on_click="ignore",
    )  # fmt: skip
    book.download_button(
        t("Excel workbook"), lambda: retrospective_workbook(report, t, name),
        file_name=f"{stem}.xlsx", mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key="retrospective_xlsx", icon=":material/table_view:", width="stretch", on_click="ignore",
    )  # fmt: skip
    template = template_of(t, "retrospective_template")
    slides.download_button(
        t("Slides (PowerPoint)"),
        lambda: retrospective_slides(report, t, name, saved.record_id if saved else None, template),
        file_name=f"{stem}.pptx", mime=SLIDES_MIME, key="retrospective_pptx", icon=":material/slideshow:",
        width="stretch", on_click="ignore",
    )  # fmt: skip
    frozen = saved.record_id if saved else None
    offer_picture(
        report, t, lambda: retrospective_picture(report, t, name, frozen), name, frozen, key="retrospective",
        file_name=f"{stem}.png",
    )  # fmt: skip
