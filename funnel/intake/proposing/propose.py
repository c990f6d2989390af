"""Proposing what the columns and labels of a table mean, and a funnel from its labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from funnel.definition.definition import IGNORE, LOST, OPEN, FunnelDefinition, Scope
from funnel.errors import InputError, Message
from funnel.intake.cells.dates import parse_dates
from funnel.intake.cells.numbers import parse_numbers
from funnel.intake.cells.periods import columns_by_period
from funnel.intake.flags import flag_outcomes
from funnel.intake.mapping import (
    FIELD_ROLES,
    ColumnMapping,
    Fit,
    HeaderChanges,
    Proposal,
    RawTable,
    field_key,
    fits,
    from_dict,
    header_changes,
    header_signature,
)
from funnel.intake.proposing.headers import Sheet, look_at
from funnel.intake.proposing.labels import (
    FunnelSuggestion,
    in_order,
    milestone_target,
    observed_order,
    stage_name_from_header,
    target_of,
    won_and_after,
)
from funnel.intake.proposing.money import settle_money
from funnel.intake.proposing.roles import propose_roles
from funnel.intake.proposing.shapes import measures, propose_shape
from funnel.intake.questions import open_questions, readings_of
from funnel.intake.values import MAX_LABELS_OF_A_COLUMN, labels_of, text_of
from funnel.intake.words import (
    EXIT_CONCEPTS,
    concept_of,
    header_words,
    parts,
    plain,
)
from funnel.schema import Finding, Shape

__all__ = [
    "ColumnMapping",
    "Fit",
    "HeaderChanges",
    "Proposal",
    "field_key",
    "fits",
    "from_dict",
    "header_changes",
    "header_signature",
    "label_values",
    "propose_mapping",
    "suggest_definition",
    "with_targets",
]

_SAMPLE_ROWS = 50_000
"""Rows whose dates are compared to learn the order of stages."""


def propose_mapping(
    table: RawTable,
    definition: FunnelDefinition,
    remembered: Mapping[str, Any] | None = None,
    shape: Shape | None = None,
) -> Proposal:
    """Shape, roles, label targets and readings for a table, from its names and its values.

    ``remembered`` is the ``to_dict`` of an earlier mapping: its answers are kept for the columns, labels and fields
    that are still there (a reading only if it still fits), the rest is proposed anew; ``changes`` says what differs.
    ``shape`` is the shape the person chose instead of the proposed one.
    """
    sheet = look_at(table, definition)
    earlier = from_dict(remembered) if remembered is not None else None
    chosen = shape or (earlier.shape if earlier else None) or propose_shape(sheet)
    roles, scores = propose_roles(sheet, chosen)
    if chosen != "counts":
        roles = settle_money(table, roles)
    changes = HeaderChanges((), ())
    if earlier is not None and earlier.shape == chosen:
        changes = header_changes(earlier.roles, table.columns)
        kept = {c: r for c, r in earlier.roles.items() if c in roles}
        single = {r for r in kept.values() if r not in ("entry", "count", "ignore")}
        roles = {c: kept.get(c, "ignore" if r in single else r) for c, r in roles.items()}
        scores |= dict.fromkeys(kept, 1.0)
    mapping = ColumnMapping(shape=chosen, roles=roles, measure=_measure(sheet, chosen, roles))
    mapping = replace(mapping, field_roles=_field_roles(table, mapping))
    if earlier is not None and earlier.shape == chosen:
        mapping = _recall(mapping, earlier, table)
    mapping = with_targets(table, mapping, definition)
    notes: tuple[Finding, ...] = ()
    if earlier is not None and earlier.shape == chosen:
        known = {key: target for key, target in earlier.labels.items() if key in mapping.labels}
        fresh = [label for key in mapping.labels if key not in earlier.labels for label in (key[1],)]
        mapping = replace(mapping, labels={**mapping.labels, **known})
        if fresh:
            message = Message("intake.new_labels", {"labels": fresh[:10], "n": len(fresh)})
            notes = (Finding(message, "warning", len(fresh), "intake.done.proposed"),)
    found = readings_of(table, mapping)
    mapping = replace(mapping, date_readings=found.dates, number_readings=found.numbers)
    return Proposal(mapping, open_questions(table, mapping), scores, fits(definition, mapping), changes, notes)


def _measure(sheet: Sheet, shape: Shape, roles: Mapping[str, str]) -> str | None:
    if shape != "counts" or "stage" not in roles.values():
        return None
    counted = [column for column, role in roles.items() if role == "count"]
    return counted[0] if len(counted) == 1 and measures(sheet) else None


def _field_roles(table: RawTable, mapping: ColumnMapping) -> dict[str, str]:
    """A role for each value of the field column of a field log; unknown ones are ignored."""
    column = mapping.column("changed_field")
    if not mapping.is_field_log or column is None:
        return {}
    return {value: _field_role(value) for value in labels_of(table, column)[:MAX_LABELS_OF_A_COLUMN]}


def _field_role(value: str) -> str:
    for role in FIELD_ROLES:
        if role != "ignore" and plain(value) in {plain(word) for word in parts("field", role)}:
            return role
    known = [{"created_at": "created"}.get(word.role, word.role) for word in header_words(value)]
    return next((role for role in known if role in FIELD_ROLES), "ignore")


def _recall(mapping: ColumnMapping, earlier: ColumnMapping, table: RawTable) -> ColumnMapping:
    """The answers of an earlier mapping that still apply to this table."""
    fields = {value: earlier.field_roles.get(value, role) for value, role in mapping.field_roles.items()}
    mapping = replace(
        mapping,
        field_roles=fields,
        measure=earlier.measure if earlier.measure in mapping.columns("count") else mapping.measure,
        status_rule=earlier.status_rule,
        label_names=earlier.label_names,
    )
    known = readings_of(table, mapping)
    dates = {k: v for k, v in earlier.date_readings.items() if v in known.possible.get(k, ())}
    numbers = {k: v for k, v in earlier.number_readings.items() if v in known.possible.get(k, ())}
    return replace(mapping, date_readings=dates, number_readings=numbers)


# --- labels ---------------------------------------------------------------------------------------------------------


def with_targets(table: RawTable, mapping: ColumnMapping, definition: FunnelDefinition) -> ColumnMapping:
    """The mapping with a target proposed, under ``definition``, for every label of its present columns and fields.

    For use after the roles or the funnel changed; labels that find nothing get ``@ignore`` (``fits`` lists them).
    """
    names = mapping.label_names
    labels: dict[tuple[Scope, str], str] = {}
    flags = flag_outcomes(table, mapping)
    for scope, found in label_values(table, mapping).items():
        for label in found:
            target = target_of(label, scope, definition, names.get(label))
            if scope == "status" and label in flags:
                ends = {"won": definition.won_key, "lost": LOST, "open": OPEN}
                target = ends.get(flags[label] or "")
            labels[(scope, label)] = target or IGNORE
    stages = {label: target for (scope, label), target in labels.items() if scope == "stage"}
    if mapping.shape in ("milestones", "snapshot"):
        for column in mapping.columns("entry"):
            labels[("milestone", column)] = milestone_target(column, definition, stages) or IGNORE
    won_stages = tuple(stage.key for stage in definition.stages if stage.is_won or stage.is_post_sale)
    return replace(mapping, labels=labels, won_stages=won_stages)


def label_values(table: RawTable, mapping: ColumnMapping) -> dict[Scope, list[str]]:
    """The distinct labels of a table per scope "stage" and "status" (milestone headers are in the roles)."""
    found: dict[Scope, list[str]] = {"stage": [], "status": []}
    if mapping.is_field_log:
        field_column, value_column = mapping.column("changed_field"), mapping.column("new_value")
        assert field_column is not None and value_column is not None
        fields = text_of(table, field_column)
        for value, role in mapping.field_roles.items():
            if role in ("stage", "status"):
                scope: Scope = "stage" if role == "stage" else "status"
                found[scope] += labels_of(table, value_column, fields == value)
        return {scope: sorted(set(labels)) for scope, labels in found.items()}
    for scope in found:
        column = mapping.column(scope)
        if column is not None:
            found[scope] = labels_of(table, column)[:MAX_LABELS_OF_A_COLUMN]
    if mapping.column("closed_flag") is not None:
        found["status"] = sorted(flag_outcomes(table, mapping))
    if mapping.shape == "counts" and not found["stage"]:
        columns = mapping.columns("count")
        parts_of_columns = columns_by_period(columns)
        found["stage"] = list(dict.fromkeys(rest for _, rest in parts_of_columns.values())) or columns
    return found


# --- a funnel from the file -----------------------------------------------------------------------------------------


def suggest_definition(table: RawTable, mapping: ColumnMapping) -> FunnelSuggestion:
    """The funnel that the labels of a file would make: ordered labels, the win, what comes after, names to show.

    Labels that mean an exit (lost, on hold …) are left out. A milestones file gets the creation as its first stage when
    no date column is one. Raises InputError (``intake.no_stage``) when the file has no stage label.
    """
    values = label_values(table, mapping)
    stage_labels = [label for label in values["stage"] if not _is_exit(mapping.label_names.get(label, label))]
    entries = [c for c in mapping.columns("entry") if mapping.shape in ("milestones", "snapshot")]
    names = dict(mapping.label_names)
    if entries and (mapping.shape == "milestones" or len(stage_labels) < 2):
        names |= {column: stage_name_from_header(column) for column in entries}
        labels = in_order(entries, names, _seen_milestones(table, mapping, entries))
        if concept_of(names[labels[0]]) != "lead":
            created = mapping.column("created_at")
            first = created or _first_stage_label(table.columns)
            names[first] = _first_stage_label(table.columns)
            labels = [first, *labels]
    elif stage_labels:
        given, seen = _given_order(table, mapping, stage_labels)
        labels = in_order(given, names, seen, mapping.label_names)
    else:
        raise InputError("intake.no_stage", file=table.name, columns=list(table.columns))
    if not any(concept_of(names.get(label, label)) == "won" for label in labels):
        flags = flag_outcomes(table, mapping)
        said = [label for label in values["status"] if label not in flags and concept_of(label, "status") == "won"]
        won_flags = [label for label, ended in flags.items() if ended == "won"]
        labels += [*said, *won_flags][:1]
        names |= dict.fromkeys(won_flags, _won_label(table.columns))
    won, after = won_and_after(labels, names)
    return FunnelSuggestion(tuple(labels), won, after, {k: v for k, v in names.items() if k in labels})


def _is_exit(label: str) -> bool:
    return concept_of(label) in EXIT_CONCEPTS


def _first_stage_label(columns: tuple[str, ...]) -> str:
    """What the first stage is called where a file does not say: in the language of its headers."""
    return "线索获取" if _is_chinese(columns) else "Lead acquisition"


def _won_label(columns: tuple[str, ...]) -> str:
    """What the won stage is called where a file only says yes or no: in the language of its headers."""
    return "赢单" if _is_chinese(columns) else "Won"


def _is_chinese(columns: tuple[str, ...]) -> bool:
    return any("㐀" <= char <= "鿿" for column in columns for char in column)


def _seen_milestones(table: RawTable, mapping: ColumnMapping, entries: list[str]) -> dict[tuple[str, str], int]:
    readings = readings_of(table, mapping).dates
    head = table.frame.head(_SAMPLE_ROWS)
    parts_ = [
        pl.DataFrame(
            {
                "lead_id": pl.int_range(head.height, eager=True).cast(pl.String),
                "label": pl.repeat(column, head.height, eager=True),
                "at": parse_dates(head[column], readings[column])["at"],
            }
        )
        for column in entries
        if column in readings
    ]
    return observed_order(pl.concat(parts_)) if parts_ else {}


def _given_order(
    table: RawTable, mapping: ColumnMapping, labels: list[str]
) -> tuple[list[str], dict[tuple[str, str], int]]:
    """The order in which labels stand before any word is looked at, and what was seen of their order."""
    if mapping.shape == "counts":
        return _counts_order(table, mapping, labels), {}
    seen = _seen_changes(table, mapping) if mapping.shape == "stage_log" else {}
    return _by_probability(table, mapping, labels), seen


def _by_probability(table: RawTable, mapping: ColumnMapping, labels: list[str]) -> list[str]:
    """Labels by the win probability that a CRM writes beside its stages; as they are where it does not."""
    stage = mapping.column("stage")
    column = next((c for c in table.columns if _is_named(c, "probability_column")), None)
    if stage is None or column is None:
        return labels
    numbers = parse_numbers(table.frame[column], "plain")["value"]
    means = pl.DataFrame({"label": text_of(table, stage), "p": numbers}).group_by("label").agg(pl.col("p").mean())
    place = dict(means.iter_rows())
    return sorted(labels, key=lambda label: (place.get(label) is None, place.get(label) or 0.0))


def _is_named(column: str, use: str) -> bool:
    return plain(column) in {plain(word) for word in parts(use)}


def _seen_changes(table: RawTable, mapping: ColumnMapping) -> dict[tuple[str, str], int]:
    lead, at = mapping.column("lead_id"), mapping.column("changed_at")
    label_column = mapping.column("new_value") if mapping.is_field_log else mapping.column("stage")
    readings = readings_of(table, mapping).dates
    if lead is None or at is None or label_column is None or at not in readings:
        return {}
    frame = pl.DataFrame(
        {
            "lead_id": text_of(table, lead),
            "label": text_of(table, label_column),
            "at": parse_dates(table.frame[at], readings[at])["at"],
        }
    )
    field_column = mapping.column("changed_field")
    if mapping.is_field_log and field_column is not None:
        fields = [value for value, role in mapping.field_roles.items() if role == "stage"]
        frame = frame.filter(text_of(table, field_column).is_in(fields))
    return observed_order(frame.drop_nulls(["lead_id", "label"]).head(10 * _SAMPLE_ROWS))


def _counts_order(table: RawTable, mapping: ColumnMapping, labels: list[str]) -> list[str]:
    """Stages of a counts file: by a step number beside them, else by their totals, largest first."""
    stage = mapping.column("stage")
    if stage is None:
        return list(labels)
    text = text_of(table, stage)
    for column in table.columns:
        if not _is_named(column, "order_column") or column == stage:
            continue
        ranks = (
            pl.DataFrame({"label": text, "rank": table.frame[column].cast(pl.Float64, strict=False)})
            .drop_nulls()
            .unique()
        )
        if ranks.height == ranks["label"].n_unique() == ranks["rank"].n_unique() and set(labels) <= set(ranks["label"]):
            place = dict(ranks.iter_rows())
            return sorted(labels, key=lambda label: place[label])
    measure = mapping.measure or mapping.column("count")
    if measure is None:
        return list(labels)
    reading = readings_of(table, mapping).numbers.get(measure, "plain")
    counted = pl.DataFrame({"label": text, "n": parse_numbers(table.frame[measure], reading)["value"]})
    totals = dict(counted.group_by("label").agg(pl.col("n").sum()).iter_rows())
    return sorted(labels, key=lambda label: -(totals.get(label) or 0.0))
