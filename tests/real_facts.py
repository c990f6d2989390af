"""Facts of the real files, made by hand with a few lines of polars: independent of the intake, for checking figures."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl

from funnel.definition.definition import FunnelDefinition, Stage, Text
from funnel.schema import Batches, Entries, Facts, Labels, LeadRows, StageCounts, empty

IMPORTED_AT = datetime(2026, 11, 1)


def _funnel(names: dict[str, str], won: str) -> FunnelDefinition:
    """``names``: key → label; the labels are mapped in all scopes."""
    stages = tuple(Stage(key, Text(label, label), is_won=key == won) for key, label in names.items())
    scopes = ("stage", "milestone", "status")
    return FunnelDefinition("real", Text("real", "real"), stages, {(s, v): k for k, v in names.items() for s in scopes})


def _fill(frame: pl.DataFrame, like: type[LeadRows] | type[Entries], batch_no: int) -> pl.DataFrame:
    """The columns that the file gives, the rest null, rows numbered as in the file."""
    schema = empty(like).schema
    numbered = frame.with_columns(
        pl.lit(batch_no).alias("batch_no"), (pl.int_range(pl.len()) + 2).cast(pl.Int64).alias("row_no")
    )
    missing = [pl.lit(None).alias(name) for name in schema if name not in numbered.columns]
    return numbered.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _facts(
    *parts: tuple[str, date | None, pl.DataFrame | None, pl.DataFrame | None, dict[tuple[str, str], str]],
) -> Facts:
    """``parts``: shape, exported on, lead rows, entries, labels of each batch in order."""
    rows, entries, labels, batches = [empty(LeadRows)], [empty(Entries)], [], []
    for no, (shape, exported_on, lead_rows, events, meant) in enumerate(parts, 1):
        batches.append((no, shape, f"{no}.csv", IMPORTED_AT, exported_on, "", 0, 0, None, None))
        if lead_rows is not None:
            rows.append(_fill(lead_rows, LeadRows, no))
        if events is not None:
            entries.append(_fill(events, Entries, no))
        labels += [(no, scope, label, target) for (scope, label), target in meant.items()]
    return Facts(
        pl.DataFrame(batches, schema=empty(Batches).schema, orient="row"),
        pl.concat(rows),
        pl.concat(entries),
        pl.DataFrame(labels, schema=empty(Labels).schema, orient="row"),
        empty(StageCounts),
    )


MAVEN = _funnel({"prospecting": "Prospecting", "engaging": "Engaging", "won": "Won"}, won="won")


def maven(folder: Path) -> Facts:
    """A snapshot with the day of engagement as a date column of its stage and the close date of closed deals."""
    file = pl.read_csv(folder / "maven_crm_iso/sales_pipeline.csv", try_parse_dates=True)
    rows = file.select(
        pl.col("opportunity_id").alias("lead_id"),
        pl.col("deal_stage").alias("stage_label"),
        pl.col("close_date").cast(pl.Datetime("us")).alias("closed_at"),
        pl.when(pl.col("close_date").is_not_null()).then(False).alias("closed_has_time"),
        pl.col("close_value").cast(pl.Float64).alias("amount"),
        pl.col("sales_agent").alias("owner"),
        pl.col("product").alias("source"),
    )
    engaged = file.filter(pl.col("engage_date").is_not_null()).select(
        pl.col("opportunity_id").alias("lead_id"),
        pl.lit("milestone").alias("scope"),
        pl.lit("engage_date").alias("label"),
        pl.col("engage_date").cast(pl.Datetime("us")).alias("at"),
        pl.lit(False).alias("has_time"),
    )
    labels = {("milestone", "engage_date"): "engaging", ("stage", "Lost"): "@lost"}
    return _facts(("snapshot", date(2017, 12, 31), rows, engaged, labels))


ENPAL = _funnel({f"s{i}": str(i) for i in range(1, 10)}, won="s9")


def enpal(folder: Path) -> Facts:
    """A field log: stage changes are entries, the other fields are rows that say something about the deal."""
    file = pl.read_csv(folder / "enpal_pipedrive/deal_changes.csv", infer_schema=False).with_columns(
        pl.col("change_time").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us"), pl.col("deal_id").alias("lead_id")
    )
    field = pl.col("changed_field_key")
    entries = file.filter(field == "stage_id").select(
        "lead_id",
        pl.lit("stage").alias("scope"),
        pl.col("new_value").alias("label"),
        pl.col("change_time").alias("at"),
        pl.lit(True).alias("has_time"),
    )
    created = pl.col("new_value").str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    rows = file.filter(field != "stage_id").select(
        "lead_id",
        pl.col("change_time").alias("changed_at"),
        pl.when(field == "add_time").then(created).alias("created_at"),
        pl.when(field == "add_time").then(True).alias("created_has_time"),
        pl.when(field == "user_id").then(pl.col("new_value")).alias("owner"),
        pl.when(field == "lost_reason").then(pl.col("new_value")).alias("lost_reason"),
    )
    return _facts(("stage_log", None, rows, entries, {}))


ORDERS = _funnel({"order": "Order", "won": "Won"}, won="won")


def orders(bought: pl.DataFrame) -> Facts:
    """A won lead per order of a shop: ``customer``, ``day`` and ``amount`` of each."""
    numbered = bought.with_row_index("no").with_columns(("o" + pl.col("no").cast(pl.String)).alias("lead_id"))
    rows = numbered.select(
        "lead_id",
        pl.col("day").alias("created_at"),
        pl.lit(False).alias("created_has_time"),
        "amount",
        pl.col("customer").alias("customer_id"),
    )
    won = numbered.select(
        "lead_id",
        pl.lit("milestone").alias("scope"),
        pl.lit("Won").alias("label"),
        pl.col("day").alias("at"),
        pl.lit(False).alias("has_time"),
    )
    return _facts(("milestones", date(1998, 6, 30), rows, won, {("milestone", "Won"): "won"}))


SALESFORCE = _funnel(
    {
        "prospecting": "Prospecting",
        "qualification": "Qualification",
        "needs": "Needs Analysis",
        "value": "Value Proposition",
        "deciders": "Id. Decision Makers",
        "perception": "Perception Analysis",
        "proposal": "Proposal/Price Quote",
        "negotiation": "Negotiation/Review",
        "won": "Closed Won",
    },
    won="won",
)


def salesforce(folder: Path, order: tuple[str, ...] = ("snapshot", "history")) -> Facts:
    """The opportunities and their history, in either order of import, or one alone."""
    day, minute = "%m/%d/%y", "%m/%d/%y %I:%M %p"
    base = folder / "salesforce_demo_org"
    rows = pl.read_csv(base / "Opportunity.csv", infer_schema=False).select(
        pl.col("Id").alias("lead_id"),
        pl.col("CreatedDate").str.to_datetime(day, time_unit="us").alias("created_at"),
        pl.lit(False).alias("created_has_time"),
        pl.col("StageName").alias("stage_label"),
        pl.col("CloseDate").str.to_datetime(day, time_unit="us").alias("closed_at"),
        pl.lit(False).alias("closed_has_time"),
        pl.col("Amount").cast(pl.Float64).alias("amount"),
    )
    history = pl.read_csv(base / "OpportunityHistory.csv", infer_schema=False)
    entries = history.select(
        pl.col("OpportunityId").alias("lead_id"),
        pl.lit("stage").alias("scope"),
        pl.col("StageName").alias("label"),
        pl.col("CreatedDate").str.to_datetime(minute, time_unit="us").alias("at"),
        pl.lit(True).alias("has_time"),
    )
    lost = {("stage", "Closed Lost"): "@lost"}
    parts = {
        "snapshot": ("snapshot", date(2026, 2, 24), rows, None, lost),
        "history": ("stage_log", date(2026, 3, 7), None, entries, lost),
    }
    return _facts(*(parts[name] for name in order))
