"""Why leads are lost, by the stage whose step lost them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, in_window
from funnel.metrics.asking import Asking, Metric
from funnel.metrics.gathering import Asked, Sums
from funnel.schema import LossReasons

NO_DECISION_WORDS = (
    r"no[\s-]*decision",
    r"non[\s-]*decision",
    r"undecided",
    r"indecision",
    r"status quo",
    r"did nothing",
    "do nothing",
    r"not (a )?priority",
    r"no urgency",
    r"postponed|deferred|put off|delayed|shelved|frozen",
    r"project (was |is )?cancell?ed",
    r"stalled",
    "未决策",
    "没有决策",
    "无决策",
    "未做决定",
    "没有决定",
    "迟迟不决",
    "犹豫",
    "搁置",
    "暂缓",
    "延期",
    "推迟",
    "项目取消",
    "取消采购",
    "暂不考虑",
    "暂不采购",
    "暂无计划",
    "维持现状",
    "不急",
)
"""Words by which a label says that the customer decided nothing, rather than for somebody else."""

_NO_DECISION = "(?i)" + "|".join(NO_DECISION_WORDS)


@lru_cache(maxsize=1024)
def is_no_decision(label: str) -> bool:
    """Whether a loss reason says that the customer took no decision."""
    return re.search(_NO_DECISION, label) is not None


@Metric
def loss_reasons(journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window) -> Asking[pl.DataFrame]:
    """Loss reasons by stage for the losses that happened in the window (``schema.LossReasons``).

    Undated losses count in *All time* only. Labels are compared without outer blanks and capitals; the most frequent
    spelling is shown. A blank reason is "not recorded", never a reason.
    """
    lost = journeys.filter(pl.col("outcome") == "lost", in_window(pl.col("lost_at"), window))
    counted = lost.group_by("lost_stage", "lost_reason").agg(n=pl.len().cast(pl.Int64))
    plan = counted.with_columns(pl.col("lost_reason").cast(pl.String))
    [frame] = yield [Asked(plan, ("lost_stage", "lost_reason"))]
    rows: list[dict[str, Any]] = []
    for position, labels in _by_place(frame.iter_rows()):
        reasons = sorted(_reasons(labels), key=_order)
        total, so_far = sum(row["n"] for row in reasons), 0
        for row in reasons:
            so_far += row["n"]
            place = {"position": position, "stage": None if position is None else definition.keys[position - 1]}
            shares = {"share": row["n"] / total, "cumulative_share": so_far / total}
            rows.append(place | row | shares)
    return LossReasons.validate(pl.DataFrame(rows, schema=LossReasons.create_empty().schema))


@Metric
def losses_left_out(journeys: pl.LazyFrame, window: Window) -> Asking[int]:
    """Losses without a date, which no window but *All time* can hold."""
    if window.is_all_time:
        return 0
    undated = (pl.col("outcome") == "lost") & pl.col("lost_at").is_null()
    [found] = yield [Sums(journeys, {"n": undated.sum()})]
    return int(found["n"])


def _by_place(counted: Iterable[tuple[int | None, str | None, int]]) -> list[tuple[int | None, dict[str | None, int]]]:
    """Stage by stage (unknown last) the losses of each label without outer blanks; a blank label is null."""
    found: dict[int | None, dict[str | None, int]] = {}
    for position, label, n in counted:
        labels, name = found.setdefault(position, {}), (label or "").strip() or None
        labels[name] = labels.get(name, 0) + n
    return sorted(found.items(), key=lambda one: (one[0] is None, one[0] or 0))


def _reasons(labels: dict[str | None, int]) -> Iterable[dict[str, Any]]:
    """The reasons of one stage: spellings of one reason together, and so is all that decides nothing."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for label, n in sorted(labels.items(), key=lambda one: (-one[1], one[0] or "")):
        kind = "not_recorded" if label is None else "no_decision" if is_no_decision(label) else "reason"
        is_named = kind == "reason" and label is not None
        row = found.setdefault(
            (kind, label.lower() if is_named else ""),
            {"kind": kind, "reason": label if is_named else None, "labels": [], "n": 0},
        )
        row["n"] += n
        row["labels"] += [] if label is None else [label]
    return found.values()


def _order(row: dict[str, Any]) -> tuple[bool, int, bool, str]:
    """The most frequent first, what is not recorded last."""
    return row["kind"] == "not_recorded", -row["n"], row["reason"] is None, row["reason"] or ""
