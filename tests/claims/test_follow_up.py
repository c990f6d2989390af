"""Series of files of one company of known truth: every rate is near the truth or is not given, whatever the files.

Fifty leads a month for eight months; every fifth is won 20 to 39 days after its creation, the others are lost after 30.
Each file says what was known on its day.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from funnel.filters import Filters
from funnel.metrics.journeys import cutting
from funnel.metrics.journeys import follow_up as short_way
from funnel.metrics.journeys.follow_up import follow_up, uncovered_files
from funnel.metrics.outlook.stays import history_of
from funnel.reports.bottleneck.report import bottleneck_report
from funnel.reports.overview import overview_report
from funnel.reports.plain_list import plain_list
from funnel.reports.retrospective.report import retrospective_report
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import ImportBatch, facts_of
from funnel.storage.workspaces import create_workspace
from tests.claims.loading import IMPORTED_AT, loaded, workspace
from tests.examples import examples
from tests.factories import Lead, funnel, lead, milestones, snapshot

PATH = funnel("lead", "won", won="won")
TRUTH, NEAR = 0.20, 0.02
MONTHS = [date(2024, month, 1) for month in range(1, 9)]
ENDS = [date(2024, month + 1, 1) - timedelta(days=1) for month in range(1, 9)]


def company() -> list[dict[str, Any]]:
    leads: list[dict[str, Any]] = []
    for month in MONTHS:
        for i in range(50):
            created = month + timedelta(days=i % 28)
            is_won = i % 5 == 0
            ended = created + timedelta(days=20 + (i * 7) % 20 if is_won else 30)
            owner = "Li" if i % 2 else "Wang"
            leads.append({"id": f"L{len(leads):03}", "created": created, "ended": ended, "won": is_won, "owner": owner})
    return leads


LEADS = company()


def row(one: dict[str, Any], day: date) -> Lead:
    says: dict[str, Any] = {"created_at": f"{one['created']}", "owner": one["owner"]}
    if one["ended"] <= day:
        says |= {"status": "won" if one["won"] else "@lost", "closed_at": f"{one['ended']}"}
    else:
        says["status"] = "@open"
    return lead(one["id"], **says)


def file(day: date, of: list[dict[str, Any]]) -> ImportBatch:
    return snapshot(*(row(one, day) for one in of if one["created"] <= day), exported_on=day.isoformat())


def since(day: date, days: int) -> list[dict[str, Any]]:
    return [one for one in LEADS if day - timedelta(days=days) < one["created"] <= day]


def changed(after: date, until: date) -> list[dict[str, Any]]:
    return [one for one in LEADS if after < one["created"] <= until or after < one["ended"] <= until]


LIST = snapshot(*(lead(one["id"], created_at=f"{one['created']}") for one in LEADS), exported_on=f"{ENDS[-1]}")
WINS = milestones(
    *(lead(one["id"], f"{one['ended']} won") for one in LEADS if one["won"]), exported_on="2024-10-15"
)  # fmt: skip
SERIES: dict[str, list[ImportBatch]] = {
    "all, monthly": [file(day, LEADS) for day in ENDS],
    "rolling 12 months": [file(day, since(day, 365)) for day in ENDS],
    "rolling 6 months": [file(day, since(day, 183)) for day in ENDS],
    "new deals only": [file(day, since(day, 31)) for day in ENDS],
    "one owner only": [
        file(ENDS[4], LEADS),
        *(file(day, [o for o in LEADS if o["owner"] == "Li"]) for day in ENDS[5:]),
    ],
    "changes only, nobody asked": [
        file(ENDS[0], LEADS),
        *(file(day, changed(before, day)) for before, day in itertools.pairwise(ENDS)),
    ],
    "leads, then wins": [LIST, WINS],
    "wins, then leads": [WINS, LIST],
}


def rates(data: WorkspaceData) -> list[float]:
    """Every rate that claims to be more than a state of today: mature, and the baseline that a plan starts from."""
    won = overview_report(data, Filters()).status.row(-1, named=True)
    judged = bottleneck_report(data, Filters()).steps.filter(pl.col("verdict") != "too_little_data")
    return [rate for rate in (won["mature_rate"], *judged["rate"]) if rate is not None]


@pytest.mark.parametrize("name", SERIES)
def test_rates_are_near_the_truth_or_not_given(name: str) -> None:
    data = workspace(SERIES[name], PATH)
    assert all(abs(rate - TRUTH) <= NEAR for rate in rates(data)), rates(data)
    report = retrospective_report(data, Filters())
    assert not set(report.comparison["verdict"]) & {"improved", "worsened"}, "nothing ever changed"
    # A rate to date counts leads too young to be won; of leads that nobody looked at any more it would be no rate.
    seen = sum(one["won"] and one["ended"] <= ENDS[-1] for one in LEADS)
    figure = overview_report(data, Filters()).key_figures.row(by_predicate=pl.col("figure") == "overall_conversion")
    goes_on = name in ("all, monthly", "rolling 12 months", "rolling 6 months")
    assert figure[1] == (seen / len(LEADS) if goes_on else None)


def test_an_undone_import_leaves_what_was_there_before(tmp_path: Path) -> None:
    store = create_workspace(tmp_path, "Series", PATH)
    files = [*SERIES["rolling 6 months"][:3], WINS]
    for number, batch in enumerate(files):
        store.import_batch(replace(batch, content_hash=f"{number}"), who="Li", now=IMPORTED_AT)
        if number == 2:
            before = loaded(store.facts(), PATH).journeys.sort("lead_id")
    with_wins = loaded(store.facts(), PATH).journeys.sort("lead_id")
    assert not with_wins.equals(before)
    store.undo_batch(len(files), who="Li", now=IMPORTED_AT)
    assert loaded(store.facts(), PATH).journeys.sort("lead_id").equals(before)
    store.close()


def test_a_file_of_winners_gives_no_rate_until_somebody_says_who_is_in_it() -> None:
    silent = overview_report(workspace([LIST, WINS], PATH), Filters())
    figures = {r["figure"]: (r["value"], r["reason"]) for r in silent.key_figures.iter_rows(named=True)}
    assert figures["customers"] == (80.0, None), "the wins count in All time"
    assert figures["overall_conversion"] == (None, "known_later")
    won = silent.status.row(-1, named=True)
    assert won["rate"] is None
    assert abs(won["mature_rate"] - TRUTH) <= NEAR
    told = overview_report(workspace([LIST, WINS], PATH, covers=[None, "wins"]), Filters())
    figures = {r["figure"]: r["value"] for r in told.key_figures.iter_rows(named=True)}
    assert figures["overall_conversion"] == TRUTH
    assert told.as_of == date(2024, 10, 15)


@pytest.mark.parametrize("name", ["all, monthly", "rolling 12 months", "rolling 6 months", "new deals only"])
def test_the_usual_series_leave_nobody_uncovered_and_ask_nothing(name: str) -> None:
    facts = facts_of(SERIES[name], IMPORTED_AT)
    assert uncovered_files(facts, PATH).is_empty()
    found = follow_up(facts, PATH)
    assert found["followed"].null_count() == 0
    assert found["gone"].null_count() == found.height


def test_changes_only_follow_everybody_when_that_is_said() -> None:
    files = [file(ENDS[0], LEADS)]
    files += [file(day, changed(before, day)) for before, day in itertools.pairwise(ENDS)]
    data = workspace(files, PATH, covers=[None, *["changes"] * (len(files) - 1)])
    assert data.as_of == ENDS[-1]
    assert data.journeys["observed_until"].unique().to_list() == [ENDS[-1]]
    assert rates(data)
    assert all(abs(rate - TRUTH) <= NEAR for rate in rates(data))


SAID: dict[str, list[str | None]] = {
    "leads, then wins": [None, "wins"],
    "wins, then leads": ["wins", None],
    "changes only, said": [None, *["changes"] * (len(ENDS) - 1)],
}
ALL_SERIES = SERIES | {"changes only, said": SERIES["changes only, nobody asked"]}


@pytest.mark.parametrize("name", ALL_SERIES)
def test_the_order_of_imports_changes_nothing(name: str) -> None:
    """Neither how long leads were followed, nor a single journey, nor a rate."""
    files = ALL_SERIES[name]
    said = SAID.get(name, [None] * len(files))
    places = list(range(len(files)))
    mixed = random.Random(3).sample(places, len(places))
    found = []
    for order in (places, places[::-1], places[1:] + places[:1], mixed):
        data = workspace([files[at] for at in order], PATH, covers=[said[at] for at in order])
        followed = follow_up(data.facts, PATH).sort("lead_id")
        found.append((data.as_of, data.journeys.sort("lead_id"), followed, rates(data)))
    for other in found[1:]:
        assert other[0] == found[0][0]
        assert other[1].equals(found[0][1])
        assert other[2].equals(found[0][2])
        assert other[3] == found[0][3]
    assert all(abs(rate - TRUTH) <= NEAR for rate in found[0][3])


@pytest.mark.parametrize("name", ["all, monthly", "one owner only", "changes only, nobody asked", "wins, then leads"])
def test_an_import_that_was_undone_was_never_there(name: str, tmp_path: Path) -> None:
    store = create_workspace(tmp_path, "Series", PATH)
    files = SERIES[name][::-1]
    for number, batch in enumerate(files):
        store.import_batch(replace(batch, content_hash=f"{number}"), who="Li", now=IMPORTED_AT)
    for number in range(1, len(files) + 1):
        store.undo_batch(number, who="Li", now=IMPORTED_AT)
        left = workspace([batch for at, batch in enumerate(files, 1) if at != number], PATH)
        found = loaded(store.facts(), PATH)
        assert found.as_of == left.as_of
        assert found.journeys.sort("lead_id").equals(left.journeys.sort("lead_id"))
        store.redo_batch(number, who="Li", now=IMPORTED_AT)
    store.close()


def test_a_selection_imported_last_speaks_last_although_its_dates_are_old() -> None:
    """Wins that carry no day of winning: the newest date of their file is the creation of the last of them."""
    full = file(ENDS[3], LEADS)
    some = [one for one in LEADS if one["created"] <= ENDS[1]][:30]
    wins = snapshot(
        *(lead(one["id"], created_at=f"{one['created']}", status="won") for one in some), exported_on=f"{ENDS[1]}"
    )
    data = workspace([full, wins], PATH)
    named = data.journeys.filter(pl.col("lead_id").is_in([one["id"] for one in some]))
    assert set(named["outcome"].cast(pl.String)) == {"won"}


def test_a_lead_that_a_covering_file_no_longer_holds_is_gone_from_that_day() -> None:
    deleted = {"L056", "L057"}
    later = [one for one in LEADS if one["id"] not in deleted]
    data = workspace([file(ENDS[1], LEADS), file(ENDS[2], later), file(ENDS[3], later)], PATH)
    gone = data.journeys.filter(pl.col("gone_on").is_not_null())
    assert set(gone["lead_id"]) == deleted
    assert gone["gone_on"].unique().to_list() == [ENDS[2]]
    report = plain_list(data, Filters())
    assert not set(report.deals["lead_id"]) & deleted, "out of the open deals"
    assert report.deals.height == sum(o["created"] <= ENDS[3] < o["ended"] for o in later)
    history = history_of(data.journeys, data.funnel, data.day)
    stays = sum(int(one.open_on(history.as_of).sum()) for one in history.stays)
    assert stays == report.deals.height, "and out of the forecast"
    assert [(f.message.code, f.n) for f in data.trust if f.message.code == "trust.gone"] == [("trust.gone", 2)]


@examples(60)
@given(
    days=st.lists(st.sampled_from(ENDS[2:]), min_size=2, max_size=4),
    created=st.lists(st.integers(0, 120), min_size=1, max_size=12),
    is_missing=st.booleans(),
)
def test_files_that_all_name_everybody_need_no_look_at_groups(
    days: list[date], created: list[int], is_missing: bool
) -> None:
    """A list and its log, or the same list twice: what is found at a glance is what the long way finds."""
    leads = [one | {"created": MONTHS[0] + timedelta(days=at)} for one, at in zip(LEADS, created, strict=False)]
    leads = [one | {"ended": one["created"] + timedelta(days=25)} for one in leads]
    files = [snapshot(*(row(one, day) for one in leads), exported_on=day.isoformat()) for day in days]
    if is_missing and len(leads) > 1:
        files[-1] = snapshot(*(row(one, days[-1]) for one in leads[1:]), exported_on=days[-1].isoformat())
    short = workspace(files, PATH)
    with pytest.MonkeyPatch.context() as patch:
        for module in (short_way, cutting):
            patch.setattr(module, "day_of_everybody", short_way.day_of_the_only_file)
        long = workspace(files, PATH)
        looked_at = follow_up(long.facts, PATH)
    assert_frame_equal(short.journeys, long.journeys, check_row_order=False)
    assert short.trust == long.trust and short.latest == long.latest
    assert_frame_equal(follow_up(short.facts, PATH), looked_at, check_row_order=False)
