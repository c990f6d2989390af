"""Why leads are lost, by the stage whose step lost them."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, in_window
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


def is_no_decision(label: str) -> bool:
    """Whether a loss reason says that the customer took no decision."""
    return re.search(_NO_DECISION, label) is not None


def loss_reasons(journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window) -> pl.DataFrame:
    """Loss reasons by stage for the losses that happened in the window (``schema.LossReasons``).

    Undated losses count in *All time* only. Labels are compared without outer blanks and capitals; the most frequent
    spelling is shown. A blank reason is "not recorded", never a reason.
    """
    label = pl.col("lost_reason").cast(pl.String).str.strip_chars()
    label = pl.when(label != "").then(label)
    counted = (
        journeys.filter(pl.col("outcome") == "lost", in_window(pl.col("lost_at"), window))
        .select(position="lost_stage", label=label)
        .with_columns(
            kind=pl.when(pl.col("label").is_null())
            .then(pl.lit("not_recorded"))
            .when(pl.col("label").str.contains(_NO_DECISION))
            .then(pl.lit("no_decision"))
            .otherwise(pl.lit("reason")),
            folded=pl.col("label").str.to_lowercase(),
        )
        .group_by("position", "kind", "folded", "label")
        .len("n")
        .sort("n", "label", descending=[True, False])
        .collect()
    )
    folded = pl.when(pl.col("kind") == "reason").then(pl.col("folded"))
    rows = (
        counted.group_by("position", "kind", folded, maintain_order=True)
        .agg(
            reason=pl.col("label").first(),
            labels=pl.col("label").drop_nulls(),
            n=pl.col("n").sum().cast(pl.Int64),
        )
        .with_columns(
            reason=pl.when(pl.col("kind") == "reason").then(pl.col("reason")),
            stage=pl.col("position").replace_strict(_names(definition), return_dtype=pl.String, default=None),
            total=pl.col("n").sum().over("position"),
        )
        .sort(
            "position",
            pl.col("kind") == "not_recorded",
            "n",
            "reason",
            descending=[False, False, True, False],
            nulls_last=True,
        )
        .with_columns(
            share=pl.col("n") / pl.col("total"),
            cumulative_share=pl.col("n").cum_sum().over("position") / pl.col("total"),
        )
    )
    return LossReasons.validate(rows.select(LossReasons.column_names()))


def losses_left_out(journeys: pl.LazyFrame, window: Window) -> int:
    """Losses without a date, which no window but *All time* can hold."""
    if window.is_all_time:
        return 0
    undated = (pl.col("outcome") == "lost") & pl.col("lost_at").is_null()
    row: dict[str, Any] = journeys.select(n=undated.sum()).collect().row(0, named=True)
    return int(row["n"])


def _names(definition: FunnelDefinition) -> dict[int, str]:
    return dict(enumerate(definition.keys, 1))
