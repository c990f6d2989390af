"""The sample company's plan: the same in both languages, executable, and true to the sample's own figures."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta

import pytest

from data.sample import generator as sample
from funnel.errors import InputError
from funnel.planning.fields import from_fields
from funnel.planning.plan_file import KINDS, load_plan
from funnel.planning.strategies.strategy import Strategy, problems
from funnel.planning.targets import Target
from funnel.planning.tracking.rows import TrackingRow
from tests.conftest import ROOT

FOLDER = ROOT / "data" / "sample"
PLANS = {language: load_plan(FOLDER / f"plan_{language}.toml") for language in ("en", "zh")}
STAGES = {"lead": "Created At", "intent": "Qualified Date", "opportunity": "Opportunity Date", "won": "Won Date"}


def strategies(language: str) -> dict[str, Strategy]:
    return {key: from_fields(Strategy, fields) for key, fields in PLANS[language]["strategy"].items()}


def moments(column: str) -> list[datetime]:
    """All readable dates of a column of the sample, each lead once."""
    seen: dict[str, datetime] = {}
    for row in csv.DictReader(io.StringIO(sample.files()["leads_en.csv"].decode())):
        try:
            seen.setdefault(row["Lead ID"], datetime.strptime(row[column], "%Y-%m-%d %H:%M"))
        except ValueError:
            continue
    return list(seen.values())


def test_both_languages_tell_the_same_plan():
    """Same ids, days, numbers and states; only words and names differ."""
    english, chinese = PLANS["en"], PLANS["zh"]
    assert {kind: list(records) for kind, records in english.items()} == {
        kind: list(records) for kind, records in chinese.items()
    }
    assert set(english) == set(KINDS)
    same = (
        "state",
        "stage",
        "starts_on",
        "due_on",
        "promise_pp",
        "baseline",
        "stop",
        "amount",
        "period",
        "metric",
        "rate",
    )
    for kind, records in english.items():
        for key, fields in records.items():
            for name in (*same, "planned", "on", "voice", "month", "sheet", "position", "decision_on"):
                assert fields.get(name) == chinese[kind][key].get(name), (kind, key, name)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_strategies_keep_the_guides_rule(language: str):
    for strategy in strategies(language).values():
        assert problems(strategy) == (), strategy.strategy_id
    found = strategies(language)
    assert found["search_ads"].replaced_by == "referral_reward" and found["referral_reward"].replaces == "search_ads"
    assert {s.state for s in found.values()} == {"active", "replaced", "planned"}


def test_the_questionnaire_started_when_the_sample_really_changed():
    assert strategies("en")["questionnaire"].starts_on == sample.QUESTIONNAIRE_FROM


def test_its_baseline_was_measured_on_the_sample():
    """Recounted from the file: created from the first day to the last one that leaves H days before the start."""
    baseline = strategies("en")["questionnaire"].baseline
    assert baseline is not None
    assert baseline.end + timedelta(days=int(baseline.horizon_days)) < sample.QUESTIONNAIRE_FROM
    x = n = 0
    seen = set()
    for row in csv.DictReader(io.StringIO(sample.files()["leads_en.csv"].decode())):
        try:
            created = datetime.strptime(row["Created At"], "%Y-%m-%d %H:%M")
        except ValueError:
            continue
        if row["Lead ID"] in seen or not baseline.start <= created.date() <= baseline.end:
            continue
        seen.add(row["Lead ID"])
        arrived = row["Qualified Date"] or row["Opportunity Date"]
        days = (datetime.strptime(arrived, "%Y-%m-%d %H:%M") - created) / timedelta(days=1) if arrived else None
        n += 1
        x += days is not None and days <= baseline.horizon_days
    assert (baseline.x, baseline.n) == (x, n)
    assert baseline.rate == pytest.approx(x / n)


def test_what_the_team_reported_differs_from_the_data_where_it_is_meant_to():
    """Week 26: every reported number is what happened, only the screening row says 28 where 25 leads entered."""
    rows = [from_fields(TrackingRow, fields) for fields in PLANS["en"]["tracking"].values()]
    week = [row for row in rows if row.sheet == "2026-W26"]
    happened = {
        stage: sum(date(2026, 6, 22) <= at.date() <= date(2026, 6, 28) for at in moments(column))
        for stage, column in STAGES.items()
    }
    assert {row.stage: row.count for row in week if row.stage in STAGES} == happened | {"intent": 28}
    assert happened["intent"] == 25
    carried = {row.carried_from for row in rows if row.sheet == "2026-W27" and row.carried_from}
    assert carried == {row.row_id for row in week if row.state == "open"}


def test_targets_belong_to_people_of_the_sample():
    for language, names in (("en", 0), ("zh", 1)):
        owners = {group.names[names] for group in sample.OWNERS.values()}
        for fields in PLANS[language]["target"].values():
            target = from_fields(Target, fields)
            assert not target.person or target.metric == "reported" or target.person in owners


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[strategy]", "plan.not_toml"),
        ("[[wish]]\nx = 1", "plan.unknown_kind"),
        ('[[decision]]\ndecision_id = "d"\nmonth = "2026-05-01"\ntext = "a"\n' * 2, "plan.same_id"),
        ("[[tracking]]\nrow_id = 'r'", "plan.missing_field"),
    ],
)
def test_a_wrong_file_is_told(tmp_path, text, code):
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_plan(path)
    assert caught.value.message.code == code
