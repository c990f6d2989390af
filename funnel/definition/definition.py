"""The funnel definition: which stages there are, what they mean, and where a label belongs.

A *stage* is one level of the funnel. A *step* is the way between two neighbouring stages; it belongs to the stage
arrived at, and so do its benchmark, its deadline and its losses. Positions count from 1.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from funnel.errors import InputError, Message

MIN_STAGES, MAX_STAGES = 2, 10
RECOMMENDED_STAGES = (4, 6)

Scope = Literal["stage", "milestone", "status"]
"""Where a label was read: a value of a stage column or log, the header of a date column, a value of a status column."""
SCOPES: tuple[Scope, ...] = ("stage", "milestone", "status")

LOST, JUNK, DUPLICATE, ON_HOLD, OPEN, IGNORE = "@lost", "@junk", "@duplicate", "@on_hold", "@open", "@ignore"
EXITS = (LOST, JUNK, DUPLICATE, ON_HOLD, OPEN, IGNORE)
"""What a label can mean besides a stage.

``@lost`` and ``@junk`` end the lead as lost (junk is a loss whose reason is the label), ``@duplicate`` takes the lead
out of the figures (and is reported), ``@on_hold`` and ``@open`` say that the lead is still open, ``@ignore`` says
nothing.
"""

KEY_PATTERN = re.compile(r"[a-z][a-z0-9_]*")
ROLES = ("marketing", "sales", "technical", "customer_success", "management")
METRICS = (
    "total_leads",
    "lead_cost",
    "intent_leads",
    "intent_rate",
    "opportunities",
    "opportunity_rate",
    "evaluations",
    "customers_won",
    "win_rate",
    "average_deal_size",
    "repurchase_rate",
    "referral_rate",
    "conversion_rate",
)


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages of the interface."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The text for ``language`` ("en" or "zh_Hans"); the other language where this one is blank."""
        first, second = (self.zh, self.en) if language.startswith("zh") else (self.en, self.zh)
        return first or second


NO_TEXT = Text("", "")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """An external conversion range for the step into a stage: rates 0–1, never shown without its source."""

    low: float
    high: float
    source: Text
    year: int | None = None
    definition: Text = NO_TEXT


