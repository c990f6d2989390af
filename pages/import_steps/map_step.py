"""Step 2: what each column and each label means, with a preview of what will be stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args
from zlib import crc32

import polars as pl
import streamlit as st

from funnel.definition.definition import EXITS, IGNORE, FunnelDefinition
from funnel.errors import Message
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.intake.batches.preview import as_leads, label_counts, preview_rows
from funnel.intake.beside import Beside
from funnel.intake.mapping import ALLOWED, FIELD_ROLES, ColumnMapping, RawTable
from funnel.intake.proposing.labels import label_names_from_lookup
from funnel.intake.questions import ReadingQuestion, open_questions, readings_of
from funnel.intake.reading.reader import read_table
from funnel.schema import ONE_ROW_PER_LEAD, Finding, Shape
from pages.import_steps import destination, meaning_questions, money_choices, pipelines
from pages.import_steps.draft import Draft
from pages.shell import Shell
from pages.shell.words import column_name, exit_name, role_name
from pages.shell.workspaces import FIRST_TEMPLATE, now, templates

_EXAMPLES = 3
PREVIEW_ROWS = 20
_MOST_ROWS = 14


def propose(draft: Draft, shell: Shell) -> None:
    """Propose a mapping for a table that was just read. Before anything is drawn: the keys of all widgets follow it."""
    if draft.table is not None and draft.proposal is None:
        definition = shell.data.definition if shell.data else templates()[FIRST_TEMPLATE]
        store = shell.store if shell.workspace else None
        if draft.to_answer is not None:
            draft.propose_again(draft.table, definition, store)
        else:
            draft.propose(draft.table, definition, store, None)


def show(draft: Draft, shell: Shell) -> None:
    """The whole step; its button goes on to Check when nothing is open."""
    t, table, proposal = shell.t, draft.table, draft.proposal
    if table is None or proposal is None:
        return
    if proposal.changes:
        st.info(
            plain_text(
                t(
                    "This file looks like one you imported before, but its columns changed. "
                    "New: %(added)s. Gone: %(removed)s.",
                    added=list(proposal.changes.added) or None,
                    removed=list(proposal.changes.removed) or None,
                )
            ),
            icon=":material/difference:",
        )
    for note in proposal.notes:
        st.info(plain_text(t.message(note.message)), icon=":material/info:")
    # First what the file comes to and what is asked, then the details: who sees that it is right goes on at once.
    in_short = st.container()
    pipelines.choose(draft, table, proposal.mapping, t)
    meaning_questions.show(draft, t)
    asked_first = st.container()
    mapping = _shape(draft, proposal.mapping, shell)
    with st.expander(t("Columns: what each one means"), expanded=True):
        mapping = _roles(draft, table, mapping, t)
        if mapping.is_field_log:
            mapping = _field_roles(draft, mapping, t)
    if mapping != proposal.mapping:
        draft.suggestion = None
        asked = meaning_questions.still_open(proposal, mapping)
        draft.proposal = proposal = replace(proposal, mapping=mapping, asked=asked)
    mapping = _label_names(draft, mapping, t)
    definition = destination.choose(draft, shell)
    if definition is None:
        _to_check(draft, t, is_open=True)
        return
    mapping = draft.aimed_at(mapping, definition)
    mapping = _labels(draft, table, mapping, definition, t)
    mapping = money_choices.choose(draft, table, _choices(draft, mapping, t), t)
    with asked_first:
        mapping = _readings(draft, table, mapping, t)
    key = f"open:{mapping.to_dict()!r}"
    if key not in draft.memo:
        draft.memo[key] = open_questions(table, mapping)
    waiting: tuple[Finding, ...] = draft.memo[key]
    asked = (
        {question.finding().message.code for question in readings_of(table, mapping).questions} if waiting else set()
    )
    for question in waiting:
        if question.message.code not in asked:
            st.warning(plain_text(t.message(question.message)), icon=":material/help:")
    is_open = bool(waiting or meaning_questions.waiting(proposal, mapping, definition))
    if is_open:
        st.caption(t("Answer what is open above; then the file can be checked."))
    if not waiting:
        with in_short:
            meaning_questions.what_follows(draft, table, mapping, definition, t, is_open=is_open)
        _preview(table, mapping, definition, t)
    if _to_check(draft, t, is_open=is_open):
        draft.mapping, draft.definition = mapping, definition
        draft.to_check(shell.workspace)
        st.rerun()


def _to_check(draft: Draft, t: Translator, *, is_open: bool) -> bool:
    """The button that goes on; it stays where it is and waits while anything is open."""
    return st.button(
        t("Check the data"), type="primary", disabled=is_open, key=f"to_check_{draft.revision}",
        icon=":material/fact_check:",
    )  # fmt: skip


def _shape(draft: Draft, mapping: ColumnMapping, shell: Shell) -> ColumnMapping:
    t = shell.t
    captions = {
        "milestones": t("one row per lead, one date column per stage"),
        "snapshot": t("one row per lead, with its present stage"),
        "stage_log": t("one row per change of a lead"),
        "counts": t("totals per stage, no single leads"),
    }
    chosen: Shape = (
        st.segmented_control(
            t.term("shape"),
            list(get_args(Shape)),
            format_func=lambda shape: t.term(f"shape_{shape}"),
            default=mapping.shape,
            required=True,
            key=f"shape_{draft.revision}",
            help=plain_text(" · ".join(t.labelled(t.term(f"shape_{key}"), said) for key, said in captions.items())),
        )
        or mapping.shape
    )
    if chosen != mapping.shape and draft.table is not None:
        definition = shell.data.definition if shell.data else templates()[FIRST_TEMPLATE]
        draft.propose(draft.table, definition, None, chosen)
        st.rerun()
    st.caption(captions[chosen])
    return mapping


def _roles(draft: Draft, table: RawTable, mapping: ColumnMapping, t: Translator) -> ColumnMapping:
    """One row per column of the file: examples and role."""
    allowed = list(ALLOWED[mapping.shape])
    key = f"roles_{draft.revision}"
    if key not in draft.memo:
        draft.memo[key] = pl.DataFrame(
            {
                "column": list(table.columns),
                "examples": [t.joined(_some(table.frame[column])) for column in table.columns],
                "role": [mapping.roles.get(column, "ignore") for column in table.columns],
            }
        )
    edited = draft.edit_table(
        draft.memo[key],
        key,
        height="content" if len(table.columns) <= _MOST_ROWS else 420,
        disabled=["column", "examples"],
        column_config={
            "column": st.column_config.TextColumn(t("Column"), width=170),
            "examples": st.column_config.TextColumn(t("Examples"), width=350),
            "role": st.column_config.SelectboxColumn(
                t("Means"), width=210, options=allowed, format_func=lambda role: role_name(role, t), required=True
            ),
        },
    )
    roles = dict(edited.select("column", "role").iter_rows())
    if roles == dict(mapping.roles):
        return mapping
    changed = {column for column, role in roles.items() if mapping.roles.get(column, "ignore") != role}
    return replace(
        mapping,
        roles=roles,
        date_readings={k: v for k, v in mapping.date_readings.items() if k not in changed},
        number_readings={k: v for k, v in mapping.number_readings.items() if k not in changed},
    )


def _field_roles(draft: Draft, mapping: ColumnMapping, t: Translator) -> ColumnMapping:
    st.caption(t("This file logs changes of several fields. Say what each field is."))
    key = f"fields_{draft.revision}"
    if key not in draft.memo:
        draft.memo[key] = pl.DataFrame(
            {"field": list(mapping.field_roles), "role": list(mapping.field_roles.values())},
            schema={"field": pl.String, "role": pl.String},
        )
    edited = draft.edit_table(
        draft.memo[key],
        key,
        disabled=["field"],
        column_config={
            "field": st.column_config.TextColumn(t("Field")),
            "role": st.column_config.SelectboxColumn(
                t("Means"),
                options=list(FIELD_ROLES),
                format_func=lambda role: _field_role_name(role, t),
                required=True,
            ),
        },
    )
    return replace(mapping, field_roles=dict(edited.select("field", "role").iter_rows()))


def _label_names(draft: Draft, mapping: ColumnMapping, t: Translator) -> ColumnMapping:
    """A lookup file that names numeric stages, such as a CRM's stages.csv."""
    counted = draft.memo.get("label_counts")
    if counted is None and draft.table is not None:
        counted = draft.memo["label_counts"] = label_counts(draft.table, mapping)
    stages = None if counted is None else counted.filter(pl.col("scope") == "stage")["label"]
    numeric = stages is not None and stages.len() > 0 and stages.str.contains(r"^\d+$").all()
    if not numeric:
        return mapping
    with st.popover(t("Stages are numbers: name them from a lookup file"), icon=":material/label:"):
        file = st.file_uploader(t("A table with number and name of each stage"), key=f"lookup_{draft.revision}")
        if file is not None and not mapping.label_names and draft.table is not None and draft.proposed_for is not None:
            names = label_names_from_lookup(read_table(file.getvalue(), file.name))
            draft.beside = draft.beside.with_more(Beside(names))
            draft.propose(draft.table, draft.proposed_for, None, draft.shape)
            st.rerun()
    return mapping


