"""The sample company: the files are what the generator says, and the generator is what it publishes.

The recount below is plain Python over the *files* (not over the generator's objects), dirt left out by its own rules.
"""

from __future__ import annotations

import csv
import io
import math
import subprocess
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache

import pytest
from polars.testing import assert_frame_equal
from scipy.stats import binomtest, lognorm, norm

from data.sample import generator as sample
from data.sample.overview import status_of_sample
from pages.shell.welcome import sample_figures
from tests.conftest import ROOT

FOLDER = ROOT / "data" / "sample"
FLOOR = 0.30
"""The guide: lead → intent is usually 30–50 %."""


def read(content: bytes, encoding: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(encoding))))


def when(text: str) -> datetime | None:
    for layout in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"):
        try:
            return datetime.strptime(text, layout)
        except ValueError:
            continue
    return None


@cache
def clean_rows(seed: int) -> list[dict]:
    """One row per lead id of the English file, the first one, with a readable creation."""
    seen: dict[str, dict] = {}
    for row in read(sample.files(seed)["leads_en.csv"], "utf-8"):
        created = when(row["Created At"])
        if row["Lead ID"] and created and row["Lead ID"] not in seen:
            seen[row["Lead ID"]] = {
                "created": created,
                "intent": when(row["Qualified Date"]) or when(row["Opportunity Date"]),
                "opportunity": when(row["Opportunity Date"]),
                "won": when(row["Won Date"]),
                "repurchase": when(row["Repurchase Date"]),
                "referral": when(row["Referral Date"]),
                "lost": when(row["Lost Date"]),
            }
    return list(seen.values())


def count(seed: int, step: tuple[str, str], days: tuple[date, date], within: float, *, to_date: bool = False):
    """(advanced within ``within`` days, n) among leads that entered in the days and were followed that long.

    ``to_date``: advanced by as-of instead.
    """
    cut = datetime.combine(sample.AS_OF + timedelta(days=1), datetime.min.time())
    (start, end), (first, last) = step, days
    n = advanced = 0
    for row in clean_rows(seed):
        at = row[start]
        if at and first <= at.date() <= last and (cut - at).total_seconds() / 86400 >= within:
            n += 1
            arrived = row[end]
            advanced += bool(arrived and (to_date or (arrived - at).total_seconds() / 86400 <= within))
    return advanced, n


def test_the_files_in_the_repository_are_what_the_generator_writes():
    for name, content in sample.files().items():
        assert (FOLDER / name).read_bytes() == content, name


def test_the_command_writes_the_same_bytes_again():
    before = {path.name: path.read_bytes() for path in FOLDER.glob("*.csv")}
    subprocess.run([sys.executable, "-m", "data.sample.generator"], cwd=ROOT, check=True)
    assert {path.name: path.read_bytes() for path in FOLDER.glob("*.csv")} == before


def test_another_seed_is_another_company():
    assert sample.files(1)["leads_en.csv"] != sample.files(2)["leads_en.csv"]


def test_the_company_has_the_size_and_the_months_it_promises():
    leads = sample.generate()
    assert len(leads) == sample.N_LEADS == 2400
    per_month = Counter(lead.created_at.month for lead in leads)
    assert tuple(per_month[month] for month in range(1, 7)) == sample.LEADS_PER_MONTH
    assert {lead.created_at.year for lead in leads} == {2026}
    latest = max(at for row in clean_rows(sample.SEED) for at in row.values() if at)
    assert latest.date() == sample.AS_OF == date(2026, 6, 30)


def test_shares_and_factors_leave_the_published_screening_rates_as_they_are():
    """The mean of share x factor is one for sources and owners, so the average lead has exactly the published rate."""
    assert math.isclose(sum(group.share * group.screening_factor for group in sample.SOURCES.values()), 1)
    assert math.isclose(sum(group.share * group.screening_factor for group in sample.OWNERS.values()), 1)
    for shares in (sample.SOURCES, sample.OWNERS, sample.SEGMENTS):
        assert math.isclose(sum(group.share for group in shares.values()), 1)
    for reasons in sample.LOSS_REASONS.values():
        assert math.isclose(sum(reasons.values()), 1)


