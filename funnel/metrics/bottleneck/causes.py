"""Usual causes of a weak stage, each tied to a figure of this data that supports or contradicts it.

The causes are those of the practice guide's step 3 and of common practice; the playbook's entries name them by code. A
figure that points to a cause is no proof of it: it tells where to look first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import DIMENSIONS
from funnel.metrics import statistics
from funnel.metrics.asking import Asking, Metric
from funnel.metrics.gathering import Sums
from funnel.metrics.steps.slow_steps import often_skipped
from funnel.metrics.thresholds import ALPHA, MIN_LEADS
from funnel.schema import CauseEvidence

VOLUME_DAYS = 91
"""Two periods of a quarter each are compared for the volume of new leads."""


@dataclass(frozen=True, slots=True)
class Limits:
    """A share from which a cause is supported, and below which it is contradicted; in between it is unclear."""

    supports: float
    contradicts: float


LIMITS: Mapping[str, Limits] = {
    "slow_follow_up": Limits(0.20, 0.10),
    "left_lying": Limits(0.30, 0.10),
    "handover_gap": Limits(0.10, 0.05),
    "no_decision": Limits(0.25, 0.10),
    "price": Limits(0.25, 0.10),
    "no_budget": Limits(0.25, 0.10),
    "competitor": Limits(0.25, 0.10),
    "poor_fit": Limits(0.25, 0.10),
    "not_reached": Limits(0.25, 0.10),
    "reasons_unknown": Limits(0.50, 0.20),
}
"""Judgements, not statistics: the share that a manager would call many, and the one that would be called few."""

REASON_WORDS: Mapping[str, str] = {
    "price": r"price|pricing|expensive|quote|quotation|cheaper|价格|太贵|偏贵|报价|性价比",
    "no_budget": r"budget|funding|预算|资金|经费",
    "competitor": r"competit|rival|竞争|竞品|竞对|对手|友商|同行",
    "poor_fit": r"not a fit|no fit|poor fit|unqualif|disqualif|junk|spam|fake|wrong|invalid|not.{0,12}target|no need"
    r"|无效|空号|不匹配|非目标|不符合|虚假|垃圾|无需求|没有需求|需求不符",
    "not_reached": r"no (answer|response|reply|contact)|unreach|not (be )?reach|unresponsive"
    r"|(went|gone) (dark|silent|cold)|联系不上|无人接听|未接|失联|无法联系|不回复",
}
"""Words by which a loss reason belongs to a cause; "no decision" is recognised with the loss reasons themselves."""

IN_WORDS = r"[^\W\d_]{2}|[\u3040-\u9fff]"
"""A reason that is more than a number or a letter."""

DIMENSION_CAUSES = {name: f"weak_{name}" for name in DIMENSIONS} | {"owner": "uneven_owners"}
"""The cause "one group pulls it down" of each dimension; of owners it says how evenly people work."""

CAUSES = (
    "few_leads",
    "slow_follow_up",
    "late_converts_less",
    "long_wait",
    "left_lying",
    *DIMENSION_CAUSES.values(),
    "handover_gap",
    "no_decision",
    *REASON_WORDS,
    "reasons_unknown",
)
"""All codes, in the order in which they are shown."""


def cause_evidence(
    definition: FunnelDefinition,
    *,
    verdicts: pl.DataFrame,
    parts: pl.DataFrame,
    slow: pl.DataFrame,
    sla: pl.DataFrame,
    effects: pl.DataFrame,
    handovers: pl.DataFrame,
    reasons: pl.DataFrame,
    volume: tuple[int, int] | None,
    only_reasons_say_lost: bool = False,
) -> pl.DataFrame:
    """What the figures of a bottleneck report say about the usual causes of every stage (``schema.CauseEvidence``).

    The frames are those of ``bottleneck.ranking``, ``slow_steps``, ``sla`` and ``loss_reasons``; ``volume`` that
    of ``lead_volume``. ``only_reasons_say_lost``: no loss can lack its reason. Stages without any figure for a cause
    say "cannot_know" for it.
    """
    rows = [_few_leads(definition, volume)]
    frames = {
        "verdicts": verdicts,
        "parts": parts,
        "slow": slow,
        "sla": sla,
        "effects": effects,
        "handovers": handovers,
        "reasons": reasons,
    }
    skipped = bool(often_skipped(slow))
    told = {name: frame.to_dicts() for name, frame in frames.items()}
    for position in range(2, len(definition.keys) + 1):
        stage = definition.stages[position - 1].key
        at = {name: [row for row in rows if row["position"] == position] for name, rows in told.items()}
        found = [
            _slow_follow_up(at["sla"]),
            _late_converts_less(at["effects"]),
            _long_wait(at["slow"], skipped, definition) if position <= definition.won_position else None,
            _left_lying(at["slow"]) if position <= definition.won_position else None,
            *[_uneven(at["verdicts"][0], at["parts"], dimension) for dimension in DIMENSION_CAUSES],
            _handover_gap(at["handovers"]),
            *(_reasons(at["reasons"], only_reasons_say_lost) if position <= definition.won_position else []),
        ]
        rows += [{"position": position, "stage": stage} | row for row in found if row is not None]
    return CauseEvidence.validate(pl.DataFrame(rows, schema=CauseEvidence.create_empty().schema))


@Metric
def lead_volume(journeys: pl.LazyFrame, as_of: date) -> Asking[tuple[int, int] | None]:
    """Leads created in the 91 days up to ``as_of`` and in the 91 before; null where the history is shorter, and where
    it holds no new lead at all for a quarter: then the file ends earlier, rather than the leads."""
    middle = as_of - timedelta(days=VOLUME_DAYS)
    first = middle - timedelta(days=VOLUME_DAYS)
    day = pl.col("created_at").dt.date()
    sums = {
        "first": day.min(),
        "recent": day.is_between(pl.lit(middle), pl.lit(as_of), closed="right").sum(),
        "before": day.is_between(pl.lit(first), pl.lit(middle), closed="right").sum(),
    }
    [row] = yield [Sums(journeys, sums, least=("first",))]
    if not row["recent"] or row["first"] is None or row["first"] > first + timedelta(days=7):
        return None  # a first week without leads is forgiven: a new file seldom starts on the day
    return row["recent"], row["before"]


@lru_cache(maxsize=1024)
def causes_of_reason(label: str) -> tuple[str, ...]:
    """The causes that a loss reason names."""
    return tuple(cause for cause, words in REASON_WORDS.items() if re.search(f"(?i){words}", label))


def _row(
    cause: str, stand: str, x: float | None = None, n: int | None = None, detail: str | None = None
) -> dict[str, Any]:
    share = x / n if x is not None and n else None
    return {"cause": cause, "stand": stand, "x": x, "n": n, "share": share, "detail": detail}


def _by_share(cause: str, x: int, n: int, detail: str | None = None) -> dict[str, Any]:
    if n < MIN_LEADS:
        return _row(cause, "cannot_know", float(x), n, detail)
    limits, share = LIMITS[cause], x / n
    stand = "supports" if share >= limits.supports else "contradicts" if share < limits.contradicts else "unclear"
    return _row(cause, stand, float(x), n, detail)


def _few_leads(definition: FunnelDefinition, volume: tuple[int, int] | None) -> dict[str, Any]:
    """Fewer new leads than in the quarter before, beyond chance (one-sided binomial at one half)."""
    first = {"position": 1, "stage": definition.keys[0]}
    if volume is None or sum(volume) < MIN_LEADS:
        return first | _row("few_leads", "cannot_know")
    recent, before = volume
    p_value = statistics.binomial_test_less(recent, recent + before, 0.5)
    stand = "contradicts" if recent >= before else "supports" if p_value < ALPHA else "unclear"
    return first | _row("few_leads", stand, float(recent), before)


def _slow_follow_up(sla: list[dict[str, Any]]) -> dict[str, Any]:
    if not sla:
        return _row("slow_follow_up", "cannot_know")
    judged = sla[0]["n_judged"] - sla[0]["closed_in_time"]
    return _by_share("slow_follow_up", sla[0]["late"] + sla[0]["overdue"], judged)


def _late_converts_less(effects: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not effects:
        return None
    stands = {"inside_better": "supports", "inside_worse": "contradicts", "no_clear_difference": "unclear"}
    effect = effects[0]
    stand = stands.get(effect["verdict"], "cannot_know")
    return _row("late_converts_less", stand, float(effect["outside_advanced"]), effect["outside_n"])


def _long_wait(at: list[dict[str, Any]], skipped: bool, definition: FunnelDefinition) -> dict[str, Any] | None:
    """More than 1.5 times an equal share of the sales cycle supports, less than an equal share contradicts; null in a
    funnel of two stages, whose one step is the whole cycle.

    Where most wins skip a stage of the cycle its time hides in another step, so no share says anything.
    """
    if definition.won_position == 2:
        return None
    row = at[0]
    if row["cycle_share"] is None or row["n_won"] < MIN_LEADS or skipped:
        return _row("long_wait", "cannot_know")
    equal = 1 / (definition.won_position - 1)
    share = row["cycle_share"]
    stand = "supports" if 1.5 * equal < share else "contradicts" if share < equal else "unclear"
    return {
        "cause": "long_wait",
        "stand": stand,
        "x": row["median_days"],
        "n": row["n_days"],
        "share": share,
        "detail": None,
    }


def _left_lying(slow: list[dict[str, Any]]) -> dict[str, Any]:
    row = slow[0]
    if row["n_stale"] is None:
        return _row("left_lying", "cannot_know")
    return _by_share("left_lying", row["n_stale"], row["n_waiting"])


def _uneven(step: Mapping[str, Any], parts: Iterable[Mapping[str, Any]], dimension: str) -> dict[str, Any]:
    """Some groups significantly below the floor while others meet it supports; all below it contradicts."""
    cause = DIMENSION_CAUSES[dimension]
    # Groups are compared with each other, never with "not stated".
    groups = [row for row in parts if row["dimension"] == dimension and not row["is_few"] and row["group"] is not None]
    if len(groups) < 2 or step["low"] is None:
        return _row(cause, "cannot_know")
    worst = max(groups, key=lambda row: row["part_leads"])
    has_weak, all_below = any(row["is_significant"] for row in groups), all(row["rate"] < step["low"] for row in groups)
    stand = "contradicts" if all_below else "supports" if has_weak else "unclear"
    return _row(cause, stand, float(worst["advanced"]), worst["n"], worst["group"])


def _handover_gap(handovers: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Leads that arrived at another role without an owner; null where the role does not change."""
    if not handovers:
        return None
    row = handovers[0]
    if row["n_without_owner"] == row["n_handed"]:
        return _row("handover_gap", "cannot_know")  # owners are not in the data at all
    return _by_share("handover_gap", row["n_without_owner"], row["n_handed"], row["to_role"])


def _reasons(reasons: list[dict[str, Any]], only_reasons_say_lost: bool) -> list[dict[str, Any]]:
    total = sum(row["n"] for row in reasons)
    recorded = [row for row in reasons if row["kind"] != "not_recorded"]
    n = sum(row["n"] for row in recorded)
    # A number of the CRM's own list (reason "2") names nothing: what it stands for is in another table.
    told = [row for row in recorded if row["kind"] == "no_decision" or re.search(IN_WORDS, row["reason"])]
    n_told = sum(row["n"] for row in told)
    rows = [_by_share("no_decision", sum(row["n"] for row in told if row["kind"] == "no_decision"), n_told)]
    for cause in REASON_WORDS:
        named = [row for row in told if row["kind"] == "reason" and cause in causes_of_reason(row["reason"])]
        top = max(named, key=lambda row: row["n"])["reason"] if named else None
        rows.append(_by_share(cause, sum(row["n"] for row in named), n_told, top))
    if only_reasons_say_lost:
        rows.append(_row("reasons_unknown", "cannot_know", 0.0, total))
    else:
        rows.append(_by_share("reasons_unknown", total - n, total))
    return rows