def _labels(
    draft: Draft, table: RawTable, mapping: ColumnMapping, definition: FunnelDefinition, t: Translator
) -> ColumnMapping:
    """What each stage or status label of the file means in the funnel."""
    if not mapping.labels:
        return mapping
    counts = {(scope, label): n for scope, label, n in label_counts(table, mapping).iter_rows()}
    keys = sorted(mapping.labels, key=lambda pair: (pair[0], definition.resolve(mapping.labels[pair]) == IGNORE, pair))
    source = pl.DataFrame(
        {
            "scope": [scope for scope, _ in keys],
            "label": [label for _, label in keys],
            "rows": [counts.get(pair, 0) for pair in keys],
            "target": [definition.resolve(mapping.labels[pair]) for pair in keys],
        },
        schema={"scope": pl.String, "label": pl.String, "rows": pl.Int64, "target": pl.String},
    )
    stages = {stage.key: f"{i}. {t.localized(stage.name)}" for i, stage in enumerate(definition.stages, 1)}
    scopes = {"stage": t.term("stage"), "milestone": t("date column"), "status": t("status")}
    unknown = sum(target == IGNORE for target in source["target"])
    title = t("Stages and results: what each label means")
    if unknown:
        title += " · " + t("%(n)s not used", n=unknown)
    with st.expander(plain_text(title), expanded=True):
        edited = draft.edit_table(
            source.with_columns(pl.col("scope").replace(scopes)),
            f"labels_{draft.revision}_{crc32(repr((keys, definition.keys, draft.destination)).encode())}",
            height="content" if len(keys) <= _MOST_ROWS else 420,
            disabled=["scope", "label", "rows"],
            column_config={
                "scope": st.column_config.TextColumn(t("Found as"), width="small"),
                "label": st.column_config.TextColumn(t("In the file")),
                "rows": st.column_config.NumberColumn(t("Rows"), width="small", format="localized"),
                "target": st.column_config.SelectboxColumn(
                    t("Means"),
                    options=[*stages, *EXITS],
                    format_func=lambda target: stages.get(str(target)) or exit_name(target, t),
                    required=True,
                ),
            },
        )
    return replace(mapping, labels=dict(zip(keys, edited["target"].to_list(), strict=True)))


