"""What two exports of one pipeline reveal: who moved between them, on a day that lies somewhere in between.

Unit of observation: a lead in two neighbouring exports (snapshot files with an export day). The day of a change is not
known: it lies after the earlier export and at the latest on the day of the later one. So changes are counted per pair
of exports, and durations are given as a range that holds the true median, never as a number.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.metrics.journeys.meanings import CODE_JUNK, CODE_LOST, meanings, with_code
from funnel.schema import ExportPairs, Facts, IntervalDays, StageChanges

_NEXT_DAY = pl.duration(days=1)


def stage_changes(facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.DataFrame:
    """Every change of a lead between two neighbouring exports up to ``as_of`` (schema ``StageChanges``).

    Two exports of one day count as the later one. A lead that a later export holds for the first time came in between;
    one that an export no longer holds says nothing.
    """
    seen = _seen(facts, definition, as_of)
    days = seen["on"].unique().sort()
    earlier = pl.DataFrame({"on": days, "export_before": days.shift(1)})
    changes = (
        seen.join(earlier, on="on", how="left")
        .sort("lead_id", "on")
        .with_columns(
            pl.col("on").shift(1).over("lead_id").alias("seen_before"),
            pl.col("position").shift(1).over("lead_id").alias("from_position"),
            pl.col("is_lost").shift(1).over("lead_id").alias("was_lost"),
        )
        .filter(pl.col("export_before").is_not_null())
        .with_columns(pl.coalesce("seen_before", "export_before").alias("after_on"))
    )
    is_new = pl.col("seen_before").is_null()
    moved = pl.col("position").ne_missing(pl.col("from_position")) & pl.col("position").is_not_null()
    got_lost = pl.col("is_lost") & ~pl.col("was_lost").fill_null(False)
    return StageChanges.validate(
        changes.filter(is_new | moved | got_lost).select(
            "lead_id",
            "after_on",
            pl.col("on").alias("until_on"),
            "from_position",
            pl.col("position").alias("to_position"),
            is_new.alias("is_new"),
            got_lost.alias("is_lost"),
        )
    )


def export_pairs(facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.DataFrame:
    """How many leads moved between each two neighbouring exports (schema ``ExportPairs``), newest first."""
    days = _seen(facts, definition, as_of)["on"].unique().sort()
    changes = stage_changes(facts, definition, as_of)
    known = changes.filter(pl.col("from_position").is_not_null() & pl.col("to_position").is_not_null())
    forward = known.filter(pl.col("to_position") > pl.col("from_position"))
    back = known.filter(pl.col("to_position") < pl.col("from_position"))
    pairs = pl.DataFrame(
        {"until_on": days, "after_on": days.shift(1)}, schema={"until_on": pl.Date, "after_on": pl.Date}
    )
    counted = pairs.drop_nulls()
    for name, rows in (
        ("n_forward", forward),
        ("n_back", back),
        ("n_lost", changes.filter("is_lost")),
        ("n_new", changes.filter("is_new")),
    ):
        n = rows.group_by("until_on").agg(pl.len().cast(pl.Int64).alias(name))
        counted = counted.join(n, on="until_on", how="left").with_columns(pl.col(name).fill_null(0))
    return ExportPairs.validate(counted.select(ExportPairs.column_names()).sort("until_on", descending=True))


def interval_days(changes: pl.DataFrame, journeys: pl.DataFrame, definition: FunnelDefinition) -> pl.DataFrame:
    """Days in each step as far as exports tell (schema ``IntervalDays``), one row per step.

    ``changes``: of ``stage_changes``; ``journeys``: of the same facts. The step begins with the dated entry into the
    stage before, else in the interval in which the lead was first seen there; it ends in the interval in which the lead
    was first seen at or beyond the stage. Leads whose arrival is dated are left out: for them the days are known.
    """
    rows = []
    for position in range(2, len(definition.keys) + 1):
        before, stage = definition.step(position)
        arrived = _arrivals(changes, position)
        dated = journeys.select(
            "lead_id",
            pl.col(f"entered_{before.key}").dt.date().alias("started_on"),
            pl.col(f"entered_{stage.key}").alias("dated_arrival"),
        )
        started = _arrivals(changes, position - 1).select(
            "lead_id", pl.col("after_on").alias("started_after"), pl.col("until_on").alias("started_until")
        )
        spans = (
            arrived.join(dated, on="lead_id", how="inner")
            .filter(pl.col("dated_arrival").is_null())
            .join(started, on="lead_id", how="left")
            .with_columns(
                pl.coalesce("started_on", pl.col("started_after") + _NEXT_DAY).alias("earliest"),
                pl.coalesce("started_on", "started_until").alias("latest"),
            )
            .with_columns(
                (pl.col("after_on") + _NEXT_DAY - pl.col("latest")).dt.total_days().clip(lower_bound=0).alias("low"),
                (pl.col("until_on") - pl.col("earliest")).dt.total_days().alias("high"),
            )
            .filter(pl.col("high") >= 0)
        )
        rows.append(
            {
                "position": position,
                "stage": stage.key,
                "n_moved": arrived.height,
                "n_days": spans.height,
                "median_low": spans["low"].median(),
                "median_high": spans["high"].median(),
            }
        )
    return IntervalDays.validate(pl.DataFrame(rows, schema=IntervalDays.create_empty().schema))


def _arrivals(changes: pl.DataFrame, position: int) -> pl.DataFrame:
    """The first interval in which each lead was seen to come to a stage or beyond, from before it."""
    came = changes.filter(
        (pl.col("to_position") >= position) & ((pl.col("from_position") < position) | pl.col("is_new"))
    )
    return came.sort("until_on").unique("lead_id", keep="first", maintain_order=True)


def _seen(facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.DataFrame:
    """Lead, export day, position and whether it was lost, one row per lead and day."""
    exports = facts.batches.filter(
        (pl.col("shape") == "snapshot") & pl.col("exported_on").is_not_null() & (pl.col("exported_on") <= as_of)
    ).select("batch_no", pl.col("exported_on").alias("on"))
    rows = facts.lead_rows.lazy().join(exports.lazy(), on="batch_no", how="inner")
    meant = meanings(facts, definition)
    for scope in ("stage", "status"):
        rows = with_code(rows, meant, scope, f"{scope}_label", f"{scope}_code")
    lost = (CODE_LOST, CODE_JUNK)
    return (
        rows.select(
            "lead_id",
            "on",
            "batch_no",
            "changed_at",
            "row_no",
            pl.max_horizontal(
                pl.when(pl.col(f"{scope}_code") > 0).then(pl.col(f"{scope}_code")) for scope in ("stage", "status")
            ).alias("position"),
            pl.any_horizontal(
                pl.col(f"{scope}_code").is_in(lost).fill_null(False) for scope in ("stage", "status")
            ).alias("is_lost"),
        )
        .sort("batch_no", "changed_at", "row_no")
        .unique(["lead_id", "on"], keep="last", maintain_order=True)
        .collect()
    )
