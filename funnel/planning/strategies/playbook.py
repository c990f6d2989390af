"""The playbook: ready-made strategies for the usual problems of each stage (the guide's step 3 and common practice).

An entry belongs to a *concept*, a kind of stage, so that it also serves funnels whose stages have other keys. It names
the figure of the own data that supports or contradicts it: causes that ``bottleneck.causes`` judges, or one of
``FIGURES`` with a threshold of its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from funnel.definition.definition import ROLES, FunnelDefinition, Text
from funnel.errors import InputError
from funnel.metrics.bottleneck.causes import CAUSES
from funnel.planning.strategies.stop_rules import DIRECTIONS, STOP_METRICS
from funnel.planning.targets import PERIODS, TARGET_METRICS

CONCEPTS = ("lead", "intent", "opportunity", "evaluation", "won", "repeat")

FIGURES = (
    "lead_cost_change",  # lead cost against the window before: 0.2 = one fifth dearer
    "top_source_share",  # the largest source's share of the leads that state one
    "missing_source_share",  # leads without a source, of all
    "skip_share",  # leads that reached the stage without an own entry, of all that reached it
    "repurchase_rate",  # customers who bought again, of customers won
    "referral_rate",  # customers who brought a lead, of customers won
)
STANDS = ("supports", "unclear", "contradicts", "cannot_know")
"""What figures say about a cause, the strongest word first: of several causes of an entry the first one counts."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Supports its entry when the figure ``key`` lies above (below) ``threshold``, and contradicts it otherwise."""

    key: str
    direction: str
    threshold: float


@dataclass(frozen=True, slots=True)
class Aim:
    """The suggested target in numbers: ``metric`` and ``period`` of ``funnel.planning.targets``."""

    metric: str
    amount: float
    period: str


@dataclass(frozen=True, slots=True)
class SuggestedStop:
    """Pause when ``metric`` is above (below) ``factor`` times its baseline for ``weeks`` weeks."""

    metric: str
    direction: str
    factor: float
    weeks: int


@dataclass(frozen=True, slots=True)
class PlaybookEntry:
    """A usual problem of a kind of stage and what helps.

    ``causes``: codes of ``bottleneck.causes``, or else ``figure``. ``promise_pp``: the suggested rise of the
    step's rate within H days in percentage points, null where the entry does not work on a rate. ``stop_text`` says in
    words what ``stop`` says in numbers (null: the entry ends when its work is done). ``from_guide``: taken from the
    practice guide. ``is_own``: not shipped, but brought into the workspace by a process file.
    """

    key: str
    concept: str
    from_guide: bool
    problem: Text
    cause: Text
    causes: tuple[str, ...]
    figure: Figure | None
    actions: tuple[Text, ...]
    owner_role: str
    target: Text
    aim: Aim
    promise_pp: float | None
    stop_text: Text
    stop: SuggestedStop | None
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry with what the data says: ``stand`` of ``STANDS``; ``by`` the causes or the figure that say so."""

    entry: PlaybookEntry
    stand: str
    by: tuple[str, ...]


def load_playbook(path: Path) -> tuple[PlaybookEntry, ...]:
    """All entries in the order of the file. Raises InputError (``playbook.*``) naming the entry and the wrong key."""
    return from_toml(path.read_text(encoding="utf-8"))


def from_toml(text: str) -> tuple[PlaybookEntry, ...]:
    """Parse a playbook file; see ``load_playbook``."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("playbook.not_toml", given=str(error)) from error
    _only(data, {"entries"}, "playbook")
    rows = data.get("entries")
    if not isinstance(rows, list) or not rows:
        raise InputError("playbook.no_entries")
    return _entries(rows, "entries")


def own_entries(rows: Any) -> tuple[PlaybookEntry, ...]:
    """A company's own entries: the ``[[playbook]]`` tables of a process file, which look like those of a playbook file.

    Raises InputError (``playbook.*``) naming the entry and the wrong key.
    """
    if not isinstance(rows, list):
        raise InputError("playbook.not_a_table", where="playbook", given=rows)
    return tuple(replace(entry, is_own=True) for entry in _entries(rows, "playbook"))


