"""A guided way through the pages for a weekly or a monthly meeting: it ticks what is done, and can be left at any time.

Where one is stands in the session and in a cookie, so that a reload finds it; a new week or month begins afresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import streamlit as st

from funnel.errors import FunnelError
from funnel.i18n.translator import Translator
from funnel.planning.tracking.periods import month_sheet, sheet_window, week_sheet
from pages.shell import Shell
from pages.shell.boundary import safely
from pages.shell.navigation import page_look, page_path
from pages.shell.session import cookie, keep_cookie
from pages.shell.workspaces import now

PATHS: Mapping[str, tuple[str, ...]] = {
    "weekly": ("import_data", "overview", "tracking", "plan", "outlook"),
    "monthly": ("import_data", "overview", "bottleneck", "retrospective", "plan"),
}
_KEY, _COOKIE, _WRITTEN, _FINISHED = "_path", "path", "_path_written", "_path_finished"
_FIRST_PAGE = "overview"


@dataclass(frozen=True)
class Walk:
    """A path that somebody is on: which one, in which week or month (a sheet's name), and the pages done."""

    name: str
    period: str
    done: tuple[str, ...] = ()

    @property
    def next_page(self) -> str | None:
        """The first page that is not done yet."""
        return next((page for page in PATHS[self.name] if page not in self.done), None)

    def to_text(self) -> str:
        return "|".join((self.name, self.period, ",".join(self.done)))


def walk_of(text: str | None, today: date) -> Walk | None:
    """A kept walk; null for none, for one of an earlier week or month, and for text that is no walk."""
    parts = (text or "").split("|")
    if len(parts) != 3 or parts[0] not in PATHS or parts[1] != _period(parts[0], today):
        return None
    return Walk(parts[0], parts[1], tuple(page for page in parts[2].split(",") if page in PATHS[parts[0]]))


def _period(name: str, today: date) -> str:
    return week_sheet(today) if name == "weekly" else month_sheet(today)


def current() -> Walk | None:
    """The walk of this session, else the one that its browser kept."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = walk_of(cookie(_COOKIE), now().date())
    return st.session_state[_KEY]


def start(name: str) -> None:
    """Begin a path at its first page."""
    st.session_state[_KEY] = Walk(name, _period(name, now().date()))


def leave() -> None:
    """Leave the path; nothing that was done is lost by it."""
    st.session_state[_KEY] = None


def name_of(name: str, t: Translator) -> str:
    return {"weekly": t("Weekly meeting"), "monthly": t("Monthly retrospective")}[name]


def task_of(name: str, page: str, t: Translator) -> str:
    """What is to be done on a page of a path."""
    return {
        ("weekly", "import_data"): t("Import the newest export, so that everybody looks at the same figures."),
        ("weekly", "overview"): t("What moved since last week? Grey changes are within chance."),
        ("weekly", "tracking"): t("Fill in what was done, and the reason where something was missed."),
        ("weekly", "plan"): t("Is a strategy over its stop rule? Pause it, or replace it."),
        ("weekly", "outlook"): t("Which open deals wait longest? Decide who calls them."),
        ("monthly", "import_data"): t("Import the export of the whole month."),
        ("monthly", "overview"): t("Read the sentence and the funnel of the last three months together."),
        ("monthly", "bottleneck"): t("Which step costs most, and where does it sit?"),
        ("monthly", "retrospective"): t(
            "Did it work? Write down what customers said and what you decide, and save it."
        ),
        ("monthly", "plan"): t("Turn the decision into one strategy with owner, dates and promise."),
    }[name, page]  # fmt: skip


def bar(shell: Shell, url_path: str) -> None:
    """Where one is on the path, above the page; nothing while nobody is on one, and in present mode."""
    _keep()
    t, page = shell.t, url_path or _FIRST_PAGE
    finished = st.session_state.pop(_FINISHED, None)
    if finished:
        st.success(t("%(path)s: all done.", path=name_of(finished, t)), icon=":material/done_all:")
    walk = current()
    if walk is None or "present" in st.query_params:
        return
    walk = _with_seen(walk, shell)
    pages = PATHS[walk.name]
    with st.container(border=True, key="path_bar"):
        words, on, out = st.columns([5, 2, 1], vertical_alignment="center")
        here = page if page in pages else None
        said = f"**{name_of(walk.name, t)}** · {t('%(done)s of %(n)s done', done=len(walk.done), n=len(pages))}"
        words.markdown(said + (f"  \n{task_of(walk.name, here, t)}" if here else ""))
        if here and on.button(t("Done, go on"), key="path_on", icon=":material/check:", width="stretch"):
            _go_on(walk, here)
        out.button(t("Leave"), key="path_leave", type="tertiary", on_click=safely(leave))
        with st.container(horizontal=True, gap="small"):
            for one in pages:
                label, icon = page_look(one, t)
                st.page_link(page_path(one), label=label, icon=":material/check_circle:" if one in walk.done else icon)


def _go_on(walk: Walk, page: str) -> None:
    after = Walk(walk.name, walk.period, tuple(one for one in PATHS[walk.name] if one in (*walk.done, page)))
    target = after.next_page
    if target is None:
        leave()
        st.session_state[_FINISHED] = walk.name
        st.rerun()
    st.session_state[_KEY] = after
    st.switch_page(page_path(target))


def _with_seen(walk: Walk, shell: Shell) -> Walk:
    """The walk with the ticks that the workspace itself shows: an import, or an edit of the form, in these days."""
    if shell.workspace is None or shell.workspace.is_sample:  # what came with the sample was done by nobody
        return walk
    days = sheet_window(walk.period)
    try:
        seen = [one.date() for one in shell.store.history().filter(state="live")["imported_at"].to_list()]
        edited = [record.changed_at.date() for record in shell.plan.of("tracking")]
    except FunnelError:  # the page itself says what is wrong with this workspace
        return walk
    found = {page for page, when in (("import_data", seen), ("tracking", edited))
             if any(days.start <= day <= days.end for day in when if days.start and days.end)}  # fmt: skip
    done = tuple(page for page in PATHS[walk.name] if page in walk.done or page in found)
    return Walk(walk.name, walk.period, done)


def _keep() -> None:
    """Write the walk into the browser, where it is not written yet."""
    walk = current()
    text = walk.to_text() if walk else ""
    if text != st.session_state.get(_WRITTEN, cookie(_COOKIE) or ""):
        keep_cookie(_COOKIE, text)
        st.session_state[_WRITTEN] = text
