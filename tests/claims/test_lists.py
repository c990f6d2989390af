"""Lists that leave something out: a stage, a date, the open deals, the wins; each reason told apart from the others."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from funnel.filters import Filters, preset_window
from funnel.reports.bottleneck.report import bottleneck_report
from funnel.reports.data_trust import asked_files
from funnel.reports.outlook.earlier import Earlier
from funnel.reports.outlook.report import prepare
from funnel.reports.overview import overview_report
from funnel.reports.retrospective.report import retrospective_report
from funnel.reports.workspace_data import WorkspaceData


def day(number: int) -> date:
    return date(2025, 1, 6) + timedelta(days=number)


def text(header: str, rows: list[str]) -> str:
    return "\n".join([header, *rows])


def found(data: WorkspaceData, preset: Any = "all") -> dict[str, dict[str, Any]]:
    filters = Filters() if preset == "all" else Filters(preset_window(preset, data.day))
    return {row["figure"]: row for row in overview_report(data, filters).key_figures.iter_rows(named=True)}


def said(data: WorkspaceData) -> list[str]:
    return [message.code for message in retrospective_report(data, Filters()).headline]


def stand(data: WorkspaceData, cause: str) -> set[str]:
    return set(bottleneck_report(data, Filters()).causes.filter(cause=cause)["stand"])


# --- 1, 2: stages -------------------------------------------------------------------------------------------------


def test_a_column_without_a_single_date_names_no_stage(read: Any) -> None:
    """Half of the leads get a proposal; of Qualified the file has the column only, so nobody knows who passed it."""
    rows = []
    for i in range(120):
        proposal, won = day(i + 6) if i % 2 else "", day(i + 15) if i % 4 == 1 else ""
        rows.append(f"K{i},{day(i)},,{proposal},{won},{'' if won else day(i + 25)},{'Won' if won else 'Lost'}")
    header = "Deal No,Created Date,Qualified Date,Proposal Date,Won Date,Lost Date,Status"
    data = read({"deals.csv": text(header, rows)})
    assert data.funnel.keys == ("lead", "opportunity", "won")
    assert "intent" in data.support.absent
    assert overview_report(data, Filters()).status["rate"].to_list()[1:] == [0.5, 0.5]


def half_dated(*, loses: bool = False) -> str:
    """Deals of three stages; two of three in Proposal have its date. ``loses``: some are lost at the stage they say."""
    rows = []
    for i in range(150):
        stage, won = ("New", "Proposal", "Proposal")[i % 3], i % 3 == 2
        proposal = day(i + 5) if i % 9 in (1, 2, 4, 5) else ""
        lost = loses and i % 3 == 1 and i % 2
        state = "Won" if won else "Lost" if lost else "Open"
        rows.append(f"{i},{day(i)},{stage},{state},{proposal},{day(i + 18) if won or lost else ''}")
    return text("ID,Date created,Stage,Status,Proposal sent on,Closed on", rows)


def test_a_date_that_is_missing_is_no_skipped_stage_and_gives_no_time(read: Any) -> None:
    data = read({"deals.csv": half_dated()})
    assert [step.level for step in data.support.steps] == ["placed", "placed"]
    assert "trust.skipped" not in [finding.message.code for finding in data.trust]
    slow = bottleneck_report(data, Filters()).slow
    assert slow.filter(pl.col("position") > 1)["cycle_share"].null_count() == slow.height - 1
    assert stand(data, "long_wait") == {"cannot_know"}
    assert said(data)[1:] == ["retrospective.steps_undated"], "waiting does not help"


def test_where_losses_are_not_recorded_the_share_of_the_closed_that_passed_is_no_rate(read: Any) -> None:
    silent = overview_report(read({"deals.csv": half_dated()}), Filters())
    assert silent.status["rate"].to_list() == [None] * 3
    assert silent.status["reason"].to_list()[1:] == ["losses_not_recorded"] * 2
    assert silent.status["is_at_least"].to_list() == [False, True, False]  # the wins are known
    assert "overview.undated_stages_at_least" in [message.code for message in silent.limits]
    told = overview_report(read({"deals.csv": half_dated(loses=True)}), Filters())
    assert told.status["rate"].to_list()[1:] == [1.0, 50 / 75]
    assert "overview.undated_stages" in [message.code for message in told.limits]


def test_leads_that_are_all_closed_may_not_still_advance(read: Any) -> None:
    rows = [f"{i},{day(i // 2)},{'Won' if i % 3 == 0 else 'Lost'},{day(i // 2 + 12)}" for i in range(60)]
    rows += [f"N{i},{day(40)},Open," for i in range(20)]
    header = "deal id,created,status,closed"
    for young, why in ((rows[:60], "bottleneck.why_all_closed"), (rows, "bottleneck.why_history_too_short")):
        headline = bottleneck_report(read({"deals.csv": text(header, young)}), Filters()).headline
        assert (headline.code, headline.params["why"].code) == ("bottleneck.only_one", why)


# --- wins ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "told"), [("", {"cannot_know"}), ("Lost", {"contradicts"})])
def test_where_only_a_reason_says_that_a_deal_is_lost_no_loss_can_lack_one(read: Any, status: str, told: set) -> None:
    """Thirty deals died in Opportunity with a reason; with a status of their own each of them could have none."""
    rows = [f"{i},{day(i)},Won,," for i in range(30)]
    rows += [f"{30 + i},{day(i)},Opportunity,{status},Price too high" for i in range(30)]
    data = read({"deals.csv": text("id,created,stage,status,lost reason", rows)})
    assert found(data)["won_of_closed"]["value"] == 0.5
    causes = bottleneck_report(data, Filters()).causes.filter(cause="reasons_unknown", stage="won")
    assert set(causes["stand"]) == told
    price = bottleneck_report(data, Filters()).causes.filter(cause="price", stage="won").row(0, named=True)
    said = bottleneck_report(data, Filters()).cause_message(price)
    assert (said.code, said.params["detail"]) == ("causes.price.most_often", "Price too high")


def test_where_nothing_can_say_won_no_win_is_counted_as_none(read: Any) -> None:
    rows = [f"{i},{day(i)},{day(i + 2) if i % 2 else ''},{'Lost' if i % 4 == 0 else 'Open'}" for i in range(100)]
    data = read({"leads.csv": text("id,created,qualified date,status", rows)})
    figures = found(data)
    for name in ("customers", "overall_conversion", "win_rate", "won_of_closed"):
        assert (figures[name]["value"], figures[name]["reason"]) == (None, "wins_not_recorded")
    assert said(data)[0] == "retrospective.wins_not_recorded"
    asked = read({"leads.csv": text("id,created,qualified date,status,won date", [row + "," for row in rows])})
    assert found(asked)["customers"]["value"] == 0, "a blank column for the win says that nobody is won"


@pytest.mark.parametrize(("every", "reason"), [(3, "wins_undated"), (25, None)])
def test_where_many_wins_have_no_date_no_change_of_wins_is_shown(read: Any, every: int, reason: str | None) -> None:
    rows = []
    for i in range(600):
        won, ended = i % 3 == 0, day(i // 2 + 12)
        closed = "" if won and (i // 3) % every == 0 else ended
        rows.append(f"A{i},{day(i // 2)},{'Open' if i % 10 == 1 else 'Won' if won else 'Lost'},{closed}")
    figures = found(read({"deals.csv": text("deal id,create date,status,close date", rows)}), "3m")
    for name in ("customers", "overall_conversion", "won_of_closed"):
        assert figures[name]["change_reason"] == reason
        assert (figures[name]["change"] is None) == (reason is not None)
    assert figures["leads"]["change"] is not None


# --- 6: of one kind -----------------------------------------------------------------------------------------------


def closed_only(n_open: int = 0) -> str:
    rows = [f"D{i},{day(i // 2)},{'Won' if i % 4 == 0 else 'Lost'},{day(i // 2 + 20)}" for i in range(400)]
    return text("Record ID,Create Date,Status,Close Date", rows + [f"N{i},{day(215)},Open," for i in range(n_open)])


def test_a_list_of_closed_deals_is_asked_about_and_carries_no_change_and_no_forecast(read: Any) -> None:
    data = read({"deals.csv": closed_only()})
    assert [f.n for f in data.trust if f.message.code == "trust.only_closed" and f.severity == "question"] == [400]
    assert asked_files(data)["file_name"].to_list() == ["deals.csv"]
    now = found(data)
    assert now["overall_conversion"]["value"] == now["won_of_closed"]["value"] == 0.25
    changed = found(data, "3m")
    for name in ("leads", "overall_conversion", "win_rate", "won_of_closed"):
        assert (changed[name]["change"], changed[name]["change_reason"]) == (None, "only_closed")
    assert stand(data, "few_leads") == {"cannot_know"}
    assert prepare(data, Filters(), Earlier({}, ())).refusal.code == "outlook.only_closed"
    for other in (
        read({"deals.csv": closed_only()}, covers={"deals.csv": "all"}),
        read({"deals.csv": closed_only(40)}),
    ):
        assert "trust.only_closed" not in [finding.message.code for finding in other.trust]
        assert found(other, "3m")["overall_conversion"]["change"] is not None
        assert stand(other, "few_leads") != {"cannot_know"}


def test_a_list_of_open_deals_with_a_few_closed_ones_is_asked_about(read: Any) -> None:
    rows = [f"D{i},{day(i)},{'Won' if i < 2 else 'Lost' if i < 4 else 'Open'}" for i in range(100)]
    data = read({"pipeline.csv": text("deal id,created,status", rows)})
    assert [f.n for f in data.trust if f.message.code == "trust.only_open"] == [96]


def test_what_somebody_says_of_a_file_later_counts_like_what_the_import_asked(read: Any) -> None:
    files = {"deals.csv": closed_only()}
    told = read(files, settings_covers={"1": "all"})
    assert (read(files).support.kind, told.support.kind) == ("closed", None)
    assert asked_files(told)["covers"].to_list() == ["all"], "it can be changed"


# --- 7: the window before -----------------------------------------------------------------------------------------


def test_wins_of_days_before_the_data_begin_are_not_compared(read: Any) -> None:
    """Three leads a day from 6 January on, every fourth won after ten days: in it nothing ever changes."""
    rows = []
    for i in range(120):
        for n in range(3):
            ended = i + 10 + 3 * n
            state = "Open" if ended > 120 else "Won" if (3 * i + n) % 4 == 0 else "Lost"
            rows.append(f"{i}-{n},{day(i)},{state},{day(ended) if ended <= 120 else ''}")
    report = retrospective_report(read({"deals.csv": text("id,created,status,closed", rows)}), Filters())
    assert report.headline[0].code == "retrospective.data_begin_later"
    assert report.headline[0].params["first"] == date(2025, 1, 6)
    assert report.drivers.is_empty()


def test_what_did_not_move_at_all_is_within_chance(read: Any) -> None:
    rows = [f"{i},{day(i)},{'Won' if i % 2 else 'Lost' if i < 300 else 'Open'},{day(i + 5)},500" for i in range(330)]
    size = found(read({"deals.csv": text("id,created,status,closed,amount", rows)}), "3m")["average_deal_size"]
    assert (size["change"], size["within_chance"]) == (0.0, True)
