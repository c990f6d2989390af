"""Short files, read the way a person's file is read: what may be said of each, and what may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from funnel.filters import Filters, preset_window
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.reports.bottleneck.report import bottleneck_report
from funnel.reports.outlook.earlier import Earlier
from funnel.reports.outlook.report import prepare
from funnel.reports.overview import overview_report
from funnel.reports.retrospective.report import retrospective_report
from funnel.reports.workspace_data import WorkspaceData
from tests.claims.loading import IMPORTED_AT, batch_of, general


def figures(data: WorkspaceData) -> dict[str, tuple[float | None, str | None]]:
    found = overview_report(data, Filters()).key_figures
    return {row["figure"]: (row["value"], row["reason"]) for row in found.iter_rows(named=True)}


def codes(data: WorkspaceData, severity: str) -> dict[str, int]:
    return {f.message.code: f.n for f in data.trust if f.severity == severity}


def day(number: int) -> date:
    return date(2024, 1, 1) + timedelta(days=number)


# --- 13: won, then back -------------------------------------------------------------------------------------------


def changes(back: int, of: int = 10) -> str:
    """A list of stage changes: ``of`` deals won, ``back`` of which stand in Proposal again two weeks later."""
    lines = ["deal_id,stage,changed_at"]
    for i in range(of):
        steps = [("Lead", 0), ("Proposal", 5), ("Closed Won", 12)] + ([("Proposal", 26)] if i < back else [])
        lines += [f"D{i},{stage},{day(i + after)}" for stage, after in steps]
    return "\n".join(lines)


def test_deals_that_went_back_after_their_win_are_asked_about_and_the_answer_decides(read: Any) -> None:
    files = {"changes.csv": changes(back=4)}
    data = read(files)
    assert figures(data)["customers"] == (6.0, None)
    assert codes(data, "question") == {"trust.won_then_back": 4}
    for answer, won in (("reset", 10.0), ("reopened", 6.0)):
        told = read(files, data_answers={"won_then_back": answer})
        assert figures(told)["customers"] == (won, None)
        assert codes(told, "question") == {}
        assert codes(told, "note")["trust.won_then_back"] == 4


def test_one_deal_of_many_that_went_back_is_told_and_not_asked(read: Any) -> None:
    data = read({"changes.csv": changes(back=1, of=40)})
    assert figures(data)["customers"] == (39.0, None)
    assert "trust.won_then_back" not in codes(data, "question")
    assert codes(data, "warning")["trust.win_revoked"] == 1


def test_a_list_and_a_log_after_it_tell_the_same_story_as_two_lists(read: Any) -> None:
    def table(stage: str) -> str:
        rows = [f"D{i},{day(i)},{stage if i < 3 else 'Closed Won'},{day(20) if i > 2 else ''}" for i in range(10)]
        return "\n".join(["deal_id,created,stage,closed", *rows])

    first = table("Proposal"), table("Closed Won"), table("Proposal")
    lists = read({"1.csv": first[0], "2.csv": first[1], "3.csv": first[2]})
    log = "deal_id,stage,changed_at\n" + "\n".join(f"D{i},Proposal,{day(60)}" for i in range(3))
    logged = read({"1.csv": first[0], "2.csv": first[1], "3.csv": log}, covers={"3.csv": "changes"})
    for data in (lists, logged):
        assert data.journeys.sort("lead_id")["outcome"].to_list() == ["open"] * 3 + ["won"] * 7
        assert codes(data, "question") == {"trust.won_then_back": 3}


# --- 16: rows that are no leads -----------------------------------------------------------------------------------


def test_losses_that_are_duplicates_or_tests_are_asked_about_and_left_out_when_that_is_said(read: Any) -> None:
    reasons = ["Duplicate", "Test lead", "重复线索", "Failed our load test", "Price", "Price"]
    rows = [f"D{i},{day(i)},{'Closed Lost' if i < 6 else 'Closed Won'},{day(i + 9)},{reasons[i] if i < 6 else ''}"
            for i in range(12)]  # fmt: skip
    files = {"deals.csv": "\n".join(["deal_id,created,stage,closed,loss reason", *rows])}
    data = read(files)
    assert figures(data)["leads"] == (12.0, None)
    assert codes(data, "question") == {"trust.not_leads": 3}
    out = read(files, data_answers={"not_leads": "out"})
    assert figures(out)["leads"] == (9.0, None)
    assert figures(out)["overall_conversion"] == (6 / 9, None)
    assert codes(out, "question") == {}
    assert codes(out, "note")["trust.duplicates"] == 3


# --- 6: who is in a file ------------------------------------------------------------------------------------------


def test_a_list_of_winners_tells_of_wins_and_gives_no_rate_until_it_is_said_to_be_all(read: Any) -> None:
    rows = [f"D{i},{day(i)},Closed Won,{day(i + 20)},100" for i in range(60)]
    files = {"customers.csv": "\n".join(["deal id,created,stage,closed,amount", *rows])}
    data = read(files)
    found = figures(data)
    assert (found["customers"], found["revenue"], found["sales_cycle"]) == ((60.0, None), (6000.0, None), (20.0, None))
    assert found["overall_conversion"] == (None, "only_winners")
    assert [m.code for m in overview_report(data, Filters()).limits if "only" in m.code] == ["overview.only_winners"]
    assert bottleneck_report(data, Filters()).steps["reason"].to_list() == ["only_winners"]
    retrospective = retrospective_report(data, Filters())
    assert "retrospective.only_winners" in [m.code for m in retrospective.facts]
    assert retrospective.drivers.is_empty()
    assert prepare(data, Filters(), Earlier({}, ())).refusal is not None
    told = read(files, {"customers.csv": "all"})
    assert figures(told)["overall_conversion"] == (1.0, None)


def test_a_list_of_open_deals_gives_no_rate_of_wins(read: Any) -> None:
    rows = [f"D{i},{day(i)},{'Lead' if i % 2 else 'Proposal'},100" for i in range(60)]
    data = read({"pipeline.csv": "\n".join(["deal id,created,stage,amount", *rows])})
    found = figures(data)
    assert found["leads"] == (60.0, None)
    assert found["overall_conversion"] == (None, "no_closed")
    assert retrospective_report(data, Filters()).headline[0].code == "retrospective.nothing_closed"


# --- 7: changes ---------------------------------------------------------------------------------------------------


def test_new_leads_without_a_day_of_creation_are_no_trend(read: Any) -> None:
    """A lead is dated by its first offer: those that have not come so far have no day, so there seem to be fewer."""
    rows = [f"D{i},Proposal,{day(i)},,Open" for i in range(0, 300, 2)] + [f"N{i},Lead,,,Open" for i in range(80)]
    rows += [f"W{i},Closed Won,{day(i)},{day(i + 9)},Won" for i in range(0, 290, 3)]
    data = read({"deals.csv": "\n".join(["deal id,stage,proposal date,closed,status", *rows])})
    assert not data.support.stages[0].is_dated
    causes = bottleneck_report(data, Filters()).causes
    assert causes.filter(pl.col("cause") == "few_leads")["stand"].to_list() == ["cannot_know"]
    row = overview_report(data, Filters(preset_window("3m", data.day))).key_figures.row(0, named=True)
    assert (row["figure"], row["change_share"], row["change_reason"]) == ("leads", None, "leads_undated")


# --- 8, 10, 11, 12, 17 --------------------------------------------------------------------------------------------


def test_a_few_wins_without_a_day_are_told_in_the_sentence_itself(read: Any) -> None:
    rows = [
        f"D{i},{day(i // 2)},Closed {'Won' if i % 4 == 0 else 'Lost'},{'' if i % 80 == 0 else day(i // 2 + 15)}"
        for i in range(400)
    ]
    data = read({"deals.csv": "\n".join(["deal id,created,stage,closed", *rows])})
    said = retrospective_report(data, Filters()).headline[0]
    assert (said.code, said.params["n"], said.params["n_all"]) == ("retrospective.undated_wins", 5, 100)


def test_wins_on_the_day_of_creation_count_in_the_typical_time(read: Any) -> None:
    """0, 0, 0, 4, 90 days: the median is 0, which a mean of 18.8 hides."""
    rows = [f"D{i},{day(i)},Closed Won,{day(i + took)}" for i, took in enumerate([0, 0, 0, 4, 90])]
    rows += [f"L{i},{day(i)},Closed Lost,{day(i + 9)}" for i in range(20)]
    data = read({"deals.csv": "\n".join(["deal id,created,stage,closed", *rows])})
    assert figures(data)["sales_cycle"] == (0.0, None)


def test_undated_second_wins_of_one_customer_are_repeats_and_without_customers_nothing_is(read: Any) -> None:
    """Fifteen customers; five of them won twice, without any date."""
    rows = [f"D{i},C{i % 30},{day(i)},Closed {'Won' if i % 2 == 0 else 'Lost'}" for i in range(40)]
    data = read({"deals.csv": "\n".join(["deal id,customer id,created,stage", *rows])})
    assert figures(data)["repurchase_rate"] == (5 / 15, None)
    plain = read({"plain.csv": "\n".join(["deal id,created,stage", *(",".join(r.split(",")[::2]) for r in rows)])})
    assert figures(plain)["repurchase_rate"][0] is None
    assert "repeat" not in plain.funnel.keys


def test_two_currencies_are_never_one_sum(read: Any) -> None:
    rows = [
        f"D{i},{day(i)},Closed {'Won' if i % 2 else 'Lost'},{day(i + 9)},100,{'USD' if i % 3 else 'EUR'}"
        for i in range(60)
    ]
    data = read({"deals.csv": "\n".join(["deal id,created,stage,closed,amount,currency", *rows])})
    assert figures(data)["revenue"] == (100.0 * sum(i % 2 == 1 and i % 3 > 0 for i in range(60)), None)
    assert figures(data)["leads"] == (60.0, None)
    assert [one.n_leads for one in data.money.left_out] == [20]


# --- what a reason names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reason", "stand"), [("2", "cannot_know"), ("Pricing", "supports"), ("价格太贵", "supports")])
def test_a_reason_that_is_a_number_of_the_crm_names_nothing(read: Any, reason: str, stand: str) -> None:
    rows = [
        f"D{i},{day(i)},,Closed Lost,{reason},{day(i + 9)}" if i % 3 else f"D{i},{day(i)},{day(i + 5)},Closed Won,,"
        for i in range(90)
    ]
    data = read({"deals.csv": "\n".join(["deal id,created,won date,stage,loss reason,lost date", *rows])})
    causes = bottleneck_report(data, Filters()).causes.filter(position=data.funnel.won_position)
    assert causes.filter(cause="price")["stand"].to_list() == [stand]
    if stand == "cannot_know":
        assert set(causes.filter(pl.col("cause").is_in(["competitor", "no_decision"]))["stand"]) == {"cannot_know"}


# --- 10, 12, 16 ---------------------------------------------------------------------------------------------------


def test_the_typical_time_of_a_step_counts_wins_on_the_day_of_creation(read: Any) -> None:
    """Every other win on its first day, the others after 30: the median of 0 and 30 is 15, on the tile and the page."""
    rows = [
        f"D{i},{day(i)},{day(i) if i % 3 == 0 else ''},{day(i + (i % 2) * 30)},{'Won' if i % 3 == 0 else 'Lost'}"
        for i in range(150)
    ]
    data = read({"deals.csv": "\n".join(["deal id,created,proposal date,closed,status", *rows])})
    assert figures(data)["sales_cycle"] == (15.0, None)
    slow = bottleneck_report(data, Filters()).slow
    assert slow.select("median_days", "n_days").rows()[1:] == [(0.0, 50), (15.0, 50)]
    assert slow["n_won"].to_list()[1:] == [25, 25], "a cycle of no days has no shares"


def test_a_reason_on_an_open_deal_is_a_note_until_somebody_says_that_it_is_a_loss(read: Any) -> None:
    stages = ["Proposal", "Closed Lost", "Closed Won", "Qualified"]
    rows = [f"D{i},{day(i)},{stages[i % 4]},{'Price' if i % 4 == 1 or i % 8 == 0 else ''}" for i in range(80)]
    files = {"deals.csv": "\n".join(["id,created,stage,lost reason", *rows])}
    data = read(files)
    assert codes(data, "question") == {"trust.reason_on_open": 10}
    for answer, lost in (("open", 20), ("lost", 30)):
        told = read(files, data_answers={"reason_on_open": answer})
        assert (told.journeys["outcome"] == "lost").sum() == lost
        assert codes(told, "question") == {}
        assert codes(told, "note")["trust.reason_on_open"] == 10, "it can be changed"


@pytest.mark.parametrize("header", ["Is test", "isDuplicate", "Duplicate of", "merged_into", "是否测试", "是否重复"])
def test_a_column_that_says_test_or_duplicate_is_told_and_left_out_when_that_is_so(header: str, tmp_path: Any) -> None:
    said = "D1" if header in ("Duplicate of", "merged_into") else "yes" if header.isascii() else "是"
    rows = [f"D{i},{day(i)},{'Won' if i % 2 else 'Lost'},{said if i % 10 == 0 else ''}" for i in range(60)]
    path = tmp_path / "deals.csv"
    path.write_text("\n".join([f"deal id,created,status,{header}", *rows]), encoding="utf-8")
    table = read_table(path, path.name)
    mapping = propose_mapping(table, general()).mapping
    batch = normalize(table, mapping, import_day=IMPORTED_AT.date())
    assert [(f.n, f.severity) for f in batch.findings if f.message.code == "intake.no_lead_column"] == [(6, "warning")]
    assert batch.n_accepted == 60
    out = normalize(table, replace(mapping, roles={**mapping.roles, header: "deleted"}), import_day=IMPORTED_AT.date())
    assert out.n_accepted == 54
    assert "intake.no_lead_column" not in [finding.message.code for finding in out.findings]


def test_a_column_of_another_thing_is_no_mark_of_tests(read: Any, tmp_path: Any) -> None:
    path = tmp_path / "deals.csv"
    rows = [f"D{i},{day(i)},Won,yes" for i in range(30)]
    path.write_text("\n".join(["deal id,created,status,Latest contact", *rows]), encoding="utf-8")
    assert "intake.no_lead_column" not in [finding.message.code for finding in batch_of(path, general()).findings]
