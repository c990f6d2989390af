"""Steps 3 and 4: what was found in the data, and the confirmation that stores it in one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date

import polars as pl
import streamlit as st

from funnel.definition.definition import FunnelDefinition
from funnel.exports.tables import csv_bytes
from funnel.i18n.translator import Translator
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.metrics.journeys.trust import journeys_with_findings
from funnel.reports.data_trust import asks_who_is_in
from funnel.reports.told_once import not_told_yet
from funnel.schema import LEFT_OUT, Facts, Finding, empty_facts, facts_of, with_batch
from funnel.storage.imports import ImportReceipt
from funnel.storage.workspaces import delete_workspace
from pages.import_steps import correcting, receipt_part, source_part
from pages.import_steps.draft import HERE, HERE_FROM_LABELS, Checked, Draft
from pages.shell import Shell, jobs
from pages.shell.covers import who_is_in
from pages.shell.days import limits
from pages.shell.findings import findings_table
from pages.shell.jobs import Report
from pages.shell.session import ask_who
from pages.shell.words import plain_text
from pages.shell.workspaces import choose, new_workspace, now, store_of

CHECK_JOB, STORE_JOB = "_check_job", "_store_job"
_WHO = "_import_who"


def show(draft: Draft, shell: Shell) -> None:
    """The findings of the mapped file and the button that stores it."""
    t = shell.t
    if st.session_state.get(STORE_JOB) is not None:
        _store(draft, shell)
        return
    if draft.table is None or draft.mapping is None or draft.definition is None:
        return
    checked = _checked(draft, shell, draft.table, draft.mapping, draft.definition)
    if checked is None:
        return
    batch = checked.batch
    correcting.show_difference(draft, shell, checked.batch, draft.definition)
    receipt_part.show(draft, checked, draft.definition, t)
    st.subheader(t("What was found"))
    parts = [
        (batch.n_accepted, t("accepted")),
        (batch.n_rejected, t("rejected")),
        (batch.n_left_out, t("left out: no records")),
        (batch.n_blank, t("blank")),
        (batch.n_repeated_header, t("repeated header")),
        (batch.n_ignored, t("ignored")),
    ]
    counted = " + ".join(f"{t.number(n)} {name}" for n, name in parts if n or name == t("accepted"))
    st.markdown(t("**%(n)s rows read** = %(parts)s", n=batch.n_rows, parts=counted))
    findings_in_two_parts(batch.findings, checked.trust, t)
    no_records = batch.rejected["code"].str.starts_with(LEFT_OUT)
    if batch.n_left_out:
        with st.expander(t("Rows left out since they are no records: %(n)s", n=batch.n_left_out)):
            shown = rejected_in_words(batch.rejected.filter(no_records), t).drop(t("Column"), t("Value"))
            st.dataframe(shown, hide_index=True, width="stretch")
    if batch.n_rejected:
        rejected = rejected_in_words(batch.rejected.filter(~no_records), t)
        with st.expander(t("Rejected rows: %(n)s", n=batch.n_rejected)):
            st.dataframe(rejected, hide_index=True, width="stretch", placeholder="–")
        st.download_button(
            t("Download rejected rows"),
            csv_bytes(rejected),
            file_name="rejected.csv",
            mime="text/csv",
            key=f"rejected_{draft.revision}",
            icon=":material/download:",
            on_click="ignore",
        )
    left, right = st.columns(2)
    exported = left.date_input(
        t("Complete up to"),
        value=draft.exported_on or batch.exported_on,
        **limits(draft.exported_on or batch.exported_on, last=now().date()),
        key=f"exported_{draft.revision}",
        help=t(
            "The day of the export: up to it the file knows everything that happened. Leads are only judged "
            "up to this day."
        ),
    )
    if isinstance(exported, date) and exported != (draft.exported_on or batch.exported_on):
        draft.exported_on = exported
    if checked.asks_who:
        _ask_who_is_in(draft, t)
    with right:
        name = ask_who(t("Your name"), t("Stands beside this import in the history. Asked once."))
    back, confirm = st.columns([1, 4])
    if back.button(t("Back"), key=f"back_{draft.revision}", icon=":material/arrow_back:"):
        jobs.forget(CHECK_JOB)
        draft.step = "map"
        st.rerun()
    if confirm.button(
        t("Import %(n)s rows", n=batch.n_accepted), type="primary", key=f"confirm_{draft.revision}",
        icon=":material/check:", disabled=batch.n_accepted == 0,
    ):  # fmt: skip
        st.session_state[_WHO] = name
        _store(draft, shell)


def _ask_who_is_in(draft: Draft, t: Translator) -> None:
    """Who is in the file, where its leads alone do not tell: it may stay open, and be said later in Settings."""
    words = who_is_in(t)
    answers = list(words)
    draft.covers = st.radio(
        plain_text(t("Who is in “%(file)s”?", file=draft.upload.name if draft.upload else "")),
        answers,
        index=answers.index(draft.covers) if draft.covers else None,
        format_func=words.__getitem__,
        key=f"covers_{draft.revision}",
        help=t("It decides how long leads count as followed, and so every rate."),
    )
    st.caption(t("It can stay open, and be answered or changed later under Settings, Data trust."))


def _checked(
    draft: Draft, shell: Shell, table: RawTable, mapping: ColumnMapping, definition: FunnelDefinition
) -> Checked | None:
    """Normalize in a worker; null while it runs. Kept until the mapping changes."""
    key = _checked_key(draft)
    if key in draft.memo:
        return draft.memo[key]
    before = shell.data.facts if shell.data and draft.destination in (HERE, HERE_FROM_LABELS) else empty_facts()
    if not before.is_empty:
        before = correcting.without_replaced(before, draft, shell)
    # how the file was read by hand belongs to the identity of its import, as the mapping does
    set_by_hand = {name: value for name, value in asdict(draft.options).items() if value is not None}
    moment, t = now(), shell.t
    zone = str(shell.data.settings["time_zone"]) if shell.data and shell.data.settings.get("time_zone") else None

    def work(report: Report) -> Checked:
        report(0.1, t("Reading dates, numbers and labels …"))
        batch = normalize(table, mapping, import_day=moment.date(), time_zone=zone)
        if set_by_hand:
            batch = replace(batch, mapping=batch.mapping | {"read": set_by_hand})
        report(0.7, t("Following each lead through the funnel …"))
        facts: Facts = with_batch(before, batch, moment)
        as_of = default_as_of(facts, definition) or moment.date()
        journeys, found = journeys_with_findings(facts, definition, as_of)
        asks_who = asks_who_is_in(facts, definition, journeys)
        if not before.is_empty:
            # the receipt is about this file alone
            alone = facts_of([batch], moment)
            journeys = build_journeys(alone, definition, default_as_of(alone, definition) or moment.date()).collect()
        return Checked(batch, () if batch.shape == "counts" else found, journeys, asks_who)

    job = jobs.run(CHECK_JOB, work)
    if not job.done.is_set():
        jobs.show_progress(CHECK_JOB, t)
        return None
    jobs.forget(CHECK_JOB)
    draft.memo[key] = job.outcome()
    return draft.memo[key]


def _store(draft: Draft, shell: Shell) -> None:
    """Store the checked batch, in a new workspace where one was asked for, and go on to the next file."""
    t, mapping, definition = shell.t, draft.mapping, draft.definition
    if mapping is None or definition is None or draft.upload is None:
        return
    if draft.table is not None:
        # The file's text is read anew if the page comes back to it; until then its memory serves the transaction.
        draft.columns, draft.table = draft.table.columns, None
    columns = draft.columns
    checked: Checked = draft.memo[_checked_key(draft)]
    batch = checked.batch
    if draft.exported_on:
        batch = replace(batch, exported_on=draft.exported_on)
    if checked.asks_who and draft.covers:
        batch = replace(batch, covers=draft.covers)
    who, moment = st.session_state.get(_WHO, ""), now()
    is_new = draft.destination not in (HERE, HERE_FROM_LABELS) or shell.workspace is None
    if STORE_JOB not in st.session_state:
        draft.into = new_workspace(draft.workspace_name, definition) if is_new else shell.workspace
    if draft.into is None:
        return
    store, draft_file = store_of(draft.into), draft.upload

    def work(report: Report) -> ImportReceipt:
        text = t("Storing %(n)s rows in one transaction …", n=batch.n_accepted)
        report(0.0, text)
        if draft.destination == HERE_FROM_LABELS:
            store.save_definition(definition, who=who, now=moment, reason="import")
        # the last piece is kept for the commit
        receipt = store.import_batch(
            batch,
            who=who,
            now=moment,
            progress=lambda share: report(0.9 * share, text),
            replaces=None if is_new else draft.replaces or source_part.replaced(draft, store, draft_file, batch),
        )
        store.remember_mapping(batch.header_signature, columns, mapping.to_dict())
        return receipt

    job = jobs.run(STORE_JOB, work)
    if not job.done.is_set():
        # One short transaction: it is stored whole or not at all, so there is nothing to cancel half-way.
        jobs.show_progress(STORE_JOB, t, can_cancel=False)
        return
    jobs.forget(STORE_JOB)
    if is_new and (job.error is not None or job.crash is not None):
        delete_workspace(store, who=who, now=moment)
    receipt = job.outcome()
    source_part.remember(draft, store, draft.upload, mapping.to_dict(), batch, receipt.batch_no)
    draft.done.append((draft.upload.name, batch.n_accepted, receipt.already_imported))
    choose(draft.into.name)
    draft.next_file()
    st.rerun()


def _checked_key(draft: Draft) -> str:
    """What was checked depends on how the file is read, and on the facts that it is added to."""
    mapping, definition = draft.mapping, draft.definition
    assert mapping is not None and definition is not None
    place = (draft.destination, str(draft.checked_in), draft.replaces)
    return repr(("checked", mapping.to_dict(), definition.to_dict(), place))


def findings_in_two_parts(of_file: Sequence[Finding], of_leads: Sequence[Finding], t: Translator) -> None:
    """What was found in one file, and what else in the stories of its leads together with all other imports."""
    st.markdown(f"**{t('In this file')}**")
    findings_table(of_file, t)
    if further := not_told_yet(of_leads, of_file):
        st.markdown(f"**{t('In the stories of the leads, all imports together')}**")
        findings_table(further, t)


def rejected_in_words(rejected: pl.DataFrame, t: Translator) -> pl.DataFrame:
    """Rejected rows in words: row number, reason, column, value, all cells."""
    return rejected.select(
        pl.col("row_no").alias(t("Row")),
        pl.Series(t("Reason"), [t.message_of(code) for code in rejected["code"]], dtype=pl.String),
        pl.col("column").alias(t("Column")),
        pl.col("value").alias(t("Value")),
        pl.Series(t("All cells"), [_cells(text) for text in rejected["cells"]], dtype=pl.String),
    )


def _cells(text: str) -> str:
    """The cells of a rejected row on one line."""
    try:
        cells = json.loads(text)
    except ValueError:
        return text
    return " | ".join(
        "" if cell is None else str(cell) for cell in (cells.values() if isinstance(cells, dict) else cells)
    )