def _choices(draft: Draft, mapping: ColumnMapping, t: Translator) -> ColumnMapping:
    """What only a person can decide about whole columns: which one counts, which one rules."""
    counted = mapping.columns("count")
    if mapping.shape == "counts" and mapping.column("stage") and len(counted) > 1:
        measure = st.selectbox(
            t("Which column counts the leads of a stage?"),
            counted,
            index=counted.index(mapping.measure) if mapping.measure in counted else None,
            key=f"measure_{draft.revision}",
            placeholder=t("Choose a column"),
        )
        mapping = replace(mapping, measure=measure)
    if mapping.column("stage") and mapping.column("status") and mapping.shape in ONE_ROW_PER_LEAD:
        of_status = [*mapping.columns("closed_flag"), *mapping.columns("status")]
        rules: dict[Literal["status", "stage"], str] = {
            "status": t("the status (“%(column)s”)", column=of_status),
            "stage": t("the stage (“%(column)s”)", column=mapping.column("stage")),
        }
        rule = st.radio(
            t("Where stage and status contradict each other, which one rules?"),
            list(rules),
            index=list(rules).index(mapping.status_rule),
            format_func=lambda one: plain_text(rules[one]),
            horizontal=True,
            key=f"rule_{draft.revision}",
        )
        mapping = replace(mapping, status_rule=rule or "status")
    return mapping


