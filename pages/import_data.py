"""Import: is our data in, and can we trust it? Upload → map → check → confirm, and the history with undo."""

from __future__ import annotations

import streamlit as st

from funnel.errors import FunnelError
from funnel.harmless import plain_text
from pages.import_steps import (
    beside_step,
    check_step,
    correcting,
    history,
    kept,
    map_step,
    parts_step,
    several_step,
    source_part,
    upload,
)
from pages.shell import enter, jobs
from pages.shell.boundary import sentence
from pages.shell.empty import csv_template_button
from pages.shell.logs import note
from pages.shell.sample import try_sample_button
from pages.shell.title import page_title

shell = enter()
t = shell.t

page_title(t, "import")

now = kept.current()
if check_step.STORE_JOB not in st.session_state and now.is_checked_elsewhere(shell.workspace):
    jobs.forget(check_step.CHECK_JOB)
    now.step = "map"
steps = [t.term(f"import_{step}") for step in ("upload", "map", "check", "confirm")]
at = 0 if now.upload is None else 1 if now.step == "map" else 2
st.markdown(" → ".join(f"**{name}**" if i == at else f":gray[{name}]" for i, name in enumerate(steps)))

for name, n, again in now.done:
    if again:
        st.info(
            plain_text(t("%(file)s was imported before, in the same way: nothing changed.", file=name)),
            icon=":material/done_all:",
        )
    else:
        st.success(plain_text(t("%(file)s is in: %(n)s rows.", file=name, n=n)), icon=":material/check_circle:")
beside_step.taken_in_words(now, t)
if now.done and now.upload is None:
    st.page_link("pages/overview.py", label=t("See the funnel"), icon=":material/filter_alt:")

if shell.workspace is not None and now.upload is None and parts_step.show(shell):
    st.stop()
if shell.workspace is not None:
    source_part.show(now, shell)

if now.upload is None:
    upload.choose_files(t)
    source_part.choose(now, shell)
    if shell.workspace is None:
        sample, template, _ = st.columns([1, 1, 2])
        with sample:
            try_sample_button(t, key="try_sample")
        with template:
            csv_template_button(t)
else:
    head, cancel = st.columns([5, 1], vertical_alignment="center")
    several = t("File %(i)s of %(n)s", i=now.at + 1, n=len(now.uploads)) + " · " if len(now.uploads) > 1 else ""
    head.subheader(several + plain_text(now.upload.name))
    storing = check_step.STORE_JOB in st.session_state
    if cancel.button(t("Cancel"), key="drop_import", icon=":material/close:", disabled=storing):
        for job in (upload.READ_JOB, check_step.CHECK_JOB):
            jobs.forget(job)
        kept.drop()
        st.rerun()
    try:
        table = None if storing else upload.read(now, t)
        several_step.files_of_upload(now, t)
        if storing:
            check_step.show(now, shell)
        elif several_step.show(now, shell) or (table is not None and beside_step.show(now, table, shell)):
            pass
        elif table is not None and now.step == "map":
            map_step.propose(now, shell)
            upload.imported_before(now, table, t)
            correcting.offer(now, shell)
            upload.reading_options(now, table, t)
            map_step.show(now, shell)
        elif table is not None:
            check_step.show(now, shell)
    except FunnelError as error:
        note(error, "in an import")
        st.error(plain_text(sentence(error, t)), icon=":material/error:")
        upload.other_sheet(now, error, t)
        several_step.leave_out(now, t)
        if now.step == "check" and st.button(t("Back"), key="back_after_error"):
            now.step = "map"
            st.rerun()
kept.keep(now)

if shell.workspace is not None:
    st.divider()
    history.show(shell)
