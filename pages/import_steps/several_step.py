"""An upload of several tables: opened, named as what they are, and how they belong together, before any is stored."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.dataset.reading import is_dataset
from funnel.errors import FunnelError
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.intake.reading.containers import what_is_inside
from funnel.intake.several.opening import OneFile, opened
from funnel.intake.several.parts import Join, Part, Use, joins, part_of
from pages.import_steps import dataset_step, spend_step
from pages.import_steps.beside_step import any_definition
from pages.import_steps.draft import Draft
from pages.shell import Shell, jobs
from pages.shell.jobs import Report

READ_JOB = "_read_job"


def look(draft: Draft, t: Translator) -> None:
    """Open what holds several tables and say what each of them is; the page runs again when that is known."""
    waiting = draft.uploads[draft.at :]
    # While the worker opens it, the file may be gone already: then its tables lie in its place.
    if READ_JOB not in st.session_state and len(waiting) == 1 and what_is_inside(waiting[0].path) is None:
        draft.parts = {}
        st.rerun()

    def work(report: Report) -> tuple[list[OneFile], dict[str, FunnelError], dict[str, Part]]:
        files: list[OneFile] = []
        closed: dict[str, FunnelError] = {}
        for i, file in enumerate(waiting):
            report(0.3 * i / len(waiting), t("Opening %(file)s …", file=file.name))
            try:
                files += opened(file, is_dataset)
            except FunnelError as error:
                files.append(file)
                closed[file.path.name] = error
        parts = {}
        for i, file in enumerate(files):
            report(0.3 + 0.7 * i / len(files), t("Looking at %(file)s …", file=file.name))
            if file.path.name in closed:
                parts[file.path.name] = Part("closed")
            elif what_is_inside(file.path) == "zip":
                parts[file.path.name] = Part("history")
            elif len(files) > 1:
                parts[file.path.name] = part_of(file, any_definition())
        return files, closed, parts

    job = jobs.run(READ_JOB, work)
    if not job.done.is_set():
        jobs.show_progress(READ_JOB, t)
        return
    jobs.forget(READ_JOB)
    draft.uploads[draft.at :], draft.closed, draft.parts = job.outcome()
    draft.arrange()
    st.rerun()


def show(draft: Draft, shell: Shell) -> bool:
    """The step of a file that is no table of deals and says nothing of them; False for every other file."""
    if draft.upload is None or draft.parts is None or draft.upload.path.name in draft.closed:
        return False
    use = draft.use_of(draft.upload)
    if use == "history":
        dataset_step.show(draft, draft.upload, shell)
    elif use == "spend":
        spend_step.show(draft, draft.upload, shell)
    return use in ("history", "spend")


def leave_out(draft: Draft, t: Translator) -> None:
    """Go on without a file that cannot be read, where others follow."""
    if draft.at + 1 < len(draft.uploads) and st.button(t("Leave this file out"), key=f"refused_out_{draft.revision}"):
        draft.next_file()
        st.rerun()


def files_of_upload(draft: Draft, t: Translator) -> None:
    """What each file of the upload is and how they join; until the first is confirmed it can be said otherwise."""
    files = [*draft.uploads, *draft.left_out]
    if len(files) < 2 or not draft.parts:
        return
    parts = draft.parts
    known = [parts.get(file.path.name, Part("large")) for file in files]
    ties = joins(known)
    now = {True: t("done"), False: ""}
    rows = [
        (
            file.name,
            _said(draft.use_of(file), part, t),
            t.joined(_join(join, files, t) for join in tie),
            t("not used") if i >= len(draft.uploads) else t("now") if i == draft.at else now[i < draft.at],
        )
        for i, (file, part, tie) in enumerate(zip(files, known, ties, strict=True))
    ]
    frame = pl.DataFrame(rows, schema=[t("File"), t("What it is"), t("How it joins"), t("State")], orient="row")
    with st.expander(t("This upload has %(n)s files", n=len(files)), expanded=draft.at == 0):
        st.dataframe(frame, hide_index=True, width="stretch", key="files_of_upload")
        if draft.at == 0:
            with st.popover(t("Change what a file is"), icon=":material/tune:"):
                _change(draft, files, t)


def _change(draft: Draft, files: list[OneFile], t: Translator) -> None:
    """One choice per file; taking it out of the import is one of them."""
    uses: dict[Use, str] = {
        "deals": t("deals or their changes"),
        "lookup": t("names of stages"),
        "merged": t("merged deals"),
        "spend": t("marketing spend"),
        "out": t("not used"),
    }
    for file in files:
        use = draft.use_of(file)
        if use == "history" or file.path.name in draft.closed:
            continue
        chosen = st.selectbox(
            plain_text(file.name),
            list(uses),
            index=list(uses).index(use),
            format_func=uses.__getitem__,
            key=f"use_{file.path.name}",
        )
        if chosen != use:
            draft.uses[file.path.name] = chosen
            draft.arrange()
            st.rerun()


def _said(use: Use, part: Part, t: Translator) -> str:
    """What a file is and what that means for the import."""
    as_said: dict[Use, str] = {
        "lookup": t("names of stages: used for the files after it"),
        "merged": t("merged deals: each counts once in the files after it"),
        "deals": t("deals or their changes"),
        "spend": t("marketing spend: goes to Settings, Spend"),
        "history": t("a history exported from this app: a workspace of its own"),
    }
    if part.seen == "large" and use == "deals":
        return t("large: looked at when its turn comes")
    if part.seen == "closed":
        return t("cannot be opened")
    if use != "out":
        return as_said[use]
    seen = {
        "pairs": t("pairs of ids"),
        "people": t("people: not used"),
        "accounts": t("companies: not used"),
        "activities": t("activities: not used"),
        "line_items": t("lines of orders: not used"),
        "products": t("products and prices: not used"),
        "tickets": t("tickets: not used"),
        "users": t("users: not used"),
        "campaigns": t("campaigns: not used"),
        "payments": t("payments: not used"),
        "raw_json": t("a raw table of JSON"),
        "load": t("notes of the program that loaded the tables: not used"),
        "part": t("lists that belong to rows of another table: not used"),
        "unread": t("could not be read as a table"),
        "other": t("nothing in it speaks of deals: not used"),
    }
    return seen.get(part.seen, t("not used"))


def _join(join: Join, files: list[OneFile], t: Translator) -> str:
    other = files[join.other].name.rpartition(" › ")[2]
    if join.kind == "names":
        return t("names %(n)s of %(of)s stages of %(file)s", n=join.n, of=join.of, file=other)
    return t("%(n)s of its %(of)s ids are in %(file)s", n=join.n, of=join.of, file=other)
