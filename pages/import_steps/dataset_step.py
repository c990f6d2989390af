"""An exported history among the uploads: what it holds, and the workspace that is made of it."""

from __future__ import annotations

import streamlit as st

from funnel.dataset.contract import Dataset
from funnel.dataset.reading import read_dataset
from funnel.intake.several.opening import OneFile, fingerprint
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.storage.workspaces import free_name, workspace_from_dataset
from pages.import_steps.draft import Draft
from pages.shell import Shell, jobs
from pages.shell.config import app_settings
from pages.shell.jobs import Report
from pages.shell.session import ask_who
from pages.shell.words import plain_text
from pages.shell.workspaces import choose, is_taken, now, workspaces

_JOB = "_read_job"


def show(draft: Draft, file: OneFile, shell: Shell) -> None:
    """What the history holds, as its own figures say, and the button that makes a workspace of it."""
    t = shell.t
    if draft.refused is not None:
        raise draft.refused
    found = _read(draft, file, shell)
    if found is None:
        return
    dataset, data = found
    st.subheader(t("Do you recognise it?"))
    outcomes = dict(data.journeys["outcome"].value_counts().iter_rows())
    names = {"": t("Leads"), "won": t("Won"), "lost": t("Lost"), "open": t("Open")}
    for column, (key, name) in zip(st.columns(4), names.items(), strict=True):
        column.metric(plain_text(name), t.number(outcomes.get(key, 0) if key else data.journeys.height), border=True)
    st.markdown(
        plain_text(
            t(
                "History of “%(name)s” up to %(day)s: imports: %(n)s, stages: %(stages)s.",
                name=dataset.name,
                day=t.date(data.as_of),
                n=dataset.facts.batches.height,
                stages=" → ".join(t.localized(stage.name) for stage in dataset.definition.stages),
            )
        )
    )
    if dataset.unplaced:
        labels = t.joined(dataset.unplaced[:10])
        st.warning(
            plain_text(t("Words that mean no stage of this funnel, so that they count for nothing: %(labels)s.",
                         labels=labels)),
            icon=":material/warning:",
        )  # fmt: skip
    name = st.text_input(
        t("Name of the new workspace"),
        value=free_name([info.name for info in workspaces()], dataset.name),
        max_chars=60,
        key=f"workspace_name_{draft.revision}",
    ).strip()
    taken = is_taken(name)
    if taken:
        st.warning(t("A workspace with this name exists already. Choose another name."))
    who = ask_who(t("Your name"), t("Stands beside this import in the history. Asked once."))
    n = int(dataset.facts.batches["n_accepted"].sum())
    if st.button(
        t("Import %(n)s rows", n=n), type="primary", key=f"confirm_{draft.revision}", icon=":material/check:",
        disabled=not name or taken,
    ):  # fmt: skip
        folder, content = app_settings().data_dir, fingerprint(file.path)
        made = workspace_from_dataset(folder, dataset, content, name, who=who, now=now())
        draft.done.append((file.name, n, False))
        choose(made.name)
        draft.next_file()
        st.rerun()


def _read(draft: Draft, file: OneFile, shell: Shell) -> tuple[Dataset, WorkspaceData] | None:
    """The history and the figures that it makes; null while a worker reads it."""
    t, key = shell.t, "dataset"
    if key in draft.memo:
        found: tuple[Dataset, WorkspaceData] = draft.memo[key]
        return found

    def work(report: Report) -> tuple[Dataset, WorkspaceData]:
        report(0.1, t("Reading %(file)s …", file=file.name))
        dataset = read_dataset(file.path)
        report(0.6, t("Following each lead through the funnel …"))
        data = load_workspace(
            name=dataset.name,
            is_sample=False,
            facts=dataset.facts,
            definition=dataset.definition,
            spend=dataset.spend,
            settings=dataset.settings,
        )
        return dataset, data

    job = jobs.run(_JOB, work)
    if not job.done.is_set():
        jobs.show_progress(_JOB, t)
        return None
    jobs.forget(_JOB)
    if job.error is not None:
        draft.refused = job.error
    draft.memo[key] = job.outcome()
    return draft.memo[key]