def test_the_published_truth_is_that_of_the_lognormal():
    """Independent: scipy's lognormal. Within the horizon the rates read 15 and 28 %, as the task says."""
    days = lognorm(s=sample.SIGMA, scale=5)
    horizon = sample.true_horizon(screening=True)
    assert math.isclose(horizon, days.ppf(0.95))
    assert math.isclose(sample.true_horizon(screening=False), lognorm(s=sample.SIGMA, scale=8).ppf(0.95))
    for at in (0.5, 5, 18.64, 60):
        assert math.isclose(sample.true_within(at, questionnaire=False), 0.158 * days.cdf(at), rel_tol=1e-9)
        assert math.isclose(sample.true_within(at, questionnaire=True), 0.295 * days.cdf(at), rel_tol=1e-9)
    assert sample.true_within(0, questionnaire=True) == 0
    assert round(sample.true_within(horizon, questionnaire=False), 3) == 0.150
    assert round(sample.true_within(horizon, questionnaire=True), 3) == 0.280


SEEDS = range(1, 13)
BEFORE = (sample.START, sample.QUESTIONNAIRE_FROM - timedelta(days=1))
AFTER = (sample.QUESTIONNAIRE_FROM, sample.AS_OF)
ALL = (sample.START, sample.AS_OF)


@pytest.mark.parametrize(
    ("step", "days", "within", "truth"),
    [
        (("created", "intent"), BEFORE, 18, sample.true_within(18, questionnaire=False)),
        (("created", "intent"), AFTER, 18, sample.true_within(18, questionnaire=True)),
        (("created", "intent"), AFTER, 4, sample.true_within(4, questionnaire=True)),
        (("intent", "opportunity"), BEFORE, 30, 0.56 * lognorm(s=0.8, scale=8).cdf(30)),
        (("intent", "opportunity"), AFTER, 30, 0.56 * lognorm(s=0.8, scale=8).cdf(30)),
        (("opportunity", "won"), ALL, 30, 0.33 * lognorm(s=0.8, scale=8).cdf(30)),
        (("won", "repurchase"), ALL, 30, 0.16 * lognorm(s=0.8, scale=8).cdf(30)),
        (("won", "referral"), ALL, 30, 0.10 * lognorm(s=0.8, scale=8).cdf(30)),
    ],
)
def test_rates_of_the_files_lie_around_the_truth(step, days, within, truth):
    """Twelve companies: each of the 96 rates within 4.5 standard errors, and the companies together within 3.5."""
    total_x = total_n = 0
    for seed in SEEDS:
        x, n = count(seed, step, days, within)
        assert abs(x / n - truth) < 4.5 * math.sqrt(truth * (1 - truth) / n), seed
        total_x, total_n = total_x + x, total_n + n
    assert abs(total_x / total_n - truth) < 3.5 * math.sqrt(truth * (1 - truth) / total_n)


def test_times_in_the_steps_have_the_published_medians():
    """Among leads followed for 60 days nearly all that advance have done so; a median's error is about 1.25 sd / √n."""
    for start, end, median in (("created", "intent", 5), ("intent", "opportunity", 8), ("opportunity", "won", 8)):
        last = datetime.combine(sample.AS_OF, datetime.min.time()) - timedelta(days=60)
        logs = sorted(
            math.log((row[end] - row[start]).total_seconds() / 86400)
            for seed in SEEDS
            for row in clean_rows(seed)
            if row[start] and row[end] and row[start] < last and row[end] > row[start]
        )
        error = 1.253 * sample.SIGMA / math.sqrt(len(logs))
        assert abs(logs[len(logs) // 2] - math.log(median)) < 4 * error, (start, end)


def test_on_the_sample_screening_is_below_the_guides_floor_before_and_not_after():
    """The test of the Bottleneck page by hand: exact binomial against 0.95 x floor, leads followed for the horizon."""
    horizon = math.ceil(sample.true_horizon(screening=True))

    def p_value(first: date, last: date) -> float:
        x, n = count(sample.SEED, ("created", "intent"), (first, last), horizon, to_date=True)
        return binomtest(x, n, 0.95 * FLOOR, alternative="less").pvalue

    assert p_value(date(2026, 1, 1), date(2026, 3, 31)) < 1e-6
    assert p_value(date(2026, 5, 1), date(2026, 6, 30)) > 0.2


def test_on_the_sample_only_screening_changed():
    """A plain two-proportion z test per step, three months against three: screening far out, the other steps not."""

    def z(start: str, end: str, within: int) -> float:
        x0, n0 = count(sample.SEED, (start, end), BEFORE, within)
        x1, n1 = count(sample.SEED, (start, end), AFTER, within)
        pooled = (x0 + x1) / (n0 + n1)
        return (x1 / n1 - x0 / n0) / math.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1))

    clear = norm.ppf(0.999)
    assert z("created", "intent", 18) > clear
    assert abs(z("intent", "opportunity", 30)) < norm.ppf(0.975)
    assert abs(z("opportunity", "won", 30)) < norm.ppf(0.975)


