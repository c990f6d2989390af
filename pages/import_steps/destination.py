"""Where a file goes: into the present workspace, or into a new one with a funnel of its own."""

from __future__ import annotations

from pathlib import PurePath

import polars as pl
import streamlit as st

from funnel.definition.definition import MAX_STAGES, MIN_STAGES, FunnelDefinition
from funnel.errors import InputError
from funnel.i18n.translator import Translator
from funnel.intake.batches.preview import known_ids
from funnel.intake.cells.spelling import folded
from funnel.intake.proposing.funnel_of_file import FunnelSuggestion, merged_by_name, suggest_definition
from funnel.reports.workspace_data import WorkspaceData
from funnel.storage.workspaces import free_name
from pages.import_steps.draft import HERE, HERE_FROM_LABELS, NEW_FROM_LABELS, NEW_FROM_TEMPLATE, Draft
from pages.shell import Shell
from pages.shell.words import plain_text
from pages.shell.workspaces import is_taken, templates, workspaces


def choose(draft: Draft, shell: Shell) -> FunnelDefinition | None:
    """The funnel that the file is mapped to; null while the chosen one cannot be built (the reason is on the page)."""
    t, data = shell.t, shell.data
    if draft.proposal is None or draft.table is None:
        return None
    suggestion, problem = _suggestion(draft)
    options = _options(data, suggestion)
    if draft.destination not in options:
        draft.destination = _default(draft, data, suggestion, options)
    names = {
        HERE: t("“%(name)s”, with its present funnel", name=data.name if data else ""),
        HERE_FROM_LABELS: t("“%(name)s”, its funnel made from this file's stages", name=data.name if data else ""),
        NEW_FROM_LABELS: t("A new workspace, its funnel made from this file's stages"),
        NEW_FROM_TEMPLATE: t("A new workspace with a ready-made funnel"),
    }
    st.subheader(t("Where does it go?"))
    chosen = st.radio(
        t("Where does it go?"),
        options,
        index=options.index(draft.destination),
        format_func=lambda one: plain_text(names[one]),
        key=f"destination_{draft.revision}",
        label_visibility="collapsed",
    )
    draft.destination = chosen
    if data is not None and chosen in (HERE, HERE_FROM_LABELS):
        n_known, n_ids = _known(draft, data)
        if n_ids and not data.is_empty:
            st.caption(
                plain_text(
                    t(
                        "%(known)s of the %(n)s lead ids of this file are already in “%(name)s”.",
                        known=n_known,
                        n=n_ids,
                        name=data.name,
                    )
                )
            )
        if chosen == HERE and not draft.fits(data.definition):
            st.info(
                t(
                    "Some stages of this file are not in this workspace's funnel. Map them below, or open a new "
                    "workspace."
                ),
                icon=":material/alt_route:",
            )
    if chosen in (NEW_FROM_LABELS, NEW_FROM_TEMPLATE) and not _name(draft, t):
        return None
    match chosen:
        case "here":
            return data.definition if data else None
        case "new_from_template":
            kinds = dict(sorted(templates().items(), key=lambda item: item[0] != "general_b2b"))
            key = st.selectbox(
                t.term("template"),
                list(kinds),
                format_func=lambda key: t.labelled(
                    t.localized(kinds[key].name), " → ".join(t.localized(stage.name) for stage in kinds[key].stages)
                ),
                key=f"template_{draft.revision}",
            )
            return kinds[key or next(iter(kinds))]
    if suggestion is None:
        if problem is not None:
            st.warning(plain_text(t.message(problem)), icon=":material/warning:")
        return None
    name = data.name if chosen == HERE_FROM_LABELS and data else draft.workspace_name
    return _edited(draft, suggestion, name, t)


def _suggestion(draft: Draft) -> tuple[FunnelSuggestion | None, InputError | None]:
    """The funnel in the file's labels, or why there is none."""
    if draft.suggestion is None and draft.table is not None and draft.proposal is not None:
        try:
            mapping = draft.proposal.mapping
            said, won = draft.proposal.said, draft.won_label or draft.proposal.won
            draft.suggestion = suggest_definition(draft.table, mapping, said, won)
        except InputError as error:
            return None, error
    return draft.suggestion, None


def _options(data: WorkspaceData | None, suggestion: FunnelSuggestion | None) -> list[str]:
    # The sample never mixes with real data.
    if data is not None and data.is_sample:
        data = None
    options = [HERE] if data is not None else []
    # A workspace whose imports hold no stage yet loses nothing by taking the file's stages.
    if data is not None and suggestion is not None and data.facts.labels.is_empty() and data.facts.counts.is_empty():
        options.append(HERE_FROM_LABELS)
    if suggestion is not None:
        options.append(NEW_FROM_LABELS)
    return [*options, NEW_FROM_TEMPLATE]


def _default(draft: Draft, data: WorkspaceData | None, suggestion: FunnelSuggestion | None, options: list[str]) -> str:
    """The present workspace where the file belongs to it; else the file's own stages where they make a funnel.

    A file belongs to a workspace that is still empty and whose funnel it fits, that holds some of its leads, or into
    which such a file was imported before. Labels alone prove nothing: two companies may use the same words.
    """
    makes_funnel = suggestion is not None and MIN_STAGES <= len(suggestion.labels) <= MAX_STAGES
    if data is not None and HERE in options:
        fits, holds = draft.fits(data.definition), _known(draft, data)[0] > 0
        if HERE_FROM_LABELS in options and makes_funnel and holds and not fits:
            return HERE_FROM_LABELS
        if holds or draft.is_remembered or (data.is_empty and (fits or not makes_funnel)):
            return HERE
        if data.is_empty and HERE_FROM_LABELS in options:
            return HERE_FROM_LABELS
    return NEW_FROM_LABELS if makes_funnel else NEW_FROM_TEMPLATE


