"""Proposing what the columns and labels of a table mean, and asking what only a person can decide.

The road: profiles of the values → ties between columns that prune → words that rank → few readings with penalties → the
trial, which shows what each would give → questions, the most consequential first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from funnel.definition.definition import IGNORE, LOST, OPEN, FunnelDefinition, Scope
from funnel.errors import InputError, Message
from funnel.intake.beside import NOTHING_BESIDE, Beside
from funnel.intake.cells.spelling import plain
from funnel.intake.flags import flag_outcomes
from funnel.intake.mapping import (
    MANY,
    ColumnMapping,
    HeaderChanges,
    RawTable,
    fits,
    from_dict,
    header_changes,
)
from funnel.intake.meaning import Consequence, Proposal
from funnel.intake.proposing.asking import MONEY_IS, Asked, ask
from funnel.intake.proposing.funnel_of_file import suggest_definition
from funnel.intake.proposing.headers import Sheet, look_at
from funnel.intake.proposing.labels import field_role, milestone_target, target_of, test_records
from funnel.intake.proposing.meanings import Meanings, label_values, meanings_of
from funnel.intake.proposing.money import in_all, settle_money
from funnel.intake.proposing.roles import Roles, propose_roles
from funnel.intake.proposing.shapes import is_totals, measures, no_deals, totals_roles
from funnel.intake.proposing.structures import Structure, structures
from funnel.intake.questions import open_questions, readings_of
from funnel.intake.values import MAX_LABELS_OF_A_COLUMN, labels_of
from funnel.intake.words import parts
from funnel.schema import ONE_ROW_PER_LEAD, Finding, Shape

Judge = Callable[[RawTable, ColumnMapping, FunnelDefinition], Consequence | None]
"""What would follow from a mapping, in a funnel (``funnel.trial.judge``); null where it cannot be carried out."""


def propose_mapping(
    table: RawTable,
    definition: FunnelDefinition,
    remembered: Mapping[str, Any] | None = None,
    shape: Shape | None = None,
) -> Proposal:
    """``propose`` without a trial: the same mapping and questions, whose answers do not show what follows."""
    return propose(table, definition, None, remembered=remembered, shape=shape)


def propose(
    table: RawTable,
    definition: FunnelDefinition,
    judge: Judge | None = None,
    *,
    remembered: Mapping[str, Any] | None = None,
    shape: Shape | None = None,
    answers: Mapping[str, str] | None = None,
    beside: Beside = NOTHING_BESIDE,
) -> Proposal:
    """Shape, roles, label targets and readings for a table, from its names and its values.

    ``judge`` shows what follows from each answer of a question. ``remembered`` is the ``to_dict`` of an earlier
    mapping: its answers are kept for the columns, labels and fields that are still there (a reading only if it still
    fits), the rest is proposed anew; ``changes`` says what differs. ``shape`` is the shape the person chose instead of
    the proposed one; ``answers``: question → answer, as the person gave them; ``beside``: what other tables of the
    upload say of the stages and of merged deals.
    """
    sheet = look_at(table, definition)
    answers = dict(answers or {})
    earlier = from_dict(remembered) if remembered is not None else None
    wanted = shape or (earlier.shape if earlier else None)
    draft = _draft(sheet, wanted, answers)
    changes = HeaderChanges((), ())
    mapping, scores = draft.mapping, dict(draft.scores)
    is_known = earlier is not None and earlier.shape == mapping.shape
    if earlier is not None and is_known:
        changes = header_changes(earlier.roles, table.columns)
        kept = {c: r for c, r in earlier.roles.items() if c in mapping.roles}
        single = {r for r in kept.values() if r not in MANY}
        roles = {c: kept.get(c, "ignore" if r in single else r) for c, r in mapping.roles.items()}
        scores |= dict.fromkeys(kept, 1.0)
        mapping = replace(mapping, roles=roles)
        mapping = _recall(replace(mapping, field_roles=_field_roles(table, mapping)), earlier, table)
    if beside != NOTHING_BESIDE:
        stages = label_values(table, mapping)["stage"]
        mapping = replace(mapping, label_names={**mapping.label_names, **beside.names_of(stages)})
        answers = beside.said_of(stages) | answers
        lead = mapping.column("lead_id")
        gone = set(labels_of(table, lead)) & set(beside.merged) if lead is not None and beside.merged else set()
        if lead is not None and gone:
            mapping = replace(mapping, left_out={**mapping.left_out, lead: tuple(sorted(gone))})
    said = _labels_said(answers, table)
    won = answers.get("win") or None
    meant = Meanings(said)
    if mapping.shape != "counts":
        marked: dict[tuple[Scope, str], str] = {("stage", won): "won", ("status", won): "won"} if won else {}
        meant = meanings_of(sheet, mapping, said | marked, no_win=answers.get("win") == "")
        said = {key: value for key, value in meant.said.items() if key not in marked or key in said}
    mapping = with_targets(table, mapping, definition, said)
    notes: tuple[Finding, ...] = ()
    if earlier is not None and is_known:
        known = {key: target for key, target in earlier.labels.items() if key in mapping.labels}
        fresh = [label for key in mapping.labels if key not in earlier.labels for label in (key[1],)]
        mapping = replace(mapping, labels={**mapping.labels, **known})
        if fresh:
            message = Message("intake.new_labels", {"labels": fresh[:10], "n": len(fresh)})
            notes = (Finding(message, "warning", len(fresh), "intake.done.proposed"),)
    found = readings_of(table, mapping)
    mapping = replace(mapping, date_readings=found.dates, number_readings=found.numbers)
    asked: tuple = ()
    if not is_known:
        trial = _Trial(table, definition, judge, said, won)
        asked = ask(
            Asked(
                sheet, mapping, draft.structures, draft.roles, meant, answers, trial.of, draft.remade, no_deals(sheet)
            )
        )
    questions = (*open_questions(table, mapping), *(question.finding() for question in asked))
    return Proposal(mapping, questions, scores, fits(definition, mapping), changes, notes, asked, said, won)


@dataclass(frozen=True)
class _Draft:
    """A first mapping without labels and readings, and how it was found."""

    mapping: ColumnMapping
    scores: Mapping[str, float]
    structures: tuple[Structure, ...] = ()
    roles: Roles | None = None
    remade: Callable[[Structure], ColumnMapping] | None = None


def _draft(sheet: Sheet, wanted: Shape | None, answers: Mapping[str, str]) -> _Draft:
    if wanted == "counts" or (wanted is None and is_totals(sheet)):
        roles, scores = totals_roles(sheet)
        mapping = ColumnMapping("counts", roles)
        counted = mapping.columns("count")
        measure = counted[0] if len(counted) == 1 and mapping.column("stage") and measures(sheet) else None
        return _Draft(replace(mapping, measure=measure), scores)
    readings = structures(sheet)
    if wanted is not None:
        of_shape = [r for r in readings if (r.shape == "stage_log") == (wanted == "stage_log")]
        readings = of_shape or [Structure("stage_log" if wanted == "stage_log" else "snapshot", readings[0].lead)]
    chosen = next((r for r in readings if r.shape == answers.get("structure")), readings[0])

    def made(structure: Structure) -> tuple[ColumnMapping, Roles]:
        found = propose_roles(sheet, structure)
        roles = dict(found.roles) if structure.fields else settle_money(sheet.table, found.roles)
        _answered_columns(roles, answers)
        mapping = ColumnMapping(wanted or found.shape, roles)
        mapping = in_all(sheet.table, mapping, answers.get("pieces"))
        mapping = replace(mapping, field_roles=_field_roles(sheet.table, mapping), left_out=_left_out(sheet, mapping))
        if answers.get("tests") == "out":
            mapping = replace(mapping, left_out={**mapping.left_out, **test_records(sheet, mapping)})
        return mapping, found

    mapping, roles = made(chosen)
    return _Draft(mapping, roles.scores, tuple(readings), roles, lambda structure: made(structure)[0])


def _answered_columns(roles: dict[str, str], answers: Mapping[str, str]) -> None:
    """Roles as the person answered them: the column of the money, what an unnamed date is."""
    for role in ("stage", "status"):
        column = answers.get(role)
        if column in roles:
            roles[column] = role
    money = answers.get("amount")
    if (said := answers.get("headers", "")).startswith(MONEY_IS):
        money = said.removeprefix(MONEY_IS)
    if money in roles:
        roles |= {c: "ignore" for c, r in roles.items() if r == "amount"} | {money: "amount"}
    for key, answer in answers.items():
        kind, _, column = key.partition(":")
        if kind == "no" and answer == "lost" and column in roles:
            roles[column] = "status"
        if kind == "date" and column in roles:
            if answer != "entry":
                roles |= {c: "ignore" for c, r in roles.items() if r == answer and answer != "ignore"}
            roles[column] = answer


def _labels_said(answers: Mapping[str, str], table: RawTable) -> dict[tuple[Scope, str], str]:
    """(scope, label) → what the person said it means, from answers named ``label:scope:label`` and ``no:column``."""
    found: dict[tuple[Scope, str], str] = {}
    for key, answer in answers.items():
        kind, _, rest = key.partition(":")
        scope, _, label = rest.partition(":")
        if kind == "no" and answer == "lost" and rest in table.columns:
            found |= {("status", word): "lost" for word in labels_of(table, rest)}
        if kind == "label" and scope in ("stage", "status"):
            found["stage" if scope == "stage" else "status", label] = answer
    return found


def _left_out(sheet: Sheet, mapping: ColumnMapping) -> dict[str, tuple[str, ...]]:
    """Labels that say a row is deleted: its rows are left out. They stand in the status or the stage, or in a column
    of their own, which says nothing but normal and deleted.
    """
    if mapping.is_field_log:
        return {}
    words, kept = ({plain(word) for word in parts(use)} for use in ("deleted_label", "kept_label"))
    found = {}
    for column, profile in sheet.profiles.items():
        role = mapping.roles.get(column, "ignore")
        gone = tuple(v for v in profile.sample if plain(v) in words)
        of_its_own = role == "ignore" and profile.n_unique <= 4 and {plain(v) for v in profile.sample} <= words | kept
        if gone and (role in ("status", "stage") or of_its_own):
            found[column] = gone
    return found


def _field_roles(table: RawTable, mapping: ColumnMapping) -> dict[str, str]:
    """A role for each value of the field column of a field log; unknown ones are ignored."""
    column = mapping.column("changed_field")
    if not mapping.is_field_log or column is None:
        return {}
    return {value: field_role(value) for value in labels_of(table, column)[:MAX_LABELS_OF_A_COLUMN]}


def _recall(mapping: ColumnMapping, earlier: ColumnMapping, table: RawTable) -> ColumnMapping:
    """The answers of an earlier mapping that still apply to this table."""
    fields = {value: earlier.field_roles.get(value, role) for value, role in mapping.field_roles.items()}
    mapping = replace(
        mapping,
        field_roles=fields,
        measure=earlier.measure if earlier.measure in mapping.columns("count") else mapping.measure,
        status_rule=earlier.status_rule,
        label_names=earlier.label_names,
        left_out={c: v for c, v in earlier.left_out.items() if c in table.columns},
    )
    known = readings_of(table, mapping)
    dates = {k: v for k, v in earlier.date_readings.items() if v in known.possible.get(k, ())}
    numbers = {k: v for k, v in earlier.number_readings.items() if v in known.possible.get(k, ())}
    return replace(mapping, date_readings=dates, number_readings=numbers)


# --- labels -------------------------------------------------------------------------------------------------------


def with_targets(
    table: RawTable,
    mapping: ColumnMapping,
    definition: FunnelDefinition,
    said: Mapping[tuple[Scope, str], str] | None = None,
) -> ColumnMapping:
    """The mapping with a target proposed, under ``definition``, for every label of its present columns and fields.

    ``said``: what the rows or the person say of single labels. For use after the roles or the funnel changed; labels
    that find nothing get ``@ignore`` (``fits`` lists them).
    """
    names, said = mapping.label_names, said or {}
    labels: dict[tuple[Scope, str], str] = {}
    flags = flag_outcomes(table, mapping)
    for scope, found in label_values(table, mapping).items():
        gone = mapping.left_out.get(mapping.column(scope) or "", ())
        for label in found:
            if label in gone:
                continue
            target = target_of(label, scope, definition, names.get(label), said.get((scope, label)))
            if scope == "status" and label in flags and (scope, label) not in said:
                ends = {"won": definition.won_key, "lost": LOST, "open": OPEN}
                target = ends.get(flags[label] or "")
            labels[(scope, label)] = target or IGNORE
    stages = {label: target for (scope, label), target in labels.items() if scope == "stage"}
    if mapping.shape in ONE_ROW_PER_LEAD:
        for column in mapping.columns("entry"):
            labels[("milestone", column)] = milestone_target(column, definition, stages) or IGNORE
    won_stages = tuple(stage.key for stage in definition.stages if stage.is_won or stage.is_post_sale)
    return replace(mapping, labels=labels, won_stages=won_stages)


# --- what would follow --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Trial:
    """The judge for one table: a mapping is aimed at the funnel that its own labels make, else at the given one."""

    table: RawTable
    definition: FunnelDefinition
    judge: Judge | None
    said: Mapping[tuple[Scope, str], str]
    won: str | None

    def of(
        self, mapping: ColumnMapping, said: Mapping[tuple[Scope, str], str] | None = None, won: str | None = None
    ) -> Consequence | None:
        """What follows from a mapping, where more is said of its labels or another win is marked."""
        if self.judge is None:
            return None
        said, won = {**self.said, **(said or {})}, won or self.won
        aimed_at = self.definition
        with suppress(InputError):  # no funnel in the file: the given one
            aimed_at = suggest_definition(self.table, mapping, said, won).definition("trial")
        mapping = with_targets(self.table, replace(mapping, labels={}), aimed_at, said)
        found = readings_of(self.table, mapping)
        likeliest = {q.key: q.choices[0].reading for q in found.questions if q.choices}
        dates = {k: v for k, v in likeliest.items() if k not in mapping.columns("amount")}
        numbers = {k: v for k, v in likeliest.items() if k in mapping.columns("amount")}
        mapping = replace(mapping, date_readings=found.dates | dates, number_readings=found.numbers | numbers)
        return self.judge(self.table, mapping, aimed_at)
