"""Edits of a funnel definition: rename, reorder, add, merge, remove, split back. Each returns a new definition.

Imported rows are never touched: they keep their raw labels, and ``merged`` says where the labels of a stage go that is
no longer in the list. A step belongs to the stage arrived at, so whenever a stage gets another one before it, its
benchmark and its deadline no longer say what they said: they are dropped, and a note names the stage.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from funnel.definition.definition import (
    EXITS,
    IGNORE,
    KEY_PATTERN,
    MIN_STAGES,
    Benchmark,
    FunnelDefinition,
    Stage,
    Text,
)
from funnel.errors import InputError, Message

EDITABLE = ("name", "definition", "key_action", "owner_role", "metrics", "benchmark", "sla")
"""What can be changed of a stage without touching the order."""


@dataclass(frozen=True)
class Edited:
    """A definition after an edit. ``notes``: what had to be dropped with it."""

    definition: FunnelDefinition
    notes: tuple[Message, ...] = ()


def edit_stage(definition: FunnelDefinition, key: str, /, **changes: Any) -> Edited:
    """Other fields of one stage (``EDITABLE``). Raises InputError (``definition.*``) for a bad value."""
    stage = definition.stage(key)
    unknown = [name for name in changes if name not in EDITABLE]
    if unknown:
        raise InputError("definition.unknown_key", given=unknown[0], where=key, allowed=list(EDITABLE))
    name = changes.get("name")
    if name is not None and not (name.en.strip() or name.zh.strip()):
        raise InputError("definition.stage_without_name", given=stage.name)
    return Edited(_with(definition, [replace(one, **changes) if one is stage else one for one in definition.stages]))


def rename(definition: FunnelDefinition, key: str, name: Text) -> Edited:
    """Another name for a stage; its key stays, and with it everything that was imported."""
    return edit_stage(definition, key, name=name)


def move(definition: FunnelDefinition, key: str, position: int) -> Edited:
    """A stage at another position (from 1). What stands after the win is an after-sales stage.

    Raises InputError: ``definition.unknown_position``; ``definition.won_first`` when nothing would stand before won.
    """
    stage = definition.stage(key)
    if not 1 <= position <= len(definition.stages):
        raise InputError("definition.unknown_position", given=position, high=len(definition.stages))
    stages = [one for one in definition.stages if one is not stage]
    stages.insert(position - 1, stage)
    return _reordered(definition, stages)


def add(definition: FunnelDefinition, name: Text, position: int, *, taken: Collection[str] = ()) -> Edited:
    """A new stage at a position (from 1); its key is made from its name.

    ``taken``: keys of earlier versions, which old imports may still name. Raises InputError as ``move`` does and
    ``definition.stage_without_name``.
    """
    if not (name.en.strip() or name.zh.strip()):
        raise InputError("definition.stage_without_name", given=name)
    if not 1 <= position <= len(definition.stages) + 1:
        raise InputError("definition.unknown_position", given=position, high=len(definition.stages) + 1)
    stage = Stage(_free_key(name, {*definition.keys, *definition.merged, *taken}), name)
    stages = list(definition.stages)
    stages.insert(position - 1, stage)
    return _reordered(definition, stages)


def merge(definition: FunnelDefinition, key: str, into: str) -> Edited:
    """One stage out of two neighbours; the merged stage keeps the name of ``into``.

    It is entered by the earlier of both stages, so it takes the benchmark and the deadline of the earlier one. Raises
    InputError (``simplification.*``): only neighbours merge, won stays alone (nobody becomes a customer by tidying up),
    two stages remain.
    """
    position = _may_go(definition, key)
    target = definition.position(into)
    first, second = min(position, target), max(position, target)
    if second - first != 1:
        raise InputError("simplification.not_neighbours", given=into, stage=definition.stage(key).name)
    earlier, later = definition.stages[first - 1], definition.stages[second - 1]
    if earlier.is_won or later.is_won:
        raise InputError("simplification.won_stays", stage=definition.stage(definition.won_key).name)
    merged = replace(definition.stage(into), benchmark=earlier.benchmark, sla=earlier.sla)
    following, notes = _starts_elsewhere(definition.stages[second:])
    stages = (*definition.stages[: first - 1], merged, *following)
    return Edited(replace(definition, stages=stages, merged={**definition.merged, key: into}), notes)


def remove(definition: FunnelDefinition, key: str) -> Edited:
    """The definition without a stage; what was imported under it says nothing until it is brought back.

    Raises InputError (``simplification.*``): won and the first stage stay, two stages remain.
    """
    position = _may_go(definition, key)
    if position == 1:
        raise InputError("simplification.first_stays", stage=definition.stages[0].name)
    following, notes = _starts_elsewhere(definition.stages[position:])
    stages = (*definition.stages[: position - 1], *following)
    return Edited(replace(definition, stages=stages, merged={**definition.merged, key: IGNORE}), notes)


def gone(definition: FunnelDefinition, earlier: Sequence[FunnelDefinition]) -> dict[str, Stage]:
    """Merged and removed stages that can be brought back, as the newest of the ``earlier`` definitions had them.

    ``earlier``: newest first.
    """
    found: dict[str, Stage] = {}
    for one in earlier:
        for stage in one.stages:
            if stage.key in definition.merged and stage.key not in definition.keys:
                found.setdefault(stage.key, stage)
    return found


def split_back(definition: FunnelDefinition, key: str, earlier: FunnelDefinition) -> Edited:
    """Bring a merged or removed stage back, as it was in ``earlier``: at its place there, with its name and measures.

    Its labels mean it again. Steps that lead from the same stage as in ``earlier`` get the benchmark and deadline back
    that they had there, where they have none. Raises InputError ``definition.unknown_stage``.
    """
    if key not in definition.merged or key in definition.keys:
        allowed = sorted(set(definition.merged) - set(definition.keys))
        raise InputError("definition.unknown_stage", given=key, allowed=allowed)
    back = earlier.stage(key)
    before = earlier.keys[: earlier.position(key) - 1]
    at = max((definition.keys.index(one) + 1 for one in before if one in definition.keys), default=0)
    stages = list(definition.stages)
    stages.insert(at, back)
    merged = {old: target for old, target in definition.merged.items() if old != key}
    edited = _reordered(definition, stages, merged=merged, also={key: before[-1] if before else None})
    restored = [
        _as_before(stage, previous, earlier)
        for stage, previous in zip(edited.definition.stages, [None, *edited.definition.stages], strict=False)
    ]
    definition = _with(edited.definition, restored)
    kept = {stage.name for stage in definition.stages if stage.benchmark or stage.sla}
    return Edited(definition, tuple(note for note in edited.notes if note.params["stage"] not in kept))


def adopt(definition: FunnelDefinition, other: FunnelDefinition) -> FunnelDefinition:
    """Another funnel (a template, a file, an earlier version) for a workspace that has ``definition`` now.

    What labels mean stays known as far as the other funnel has the stages; where both know a label, the other rules.
    """
    labels = {
        place: target
        for place, target in definition.labels.items()
        if target in EXITS or target in other.keys or target in other.merged
    }
    followed = {old: definition.resolve(old) for old in definition.merged}
    merged = {
        old: target
        for old, target in followed.items()
        if old not in other.keys and old not in other.merged and target in (*other.keys, IGNORE)
    }
    return replace(other, labels={**labels, **other.labels}, merged={**merged, **other.merged})


def benchmark_from_percent(
    low: float | None, high: float | None, *, source: Text, year: int | None, definition: Text
) -> Benchmark | None:
    """A benchmark as people type it, in per cent; null when both ends are blank.

    Raises InputError ``definition.half_benchmark`` when one end is missing, ``definition.benchmark_without_source``.
    """
    if low is None and high is None:
        return None
    if low is None or high is None:
        raise InputError("definition.half_benchmark", low=low, high=high)
    if not (source.en.strip() or source.zh.strip()):
        raise InputError("definition.benchmark_without_source", low=low, high=high)
    return Benchmark(round(low / 100, 6), round(high / 100, 6), source, year, definition)


def _may_go(definition: FunnelDefinition, key: str) -> int:
    position = definition.position(key)
    if len(definition.keys) <= MIN_STAGES:
        raise InputError("simplification.too_few_stages", given=len(definition.keys), low=MIN_STAGES)
    if definition.stage(key).is_won:
        raise InputError("simplification.won_stays", stage=definition.stage(key).name)
    return position


def _with(definition: FunnelDefinition, stages: Sequence[Stage]) -> FunnelDefinition:
    return replace(definition, stages=tuple(stages))


def _reordered(
    definition: FunnelDefinition,
    stages: Sequence[Stage],
    *,
    merged: Mapping[str, str] | None = None,
    also: Mapping[str, str | None] | None = None,
) -> Edited:
    """The stages in a new order: after-sales marks follow the win, steps that start elsewhere lose their marks.

    ``also``: from which stage the steps into further stages led, which ``definition`` does not have.
    """
    won = next(i for i, stage in enumerate(stages) if stage.is_won)
    before = dict(zip(definition.keys, (None, *definition.keys), strict=False)) | dict(also or {})
    notes, placed, previous = [], [], None
    for i, stage in enumerate(stages):
        one = replace(stage, is_post_sale=i > won)
        if stage.key in before and before[stage.key] != previous and (stage.benchmark or stage.sla):
            notes.append(Message("simplification.benchmark_dropped", {"stage": stage.name}))
            one = replace(one, benchmark=None, sla=None)
        placed.append(one)
        previous = stage.key
    target = definition.merged if merged is None else merged
    return Edited(replace(definition, stages=tuple(placed), merged=target), tuple(notes))


def _starts_elsewhere(stages: Sequence[Stage]) -> tuple[tuple[Stage, ...], tuple[Message, ...]]:
    """The stages after a change: the step into the first of them starts elsewhere, so its benchmark and deadline go."""
    if not stages or (stages[0].benchmark is None and stages[0].sla is None):
        return tuple(stages), ()
    note = Message("simplification.benchmark_dropped", {"stage": stages[0].name})
    return (replace(stages[0], benchmark=None, sla=None), *stages[1:]), (note,)


def _as_before(stage: Stage, previous: Stage | None, earlier: FunnelDefinition) -> Stage:
    """A stage with its earlier benchmark and deadline, where its step is the earlier one again and has none now."""
    if stage.key not in earlier.keys or previous is None:
        return stage
    position = earlier.position(stage.key)
    if position == 1 or earlier.keys[position - 2] != previous.key:
        return stage
    then = earlier.stage(stage.key)
    return replace(stage, benchmark=stage.benchmark or then.benchmark, sla=stage.sla or then.sla)


def _free_key(name: Text, taken: Collection[str]) -> str:
    """A key that no stage of any version has: the English name in small letters, ``stage`` where it has none."""
    plain = unicodedata.normalize("NFKD", name.en).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    stem = stem if KEY_PATTERN.fullmatch(stem) else "stage"
    key, n = stem, 2
    while key in taken:
        key, n = f"{stem}_{n}", n + 1
    return key
