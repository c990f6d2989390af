"""What the data carry of a bottleneck report: which groups may explain a step, which steps may be the weakest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import Message
from funnel.metrics.asking import Asking, Metric
from funnel.metrics.gathering import Sums
from funnel.metrics.steps.cohorts import Groups
from funnel.metrics.support import Support

ON_MAIN_PATH = 0.5
"""A step lies on the main path when so many of the won leads entered the stage before it themselves."""

NOT_JUDGED = ("cannot_know", "too_little_data", "depends_on_skips", "no_reference")


def tells_outcome(support: Support | None, dimension: str, position: int) -> bool:
    found = support.group(dimension, position) if support is not None else None
    return found is not None and found.level == "winners_only"


def shares_stated(support: Support | None, dimension: str, position: int) -> dict[str, int]:
    """Of how many leads that moved on, and of how many others, a dimension is stated at a step."""
    group = support.group(dimension, position) if support is not None else None
    if group is None:
        return {}
    sides = {"advanced": group.advanced[0], "n_advanced": group.advanced[1]}
    return sides | {"rest": group.rest[0], "n_rest": group.rest[1]}


def carried(groups: Groups, support: Support | None) -> Groups:
    """The groups of each dimension and step without the dimensions that tell the outcome of the step."""
    return {place: found for place, found in groups.items() if not tells_outcome(support, *place)}


def timed(slow: pl.DataFrame, support: Support | None) -> pl.DataFrame:
    """The slow steps without times of those that are not dated: they are known of some wins only."""
    if support is None:
        return slow
    stages = support.stages
    undated = [i + 2 for i in range(len(stages) - 1) if not (stages[i].is_dated and stages[i + 1].is_dated)]
    if not undated:
        return slow
    is_known = ~pl.col("position").is_in(undated)
    times = [pl.when(is_known).then(pl.col(name)).alias(name) for name in ("cycle_share", "median_days")]
    return slow.with_columns(*times, n_days=pl.when(is_known).then(pl.col("n_days")).otherwise(0))


def groups_left_out(steps: Iterable[Mapping[str, Any]], support: Support | None) -> list[Message]:
    """The dimensions that tell the outcome of a step that is judged, once each. ``steps``: of ``StepVerdicts``."""
    found: dict[str, Message] = {}
    for position in [row["position"] for row in steps if row["verdict"] not in NOT_JUDGED]:
        for group in support.groups if support is not None else ():
            if group.position == position and group.level == "winners_only" and group.dimension not in found:
                params: dict[str, Any] = {"dimension": Message(f"comparison.dimension.{group.dimension}")}
                params |= shares_stated(support, group.dimension, position)
                found[group.dimension] = Message("bottleneck.groups_left_out", params)
    return list(found.values())


@Metric
def main_path(journeys: pl.LazyFrame, definition: FunnelDefinition) -> Asking[frozenset[int]]:
    """The steps whose stage before at least half of the won leads entered themselves; all where nobody was won yet."""
    steps, is_won = range(2, len(definition.keys) + 1), pl.col("outcome") == "won"
    entered = {j: pl.col(f"entered_{definition.keys[j - 2]}").is_not_null() for j in steps}
    counts = {"won": is_won.sum()} | {str(j): (is_won & one).sum() for j, one in entered.items()}
    [found] = yield [Sums(journeys, counts)]
    return frozenset(j for j in steps if found[str(j)] >= ON_MAIN_PATH * found["won"])
