"""Each strategy's promise against its result, and one click to carry on, stop or replace it."""

from __future__ import annotations

import uuid
from datetime import date

import streamlit as st

from funnel.errors import FunnelError
from funnel.exports.retrospective_content import Section
from funnel.exports.retrospective_tables import RECOMMENDATIONS
from funnel.exports.sheets import Sheet
from funnel.filters import month_start
from funnel.i18n.translator import Translator
from funnel.planning.feedback.decisions import Decision
from funnel.planning.fields import from_fields, to_fields
from funnel.planning.strategies.playbook import PlaybookEntry, entries_for
from funnel.planning.strategies.strategy import ACTIVE, PAUSED, Strategy, change_state, from_playbook, pause_and_replace
from funnel.reports.retrospective.report import RetrospectiveReport
from funnel.storage.records import Edit
from funnel.storage.store import Store
from pages.retrospective_parts import show
from pages.retrospective_parts.editor import close
from pages.shell.boundary import safely
from pages.shell.method import playbook
from pages.shell.session import who
from pages.shell.words import plain_text
from pages.shell.workspaces import now

_TOLD = "retrospective_told"


def judged(content: Section, report: RetrospectiveReport, store: Store, t: Translator) -> None:
    """The table, a box with buttons per active strategy, and what else ran."""
    sheets: dict[str, Sheet] = {one.key: one for one in content.sheets}
    if "promises" in sheets:
        show.table(sheets["promises"], t)
    else:
        show.notes(content.notes)
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.success(plain_text(told), icon=":material/check:")
    strategies = [from_fields(Strategy, record.fields) for record in store.records("strategy")]
    rows = {row["strategy_id"]: row for row in report.promises.iter_rows(named=True)}
    for one in strategies:
        if one.state == ACTIVE:
            row = rows.get(one.strategy_id)
            with st.container(border=True):
                _box(one, row["recommendation"] if row else None, report, store, t)
    show.windows(content)
    if "overlaps" in sheets:
        with st.expander(plain_text(sheets["overlaps"].title)):
            st.caption(t.explained("not_proof"))
            show.table(sheets["overlaps"], t)


def _box(one: Strategy, recommended: str | None, report: RetrospectiveReport, store: Store, t: Translator) -> None:
    names = {stage.key: t.localized(stage.name) for stage in report.definition.stages}
    if recommended is not None:
        said = t.message(report.promise(one.strategy_id))
    else:
        said = t(
            "“%(title)s” works on no conversion rate that could be judged here (%(stage)s): look at its target and its "
            "stop rule.",
            title=one.title,
            stage=names.get(one.stage, one.stage),
        )
    st.markdown(plain_text(said))
    buttons = st.columns([1, 1, 1, 1, 2])
    month = month_start(report.as_of)
    for place, action in zip(buttons, ("continue", "pause", "undecided"), strict=False):
        place.button(
            t.term(RECOMMENDATIONS[action]), key=f"retrospective_{action}_{one.strategy_id}",
            type="primary" if action == recommended else "secondary", width="stretch",
            on_click=safely(_decide), args=(action, one.strategy_id, said, month, store, t),
            help=_help(action, t),
        )  # fmt: skip
    with buttons[3].popover(
        t.term("rec_replace"), width="stretch", type="primary" if recommended == "replace" else "secondary"
    ):
        _replacement(one, said, month, report, store, t)


def _help(action: str, t: Translator) -> str:
    return {
        "continue": t("Writes the decision down; the strategy stays active."),
        "pause": t("Pauses the strategy at once, with the sentence above as the reason, and writes the decision down."),
        "undecided": t("Writes down that it is decided later."),
    }[action]


def _decide(action: str, strategy_id: str, reason: str, month: date, store: Store, t: Translator) -> None:
    record = store.record("strategy", strategy_id)
    strategy = from_fields(Strategy, record.fields)
    if action == "pause":
        try:
            changed = change_state(strategy, PAUSED, who=who(), at=now(), reason=reason)
            _save(changed, record.version, store)
        except FunnelError as error:
            st.session_state[_TOLD] = t.message(error)
            return
    words = {
        "continue": t("Continue “%(title)s”.", title=strategy.title),
        "pause": t("Pause “%(title)s”.", title=strategy.title),
        "undecided": t("Decide about “%(title)s” later.", title=strategy.title),
    }
    due = strategy.decision_on if action == "undecided" else None
    state = "done" if action == "pause" else "open"
    _write_down(Decision(uuid.uuid4().hex, month, words[action], strategy.owner, due, state, "", strategy_id), store)
    st.session_state[_TOLD] = t("Written down: %(decision)s", decision=words[action])


def _save(strategy: Strategy, version: int, store: Store) -> None:
    fields = to_fields(strategy)
    store.save_record("strategy", strategy.strategy_id, fields, expected_version=version, who=who(), now=now())


def _write_down(decision: Decision, store: Store) -> None:
    store.save_records("decision", [Edit(decision.decision_id, to_fields(decision), 0)], who=who(), now=now())
    close("decisions")


def _replacement(
    one: Strategy, reason: str, month: date, report: RetrospectiveReport, store: Store, t: Translator
) -> None:
    definition = report.definition
    entries: dict[str, PlaybookEntry] = {}
    if one.stage in definition.keys:
        entries = {entry.key: entry for entry in entries_for(playbook(store.settings()), definition, one.stage)}
    key = f"retrospective_next_{one.strategy_id}"
    chosen = st.selectbox(
        t("Replace it by"), ["", *entries], key=key,
        format_func=lambda key: t.localized(entries[key].problem) if key else t("a strategy of our own"),
    )  # fmt: skip
    default = t.localized(entries[chosen].actions[0]) if chosen else ""
    title = st.text_input(t("Title"), value=default, key=f"{key}_title_{chosen}", max_chars=120).strip()
    st.button(
        t("Pause and replace"), key=f"{key}_go", type="primary", disabled=not title,
        on_click=safely(_replace, text_key=f"{key}_title_{chosen}"),
        args=(one.strategy_id, chosen, title, reason, month, store, t),
        help=t("The old one is replaced, the new one is planned; both know each other. Complete it on the Plan page."),
    )  # fmt: skip


def _replace(
    strategy_id: str, entry_key: str, title: str, reason: str, month: date, store: Store, t: Translator
) -> None:
    record = store.record("strategy", strategy_id)
    old = from_fields(Strategy, record.fields)
    new_id = uuid.uuid4().hex
    entry = next((entry for entry in playbook(store.settings()) if entry.key == entry_key), None)
    new = (
        from_playbook(entry, old.stage, strategy_id=new_id, language=t.language)
        if entry
        else Strategy(new_id, old.stage, owner=old.owner, role=old.role)
    )
    fields = to_fields(new) | {"title": title, "owner": old.owner}
    try:
        stopped, planned = pause_and_replace(old, from_fields(Strategy, fields), who=who(), at=now(), reason=reason)
        edits = [
            Edit(strategy_id, to_fields(stopped), record.version),
            Edit(new_id, to_fields(planned), 0),
        ]
        store.save_records("strategy", edits, who=who(), now=now())
    except FunnelError as error:
        st.session_state[_TOLD] = t.message(error)
        return
    text = t("Replace “%(old)s” by “%(new)s”.", old=old.title, new=title)
    _write_down(Decision(uuid.uuid4().hex, month, text, old.owner, None, "open", "", new_id), store)
    st.session_state[_TOLD] = t("Written down: %(decision)s", decision=text)