def with_own(shipped: Iterable[PlaybookEntry], own: Iterable[PlaybookEntry]) -> tuple[PlaybookEntry, ...]:
    """Both, the own ones first; an own entry stands in the place of a shipped one of the same key."""
    first = tuple(own)
    taken = {entry.key for entry in first}
    return (*first, *(entry for entry in shipped if entry.key not in taken))


def concept_of(definition: FunnelDefinition, stage: str) -> str:
    """The kind of a stage: by its key where that is one of ``CONCEPTS``, else by its place in the funnel."""
    position = definition.position(stage)
    if position == definition.won_position:
        return "won"
    if definition.stage(stage).is_post_sale:
        return "repeat"
    if position == 1:
        return "lead"
    if stage in CONCEPTS:
        return stage
    return "intent" if position == 2 else "opportunity"


def entries_for(entries: Iterable[PlaybookEntry], definition: FunnelDefinition, stage: str) -> list[PlaybookEntry]:
    """The entries for a stage of the funnel: the company's own first, then the guide's.

    Where the funnel has no stage of its own for nurturing (fast-moving goods), closing takes those entries over.
    """
    concepts = {concept_of(definition, stage)}
    if "won" in concepts and not any(concept_of(definition, key) == "opportunity" for key in definition.keys):
        concepts.add("opportunity")
    found = [entry for entry in entries if entry.concept in concepts]
    return sorted(found, key=lambda entry: (not entry.is_own, not entry.from_guide))


def judge(
    entries: Iterable[PlaybookEntry], stands: Mapping[str, str], figures: Mapping[str, float | None]
) -> list[Judged]:
    """What the data says about each entry of one stage: supported ones first, contradicted ones last.

    - ``stands``: cause → stand at this stage (``schema.CauseEvidence``). One supporting cause supports the entry.
    - ``figures``: values of ``FIGURES``; null or missing: cannot know.
    """
    judged = []
    for entry in entries:
        if entry.figure:
            value = figures.get(entry.figure.key)
            judged.append(Judged(entry, _figure_stand(entry.figure, value), (entry.figure.key,)))
        else:
            said = [(stands.get(cause, "cannot_know"), cause) for cause in entry.causes]
            best = min((stand for stand, _ in said), key=STANDS.index)
            judged.append(Judged(entry, best, tuple(cause for stand, cause in said if stand == best)))
    order = {"supports": 0, "unclear": 1, "cannot_know": 2, "contradicts": 3}
    return sorted(judged, key=lambda one: (order[one.stand], not one.entry.is_own, not one.entry.from_guide))


def _figure_stand(figure: Figure, value: float | None) -> str:
    if value is None:
        return "cannot_know"
    is_met = value > figure.threshold if figure.direction == "above" else value < figure.threshold
    return "supports" if is_met else "contradicts"


# --- reading ---

_KEYS = {
    "key", "concept", "guide", "problem", "cause", "causes", "figure", "actions", "owner_role", "target", "aim",
    "promise_pp", "stop_text", "stop",
}  # fmt: skip


def _entries(rows: list[Any], name: str) -> tuple[PlaybookEntry, ...]:
    entries = tuple(_entry(row, f"{name}[{i}]") for i, row in enumerate(rows, 1))
    keys = [entry.key for entry in entries]
    if len(set(keys)) < len(keys):
        raise InputError("playbook.duplicate_key", given=next(key for key in keys if keys.count(key) > 1))
    return entries


