"""Owners at the entry: who held a lead when the clock of a step started, counted by hand and with pandas."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from funnel.definition.definition import FunnelDefinition, Sla
from funnel.filters import Filters, Window
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import ColumnMapping
from funnel.intake.reading.reader import read_table
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.metrics.deadlines.sla import sla_table
from funnel.metrics.deadlines.states import clock_stages
from funnel.metrics.deadlines.waiting import waiting_leads
from funnel.metrics.journeys.build import build_journeys
from funnel.metrics.journeys.owners import dates_owners, owner_at, owner_changes, with_owners
from funnel.reports.bottleneck.report import bottleneck_report
from funnel.schema import Facts, empty_facts, facts_of
from tests import real_facts
from tests.factories import workspace
from tests.simulation import day, funnel, horizons_of

ALL, PLAIN = Window(), BusinessCalendar()
DAY = funnel([None, None], slas={2: Sla(24, "hours"), 3: Sla(24, "hours")})
LOG = """Deal,Changed at,Stage,Owner
A,2024-03-01 08:00,s1,Li
A,2024-03-02 07:00,s2,Wang
A,2024-03-04 07:00,s3,Wang
B,2024-03-01 08:00,s1,Li
B,2024-03-05 08:00,s2,Li
C,2024-03-01 08:00,s1,
C,2024-03-01 09:00,s2,Zhao
D,2024-03-01 08:00,s1,
D,2024-03-01 20:00,s2,
E,2024-03-01 08:00,s1,Li
E,2024-03-01 10:00,s2,
E,2024-03-01 12:00,s3,Chen
"""


MAPPING = ColumnMapping(
    "stage_log",
    {"Deal": "lead_id", "Changed at": "changed_at", "Stage": "stage", "Owner": "owner"},
    {("stage", key): key for key in DAY.keys},
    {"Changed at": "ymd"},
)


def log_of(*texts: str) -> Facts:
    """The facts of change logs as files, one import each, through the intake."""
    batches = []
    for n, text in enumerate(texts):
        table = read_table(text.encode(), f"log{n}.csv")
        roles = {column: role for column, role in MAPPING.roles.items() if column in table.columns}
        batches.append(normalize(table, replace(MAPPING, roles=roles), import_day=date(2024, 12, 31)))
    return facts_of(batches, datetime(2024, 12, 31))


def built(facts: Facts, as_of: date = date(2024, 3, 31), definition: FunnelDefinition = DAY) -> pl.LazyFrame:
    """The journeys, with who owned each lead when a clock started."""
    journeys = build_journeys(facts, definition, as_of).collect()
    return with_owners(journeys, clock_stages(definition), owner_changes(facts)).lazy()


def by_owner(facts: Facts, window: Window = ALL, as_of: date = date(2024, 3, 31)) -> dict[tuple[int, str | None], int]:
    """(step, owner) → leads whose clock started."""
    table = sla_table(built(facts, as_of), DAY, window, PLAIN, "owner")
    return {(row["position"], row["group"]): row["n"] for row in table.iter_rows(named=True)}


def test_changes_are_the_rows_of_a_log_that_name_an_owner() -> None:
    found = owner_changes(log_of(LOG)).sort("lead_id", "at").collect()
    assert found.rows() == [
        ("A", day("2024-03-01 08:00"), "Li"),
        ("A", day("2024-03-02 07:00"), "Wang"),
        ("A", day("2024-03-04 07:00"), "Wang"),
        ("B", day("2024-03-01 08:00"), "Li"),
        ("B", day("2024-03-05 08:00"), "Li"),
        ("C", day("2024-03-01 09:00"), "Zhao"),
        ("E", day("2024-03-01 08:00"), "Li"),
        ("E", day("2024-03-01 12:00"), "Chen"),
    ]


def test_each_step_is_judged_by_the_owner_when_its_clock_started() -> None:
    facts = log_of(LOG)
    assert by_owner(facts) == {
        (2, "Li"): 3,  # A entered s1 with Li, although Wang has it now; B; E
        (2, "Zhao"): 1,  # C had no owner on record yet: the latest
        (2, None): 1,  # D never had one
        (3, "Wang"): 1,  # A entered s2 with Wang: a change at the very instant of the entry counts
        (3, "Li"): 2,  # B; E still was with Li, the last one named before
        (3, "Zhao"): 1,
        (3, None): 1,
    }
    journeys = build_journeys(facts, DAY, date(2024, 3, 31))
    late = sla_table(built(facts), DAY, ALL, PLAIN, "owner").filter(position=2, group="Li")
    assert late.select("on_time", "late", "overdue").row(0) == (
        2,
        1,
        0,
    )  # A after 23 hours, E after 2, B after four days
    latest = sla_table(journeys, DAY, ALL, PLAIN, "owner").filter(position=2)
    assert dict(latest.select("group", "n").iter_rows()) == {"Li": 1, "Wang": 1, "Zhao": 1, "Chen": 1, None: 1}


def test_groups_add_up_to_the_table_and_the_window_still_chooses() -> None:
    facts, window = log_of(LOG), Window("dates", date(2024, 3, 2), date(2024, 3, 31))
    journeys = build_journeys(facts, DAY, date(2024, 3, 31))
    for chosen in (ALL, window):
        whole = sla_table(journeys, DAY, chosen, PLAIN)
        parts = sla_table(built(facts), DAY, chosen, PLAIN, "owner")
        for name in ("n", "on_time", "late", "overdue", "running", "unknown"):
            together = parts.group_by("position").agg(pl.col(name).sum()).sort("position")[name].to_list()
            assert together == whole.filter(pl.col("n") > 0)[name].to_list()
    assert by_owner(facts, window) == {(3, "Wang"): 1, (3, "Li"): 1}


def test_of_two_owners_at_one_instant_the_newest_import_counts() -> None:
    corrected = "Deal,Changed at,Stage,Owner\nA,2024-03-01 08:00,s1,Chen\nA,2024-03-02 07:00,s2,Wang\n"
    assert by_owner(log_of(LOG, corrected))[2, "Chen"] == 1
    assert (2, "Chen") not in by_owner(log_of(corrected, LOG))


def test_a_change_after_the_entry_or_after_as_of_does_not_reach_back() -> None:
    facts = log_of("Deal,Changed at,Stage,Owner\nA,2024-03-01 08:00,s1,Li\nA,2024-04-02 07:00,s2,Wang\n")
    assert by_owner(facts, as_of=date(2024, 3, 31)) == {(2, "Li"): 1}
    assert by_owner(facts, as_of=date(2024, 4, 30)) == {(2, "Li"): 1, (3, "Wang"): 1}


def test_leads_keep_their_rows_and_columns() -> None:
    leads = pl.DataFrame(
        {
            "lead_id": ["x", "y", "z"],
            "entered_s1": [day("2024-02-01"), day("2024-01-01"), None],
            "owner": ["Li", None, "Chen"],
            "n": [1, 2, 3],
        }
    )
    nobody = owner_changes(log_of("Deal,Changed at,Stage\nA,2024-03-01 08:00,s1\nB,2024-03-01 08:00,s2\n"))
    kept = with_owners(leads, ["s1"], nobody)
    assert kept.drop("owner at s1").equals(leads)
    assert kept.select(owner_at(kept.lazy(), "s1").cast(pl.String)).to_series().to_list() == ["Li", None, "Chen"]
    assert not dates_owners(empty_facts())


def test_the_report_judges_by_the_owner_then_and_lists_the_owner_now() -> None:
    facts = log_of(LOG + "F,2024-03-01 08:00,s1,Li\nF,2024-03-10 08:00,s1,Wang\n")
    as_of, found = date(2024, 3, 31), horizons_of(DAY, [9, 9])
    journeys = built(facts, as_of)
    report = bottleneck_report(workspace(journeys, DAY, as_of, found), Filters())
    owners = report.sla_by_owner.filter(position=2)
    assert dict(owners.select("group", "overdue").iter_rows()) == {"Li": 1, "Zhao": 0, None: 0}
    assert report.waiting.filter(lead_id="F")["owner"].to_list() == ["Wang"]  # who can act now
    assert waiting_leads(journeys, DAY, found, PLAIN).filter(lead_id="F")["owner"].to_list() == ["Wang"]


@pytest.mark.real_data
def test_enpal_by_owner_as_pandas_counts_it(real_data: Path) -> None:
    """Every change of owner in the field log is dated; 501 of 1,995 deals changed hands."""
    first_stage, *others = real_facts.ENPAL.stages
    deadlines = tuple(replace(stage, sla=Sla(72, "hours")) for stage in others)
    definition = replace(real_facts.ENPAL, stages=(first_stage, *deadlines))
    facts, as_of = real_facts.enpal(real_data), date(2025, 3, 31)
    table = sla_table(built(facts, as_of, definition), definition, ALL, PLAIN, "owner")

    log = pd.read_csv(real_data / "enpal_pipedrive/deal_changes.csv", parse_dates=["change_time"])
    owners = log[log["changed_field_key"] == "user_id"].sort_values("change_time")
    assert (owners.groupby("deal_id")["new_value"].nunique() > 1).sum() == 501
    of_deal = dict(list(owners.groupby("deal_id")))
    moves = log[log["changed_field_key"] == "stage_id"].astype({"new_value": int})
    first = moves.groupby(["deal_id", "new_value"])["change_time"].min().unstack()
    created = log[log["changed_field_key"] == "add_time"].groupby("deal_id")["new_value"].min()
    first[1] = first[1].fillna(pd.to_datetime(created).reindex(first.index))
    lost = log[log["changed_field_key"] == "lost_reason"].groupby("deal_id")["change_time"].max()

    n_elsewhere = 0
    for position in (2, 5, 8):
        expected: dict[str, list[int]] = {}
        for deal, start in first[position - 1].dropna().items():
            mine = of_deal[deal]
            then = mine[mine["change_time"] <= start]
            owner = (then if len(then) else mine)["new_value"].iloc[-1]
            n_elsewhere += owner != mine["new_value"].iloc[-1]
            later = first.loc[deal, position:].dropna()
            end = later.min() if len(later) else lost[deal] if deal in lost.index else None
            counts = expected.setdefault(owner, [0, 0, 0])
            counts[0] += 1
            if end is not None and end >= start:
                counts[1 if end - start <= pd.Timedelta(hours=72) else 2] += 1
        found = table.filter(position=position)
        assert {
            row["group"]: [row["n"], row["on_time"] + row["closed_in_time"], row["late"]]
            for row in found.iter_rows(named=True)
        } == expected
    assert n_elsewhere > 0  # else the latest owner would pass as well