def _known(draft: Draft, data: WorkspaceData) -> tuple[int, int]:
    """How many of the file's lead ids the workspace holds, and how many the file has."""
    if draft.table is None or draft.proposal is None:
        return 0, 0
    key = repr(("known", data.name, draft.proposal.mapping.column("lead_id")))
    if key not in draft.memo:
        draft.memo[key] = known_ids(draft.table, draft.proposal.mapping, data.facts.lead_ids)
    return draft.memo[key]


def _name(draft: Draft, t: Translator) -> str:
    file = draft.upload
    stem = PurePath(file.of or file.name).stem if file is not None else ""
    name = st.text_input(
        t("Name of the new workspace"),
        value=draft.workspace_name or free_name((info.name for info in workspaces()), stem),
        max_chars=60,
        key=f"workspace_name_{draft.revision}",
    ).strip()
    if is_taken(name):
        st.warning(t("A workspace with this name exists already. Choose another name."))
        return ""
    draft.workspace_name = name
    return name


def _source(draft: Draft, suggestion: FunnelSuggestion) -> pl.DataFrame:
    """The lines of the stage table before anybody changes them; a win that the person has marked stays the win."""
    marked = draft.won_label if draft.won_label in suggestion.labels else None
    won = marked or (suggestion.won_label if suggestion.won_is_known else None)
    return pl.DataFrame(
        {
            "use": [True] * len(suggestion.labels),
            "order": list(range(1, len(suggestion.labels) + 1)),
            "label": list(suggestion.labels),
            "name": [suggestion.names.get(label, label) for label in suggestion.labels],
            "won": [label == won for label in suggestion.labels],
        }
    )


def _edited(draft: Draft, suggestion: FunnelSuggestion, name: str, t: Translator) -> FunnelDefinition | None:
    """The suggested stages as a small table: order, name, which one is the win; stages after it are after the sale."""
    st.caption(
        t(
            "These stages were found, in this order. Change order or names, untick what is no stage, and mark the "
            "stage that means the deal is won. Stages after it count as after the sale. Stages of one name are one "
            "stage. The last, empty line takes a new stage."
        )
    )
    joined = [
        " + ".join([suggestion.shown(label), *(other for other, to in suggestion.same.items() if to == label)])
        for label in suggestion.labels
        if any(to == label and folded(other) != folded(label) for other, to in suggestion.same.items())
    ]
    if joined and len(suggestion.labels) == MAX_STAGES:
        st.info(
            plain_text(
                t(
                    "A funnel has at most %(most)s stages, so these were joined: %(joined)s. Stages of one name are "
                    "joined, too; a new line with the name of a label keeps it apart.",
                    most=MAX_STAGES,
                    joined=t.joined(joined),
                )
            ),
            icon=":material/merge:",
        )
    st.caption(plain_text(t.message(suggestion.won_because())))
    key = repr(("stages", draft.revision, suggestion))
    if key not in draft.memo:
        draft.memo[key] = _source(draft, suggestion)
    edited = draft.edit_table(
        draft.memo[key],
        f"stages_{draft.revision}",
        num_rows="dynamic",
        column_config={
            "use": st.column_config.CheckboxColumn(t("Use"), width="small"),
            "order": st.column_config.NumberColumn(t("Order"), min_value=1, step=1, width="small", required=True),
            "label": st.column_config.TextColumn(t("In the file"), disabled=True),
            "name": st.column_config.TextColumn(t("Stage name"), required=True, max_chars=60),
            "won": st.column_config.CheckboxColumn(t("Won"), width="small"),
        },
    )
    # A row that the person added has no label in the file: its name stands for it.
    edited = edited.with_columns(
        pl.col("use").fill_null(True),
        pl.col("order").cast(pl.Int64).fill_null(edited.height),
        pl.coalesce("label", "name").alias("label"),
        pl.coalesce("name", "label").alias("name"),
        pl.col("won").fill_null(False),
    ).drop_nulls("label")
    used = edited.filter(pl.col("use")).sort("order", maintain_order=True)
    names = dict(used.select("label", "name").iter_rows())
    labels, same = merged_by_name(names, suggestion.same)
    won = list(dict.fromkeys(same.get(label, label) for label in used.filter(pl.col("won"))["label"]))
    if len(won) == 1 and won[0] != suggestion.won_label:
        draft.won_label = won[0]
    if len(won) != 1:
        st.warning(t("Mark exactly one stage as won; %(n)s are marked.", n=len(won)), icon=":material/warning:")
        return None
    at = labels.index(won[0])
    chosen = FunnelSuggestion(labels, won[0], labels[at + 1 :], names, same)
    try:
        definition = chosen.definition(name or t.term("funnel"))
    except InputError as error:
        st.warning(plain_text(t.message(error)), icon=":material/warning:")
        return None
    for note in definition.notes():
        st.caption(plain_text(t.message(note)))
    return definition
