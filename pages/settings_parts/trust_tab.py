"""Data trust: what was imported when, findings open, rejected rows, reported against measured."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import streamlit as st

from funnel.exports.tables import csv_bytes
from funnel.i18n.translator import Translator
from funnel.planning.fields import from_fields
from funnel.planning.tracking.rows import TrackingRow
from funnel.reports.data_trust import DataTrust, asked_files, data_trust
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import COVERS, QUESTIONS
from funnel.storage.store import Store
from pages.import_steps.check_step import rejected_in_words
from pages.settings_parts import said
from pages.settings_parts.words import ROW_HEIGHT
from pages.shell import Shell
from pages.shell.covers import who_is_in
from pages.shell.findings import findings_table
from pages.shell.words import plain_text
from pages.shell.workspaces import now


def show(shell: Shell, data: WorkspaceData) -> None:
    """The figures of the summary, then what stands behind each of them."""
    t, store = shell.t, shell.store
    history = store.history()
    rows = [from_fields(TrackingRow, record.fields) for record in store.records("tracking")]
    trust = data_trust(data, history, rows, now().date())
    st.caption(t("What stands behind the figures of every page: the imports that count, and what was found in them."))
    _tiles(trust, t)
    st.subheader(t("Findings that may change figures"), help=t.help("finding"))
    findings_table(trust.open, t)
    _far_off(shell, trust, t)
    _questions(shell, data, t)
    _who_is_in(shell, data, t)
    if trust.notes:
        with st.expander(t("Further notes: %(n)s", n=len(trust.notes))):
            findings_table(trust.notes, t)
    _imports(history, store, t)
    _between_exports(trust, data, t)
    _reported(trust, data, t)


def _far_off(shell: Shell, trust: DataTrust, t: Translator) -> None:
    """Dates far away from all others can be called right: then they count like all others."""
    days = [day for f in trust.open if f.message.code == "trust.far_off_dates" for day in f.message.params["days"]]
    if days and st.button(
        t("These dates are right: %(days)s", days=days), key="confirm_far_off", icon=":material/event_available:"
    ):
        known = shell.store.settings().get("confirmed_days") or []
        shell.store.set_setting("confirmed_days", sorted({*known, *days}))
        st.rerun()


def _questions(shell: Shell, data: WorkspaceData, t: Translator) -> None:
    """What only a person can decide about these data; an answer stays here, so that it can be changed."""
    words = {
        "reopened": t("They really reopened: open again"),
        "reset": t("The CRM resets them: the win stays"),
        "keep": t("Lost deals: count them as lost"),
        "open": t("Still open: the reason is a note"),
        "lost": t("Lost: count them as lost"),
        "out": t("Not leads at all: leave them out of all figures"),
    }
    asked = {finding.message.code.removeprefix("trust."): finding for finding in data.trust}
    for question, answers in QUESTIONS.items():
        if question not in asked:
            continue
        text = t.message(asked[question].message)
        help_text = t("One answer changes all figures of this workspace; it can be changed here at any time.")
        given = data.facts.answers.get(question)
        chosen = _chosen(text, {one: words[one] for one in answers}, given, f"data_question_{question}", help_text)
        if chosen is not None:
            _remember(shell, "data_answers", question, chosen)


def _who_is_in(shell: Shell, data: WorkspaceData, t: Translator) -> None:
    """Who is in a file, where its leads alone do not tell; an answer stays here, so that it can be changed."""
    words = who_is_in(t)
    for number, name, given in asked_files(data).iter_rows():
        help_text = t(
            "It decides how long leads count as followed, and so every rate; it can be changed here at any time."
        )
        asked = t("Who is in “%(file)s”?", file=name)
        chosen = _chosen(asked, {one: words[one] for one in COVERS}, given, f"covers_{number}", help_text)
        if chosen is not None:
            _remember(shell, "covers", str(number), chosen)


def _chosen(asked: str, words: Mapping[str, str], given: str | None, key: str, help_text: str) -> str | None:
    """The answer to a question, where it is another than the one ``given`` before; null else."""
    answers = list(words)
    # The widget is that of this answer in this workspace: what was chosen in another one, or before somebody else
    # answered, must never be written over what is stored.
    chosen = st.radio(
        plain_text(asked),
        answers,
        index=answers.index(given) if given in answers else None,
        format_func=words.__getitem__,
        key=f"{key}_{said.revision('trust')}_{given or ''}",
        help=help_text,
    )
    return None if chosen == given else chosen


def _remember(shell: Shell, setting: str, about: str, answer: str) -> None:
    """Keep an answer beside the others of its setting, and show what it changes."""
    known = shell.store.settings().get(setting) or {}
    shell.store.set_setting(setting, {**known, about: answer})
    st.rerun()


def _tiles(trust: DataTrust, t: Translator) -> None:
    imports, rows, findings, reported = st.columns(4)
    imports.metric(t("Imports that count"), t.number(trust.n_imports), help=t.help("import_history"))
    imports.caption(t("last one: %(day)s", day=trust.last_import_on))
    rows.metric(t("Rows taken over"), t.number(trust.n_accepted), help=t.help("rejected_row"))
    rows.caption(plain_text(t("of %(n)s read; rejected: %(rejected)s", n=trust.n_rows, rejected=trust.n_rejected)))
    findings.metric(t("Findings open"), t.number(len(trust.open)), help=t.help("finding"))
    findings.caption(t("and %(n)s notes", n=len(trust.notes)))
    reported.metric(t("Reported ≠ measured"), t.number(len(trust.differing)))
    reported.caption(t("of %(n)s reported lines that can be compared", n=trust.n_reported))


def _imports(history: pl.DataFrame, store: Store, t: Translator) -> None:
    st.subheader(t.term("import_history"), help=t.help("import_history"))
    if history.is_empty():
        st.caption(t("Nothing has been imported into this workspace yet."))
        return
    states = {"live": t("counts"), "undone": t("undone")}
    newest = history.sort("batch_no", descending=True)
    st.dataframe(
        pl.DataFrame(
            {
                "file": newest["file_name"],
                "at": [t.moment(at) for at in newest["imported_at"]],
                "who": [name or "–" for name in newest["who"]],
                "until": [t.date(day) for day in newest["exported_on"]],
                "rows": newest["n_rows"],
                "accepted": newest["n_accepted"],
                "rejected": newest["n_rejected"],
                "state": [states[state] for state in newest["state"]],
            }
        ),
        hide_index=True,
        width="stretch",
        height="content" if newest.height <= 8 else 9 * ROW_HEIGHT,
        row_height=ROW_HEIGHT,
        key="settings_trust_imports",
        column_config={
            "file": st.column_config.TextColumn(t("File"), width=124),
            "at": st.column_config.TextColumn(t("Imported"), width=92),
            "who": st.column_config.TextColumn(t("Who"), width=70),
            "until": st.column_config.TextColumn(t("Complete up to"), width=112),
            "rows": st.column_config.NumberColumn(t("Rows"), format="localized", width=80),
            "accepted": st.column_config.NumberColumn(t("accepted").capitalize(), format="localized", width=80),
            "rejected": st.column_config.NumberColumn(t("rejected").capitalize(), format="localized", width=74),
            "state": st.column_config.TextColumn(t("State"), width=70),
        },
    )
    link, download = st.columns([1, 1])
    link.page_link("pages/import_data.py", label=t("Findings per import, undo"), icon=":material/history:")
    rejected = [
        rejected_in_words(store.rejected_rows(number), t).insert_column(
            0, pl.Series(t("File"), [file] * store.rejected_rows(number).height, dtype=pl.String)
        )
        for number, file, n, state in newest.select("batch_no", "file_name", "n_rejected", "state").iter_rows()
        if n and state == "live"
    ]
    if rejected:
        download.download_button(
            t("Download rejected rows"),
            csv_bytes(pl.concat(rejected)),
            file_name="rejected.csv",
            mime="text/csv",
            key="settings_trust_rejected",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


def _between_exports(trust: DataTrust, data: WorkspaceData, t: Translator) -> None:
    """Stage changes that neighbouring exports reveal; nothing where there are no two of them."""
    if trust.pairs.is_empty():
        return
    st.subheader(t("What your exports reveal between them"))
    st.caption(
        t(
            "Where a file holds no dates of a stage, a change between two exports is known to the interval only: after "
            "the earlier export, at the latest on the day of the later one. Days are therefore a range."
        )
    )
    moves, days = st.columns(2, gap="medium")
    moves.dataframe(
        pl.DataFrame(
            {
                "when": [t.period(row["after_on"], row["until_on"]) for row in trust.pairs.iter_rows(named=True)],
                "new": trust.pairs["n_new"],
                "forward": trust.pairs["n_forward"],
                "back": trust.pairs["n_back"],
                "lost": trust.pairs["n_lost"],
            }
        ),
        hide_index=True,
        width="stretch",
        height="content" if trust.pairs.height <= 10 else 390,
        key="settings_trust_pairs",
        column_config={
            "when": st.column_config.TextColumn(t("Between the exports"), width=180),
            "new": st.column_config.NumberColumn(t("new").capitalize(), format="localized", width=55),
            "forward": st.column_config.NumberColumn(t("forward").capitalize(), format="localized", width=70),
            "back": st.column_config.NumberColumn(t("back").capitalize(), format="localized", width=55),
            "lost": st.column_config.NumberColumn(t.term("lost"), format="localized", width=55),
        },
    )
    names = {stage.key: t.localized(stage.name) for stage in data.definition.stages}
    days.dataframe(
        pl.DataFrame(
            {
                "step": [f"→ {names[key]}" for key in trust.intervals["stage"]],
                "moved": trust.intervals["n_moved"],
                "days": [_range(row["median_low"], row["median_high"], t) for row in trust.intervals.to_dicts()],
                "n": trust.intervals["n_days"],
            }
        ),
        hide_index=True,
        width="stretch",
        height="content",
        key="settings_trust_intervals",
        column_config={
            "step": st.column_config.TextColumn(t.term("step"), width=150),
            "moved": st.column_config.NumberColumn(t("seen moving").capitalize(), format="localized", width=90),
            "days": st.column_config.TextColumn(t.term("median_days"), width=110, alignment="right"),
            "n": st.column_config.NumberColumn(t("of leads").capitalize(), format="localized", width=65),
        },
    )


def _range(low: float | None, high: float | None, t: Translator) -> str:
    """The days between which the median lies."""
    return "–" if low is None or high is None else f"{t.number(low, 1)} – {t.number(high, 1)}"


def _reported(trust: DataTrust, data: WorkspaceData, t: Translator) -> None:
    st.subheader(t("Reported against measured"))
    if not trust.n_reported:
        st.caption(t("No line of the weekly form reports a figure that the data measures too."))
        return
    if not trust.differing:
        st.success(t("Every reported figure agrees with the data."), icon=":material/verified:")
        return
    names = {stage.key: t.localized(stage.name) for stage in data.definition.stages}
    st.table(
        pl.DataFrame(
            {
                t("Sheet"): [plain_text(line.row.sheet) for line in trust.differing],
                t.term("stage"): [plain_text(names.get(line.row.stage, line.row.stage)) for line in trust.differing],
                t.term("key_action"): [plain_text(line.row.key_action) for line in trust.differing],
                t.term("owner"): [plain_text(line.row.owner) for line in trust.differing],
                t("Difference"): [
                    plain_text(" ".join(t.message(one) for one in line.differences)) for line in trust.differing
                ],
            }
        ),
        border="horizontal",
    )
    st.page_link("pages/tracking.py", label=t.term("page_tracking"), icon=":material/edit_note:")
