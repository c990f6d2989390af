"""The outlook as files: the same words and figures, whole, in both languages, and nothing runs."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from funnel.charts.palette import LIGHT
from funnel.exports.outlook.content import about_money, all_sections, caption, checked, gain_words, headline
from funnel.exports.outlook.tables import odds_words
from funnel.exports.report_files import html_file, workbook_file
from funnel.filters import Filters
from funnel.i18n.translator import Translator
from funnel.metrics import statistics
from funnel.metrics.outlook.goals import plan_of
from funnel.metrics.outlook.what_ifs import what_if_of
from funnel.reports.outlook.earlier import earlier_journeys
from funnel.reports.outlook.report import OutlookReport, outlook_report, prepare
from tests import factories
from tests.exports.test_export_retrospective import cells
from tests.factories import log
from tests.reports.test_report_outlook import steady, workspace


@pytest.fixture(scope="module")
def asked() -> tuple:
    data = workspace(factories.facts(log(*steady(450))))
    found = earlier_journeys(data)
    prospects = prepare(data, Filters(), found)
    report = outlook_report(data, Filters(), prospects, found, horizon="60")
    plan = plan_of(prospects, report.as_of + timedelta(days=60), wins=20)
    gain = what_if_of(prospects, 60, step="won", factor=1.2)
    return report, plan, gain


def test_the_headline_is_the_sentence_of_the_figures(asked: tuple) -> None:
    report: OutlookReport = asked[0]
    said = report.forecast
    assert said.low is not None and said.money is not None
    (sentence,) = headline(report, Translator("en", "CNY"))
    assert said.total < 9.95, "below ten with one decimal"
    assert f"about {said.total:.1f} customers and ¥" in sentence.text
    assert f"between {said.low} and {said.high} customers" in sentence.text
    inside = int(said.past["is_inside"].drop_nulls().sum())  # type: ignore[index]
    ranged = said.past["is_inside"].drop_nulls().len()  # type: ignore[index]
    assert f"range ({ranged}), what came lay inside it on {inside}." in checked(report, Translator("en"))


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_html_file_holds_every_section_and_escapes_names(asked: tuple, language: str) -> None:
    report, plan, gain = asked
    t = Translator(language, "CNY")
    parts = all_sections(report, t, LIGHT, goal=plan, gain=gain)
    text = html_file(t.term("page_outlook_q"), "<b>Ours</b>", caption(report, t), parts, t)
    assert "<b>Ours</b>" not in text and "&lt;b&gt;Ours" in text
    for part in parts:
        assert part.title in text
    assert headline(report, t)[0].text in text and gain_words(gain, t) in text
    assert "http://" not in text.split("</script>")[-1]


def test_the_workbook_holds_numbers(asked: tuple) -> None:
    report, plan, gain = asked
    t = Translator("en", "CNY")
    parts = all_sections(report, t, LIGHT, goal=plan, gain=gain)
    sheets = {one.key: one for part in parts for one in part.sheets}
    content = workbook_file(t.term("page_outlook"), "Ours", caption(report, t), parts, list(sheets.values()), t)
    book = cells(content)
    assert next(iter(book)) == "Outlook"
    record = book[t.term("track_record")]
    assert float(record[1][2]) == pytest.approx(report.forecast.past["expected"][0])
    assert str(record[1][0]).startswith(str(report.forecast.past["on"][0]))
    assert len(book[t.term("open_deals")]) == report.deals.height + 1
    assert headline(report, t)[0].text in [row[0] for row in book["Outlook"]]


def test_money_to_come_has_three_figures_that_count() -> None:
    t = Translator("en", "CNY")
    said = [about_money(amount, t) for amount in (738_862.0, 2_209_454.0, 99.6, 0.0, None, -1_234_567.0)]
    assert said == ["¥739,000", "¥2,210,000", "¥100", "¥0", "–", "-¥1,230,000"]


def test_a_refusal_is_all_that_a_young_company_gets() -> None:
    data = workspace(factories.facts(log(*steady(12, date(2026, 1, 1)))))
    found = earlier_journeys(data)
    report = outlook_report(data, Filters(), prepare(data, Filters(), found), found)
    t = Translator("en")
    parts = all_sections(report, t, LIGHT, goal=None, gain=None)
    assert [part.key for part in parts] == ["headline", "deals"]
    assert parts[0].lead[0].text.startswith("Too little history for a forecast")


def test_what_became_of_like_deals_carries_its_range() -> None:
    """4 of 61: Wilson's 80 % interval is 3.7 to 11.4 %, by the formula with z = 1.2816."""
    n, x, z = 61, 4, 1.2815515655446004
    middle, half = (x / n + z * z / 2 / n), z * math.sqrt(x / n * (1 - x / n) / n + (z / 2 / n) ** 2)
    low, high = ((middle + sign * half) / (1 + z * z / n) for sign in (-1, 1))
    assert statistics.wilson_interval(x, n, 0.8) == pytest.approx((low, high))
    row = {"n": n, "x": x, "landmark_days": 45, "low": low, "high": high}
    said = odds_words(row, Translator("en"))
    assert said == f"of 61 still here after 45 days, 4 were won within 90 ({100 * low:.0f}–{100 * high:.0f}%)"