@dataclass(frozen=True, slots=True)
class Sla:
    """The deadline of the step into a stage; the clock starts at the entry into the stage before."""

    amount: float
    unit: Literal["hours", "business_days"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One level of the funnel. ``key`` never changes; everything that is shown can be edited."""

    key: str
    name: Text
    definition: Text = NO_TEXT
    key_action: Text = NO_TEXT
    owner_role: str = "sales"
    metrics: tuple[str, ...] = ("conversion_rate",)
    benchmark: Benchmark | None = None
    sla: Sla | None = None
    is_won: bool = False
    is_post_sale: bool = False


@dataclass(frozen=True)
class FunnelDefinition:
    """The ordered stages of one workspace.

    ``labels`` overrides, for all imports, what a raw label means: ``(scope, label) -> stage key or exit``.
    ``merged`` says where the labels of a stage that is no longer in the list go: ``old key -> present key``, or
    ``@ignore`` for a removed stage. Imported rows keep their raw labels, so a merge or a rename costs no data and its
    undoing restores it.

    Raises InputError (``definition.*``) when the stages do not make a funnel.
    """

    key: str
    name: Text
    stages: tuple[Stage, ...]
    labels: Mapping[tuple[Scope, str], str] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(self)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(stage.key for stage in self.stages)

    @property
    def won_position(self) -> int:
        """Position (from 1) of the stage that is reached when the customer signs."""
        return next(i for i, stage in enumerate(self.stages, 1) if stage.is_won)

    @property
    def won_key(self) -> str:
        return self.stages[self.won_position - 1].key

    @property
    def post_sale_key(self) -> str | None:
        """The stage that a repeat purchase or a referral enters: the last one after won, if there is one."""
        return self.stages[-1].key if self.stages[-1].is_post_sale else None

    def position(self, key: str) -> int:
        """Position of a stage, from 1. Raises InputError for a key that is not in the funnel."""
        if key not in self.keys:
            raise InputError("definition.unknown_stage", given=key, allowed=list(self.keys))
        return self.keys.index(key) + 1

    def stage(self, key: str) -> Stage:
        return self.stages[self.position(key) - 1]

    def step(self, position: int) -> tuple[Stage, Stage]:
        """The two stages of the step that arrives at ``position`` (2 or later)."""
        return self.stages[position - 2], self.stages[position - 1]

    def resolve(self, target: str) -> str:
        """A stage key or exit of any version of this funnel → its present stage key or exit (unknown → ``@ignore``)."""
        seen: set[str] = set()
        while target not in self.keys and target not in EXITS:
            if target in seen or target not in self.merged:
                return IGNORE
            seen.add(target)
            target = self.merged[target]
        return target

    def notes(self) -> list[Message]:
        """What is accepted but worth a word: a stage count outside the guide's four to six."""
        low, high = RECOMMENDED_STAGES
        if low <= len(self.stages) <= high:
            return []
        return [Message("definition.stage_count", {"given": len(self.stages), "low": low, "high": high})]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for TOML or JSON; ``from_dict`` is its inverse. Blank and default fields are left out."""
        data: dict[str, Any] = {
            "key": self.key,
            "name": _text_out(self.name),
            "stages": [_stage_out(stage) for stage in self.stages],
        }
        if self.labels:
            data["labels"] = [
                {"scope": scope, "label": label, "target": target}
                for (scope, label), target in sorted(self.labels.items())
            ]
        if self.merged:
            data["merged"] = dict(sorted(self.merged.items()))
        return data


def from_dict(data: Mapping[str, Any]) -> FunnelDefinition:
    """Build a definition from plain data (TOML or JSON). Raises InputError naming the wrong key and what is allowed."""
    _only(data, {"key", "name", "stages", "labels", "merged"}, "funnel")
    stages = tuple(_stage_in(row, i) for i, row in enumerate(_list(_required(data, "stages", "funnel"), "stages"), 1))
    labels: dict[tuple[Scope, str], str] = {}
    for row in _list(data.get("labels", []), "labels"):
        _only(row, {"scope", "label", "target"}, "labels")
        scope = _required(row, "scope", "labels")
        if scope not in SCOPES:
            raise InputError("definition.unknown_scope", given=scope, allowed=list(SCOPES))
        labels[(scope, str(_required(row, "label", "labels")))] = str(_required(row, "target", "labels"))
    merged = data.get("merged", {})
    if not isinstance(merged, Mapping):
        raise InputError("definition.not_a_table", given=merged, where="merged")
    return FunnelDefinition(
        key=str(_required(data, "key", "funnel")),
        name=_text_in(_required(data, "name", "funnel"), "funnel.name"),
        stages=stages,
        labels=labels,
        merged={str(old): str(target) for old, target in merged.items()},
    )


def from_toml(text: str) -> FunnelDefinition:
    """Parse a definition file. Raises InputError (``definition.not_toml`` with the parser's line) if it is not TOML."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("definition.not_toml", given=str(error)) from error
    return from_dict(data)


def load_templates(folder: Path) -> dict[str, FunnelDefinition]:
    """All templates of a folder by key, in file-name order."""
    found = (from_toml(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.toml")))
    return {definition.key: definition for definition in found}


def definition_from_labels(
    name: str, labels: Iterable[str], won_label: str, post_sale_labels: Iterable[str] = (), key: str = "custom"
) -> FunnelDefinition:
    """A funnel made from the stage labels of a file, in the given order.

    ``won_label`` must be one of ``labels``; stages after it are post-sale. Keys are ``stage_1`` … so that a label in
    any script works; each label is mapped to its stage in all three scopes.
    """
    ordered = list(dict.fromkeys(labels))
    post_sale = set(post_sale_labels)
    if won_label not in ordered:
        raise InputError("definition.won_not_in_labels", given=won_label, allowed=ordered)
    stages = tuple(
        Stage(
            key=f"stage_{i}",
            name=Text(label, label),
            is_won=label == won_label,
            is_post_sale=label in post_sale or i > ordered.index(won_label) + 1,
        )
        for i, label in enumerate(ordered, 1)
    )
    targets = {(scope, label): f"stage_{i}" for i, label in enumerate(ordered, 1) for scope in SCOPES}
    return FunnelDefinition(key=key, name=Text(name, name), stages=stages, labels=targets)


def _check(definition: FunnelDefinition) -> None:
    keys = definition.keys
    if not MIN_STAGES <= len(keys) <= MAX_STAGES:
        raise InputError("definition.stage_count_not_allowed", given=len(keys), low=MIN_STAGES, high=MAX_STAGES)
    for key in keys:
        if not KEY_PATTERN.fullmatch(key):
            raise InputError("definition.bad_key", given=key)
    if len(set(keys)) < len(keys):
        raise InputError("definition.duplicate_key", given=next(k for k in keys if keys.count(k) > 1))
    won = [stage.key for stage in definition.stages if stage.is_won]
    if len(won) != 1:
        raise InputError("definition.one_won_stage", given=won)
    won_at = keys.index(won[0])
    if won_at == 0:
        raise InputError("definition.won_first", given=won[0])
    for i, stage in enumerate(definition.stages):
        if stage.is_post_sale != (i > won_at):
            raise InputError("definition.post_sale_order", given=stage.key, won=won[0])
        if stage.owner_role not in ROLES:
            raise InputError("definition.unknown_role", given=stage.owner_role, stage=stage.key, allowed=list(ROLES))
        if stage.benchmark and not 0 <= stage.benchmark.low <= stage.benchmark.high <= 1:
            raise InputError(
                "definition.bad_benchmark", stage=stage.key, low=stage.benchmark.low, high=stage.benchmark.high
            )
        if stage.sla and not (stage.sla.amount > 0 and math.isfinite(stage.sla.amount)):
            raise InputError("definition.bad_sla", stage=stage.key, given=stage.sla.amount)
    for old in definition.merged:
        seen, target = {old}, definition.merged[old]
        while target in definition.merged and target not in keys:
            if target in seen:
                raise InputError("definition.circular_merge", given=old)
            seen.add(target)
            target = definition.merged[target]
        if target in seen:
            raise InputError("definition.circular_merge", given=old)
        if target not in keys and target != IGNORE:
            raise InputError("definition.unknown_stage", given=target, allowed=[*keys, IGNORE])


def _required(data: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in data:
        raise InputError("definition.missing_key", given=where, key=key)
    return data[key]


def _only(data: Any, allowed: set[str], where: str) -> None:
    if not isinstance(data, Mapping):
        raise InputError("definition.not_a_table", given=data, where=where)
    for key in data:
        if key not in allowed:
            raise InputError("definition.unknown_key", given=key, where=where, allowed=sorted(allowed))


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise InputError("definition.not_a_list", given=value, where=where)
    return list(value)


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("definition.not_a_number", given=value, where=where)
    return float(value)


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise InputError("definition.not_a_flag", given=value, where=where)
    return value


def _text_in(value: Any, where: str) -> Text:
    if isinstance(value, str):
        return Text(value, value)
    if not isinstance(value, Mapping):
        raise InputError("definition.bad_text", where=where)
    _only(value, {"en", "zh"}, where)
    return Text(str(value.get("en", "")), str(value.get("zh", "")))


def _text_out(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


_STAGE_TEXTS = ("definition", "key_action")


def _stage_out(stage: Stage) -> dict[str, Any]:
    data: dict[str, Any] = {"key": stage.key, "name": _text_out(stage.name), "owner_role": stage.owner_role}
    for name in _STAGE_TEXTS:
        if getattr(stage, name) != NO_TEXT:
            data[name] = _text_out(getattr(stage, name))
    data["metrics"] = list(stage.metrics)
    if stage.is_won:
        data["is_won"] = True
    if stage.is_post_sale:
        data["is_post_sale"] = True
    if stage.sla:
        data["sla"] = {"amount": stage.sla.amount, "unit": stage.sla.unit}
    if stage.benchmark:
        mark = stage.benchmark
        data["benchmark"] = {"low": mark.low, "high": mark.high, "source": _text_out(mark.source)}
        if mark.year is not None:
            data["benchmark"]["year"] = mark.year
        if mark.definition != NO_TEXT:
            data["benchmark"]["definition"] = _text_out(mark.definition)
    return data


def _stage_in(row: Mapping[str, Any], position: int) -> Stage:
    where = f"stages[{position}]"
    allowed = {"key", "name", "owner_role", "metrics", "is_won", "is_post_sale", "sla", "benchmark", *_STAGE_TEXTS}
    _only(row, allowed, where)
    benchmark = sla = None
    if "benchmark" in row:
        mark = row["benchmark"]
        _only(mark, {"low", "high", "source", "year", "definition"}, f"{where}.benchmark")
        benchmark = Benchmark(
            low=_number(_required(mark, "low", f"{where}.benchmark"), f"{where}.benchmark.low"),
            high=_number(_required(mark, "high", f"{where}.benchmark"), f"{where}.benchmark.high"),
            source=_text_in(_required(mark, "source", f"{where}.benchmark"), f"{where}.benchmark.source"),
            year=int(_number(mark["year"], f"{where}.benchmark.year")) if "year" in mark else None,
            definition=_text_in(mark.get("definition", ""), f"{where}.benchmark.definition"),
        )
    if "sla" in row:
        _only(row["sla"], {"amount", "unit"}, f"{where}.sla")
        unit = _required(row["sla"], "unit", f"{where}.sla")
        if unit not in ("hours", "business_days"):
            raise InputError("definition.unknown_unit", given=unit, allowed=["hours", "business_days"])
        sla = Sla(_number(_required(row["sla"], "amount", f"{where}.sla"), f"{where}.sla.amount"), unit)
    metrics = tuple(_list(row.get("metrics", ("conversion_rate",)), f"{where}.metrics"))
    for metric in metrics:
        if metric not in METRICS:
            raise InputError("definition.unknown_metric", given=metric, allowed=list(METRICS))
    return Stage(
        key=str(_required(row, "key", where)),
        name=_text_in(_required(row, "name", where), f"{where}.name"),
        definition=_text_in(row.get("definition", ""), f"{where}.definition"),
        key_action=_text_in(row.get("key_action", ""), f"{where}.key_action"),
        owner_role=str(row.get("owner_role", "sales")),
        metrics=metrics,
        benchmark=benchmark,
        sla=sla,
        is_won=_flag(row.get("is_won", False), f"{where}.is_won"),
        is_post_sale=_flag(row.get("is_post_sale", False), f"{where}.is_post_sale"),
    )
