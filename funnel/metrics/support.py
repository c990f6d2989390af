"""What this data can carry: which stages it names, which of them it dates, and what may be said of each step.

Every report asks here; no page has a second opinion. All of it is decided once per workspace from unfiltered facts,
never per window, filter or as-of day.

A stage is *present* when the data name it: an entry, a label, a date column. It is *dated* when a file carries dates of
it and most of the leads that the data name it for have theirs. A step is ``dated`` when both its stages are: everything
can be shown. It is ``placed`` when only the furthest stage of each lead is known: how many came so far at least, and
how many of the closed leads passed. Else it is ``unknown``: only the overall conversion and won / closed are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, cast

import polars as pl

from funnel.definition.definition import IGNORE, FunnelDefinition
from funnel.filters import DIMENSIONS
from funnel.metrics import statistics
from funnel.metrics.gathering import one_row
from funnel.metrics.journeys.evidence import named_stages, only_reasons_say_lost
from funnel.metrics.steps.figures import unplaced
from funnel.metrics.thresholds import ALPHA, DATED_SHARE, MIN_LEADS
from funnel.schema import Facts

UNDATED_WINS_THAT_MATTER = 0.1
"""Above this share of wins without a date, no change of wins over time can be told."""
CLOSED_DATED = 0.9
"""Won / closed by month of closing needs so many of the wins and of the losses dated."""
LEAST_LOSSES = 0.1
"""With a smaller share of losses among the closed leads, losses are not recorded."""

STATED_ALIKE = (0.9, 1.1)
"""A dimension is known independently of the outcome where the shares of stated values stand in such a ratio …"""
STATED_ENOUGH = 0.95
"""… or where both are at least this."""

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
Level = Literal["dated", "placed", "unknown"]
Reason = Literal["dates_missing", "place_missing", "only_winners"]

OF_ONE_KIND = 0.95
"""Data of which so many leads are won are a list of customers: who was not won is not in it. Where so many are closed,
open deals seem to be left out; where so many are open, closed ones."""

Kind = Literal["won", "closed", "open"]


@dataclass(frozen=True, slots=True)
class StageSupport:
    """One stage: of ``n_named`` leads that the data name it for, ``n_dated`` have its date."""

    key: str
    n_named: int
    n_dated: int

    @property
    def is_dated(self) -> bool:
        return self.n_dated > 0 and self.n_dated >= DATED_SHARE * self.n_named


@dataclass(frozen=True, slots=True)
class StepSupport:
    """One step, by the position it arrives at. ``reason`` and ``stages``: what is missing, and of which stages."""

    position: int
    level: Level
    reason: Reason | None = None
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupSupport:
    """Whether a dimension is known independently of the outcome among the leads at risk of a step (0: the whole way).

    ``advanced`` and ``rest``: (leads with a stated value, leads). ``level``: "usable"; "uneven", a difference that may
    be chance: shown with both shares; "winners_only" (or of the rest only): it tells the outcome, so no rate by it.
    """

    dimension: str
    position: int
    level: Literal["usable", "uneven", "winners_only"]
    advanced: tuple[int, int]
    rest: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Support:
    """What a workspace can carry.

    - ``funnel``: the stages that are present, without the deadlines of steps that are not dated; ``absent``: keys of
      the definition's other stages. A step over an absent stage has no benchmark and no deadline.
    - ``wins`` / ``losses``: (all, with a date), known of any day. ``groups``: the dimensions that any lead states, at
      every step. ``kind``: nearly all leads are of one kind and nobody has said that these are all; null: they are not.
      ``records_wins``: a lead is won, or a column for the day of winning says that none is.
    - ``only_reasons_say_lost``: nothing but a reason of loss says that a lead is lost, so no loss can lack its reason.
    """

    funnel: FunnelDefinition
    absent: tuple[str, ...]
    stages: tuple[StageSupport, ...]
    steps: tuple[StepSupport, ...]
    wins: tuple[int, int]
    losses: tuple[int, int]
    groups: tuple[GroupSupport, ...] = ()
    kind: Kind | None = None
    records_wins: bool = True
    only_reasons_say_lost: bool = False

    @property
    def only_winners(self) -> bool:
        """Whether this is a list of customers, so that no rate of theirs says anything."""
        return self.kind == "won"

    @property
    def only_closed(self) -> bool:
        """Whether open deals seem to be left out: of the youngest leads only those that ended soon are there."""
        return self.kind == "closed"

    def group(self, dimension: str, position: int) -> GroupSupport | None:
        """What a dimension carries at a step; null where no lead states it."""
        return next((g for g in self.groups if (g.dimension, g.position) == (dimension, position)), None)

    def step(self, position: int) -> StepSupport:
        """The support of the step that arrives at ``position`` (2 or later)."""
        return self.steps[position - 2]

    @property
    def dated_steps(self) -> frozenset[int]:
        return frozenset(step.position for step in self.steps if step.level == "dated")

    @property
    def dated_keys(self) -> frozenset[str]:
        return frozenset(stage.key for stage in self.stages if stage.is_dated)

    @property
    def dated_chain(self) -> tuple[str, ...]:
        """Keys of the stages up to won whose dates a forecast can follow; the first and won always."""
        last = self.funnel.won_position
        inner = [stage.key for stage in self.stages[1 : last - 1] if stage.is_dated]
        return (self.stages[0].key, *inner, self.stages[last - 1].key)

    @property
    def nothing_closed(self) -> bool:
        """Whether no lead is won or lost: a list of open deals, of which no rate can be told."""
        return not self.wins[0] and not self.losses[0]

    @property
    def is_plain_list(self) -> bool:
        """Whether no stage between the first and won is dated: a list of deals with a beginning and an end at most."""
        return len(self.dated_chain) == 2

    @property
    def undated_wins(self) -> int:
        return self.wins[0] - self.wins[1]

    @property
    def tells_wins_over_time(self) -> bool:
        """Whether enough wins carry a date for their number to be compared between two windows."""
        return self.undated_wins <= UNDATED_WINS_THAT_MATTER * self.wins[0]

    @property
    def records_losses(self) -> bool:
        """Whether losses are a part of the closed leads that can be believed."""
        return self.losses[0] > 0 and self.losses[0] >= LEAST_LOSSES * (self.wins[0] + self.losses[0])

    @property
    def dates_closing(self) -> bool:
        """Whether wins and losses are dated well enough for won / closed by month of closing."""
        return all(dated >= CLOSED_DATED * n for n, dated in (self.wins, self.losses))

    def without_stand_ins(self, journeys: Frame) -> Frame:
        """The journeys in which no later date stands in for a stage that is not dated, and no step over it has days."""
        changed: list[pl.Expr] = []
        for place, stage in enumerate(self.stages[1:], 2):
            if not stage.is_dated:
                changed.append(pl.col(f"entered_{stage.key}").alias(f"next_{stage.key}"))
            if self.step(place).level != "dated":
                changed += [pl.lit(None, pl.Float32).alias(f"{name}_{stage.key}") for name in ("days", "days_next")]
        return cast(Frame, journeys.with_columns(changed))

    def with_dated_steps(self, horizons: pl.DataFrame) -> pl.DataFrame:
        """``horizons`` (schema ``Horizons``) without an H for steps that are not dated (origin "undated")."""
        is_dated = pl.col("position").is_in(sorted(self.dated_steps))
        return horizons.with_columns(
            pl.when(is_dated).then(pl.col("days")).alias("days"),
            pl.when(is_dated).then(pl.col("n_advanced")).otherwise(0).alias("n_advanced"),
            pl.when(is_dated).then(pl.col("origin")).otherwise(pl.lit("undated")).alias("origin"),
        )


def present_funnel(facts: Facts, definition: FunnelDefinition, named: pl.DataFrame | None = None) -> FunnelDefinition:
    """The definition with the stages that the data name; the first stage and won always stay.

    A workspace without facts keeps all stages. What the absent stages are mapped to is ignored: nothing names them.
    ``named``: ``named_stages`` of all parts, where ``facts`` are those of one.
    """
    if named is None and facts.is_empty:
        return definition
    places = set((named_stages(facts, definition) if named is None else named)["position"])
    keys = [
        stage.key
        for position, stage in enumerate(definition.stages, 1)
        if position in places or position == 1 or stage.is_won
    ]
    if len(keys) == len(definition.stages):
        return definition
    stages = []
    for position, stage in enumerate(definition.stages, 1):
        if stage.key not in keys:
            continue
        follows_absent = position > 1 and definition.keys[position - 2] not in keys
        stages.append(replace(stage, benchmark=None, sla=None) if follows_absent else stage)
    absent = {key: IGNORE for key in definition.keys if key not in keys}
    merged = {old: target if target not in absent else IGNORE for old, target in definition.merged.items()}
    labels = {label: target for label, target in definition.labels.items() if target not in absent}
    return replace(definition, stages=tuple(stages), merged=merged | absent, labels=labels)


def no_support(definition: FunnelDefinition) -> Support:
    """Of a workspace of which no lead is counted: all stages, and nothing known of any step."""
    stages = tuple(StageSupport(key, 0, 0) for key in definition.keys)
    steps = tuple(StepSupport(place, "unknown", "dates_missing") for place in range(2, len(stages) + 1))
    return Support(definition, (), stages, steps, (0, 0), (0, 0))


def support_of(
    facts: Facts,
    definition: FunnelDefinition,
    funnel: FunnelDefinition,
    journeys: pl.DataFrame | pl.LazyFrame,
    named: pl.DataFrame | None = None,
) -> Support:
    """What the facts carry under ``funnel`` (``present_funnel``). ``journeys``: unfiltered, built under ``funnel``.

    ``named``: ``named_stages`` of all parts under ``funnel``, where ``facts`` are those of one.
    """
    counted = {row[0]: row[1:] for row in (named_stages(facts, funnel) if named is None else named).iter_rows()}
    leads = journeys.lazy()
    stages = tuple(StageSupport(key, *counted.get(place, (0, 0))) for place, key in enumerate(funnel.keys, 1))
    found = one_row(
        leads.select(
            pl.len().cast(pl.Int64).alias("leads"),
            *[unplaced(place).fill_null(False).sum().alias(str(place)) for place in range(2, len(stages) + 1)],
            *_ends(),
        )
    )
    steps = tuple(
        _step(stages, place, place <= funnel.won_position and bool(found[str(place)]))
        for place in range(2, len(stages) + 1)
    )
    ends = {name: (found[name], found[f"{name} dated"]) for name in ("won", "lost")}
    kind = None if _said_to_be_all(facts) else _kind(ends["won"][0], ends["lost"][0], found["leads"])
    if kind == "won":
        up_to_won = range(2, funnel.won_position + 1)
        steps = (*(StepSupport(place, "unknown", "only_winners") for place in up_to_won), *steps[len(up_to_won) :])
    dated = {step.position for step in steps if step.level == "dated"}
    timed = tuple(
        stage if stage.sla is None or place in dated else replace(stage, sla=None)
        for place, stage in enumerate(funnel.stages, 1)
    )
    return Support(
        funnel=replace(funnel, stages=timed),
        absent=tuple(key for key in definition.keys if key not in funnel.keys),
        stages=stages,
        steps=steps,
        wins=ends["won"],
        losses=ends["lost"],
        groups=_groups(leads, funnel),
        kind=kind,
        records_wins=any(place in counted for place in range(funnel.won_position, len(stages) + 1)),
        only_reasons_say_lost=only_reasons_say_lost(facts, funnel),
    )


def kind_of_leads(journeys: pl.DataFrame) -> Kind | None:
    """Of which one kind nearly all leads are, whoever has said what of their files."""
    found = one_row(journeys.lazy().select(_ends()))
    return _kind(found["won"], found["lost"], journeys.height)


def _kind(n_won: int, n_lost: int, n_leads: int) -> Kind | None:
    """Of which one kind nearly all leads are; null below 20 leads, whose kind may be chance."""
    counts: dict[Kind, int] = {"won": n_won, "closed": n_won + n_lost, "open": n_leads - n_won - n_lost}
    return next((kind for kind, n in counts.items() if n >= max(MIN_LEADS, OF_ONE_KIND * n_leads)), None)


def _said_to_be_all(facts: Facts) -> bool:
    """Whether somebody has said of every file that all leads are in it."""
    return "covers" in facts.batches.columns and bool((facts.batches["covers"] == "all").fill_null(False).all())


def _groups(journeys: pl.LazyFrame, funnel: FunnelDefinition) -> tuple[GroupSupport, ...]:
    """Every stated dimension at every step, in one look at the journeys."""
    stated = {name: pl.col(name).is_not_null() for name in DIMENSIONS}
    furthest, counts = pl.col("furthest_stage"), []
    for position in (0, *range(2, len(funnel.keys) + 1)):
        at_risk = pl.lit(True) if position == 0 else furthest >= position - 1
        moved = furthest >= (position or funnel.won_position)
        for side, who in (("advanced", at_risk & moved), ("rest", at_risk & ~moved)):
            counts.append(who.sum().alias(f"{position}.{side}"))
            counts += [(who & is_stated).sum().alias(f"{position}.{side}.{name}") for name, is_stated in stated.items()]
    counts += [is_stated.sum().alias(name) for name, is_stated in stated.items()]
    found = one_row(journeys.select(counts))
    return tuple(
        _group(
            name,
            position,
            *(
                (int(found[f"{position}.{side}.{name}"]), int(found[f"{position}.{side}"]))
                for side in ("advanced", "rest")
            ),
        )
        for name in DIMENSIONS
        if found[name]
        for position in (0, *range(2, len(funnel.keys) + 1))
    )


def _group(name: str, position: int, advanced: tuple[int, int], rest: tuple[int, int]) -> GroupSupport:
    if not advanced[1] or not rest[1]:
        return GroupSupport(name, position, "usable", advanced, rest)
    shares = advanced[0] / advanced[1], rest[0] / rest[1]
    alike = rest[0] > 0 and STATED_ALIKE[0] <= shares[0] / shares[1] <= STATED_ALIKE[1]
    if alike or min(shares) >= STATED_ENOUGH:
        return GroupSupport(name, position, "usable", advanced, rest)
    is_chance = statistics.fisher_p(*advanced, *rest) >= ALPHA
    return GroupSupport(name, position, "uneven" if is_chance else "winners_only", advanced, rest)


def _step(stages: tuple[StageSupport, ...], place: int, misses_place: bool) -> StepSupport:
    undated = tuple(stage.key for stage in stages[place - 2 : place] if not stage.is_dated)
    if not undated:
        return StepSupport(place, "dated")
    if misses_place:
        return StepSupport(place, "unknown", "place_missing", undated)
    return StepSupport(place, "placed", "dates_missing", undated)


def _ends() -> Iterator[pl.Expr]:
    """How many leads were ``won`` and ``lost``, on any day, and how many of them on a known one (``won dated`` …)."""
    for outcome in ("won", "lost"):
        is_so = ((pl.col("outcome") == outcome) | (pl.col("later_outcome") == outcome)).fill_null(False)
        # What was taken out of the journey was taken out for its date.
        is_dated = pl.col(f"{outcome}_at").is_not_null() | (pl.col("later_outcome") == outcome).fill_null(False)
        yield is_so.sum().cast(pl.Int64).alias(outcome)
        yield (is_so & is_dated).sum().cast(pl.Int64).alias(f"{outcome} dated")
