"""Step 1: choose files, and see how each was read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from funnel.errors import FunnelError
from funnel.i18n.translator import Translator
from funnel.intake.mapping import RawTable
from funnel.intake.reading.reader import ENCODINGS, ReadOptions, read_table
from funnel.storage.workspaces import WorkspaceInfo, imports_of_file
from pages.import_steps import draft as drafts
from pages.import_steps import kept, several_step
from pages.import_steps.draft import Draft
from pages.import_steps.several_step import READ_JOB
from pages.shell import jobs
from pages.shell.config import app_settings
from pages.shell.jobs import Report
from pages.shell.words import plain_text

DELIMITERS = (",", ";", "\t", "|")


def choose_files(t: Translator) -> None:
    """The upload field; what is dropped there is spooled to disk and becomes the session's draft."""
    round_ = st.session_state.setdefault("_upload_round", 0)
    files = st.file_uploader(
        t("CSV, Excel, Parquet, zip, DuckDB or SQLite files from your CRM or spreadsheet"),
        accept_multiple_files=True,
        key=f"upload_{round_}",
        help=t("What a file really is decides its content, not its name. Nothing is stored before you confirm."),
    )
    if files:
        draft = kept.current()
        draft.begin(drafts.spool(files))
        st.session_state["_upload_round"] = round_ + 1
        st.rerun()


def read(draft: Draft, t: Translator) -> RawTable | None:
    """The present file as a table; null while a worker still reads it. Raises InputError when it cannot be read."""
    upload = draft.upload
    if upload is None or draft.table is not None:
        return draft.table
    if draft.refused is not None:
        raise draft.refused

    if upload.path.name in draft.closed:
        raise draft.closed[upload.path.name]
    if draft.parts is None:
        several_step.look(draft, t)
        return None
    if draft.use_of(upload) in ("history", "spend"):
        return None  # these have a step of their own

    def work(report: Report) -> RawTable:
        report(0.1, t("Reading %(file)s …", file=upload.name))
        return read_table(upload.path, upload.name, draft.options)

    job = jobs.run(READ_JOB, work)
    if not job.done.is_set():
        jobs.show_progress(READ_JOB, t)
        return None
    jobs.forget(READ_JOB)
    try:
        draft.table = job.outcome()
    except FunnelError as error:
        # kept: a large file must not be read again with every click on the page
        draft.refused = error
        raise
    return draft.table


def other_sheet(draft: Draft, error: FunnelError, t: Translator) -> None:
    """A workbook whose sheet is no table, such as a cover: offer its other sheets."""
    sheets = error.message.params.get("sheets")
    if isinstance(sheets, list) and len(sheets) > 1:
        chosen = st.selectbox(
            t("Another sheet of this workbook"),
            sheets,
            index=None,
            key=f"other_sheet_{draft.revision}",
            placeholder=t("Choose a sheet"),
        )
        if chosen is not None:
            draft.read_again(ReadOptions(sheet=chosen))
            st.rerun()


def imported_before(draft: Draft, table: RawTable, t: Translator) -> None:
    """Say at once that these very bytes were imported before: when, by whom, where to; and a way to stop."""
    if draft.earlier is None:
        draft.earlier = imports_of_file(app_settings().data_dir, table.content_hash)
    if not draft.earlier:
        return
    said = [_as_sentence(info, row, t) for info, imports in draft.earlier for row in imports.iter_rows(named=True)]
    with st.container(border=True):
        st.markdown(":material/done_all: " + "  \n".join(plain_text(sentence) for sentence in said))
        st.caption(
            t(
                "You may go on: the same file, read in the same way and into the same workspace, changes nothing "
                "while its earlier import counts."
            )
        )
        if st.button(t("Leave this file out"), key=f"leave_out_{draft.revision}", icon=":material/skip_next:"):
            draft.next_file()
            st.rerun()


def _as_sentence(info: WorkspaceInfo, row: dict[str, Any], t: Translator) -> str:
    """One earlier import in words."""
    about = {"day": t.moment(row["imported_at"]), "who": row["who"] or t("somebody without a name"), "name": info.name}
    if row["state"] == "live":
        return t("This file was imported before: on %(day)s by %(who)s, into “%(name)s”.", **about)
    return t("This file was imported before: on %(day)s by %(who)s, into “%(name)s”; that import was undone.", **about)


def reading_options(draft: Draft, table: RawTable, t: Translator) -> None:
    """What was detected, in one line, and a way to change each of it."""
    facts = [table.name, t("%(n)s rows", n=table.frame.height)]
    if table.encoding:
        facts.append(table.encoding.upper())
    if table.delimiter:
        facts.append(_delimiter_name(table.delimiter, t))
    if table.together:
        facts.append(t("%(n)s sheets", n=len(table.together)))
    elif table.sheet:
        facts.append(t("sheet %(name)s", name=table.sheet))
    facts.append(t("header in row %(row)s", row=table.header_row) if table.header_row else t("no header row"))
    line, change = st.columns([5, 1], vertical_alignment="center")
    line.caption(plain_text(" · ".join(facts)))
    with change.popover(t("Change"), icon=":material/tune:"):
        wanted = draft.options
        if table.kind in ("csv", "html"):
            encoding = st.selectbox(
                t("Characters (encoding)"),
                list(dict.fromkeys([table.encoding or "utf-8", *ENCODINGS])),
                format_func=str.upper,
                key=f"encoding_{draft.revision}",
                help=t(
                    "If letters look wrong in the preview: GB18030 is Chinese, CP1252 western, CP1250 central "
                    "European, CP1251 Cyrillic, SHIFT_JIS Japanese."
                ),
            )
            if encoding != table.encoding:
                wanted = replace(wanted, encoding=encoding)
        if table.kind == "csv":
            delimiter = st.selectbox(
                t("Separator"),
                list(dict.fromkeys([table.delimiter or ",", *DELIMITERS])),
                format_func=lambda mark: _delimiter_name(mark, t),
                key=f"delimiter_{draft.revision}",
            )
            if delimiter != table.delimiter:
                wanted = replace(wanted, delimiter=delimiter)
        if len(table.sheets) > 1:
            together = t("All that have the same columns")
            read = None if table.together or table.sheet is None else table.sheet
            sheet = st.selectbox(
                t("Sheet"), [None, *table.sheets], index=0 if read is None else 1 + table.sheets.index(read),
                format_func=lambda name: together if name is None else name, key=f"sheet_{draft.revision}",
            )  # fmt: skip
            if sheet != read:
                wanted = ReadOptions(sheet=sheet)
        if table.n_tables > 1:
            number = st.selectbox(
                t("This sheet holds several tables; use table"),
                range(1, table.n_tables + 1),
                index=table.table - 1,
                key=f"table_{draft.revision}",
            )
            if number != table.table:
                wanted = replace(wanted, table=number)
        header = st.number_input(
            t("Header row"),
            min_value=0,
            value=table.header_row,
            step=1,
            key=f"header_{draft.revision}",
            help=t("0 means that the file has no header."),
        )
        if header != table.header_row:
            wanted = replace(wanted, header_row=int(header))
        if st.button(t("Read again"), key=f"read_again_{draft.revision}", disabled=wanted == draft.options):
            draft.read_again(wanted)
            st.rerun()
    for finding in table.findings:
        st.info(plain_text(t.message(finding.message)), icon=":material/info:")


def _delimiter_name(mark: str, t: Translator) -> str:
    names = {",": t("comma ,"), ";": t("semicolon ;"), "\t": t("tab"), "|": t("pipe |"), " ": t("spaces")}
    return names.get(mark, mark)