def _entry(row: Any, where: str) -> PlaybookEntry:
    if not isinstance(row, Mapping):
        raise InputError("playbook.not_a_table", where=where, given=row)
    where = f"{where} {row.get('key', '')}".strip()
    _only(row, _KEYS, where)
    causes = tuple(_one_of(cause, CAUSES, where, "causes") for cause in _list(row.get("causes", []), where, "causes"))
    figure = _figure(row["figure"], f"{where}.figure") if "figure" in row else None
    if bool(causes) == bool(figure):
        raise InputError("playbook.causes_or_figure", where=where)
    actions = tuple(
        _text(action, where, "actions") for action in _list(_required(row, "actions", where), where, "actions")
    )
    if not actions:
        raise InputError("playbook.missing_key", where=where, key="actions")
    return PlaybookEntry(
        key=_word(_required(row, "key", where), where, "key"),
        concept=_one_of(_required(row, "concept", where), CONCEPTS, where, "concept"),
        from_guide=_flag(_required(row, "guide", where), where, "guide"),
        problem=_text(_required(row, "problem", where), where, "problem"),
        cause=_text(_required(row, "cause", where), where, "cause"),
        causes=causes,
        figure=figure,
        actions=actions,
        owner_role=_one_of(_required(row, "owner_role", where), ROLES, where, "owner_role"),
        target=_text(_required(row, "target", where), where, "target"),
        aim=_aim(_required(row, "aim", where), f"{where}.aim"),
        promise_pp=_number(row["promise_pp"], where, "promise_pp") if "promise_pp" in row else None,
        stop_text=_text(_required(row, "stop_text", where), where, "stop_text"),
        stop=_stop(row["stop"], f"{where}.stop") if "stop" in row else None,
    )


def _figure(row: Any, where: str) -> Figure:
    _only(row, {"key", "direction", "threshold"}, where)
    return Figure(
        _one_of(_required(row, "key", where), FIGURES, where, "key"),
        _one_of(_required(row, "direction", where), DIRECTIONS, where, "direction"),
        _number(_required(row, "threshold", where), where, "threshold"),
    )


def _aim(row: Any, where: str) -> Aim:
    _only(row, {"metric", "amount", "period"}, where)
    return Aim(
        _one_of(_required(row, "metric", where), TARGET_METRICS, where, "metric"),
        _number(_required(row, "amount", where), where, "amount"),
        _one_of(_required(row, "period", where), PERIODS, where, "period"),
    )


def _stop(row: Any, where: str) -> SuggestedStop:
    _only(row, {"metric", "direction", "factor", "weeks"}, where)
    weeks = _number(_required(row, "weeks", where), where, "weeks")
    return SuggestedStop(
        _one_of(_required(row, "metric", where), STOP_METRICS, where, "metric"),
        _one_of(_required(row, "direction", where), DIRECTIONS, where, "direction"),
        _number(_required(row, "factor", where), where, "factor"),
        int(weeks),
    )


def _required(row: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in row:
        raise InputError("playbook.missing_key", where=where, key=key)
    return row[key]


def _only(row: Any, allowed: set[str], where: str) -> None:
    if not isinstance(row, Mapping):
        raise InputError("playbook.not_a_table", where=where, given=row)
    for key in row:
        if key not in allowed:
            raise InputError("playbook.unknown_key", where=where, given=key, allowed=sorted(allowed))


def _one_of(value: Any, allowed: Iterable[str], where: str, key: str) -> str:
    if value not in tuple(allowed):
        raise InputError("playbook.unknown_value", where=where, key=key, given=value, allowed=list(allowed))
    return str(value)


def _list(value: Any, where: str, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise InputError("playbook.wrong_kind", where=where, key=key, given=value)
    return value


def _word(value: Any, where: str, key: str) -> str:
    if not isinstance(value, str) or not value:
        raise InputError("playbook.wrong_kind", where=where, key=key, given=value)
    return value


def _flag(value: Any, where: str, key: str) -> bool:
    if not isinstance(value, bool):
        raise InputError("playbook.wrong_kind", where=where, key=key, given=value)
    return value


def _number(value: Any, where: str, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("playbook.wrong_kind", where=where, key=key, given=value)
    return float(value)


def _text(value: Any, where: str, key: str) -> Text:
    """A text in both languages; the playbook is shown in either, so none may be missing."""
    if (
        not isinstance(value, Mapping)
        or set(value) != {"en", "zh"}
        or not all(isinstance(v, str) and v for v in value.values())
    ):
        raise InputError("playbook.both_languages", where=where, key=key)
    return Text(value["en"], value["zh"])
