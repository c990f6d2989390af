"""Mix or execution: is the change of a step's rate better work, or other leads? (Kitagawa 1955; metrics/README.md)

Rate part of a group = mean share · change of its rate; mix part = (its mean rate - the mean rate) · change of its
share. The parts of all groups add up to the change of the total exactly. A blank value is a group.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from funnel.metrics import statistics
from funnel.metrics.thresholds import ALPHA, MIN_LEADS
from funnel.schema import GroupComparison, MixParts


def compare_groups(counted: pl.DataFrame, comparison: pl.DataFrame, dimension: str) -> pl.DataFrame:
    """Every group of every step before and after, with its parts of the change (schema ``GroupComparison``).

    ``counted``: schema ``StepDays``, counted by ``dimension``; ``comparison``: schema ``StepComparison``, whose windows
    are used. Steps without H have no rows. Benjamini-Hochberg and the score test within each step; where the months of
    the step vary beyond chance, its groups are tested as carefully as the step itself.
    """
    rows: list[dict[str, Any]] = []
    for step in comparison.filter(pl.col("horizon_days").is_not_null()).iter_rows(named=True):
        groups = _group_counts(counted.filter(pl.col("position") == step["position"]), step)
        rows += _step_groups(groups, step, dimension)
    return GroupComparison.validate(pl.DataFrame(rows, schema=GroupComparison.create_empty().schema))


def mix_parts(groups: pl.DataFrame) -> pl.DataFrame:
    """The two parts of every step's change and whether all groups went the other way (schema ``MixParts``).

    ``groups``: schema ``GroupComparison`` of one dimension.
    """
    rows = []
    for (position, stage, dimension), part in groups.group_by("position", "stage", "dimension", maintain_order=True):
        n0, x0, n1, x1 = (int(part[name].sum()) for name in ("n_before", "x_before", "n_after", "x_after"))
        row: dict[str, Any] = dict.fromkeys(MixParts.column_names())
        row |= {"position": position, "stage": stage, "dimension": dimension, "n_groups": part.height}
        row |= {"rate_before": x0 / n0 if n0 else None, "rate_after": x1 / n1 if n1 else None}
        if n0 and n1:
            row["change_pp"] = 100 * (x1 / n1 - x0 / n0)
            row |= {name: part[name].sum() for name in ("rate_part_pp", "mix_part_pp")}
            row["reversal"] = _reversal(part, row["change_pp"])
        rows.append(row)
    return MixParts.validate(pl.DataFrame(rows, schema=MixParts.create_empty().schema))


def comparable_share(groups: pl.DataFrame) -> float:
    """The share (0-1) of the leads of one step and dimension (schema ``GroupComparison``) whose group has leads on both
    sides; 0 without leads. Below it the split rests on groups that have no counterpart."""
    leads = pl.col("n_before") + pl.col("n_after")
    both = (pl.col("n_before") > 0) & (pl.col("n_after") > 0)
    total, shared = groups.select(leads.sum().alias("total"), leads.filter(both).sum().alias("shared")).row(0)
    return shared / total if total else 0.0


def kitagawa(
    n_before: list[int], x_before: list[int], n_after: list[int], x_after: list[int]
) -> tuple[list[float], list[float]]:
    """Rate part and mix part (0-1) of each group; all parts add up to the change of the total rate.

    A rate that is missing on one side takes the other side's value; a group without leads on both has parts 0.
    Both totals must be positive.
    """
    total0, total1 = sum(n_before), sum(n_after)
    middle = (sum(x_before) / total0 + sum(x_after) / total1) / 2
    rate_parts, mix = [], []
    for n0, x0, n1, x1 in zip(n_before, x_before, n_after, x_after, strict=True):
        rate0 = x0 / n0 if n0 else x1 / n1 if n1 else 0.0
        rate1 = x1 / n1 if n1 else rate0
        share0, share1 = n0 / total0, n1 / total1
        rate_parts.append((share0 + share1) / 2 * (rate1 - rate0))
        mix.append(((rate0 + rate1) / 2 - middle) * (share1 - share0))
    return rate_parts, mix


def _group_counts(days: pl.DataFrame, step: dict[str, Any]) -> pl.DataFrame:
    def total(name: str, side: str) -> pl.Expr:
        inside = pl.col("day").is_between(step[f"{side}_start"], step[f"{side}_end"])
        return pl.col(name).filter(inside).sum().alias(f"{name}_{side}")

    counts = days.group_by("group").agg(total(name, side) for side in ("before", "after") for name in ("n", "x"))
    return counts.filter(pl.col("n_before") + pl.col("n_after") > 0).sort("group", nulls_last=True)


def _step_groups(groups: pl.DataFrame, step: dict[str, Any], dimension: str) -> list[dict[str, Any]]:
    rows = []
    for counts in groups.iter_rows(named=True):
        n0, x0, n1, x1 = (counts[name] for name in ("n_before", "x_before", "n_after", "x_after"))
        row: dict[str, Any] = dict.fromkeys(GroupComparison.column_names())
        row |= {"position": step["position"], "stage": step["stage"], "dimension": dimension, **counts}
        row |= {"rate_before": x0 / n0 if n0 else None, "rate_after": x1 / n1 if n1 else None}
        row["verdict"] = "too_little_data"
        if n0 and n1:
            low, high = statistics.newcombe_interval(x1, n1, x0, n0)
            row |= {"change_pp": 100 * (x1 / n1 - x0 / n0), "change_low_pp": 100 * low, "change_high_pp": 100 * high}
        if min(n0, n1) >= MIN_LEADS:
            sigma_z = step["sigma_z"] if step["varies"] else 1.0
            p_value = statistics.p_of_smaller_z(statistics.score_p(x1, n1, x0, n0), sigma_z)
            row |= {"p_value": p_value, "verdict": "no_clear_change"}
        rows.append(row)
    judged = [row for row in rows if row["p_value"] is not None]
    for row, adjusted in zip(judged, statistics.benjamini_hochberg([row["p_value"] for row in judged]), strict=True):
        row["p_adjusted"] = adjusted
        if adjusted < ALPHA:
            row["verdict"] = "improved" if row["change_pp"] > 0 else "worsened"
    if groups["n_before"].sum() and groups["n_after"].sum():
        counts = (groups[name].to_list() for name in ("n_before", "x_before", "n_after", "x_after"))
        for row, rate_part, mix_part in zip(rows, *kitagawa(*counts), strict=True):
            row |= {"rate_part_pp": 100 * rate_part, "mix_part_pp": 100 * mix_part}
    return rows


def _reversal(groups: pl.DataFrame, change_pp: float) -> str | None:
    """Whether all groups with leads on both sides (two or more) moved against the total."""
    changes = groups["change_pp"].drop_nulls().to_list()
    if len(changes) < 2:
        return None
    if change_pp > 0 and max(changes) < 0:
        return "all_fell"
    if change_pp < 0 and min(changes) > 0:
        return "all_rose"
    return None
