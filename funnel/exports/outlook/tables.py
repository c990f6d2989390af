"""The tables of the outlook: open deals, their value by stage, kept forecasts."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from funnel.charts.outlook_charts import few_digits
from funnel.definition.definition import FunnelDefinition
from funnel.exports.sheets import Column, Sheet, sheet
from funnel.i18n.translator import Translator
from funnel.reports.outlook.report import OutlookReport


def stage_name(key: str, definition: FunnelDefinition, t: Translator) -> str:
    return t.localized(definition.stage(key).name)


def open_by_stage(report: OutlookReport, t: Translator) -> Sheet:
    """Open deals and their value per stage; what no deal states has no column."""
    rows = [
        {
            **row,
            "name": stage_name(row["stage"], report.definition, t),
            "value": row["value"] if row["n_with_amount"] else None,
        }
        for row in report.open_value.to_dicts()
    ]
    columns = [Column("name", t.term("stage")), Column("n", t("Open deals"), "count")]
    if report.deals["amount"].count():
        columns += [Column("value", t("Open value"), "money"), Column("n_with_amount", t("with an amount"), "count")]
    columns.append(Column("n_old", t("over 90 days here"), "count"))
    if report.deals["expected_close_at"].count():
        columns.append(Column("n_overdue", t("past their expected close"), "count"))
    return sheet("open_value", t("Open deals by stage"), columns, rows)


def odds_words(row: Mapping, t: Translator) -> str:
    """What became of deals like this one, with the 80 % interval of that share."""
    if row["n"] is None:
        return t("too few like this (%(n)s)", n=row["n_known"])
    return t(
        "of %(n)s still here after %(days)s days, %(x)s were won within 90 (%(range)s)",
        n=row["n"], days=row["landmark_days"], x=row["x"], range=t.percent_range(row["low"], row["high"], 0),
    )  # fmt: skip


def deals_sheet(report: OutlookReport, t: Translator) -> Sheet:
    """The open deals, longest in their stage first, with what became of deals like them."""
    rows = [
        {
            **row,
            "name": row["lead_name"] or row["lead_id"],
            "stage_name": stage_name(row["stage"], report.definition, t),
            "expected": row["expected_close_at"].date() if row["expected_close_at"] else None,
            "overdue": t("past") if row["is_overdue"] else "",
            "odds": odds_words(row, t),
        }
        for row in report.deals.to_dicts()
    ]
    columns = [Column("name", t("Deal")), Column("stage_name", t.term("stage"))]
    if report.deals["owner"].count():
        columns.append(Column("owner", t.term("owner")))
    columns.append(Column("age_days", t("Days here"), "count"))
    if report.deals["amount"].count():
        columns.append(Column("amount", t.term("amount"), "money"))
    if report.deals["expected_close_at"].count():
        columns += [Column("expected", t("Expected close"), "date"), Column("overdue", t("Past?"))]
    columns += [
        Column("odds", t("Deals like this")), Column("lead_id", t("Lead id"), workbook_only=True),
        Column("low", t("won of such deals, from"), "percent", workbook_only=True),
        Column("high", t("won of such deals, to"), "percent", workbook_only=True),
    ]  # fmt: skip
    return sheet("deals", t.term("open_deals"), columns, rows)


def kept_sheet(kept: pl.DataFrame, t: Translator) -> Sheet:
    """Kept forecasts (``schema.outlook.KeptForecasts``) with what came."""
    rows = []
    for row in kept.to_dicts():
        around = "–" if row["low"] is None else f"{t.number(row['low'])}–{t.number(row['high'])}"
        if not row["is_over"]:
            verdict = t("still running")
        else:
            verdict = {True: t("inside"), False: t("outside"), None: "–"}[row["is_inside"]]
        rows.append({**row, "around": around, "verdict": verdict})
    columns = [
        Column("on", t("Said on"), "date"), Column("until", t("for the days to"), "date"),
        Column("expected", t("said"), "number"), Column("around", t("8 times of 10")),
        Column("came", t("came"), "count"), Column("verdict", t("Range")),
    ]  # fmt: skip
    if kept["money"].null_count() < kept.height:
        columns += [Column("money", t("Money said"), "money"), Column("money_came", t("Money that came"), "money")]
    return sheet("kept", t("Kept forecasts"), columns, rows)


def kept_words(kept: pl.DataFrame, t: Translator) -> str | None:
    """The newest kept forecast whose days are over, in a sentence; null where there is none yet."""
    over = kept.filter("is_over")
    if over.is_empty():
        return None
    row = over.row(0, named=True)
    days = t("%(start)s to %(end)s", start=t.date(row["on"]), end=t.date(row["until"]))
    if row["low"] is None:
        return t(
            "The forecast of %(days)s said about %(said)s customers, %(came)s came; no range was earned then.",
            days=days, said=few_digits(row["expected"], t), came=row["came"],
        )  # fmt: skip
    where = t("inside") if row["is_inside"] else t("outside")
    return t(
        "The forecast of %(days)s said about %(said)s customers (%(low)s–%(high)s), %(came)s came: %(where)s.",
        days=days, said=few_digits(row["expected"], t), low=row["low"], high=row["high"], came=row["came"], where=where,
    )  # fmt: skip