def test_both_languages_tell_the_same_journeys():
    made = sample.files()
    english = read(made["leads_en.csv"], "utf-8")
    chinese = read(made["leads_zh.csv"], "gb18030")
    words = dict(g.names for table in (sample.SOURCES, sample.OWNERS, sample.SEGMENTS) for g in table.values())
    words |= dict(sample.STATUSES.values())
    words |= {a: b for reasons in sample.LOSS_REASONS.values() for a, b in reasons}

    assert len(english) == len(chinese)
    assert list(english[0]) == [a for a, _ in sample.HEADERS] and list(chinese[0]) == [b for _, b in sample.HEADERS]
    for left, right in zip(english, chinese, strict=True):
        for a, b in sample.HEADERS:
            if a == "Lead Name":
                assert left[a].replace("Sample company ", "示例公司") == right[b]
            elif a in ("Source", "Owner", "Industry", "Status", "Lost Reason"):
                tail = " " if left[a].endswith(" ") else ""
                assert right[b] == (words[left[a].strip()] + tail if left[a] else "")
            elif a.endswith(("Date", "At")):
                assert when(left[a]) == when(right[b])
                assert bool(left[a]) == bool(right[b])
            else:
                assert left[a] == right[b]


def test_the_dirt_is_there_as_counted():
    rows = read(sample.files()["leads_en.csv"], "utf-8")
    stated = [row for row in rows if row["Lead ID"]]
    dirt = sample.DIRT
    ids = Counter(row["Lead ID"] for row in stated)

    assert len(rows) - len(stated) == dirt["blank_row"]
    assert sum(n > 1 for n in ids.values()) == dirt["repeated_row"] + dirt["repeated_with_other_owner"]
    assert len(ids) == sample.N_LEADS
    assert sum(row["Owner"] == "" for row in stated) == dirt["no_owner"]
    assert sum(row["Source"] == "" for row in stated) == dirt["no_source"]
    assert sum(row[name].endswith(" ") for row in stated for name in ("Owner", "Source")) == dirt["trailing_blank"]
    assert sum(when(row["Created At"]) is None for row in stated) == dirt["unreadable_created"]
    early = [r for r in stated if when(r["Lost Date"]) and when(r["Created At"]) and r["Lost Date"] < r["Created At"]]
    assert len(early) == dirt["lost_before_created"]
    assert sum(row["Status"] == "Won" and not row["Amount"] for row in stated) == dirt["won_without_amount"]
    assert sum(bool(row["Opportunity Date"]) and not row["Qualified Date"] for row in stated) == dirt["skipped_intent"]


def test_a_status_agrees_with_the_dates_and_nothing_lies_after_the_last_day():
    for lead in sample.generate():
        dates = [lead.created_at, lead.intent_at, lead.opportunity_at, lead.won_at]
        own = [at for at in dates if at]
        assert own == sorted(own) and dates[: len(own)] == own, "a later stage never comes without the earlier ones"
        assert lead.outcome == ("won" if lead.won_at else "lost" if lead.lost_at else "open")
        assert (lead.lost_at is None) == (lead.lost_reason is None) and not (lead.won_at and lead.lost_at)
        assert (lead.amount is None) == (lead.won_at is None)
        assert all(at.date() <= sample.AS_OF for at in [*own, lead.lost_at, lead.repurchase_at, lead.referral_at] if at)


def test_spend_stands_for_every_month_and_source():
    rows = read(sample.files()["spend_zh.csv"], "gb18030")
    assert len(rows) == 6 * len(sample.SOURCES)
    assert {row["来源"] for row in rows} == {group.names[1] for group in sample.SOURCES.values()}
    assert {row["月份"] for row in rows} == {f"2026-0{month}" for month in range(1, 7)}
    assert all(int(row["费用"]) > 0 for row in rows)
    english = read(sample.files()["spend_en.csv"], "utf-8")
    assert [row["Spend"] for row in english] == [row["费用"] for row in rows]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_start_page_shows_what_the_app_counts(language: str) -> None:
    """Due otherwise: ``python -m data.sample.overview``."""
    assert_frame_equal(sample_figures().status, status_of_sample(language), rel_tol=1e-9)