def _readings(draft: Draft, table: RawTable, mapping: ColumnMapping, t: Translator) -> ColumnMapping:
    """One question per column whose dates or numbers can be read in several ways; nothing is guessed."""
    key = f"questions:{mapping.roles!r}:{mapping.field_roles!r}:{mapping.measure}:{mapping.shape}"
    if key not in draft.memo:
        bare = replace(mapping, date_readings={}, number_readings={})
        draft.memo[key] = readings_of(table, bare).questions
    questions: tuple[ReadingQuestion, ...] = draft.memo[key]
    dates, numbers = dict(mapping.date_readings), dict(mapping.number_readings)
    for question in questions:
        answers = numbers if question.kind == "number" else dates
        choices = [choice.reading for choice in question.choices]
        said = question.finding().message
        words = dict(zip(choices, said.params["readings"], strict=True))
        # The readings stand below as the choices, so the question does not list them.
        asked = said if question.asks_a_year else Message(f"{said.code}_asked", said.params)
        with st.container(border=True):
            st.write(plain_text(t.message(asked)))
            chosen = st.radio(
                plain_text(t("How is “%(column)s” to be read?", column=question.key)),
                choices,
                index=choices.index(answers[question.key]) if answers.get(question.key) in choices else None,
                format_func=lambda reading, words=words: plain_text(t.message(words[reading])),
                key=f"reading_{draft.revision}_{question.key}",
                label_visibility="collapsed",
            )
            if chosen is not None:
                answers[question.key] = chosen
    return replace(mapping, date_readings=dates, number_readings=numbers)


def _preview(table: RawTable, mapping: ColumnMapping, definition: FunnelDefinition, t: Translator) -> None:
    """The first rows as they will be stored."""
    st.subheader(t.term("preview"), anchor=meaning_questions.PREVIEW)
    if mapping.shape == "counts":
        st.dataframe(_counts_preview(table, mapping, t), hide_index=True, width="stretch")
        return
    batch = preview_rows(table, mapping, import_day=now().date())
    leads = as_leads(batch, definition).head(PREVIEW_ROWS)
    stages = {f"entered_{stage.key}": t.localized(stage.name) for stage in definition.stages}
    known = {column: stages.get(column) or column_name(column, t) for column in leads.columns}
    shown = leads.with_columns(pl.col(pl.Datetime).dt.to_string("%Y-%m-%d %H:%M").str.replace(" 00:00$", ""))
    st.caption(t("The first rows as they will be stored. Nothing is stored yet."))
    st.dataframe(shown, hide_index=True, width="stretch", column_config=known, placeholder="–")


def _counts_preview(table: RawTable, mapping: ColumnMapping, t: Translator) -> pl.DataFrame:
    batch = preview_rows(table, mapping, import_day=now().date())
    counts = batch.counts.drop("batch_no", "row_no").head(PREVIEW_ROWS)
    counts = counts.select(c for c in counts.columns if counts[c].null_count() < counts.height)
    return counts.rename({c: column_name(c, t) for c in counts.columns})


def _some(values: pl.Series) -> list[str]:
    """A few different values of a column, as examples; of a workbook's days without the midnight that it writes."""
    some = values.head(500).drop_nulls().unique(maintain_order=True).head(_EXAMPLES)
    return some.cast(pl.String).str.strip_suffix(" 00:00:00").to_list()


def _field_role_name(role: object, t: Translator) -> str:
    return role_name("created_at" if role == "created" else role, t)
