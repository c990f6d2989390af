"""The import history of the workspace: file, time, rows, who; with exact undo."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.dataset.writing import dataset_zip
from funnel.exports.tables import csv_bytes
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from pages.import_steps import kept
from pages.import_steps.check_step import findings_in_two_parts, rejected_in_words
from pages.shell import Shell
from pages.shell.session import who
from pages.shell.workspaces import now


def show(shell: Shell) -> None:
    """All imports, newest first, live or undone; a chosen one shows its findings and rejected rows."""
    t, store = shell.t, shell.store
    history = store.history()
    st.subheader(t.term("import_history"))
    if history.is_empty():
        st.caption(t("Nothing has been imported into this workspace yet."))
        return
    history = history.sort("batch_no", descending=True)
    parts = st.session_state.get("export_parts")
    st.download_button(
        t("Export history"),
        lambda: dataset_zip(store.dataset(), parts),
        file_name=f"history-{now():%Y%m%d}.zip",
        mime="application/zip",
        key="export_history",
        icon=":material/download:",
        help=t(
            "All imports that count, as Parquet files in a documented form: for a warehouse, a notebook, or a new "
            "workspace. The plan and its results are not in it: a backup holds them, too."
        ),
        on_click="ignore",
    )
    with st.expander(t("Export it in parts")):
        st.selectbox(
            t("Parts"), [None, 4, 16, 64], key="export_parts", format_func=lambda n: t("none") if n is None else str(n),
        )  # fmt: skip
        st.caption(
            t(
                "Choose into how many parts, then press “Export history” above. Each part can be counted by itself, so "
                "that a history may be larger than one memory: docs/scale.md."
            )
        )
    event = st.dataframe(
        _in_words(history, t),
        key=f"history_{history.height}",  # a new import moves the rows: what was chosen is another one then
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_config={
            t(word): st.column_config.NumberColumn(format="localized") for word in ("Rows", "accepted", "rejected")
        },
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = event["selection"]["rows"]
    if not chosen or chosen[0] >= history.height:
        st.caption(t("Choose a row to see its findings and rejected rows, or to undo the import."))
        return
    row = history.row(chosen[0], named=True)
    batch_no, live = int(row["batch_no"]), row["state"] == "live"
    label = (
        t("Undo the import of %(file)s", file=plain_text(row["file_name"]))
        if live
        else t("Bring back %(file)s", file=plain_text(row["file_name"]))
    )
    # The click counts for the import and the state that were shown, also where somebody else was faster.
    if st.button(label, key=f"undo_{batch_no}_{row['state']}", icon=":material/undo:" if live else ":material/redo:"):
        (store.undo_batch if live else store.redo_batch)(batch_no, who=who(), now=now())
        kept.current().done.clear()
        st.rerun()
    if live:
        st.caption(
            t(
                "Read wrongly? Upload the same file again, change how it is read, and import: it takes the place of "
                "this import, and undoing brings this one back."
            )
        )
    st.caption(
        t("Undo restores the figures to what they would be if this file had never been imported; nothing is deleted.")
    )
    of_leads = shell.data.trust if shell.data is not None and live else ()
    if of_leads:
        st.caption(
            t(
                "What was found in the file stands as on the day of its import. What was found in the stories of the "
                "leads is looked up anew with every import and undo: here is how it stands today."
            )
        )
    findings_in_two_parts(store.findings(batch_no), of_leads, t)
    rejected = store.rejected_rows(batch_no)
    if not rejected.is_empty():
        words = rejected_in_words(rejected, t)
        st.dataframe(words, hide_index=True, width="stretch", placeholder="–")
        st.download_button(
            t("Download rejected rows"),
            csv_bytes(words),
            file_name="rejected.csv",
            mime="text/csv",
            key="history_rejected",
            on_click="ignore",
        )


def _in_words(history: pl.DataFrame, t: Translator) -> pl.DataFrame:
    states = {"live": t("counts"), "undone": t("undone")}
    return pl.DataFrame(
        {
            t("File"): history["file_name"],
            t("Imported"): [t.moment(at) for at in history["imported_at"]],
            t("Who"): [name or "–" for name in history["who"]],
            t.term("shape"): [t.term(f"shape_{shape}") for shape in history["shape"]],
            t("Rows"): history["n_rows"],
            t("accepted").capitalize(): history["n_accepted"],
            t("rejected").capitalize(): history["n_rejected"],
            t("Complete up to"): [t.date(day) for day in history["exported_on"]],
            t("State"): [states[state] for state in history["state"]],
        }
    )
