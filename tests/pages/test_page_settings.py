"""The Settings page: every tab empty, with the sample, in both languages; what is saved there reaches the figures."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from funnel.definition.definition import Text
from funnel.definition.edits import add, remove, rename
from funnel.definition.file import definition_to_toml
from funnel.planning.process_file import process_to_toml
from funnel.planning.targets import Target
from funnel.storage.store import Store
from funnel.storage.workspaces import open_workspace
from pages.shell.config import DATA
from pages.shell.navigation import GROUPS
from pages.shell.workspaces import store_of, workspaces
from tests.factories import GUIDE, facts, lead, log, snapshot
from tests.opening import assert_sound, empty_workspace, open_page, sample_workspace, texts, use_folder
from tests.pages.test_page_bottleneck import import_facts


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


def store_in(folder: Path) -> Store:
    return open_workspace(next(folder.glob("*.duckdb")))


def click(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert_sound(at)
    return at


TABS = ["funnel", "benchmarks", "money", "spend", "backup", "trust", "forget", "journal"]


def test_nothing_yet_offers_the_next_step(folder: Path) -> None:
    assert "No data yet" in texts(open_page("settings"))


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("kind", ["empty", "sample"])
def test_every_tab_opens(folder: Path, kind: str, tab: str, language: str) -> None:
    (empty_workspace if kind == "empty" else sample_workspace)(folder)
    at = open_page("settings", language, tab=tab)
    assert at.title[0].value == {"en": "What does our funnel look like?", "zh_Hans": "我们的漏斗怎么定？"}[language]
    assert "None" not in texts(at) and "nan" not in texts(at)


# --- spend -----------------------------------------------------------------------------------------------------------


def months(at: AppTest) -> list[dict[str, str]]:
    """The table of costs: month, leads, spend, cost of a lead, won, cost of a customer."""
    names = ("month", "leads", "spend", "cost", "won", "per")
    shown = next(table.value for table in at.table if table.value.shape[1] == len(names))
    return [dict(zip(names, row, strict=True)) for row in shown.to_numpy().tolist()]


def test_a_month_without_spend_shows_no_lead_cost(folder: Path) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    whole = months(open_page("settings", tab="spend"))
    assert all(row["cost"].startswith("¥") for row in whole)
    store.save_spend(store.spend().filter(pl.col("month") != date(2026, 3, 1)), who="", now=store_now())
    shown = {row["month"]: row for row in months(open_page("settings", tab="spend"))}
    assert (shown["Mar 2026"]["spend"], shown["Mar 2026"]["cost"], shown["Mar 2026"]["per"]) == ("–", "–", "–")
    assert shown["Apr 2026"]["cost"] == next(row["cost"] for row in whole if row["month"] == "Apr 2026")


def store_now():
    from pages.shell.workspaces import now

    return now()


def test_typed_spend_is_saved_and_told(folder: Path) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    before = store.spend()
    at = open_page("settings", tab="spend")
    at.session_state["settings_spend_1"] = {
        "edited_rows": {0: {"amount": 12345.0}},
        "added_rows": [{"month": "2026-07-15", "source": "Referral", "amount": 700}],
        "deleted_rows": [1],
    }
    at.run()
    assert "Not saved yet" in texts(at)
    click(at, "settings_spend_save")
    assert f"Spend saved: {before.height} rows." in texts(at)
    after = store.spend()
    first = before.row(0)
    assert after.filter(month=first[0], source=first[1])["amount"].to_list() == [12345.0]
    assert after.filter(month=date(2026, 7, 1)).rows() == [(date(2026, 7, 1), "Referral", 700.0, None)]
    assert after.filter(month=before["month"][1], source=before["source"][1]).is_empty()


def test_a_spend_file_replaces_its_months_only(folder: Path) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    before = store.spend()
    at = open_page("settings", tab="spend")
    at.file_uploader[0].set_value(
        ("fees.csv", "月份,来源,费用\n2026年6月,展会,5000\n2026年8月,展会,100\n".encode(), "text/csv")
    ).run()
    assert "5,100 in total" in texts(at) and "fees" in texts(at)
    click(at, "settings_spend_import")
    june, august = date(2026, 6, 1), date(2026, 8, 1)
    assert store.spend().filter(pl.col("month").is_in([june, august])).rows() == [
        (june, "展会", 5000.0, None), (august, "展会", 100.0, None),
    ]  # fmt: skip
    assert store.spend().filter(pl.col("month") < june).equals(before.filter(pl.col("month") < june))
    assert "Source: no lead has 展会" in texts(at)


def test_a_file_without_months_says_so(folder: Path) -> None:
    sample_workspace(folder)
    at = open_page("settings", tab="spend")
    at.file_uploader[0].set_value(("fees.csv", b"Source,Spend\nfair,100\n", "text/csv")).run()
    assert "no column of months" in at.error[0].value


# --- calendar and money ----------------------------------------------------------------------------------------------


def working_days(at: AppTest) -> dict[str, dict[str, object]]:
    table = next(table.value for table in at.table if table.value.shape[1] == 4)
    table.columns = ["month", "n", "free", "worked"]
    return {row["month"]: row for row in table.to_dict("records")}


def test_china_has_its_shifted_working_days(folder: Path) -> None:
    """The State Council's plan for 2026: 15 to 23 February are free, the 14th and 28th are worked."""
    sample_workspace(folder)
    at = open_page("settings", tab="money")
    assert working_days(at)["Feb"]["worked"] == ""
    at.selectbox(key="settings_country_0").select("CN").run()
    february = working_days(at)["Feb"]
    assert (february["worked"], february["free"], february["n"]) == ("14, 28", "16–20, 23", "16")
    click(at, "settings_calendar_save")
    assert store_in(folder).settings()["calendar_country"] == "CN"


def test_a_calendar_that_somebody_else_saved_meanwhile_is_shown(folder: Path) -> None:
    sample_workspace(folder)
    at = open_page("settings", tab="money")
    at.selectbox(key="settings_country_0").set_value("US").run()
    store_in(folder).set_setting("calendar_country", "DE")
    at.run()
    assert next(one for one in at.selectbox if str(one.key).startswith("settings_country_")).value == "DE"
    assert at.button(key="settings_calendar_save").disabled


def test_a_chinese_session_starts_with_chinas_calendar(folder: Path) -> None:
    sample_workspace(folder)
    assert working_days(open_page("settings", "zh_Hans", tab="money"))["2月"]["n"] == "16"


def test_only_weekends_is_a_choice_that_stays(folder: Path) -> None:
    sample_workspace(folder)
    at = open_page("settings", "zh_Hans", tab="money")
    at.selectbox(key="settings_country_0").select("").run()
    click(at, "settings_calendar_save")
    assert working_days(open_page("settings", "zh_Hans", tab="money"))["2月"]["n"] == "20"


def test_a_year_that_nobody_has_announced_is_told(folder: Path) -> None:
    sample_workspace(folder)
    store_in(folder).set_setting("calendar_country", "CN")
    at = open_page("settings", tab="money")
    at.number_input(key="settings_year").set_value(2090).run()
    assert "2090 in China are not known" in at.warning[0].value


def test_currency_reaches_the_other_pages(folder: Path) -> None:
    sample_workspace(folder)
    at = open_page("settings", tab="money")
    at.selectbox(key="settings_currency_CNY_0").select("EUR").run()
    click(at, "settings_money_save")
    assert store_in(folder).settings()["currency"] == "EUR"
    revenue = next(metric.value for metric in open_page("overview").metric if metric.label == "Revenue")
    assert revenue.startswith("€")


# --- benchmarks and deadlines ----------------------------------------------------------------------------------------


def edit(at: AppTest, prefix: str, rows: dict[int, dict[str, object]]) -> AppTest:
    at.session_state[f"{prefix}_1_0_en"] = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    return at.run()


def test_a_benchmark_and_a_deadline_become_a_version(folder: Path) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    before = store.definition()
    at = open_page("settings", tab="benchmarks")
    edit(at, "settings_benchmarks", {1: {"low": 40, "high": 60, "source": "Trade survey", "year": 2025}})
    edit(at, "settings_limits", {2: {"amount": 10, "unit": "working days"}, 3: {"typed": 90}})
    at.text_input(key="settings_marks_why_0").input("survey of the trade").run()
    click(at, "settings_marks_save")
    newest = store.definition_versions()[0]
    mark, sla = newest.definition.stage("opportunity").benchmark, newest.definition.stage("won").sla
    assert mark is not None and (mark.low, mark.high, mark.source.en, mark.year) == (0.4, 0.6, "Trade survey", 2025)
    assert sla is not None and (sla.amount, sla.unit) == (10.0, "business_days")
    assert (newest.version, newest.reason) == (2, "survey of the trade")
    assert newest.definition.stage("intent") == before.stage("intent")
    assert store.settings()["typed_horizons"] == {"repeat": 90.0}
    assert store.facts().lead_rows.height > 0


def test_a_benchmark_without_a_source_is_refused(folder: Path) -> None:
    sample_workspace(folder)
    at = open_page("settings", tab="benchmarks")
    edit(at, "settings_benchmarks", {1: {"low": 40, "high": 60}})
    assert "has no source" in at.error[0].value
    edit(at, "settings_benchmarks", {1: {"low": 40, "source": "x"}})
    assert "both ends" in at.error[0].value


def test_a_typed_horizon_of_a_stage_that_went_rests(folder: Path) -> None:
    """The workspace still opens when the stage of a typed horizon is merged away."""
    sample_workspace(folder)
    store_in(folder).set_setting("typed_horizons", {"opportunity": 30, "gone": 5})
    table = open_page("settings", tab="benchmarks").dataframe[1].value
    assert table["typed"].to_list()[1] == 30


# --- the funnel ------------------------------------------------------------------------------------------------------


def effect(at: AppTest) -> dict[str, dict[str, str]]:
    table = next(table.value for table in at.dataframe if "rate_then" in table.value.columns)
    return {row["stage"]: row for row in table.to_dict("records")}


def test_a_merge_is_shown_before_it_is_applied_and_can_be_taken_back(folder: Path) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    before = store.definition()
    at = open_page("settings", tab="funnel")
    click(at, "settings_merge_opportunity_intent")
    shown = effect(at)
    won = shown["Closing"]
    reached = shown["Intent screening"]["now"]
    assert won["rate_then"].endswith(f"({won['then']} of {reached})") and won["now"] == won["then"]
    assert "Opportunity nurturing (goes)" in shown
    assert "benchmark and its time limit would be dropped" in at.warning[0].value
    assert store.definition() == before
    at.text_input(key="settings_why_1__0").input("too fine").run()
    click(at, "settings_apply")
    versions = store.definition_versions()
    assert (versions[0].version, versions[0].reason, versions[0].definition.keys) == (
        2, "too fine", ("lead", "intent", "won", "repeat"),
    )  # fmt: skip
    overview = open_page("overview")
    assert won["then"] in [metric.value for metric in overview.metric]

    at = open_page("settings", tab="funnel")
    click(at, "settings_back_opportunity")
    click(at, "settings_apply")
    assert store.definition() == before


def test_rename_move_add_remove_and_discard(folder: Path) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    before = store.definition()
    at = open_page("settings", tab="funnel")
    click(at, "settings_open_intent")
    form = "settings_form_intent_1_0_en"
    at.text_input(key=f"{form}_name_en").input("Qualifying")
    at.button(key=f"{form}_submit").click().run()
    assert "No figure changes" in at.success[0].value and "Qualifying" in effect(at)
    click(at, "settings_down_intent")
    click(at, "settings_remove_intent")
    at.text_input(key="settings_add_en_0").input("Demo").run()
    click(at, "settings_add")
    assert "Demo (new)" in effect(at) and any("(goes)" in stage for stage in effect(at))
    assert any("Qualified Date" in warning.value for warning in at.warning)
    click(at, "settings_discard")
    assert store.definition() == before and not [b for b in at.button if b.key == "settings_apply"]


def test_an_edit_that_makes_no_funnel_is_told(folder: Path) -> None:
    sample_workspace(folder)
    at = open_page("settings", tab="funnel")
    for _ in range(3):
        at.button(key="settings_up_won").click().run()
    assert "put at least one stage before it" in at.error[0].value


def test_somebody_else_saved_meanwhile(folder: Path) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    at = open_page("settings", tab="funnel")
    at.button(key="settings_remove_repeat").click().run()
    store.save_definition(
        add(store.definition(), Text("Demo", "演示"), 3).definition, who="Li", now=store_now(), reason=""
    )
    at.button(key="settings_apply").click().run()
    assert "Li saved version 2" in at.error[0].value
    assert "demo" in store.definition().keys


def test_an_older_version_comes_back_with_its_effect_shown_first(folder: Path) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    first = store.definition()
    store.save_definition(remove(first, "opportunity").definition, who="Li", now=store_now(), reason="trial")
    at = open_page("settings", tab="funnel")
    at.session_state["settings_versions"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    at.run()
    click(at, "settings_restore_version")
    assert "Opportunity nurturing (new)" in effect(at)
    click(at, "settings_apply")
    newest = store.definition_versions()[0]
    assert newest.definition.stages == first.stages and newest.reason == "Back to version 1"


def test_a_template_and_a_file_are_looked_at_first(folder: Path) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    at = open_page("settings", tab="funnel")
    at.selectbox(key="settings_template").select("long_cycle").run()
    click(at, "settings_use_template")
    assert any("(new)" in stage for stage in effect(at))
    click(at, "settings_discard")

    shared = Target("t1", "intent", "entries", 50, "month", date(2026, 1, 1))
    renamed = rename(store.definition(), "intent", Text("Qualifying", "筛")).definition
    at.file_uploader[0].set_value(("ours.toml", process_to_toml(renamed, [shared]).encode(), "application/toml")).run()
    click(at, "settings_use_toml")
    assert "Targets that come with it: 1" in texts(at)
    click(at, "settings_apply")
    assert store.definition().stage("intent").name.en == "Qualifying"
    assert [record.fields["amount"] for record in store.records("target")] == [50.0]


def test_a_process_file_brings_playbook_entries_of_the_head_office(folder: Path) -> None:
    """Taken over although the funnel is the same; planned from, carried on in the next template, removed again."""
    sample_workspace(folder)
    store = store_in(folder)
    text = (DATA / "playbook.toml").read_text(encoding="utf-8")
    ours = "[[playbook]]" + text.split("[[entries]]")[1].replace(
        "Too few new leads come in.", "Our fairs bring little."
    )
    ours = ours.replace('"lead_more_channels"', '"ours_fairs"')
    at = open_page("settings", tab="funnel")
    process = definition_to_toml(store.definition()) + ours
    at.file_uploader[0].set_value(("ours.toml", process.encode(), "application/toml")).run()
    assert "Playbook entries that come with it: 1" in texts(at)
    click(at, "settings_use_toml")
    click(at, "settings_apply")
    assert [entry["key"] for entry in store.settings()["playbook"]] == ["ours_fairs"]
    assert len(store.definition_versions()) == 1, "the funnel itself did not change"
    assert "This workspace's own playbook entries: 1" in texts(at)
    plan = open_page("plan")
    assert "Our fairs bring little." in texts(plan) and "your company's own" in texts(plan)
    assert "Too few new leads come in." in texts(plan), "the shipped ones stay beside it"
    assert "公司自有" in texts(open_page("plan", "zh_Hans"))
    at = open_page("settings", tab="funnel")
    click(at, "settings_playbook_remove")
    assert "playbook" not in store.settings()


def test_a_wrong_file_names_its_line(folder: Path) -> None:
    sample_workspace(folder)
    at = open_page("settings", tab="funnel")
    text = definition_to_toml(store_in(folder).definition()).replace('"marketing"', '"marekting"')
    at.file_uploader[0].set_value(("ours.toml", text.encode(), "application/toml")).run()
    line = text.splitlines().index('owner_role = "marekting"') + 1
    assert f"Line {line} of the file" in at.error[0].value and "customer" in at.error[0].value


# --- backup ----------------------------------------------------------------------------------------------------------


def everything_shown(stem: str) -> str:
    """All words and figures of a page; numbers to ten digits, since sums over leads have no promised order."""
    at = open_page(stem)
    shown = [
        texts(at),
        [(metric.label, metric.value, metric.delta) for metric in at.metric],
        [table.value.to_dict() for table in (*at.dataframe, *at.table)],
        [chart.proto.spec for chart in at.get("plotly_chart")],
    ]
    return re.sub(r"-?\d+\.\d{9,}(?:e-?\d+)?", lambda found: f"{float(found[0]):.10g}", repr(shown))


def upload_backup(at: AppTest, path: Path) -> AppTest:
    uploader = next(one for one in at.file_uploader if "backup" in one.label)
    return uploader.set_value((path.name, path.read_bytes(), "application/octet-stream")).run()


def test_every_page_shows_the_same_on_a_new_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Backup → another folder without anything → open the backup there → every page as before."""
    use_folder(tmp_path / "here", monkeypatch)
    sample_workspace(tmp_path / "here")
    pages = [stem for group in GROUPS.values() for stem, _, _ in group if stem not in ("settings", "import_data")]
    before = {stem: everything_shown(stem) for stem in pages}
    backup = tmp_path / "all.duckdb"
    store_in(tmp_path / "here").backup(backup, who="Li", now=store_now())

    use_folder(tmp_path / "there", monkeypatch)
    at = open_page("settings")
    upload_backup(at, backup)
    assert_sound(at)
    assert "What this backup holds" in texts(at)
    click(at, "settings_backup_open")
    assert [path.name for path in (tmp_path / "there").glob("*.duckdb")]
    for stem in pages:
        assert everything_shown(stem) == before[stem], stem


def answer_to(at: AppTest, question: str):
    """The choice of an answer on the tab Data trust."""
    return next(radio for radio in at.radio if str(radio.key).startswith(question))


def test_deals_that_went_back_are_asked_about_and_the_answer_counts_on_every_page(folder: Path) -> None:
    def steps(i: int) -> str:
        back = ", 2026-03-01 opportunity" if i < 4 else ""
        return f"2026-01-0{1 + i % 9} lead, 2026-01-20 opportunity, 2026-02-01 won{back}"

    story = facts(log(*(lead(f"L{i}", steps(i)) for i in range(12)), exported_on="2026-06-01"))
    import_facts(folder, "Back", story, GUIDE)
    assert {metric.label: metric.value for metric in open_page("overview").metric}["Won deals"] == "8"
    at = open_page("settings", tab="trust")
    asked = answer_to(at, "data_question_won_then_back")
    assert asked.value is None
    asked.set_value("reset").run()
    assert_sound(at)
    assert {metric.label: metric.value for metric in open_page("overview").metric}["Won deals"] == "12"
    assert answer_to(open_page("settings", tab="trust"), "data_question_won_then_back").value == "reset"


def test_a_list_of_customers_gives_a_rate_once_somebody_says_that_these_are_all(folder: Path) -> None:
    story = facts(log(*(lead(f"L{i}", f"2026-01-01 lead, 2026-02-1{i % 9} won") for i in range(30))))
    import_facts(folder, "Customers", story, GUIDE)
    tile = "Overall conversion"
    assert {metric.label: metric.value for metric in open_page("overview").metric}[tile] == "–"
    at = open_page("settings", tab="trust")
    asked = answer_to(at, "covers_1")
    assert asked.value is None
    asked.set_value("all").run()
    assert_sound(at)
    assert {metric.label: metric.value for metric in open_page("overview").metric}[tile] == "100.0%"
    assert answer_to(open_page("settings", "zh_Hans", tab="trust"), "covers_1").value == "all"


def test_an_answer_is_only_that_of_the_workspace_and_the_person_who_gives_it(folder: Path) -> None:
    """Looking at another workspace writes nothing there, and a page that is open since before writes nothing back."""
    for name in ("A", "B"):
        story = facts(log(*(lead(f"{name}{i}", f"2026-01-01 lead, 2026-02-1{i % 9} won") for i in range(30))))
        import_facts(folder, name, story, GUIDE)
    stores = {info.name: store_of(info) for info in workspaces()}

    def said() -> list[str | None]:
        return [(stores[name].settings().get("covers") or {}).get("1") for name in ("A", "B")]

    first = open_page("settings", tab="trust", workspace="A")
    answer_to(first, "covers_1").set_value("all").run()
    assert said() == ["all", None]
    first.sidebar.selectbox(key="workspace").select("B").run()
    assert_sound(first)
    assert said() == ["all", None] and answer_to(first, "covers_1").value is None
    first.sidebar.selectbox(key="workspace").select("A").run()
    second = open_page("settings", tab="trust", workspace="A")
    answer_to(second, "covers_1").set_value("part").run()
    first.run()
    assert_sound(first)
    assert said() == ["part", None] and answer_to(first, "covers_1").value == "part"
    answer_to(first, "covers_1").set_value("all").run()
    assert said() == ["all", None]


def test_a_restore_is_previewed_confirmed_and_kept_undoable(folder: Path, tmp_path: Path) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    backup = tmp_path / "before" / "all.duckdb"
    store.backup(backup, who="Li", now=store_now())
    store.undo_batch(1, who="Li", now=store_now())
    assert "No data yet" in texts(open_page("overview"))
    at = upload_backup(open_page("settings", tab="backup"), backup)
    held = dict(zip(*(at.table[0].value[c].to_list() for c in at.table[0].value.columns), strict=True))
    assert held["Imports that count"] == "1" and held["Leads"] == "2,396"
    assert at.button(key="settings_restore").disabled
    at.checkbox(key="settings_restore_sure").check().run()
    click(at, "settings_restore")
    assert any("every page shows the backup" in success.value for success in at.success)
    assert open_page("overview").metric
    automatic = store.automatic_backups()
    assert len(automatic) == 1 and automatic[0].reason == "restore"
    assert "before a restore" in [row for table in at.dataframe for row in table.value.get("why", [])]


@pytest.mark.parametrize("damage", ["cut", "noise"])
def test_a_damaged_backup_is_refused_in_a_sentence(folder: Path, tmp_path: Path, damage: str) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    backup = tmp_path / "elsewhere" / "all.duckdb"
    store.backup(backup, who="", now=store_now())
    whole = backup.read_bytes()
    backup.write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"no database at all" * 1000)
    at = upload_backup(open_page("settings", tab="backup"), backup)
    assert "is damaged or is not a workspace" in at.error[0].value
    assert not [button for button in at.button if button.key == "settings_restore"]
    at.button(key="settings_backup_close").click().run()
    assert_sound(at)


# --- data trust ------------------------------------------------------------------------------------------------------


def test_the_trust_summary_names_what_stands_behind_the_figures(folder: Path) -> None:
    sample_workspace(folder)
    at = open_page("settings", tab="trust")
    store = store_in(folder)
    history = store.history().row(0, named=True)
    shown = {metric.label: metric.value for metric in at.metric}
    assert shown["Imports that count"] == "1"
    assert shown["Rows taken over"] == f"{history['n_accepted']:,}"
    assert f"rejected: {history['n_rejected']}" in texts(at)
    n_open = int(shown["Findings open"])
    assert n_open == at.table[0].value.shape[0] > 0
    link = next(one for one in open_page("overview").get("page_link") if "Data trust" in one.proto.label)
    assert link.proto.label == f"Data trust: {n_open}" and "tab=trust" in str(link.proto)


def test_two_exports_reveal_who_moved_between_them(folder: Path) -> None:
    """Two exports of five leads a month apart: two moved on, one is new; the range of days is told."""
    empty_workspace(folder)
    store = store_in(folder)
    january = [lead(name, stage="lead", created_at="2024-01-10") for name in "ABC"]
    february = [lead(name, stage="intent", created_at="2024-01-10") for name in "AB"]
    february += [january[2], lead("D", stage="lead", created_at="2024-02-10")]
    for on, leads in (("2024-01-31", january), ("2024-02-29", february)):
        store.import_batch(snapshot(*leads, exported_on=on), who="", now=store_now())
    at = open_page("settings", tab="trust")
    pairs = next(table.value for table in at.dataframe if "forward" in table.value.columns)
    assert pairs[["new", "forward", "back", "lost"]].to_numpy().tolist() == [[1, 2, 0, 0]]
    steps = next(table.value for table in at.dataframe if "moved" in table.value.columns)
    assert steps.iloc[0][["moved", "days", "n"]].tolist() == [2, "22.0 – 50.0", 2]
    sample_only = open_page("settings", "zh_Hans", tab="trust")
    assert "前后两次导出之间的变化" in texts(sample_only)


# --- forgetting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["figures", "all"])
def test_a_lead_is_forgotten_and_backups_that_hold_it_are_named(folder: Path, tmp_path: Path, way: str) -> None:
    sample_workspace(folder)
    store = store_in(folder)
    store.backup(tmp_path / "kept" / "old copy.duckdb", who="", now=store_now())
    lead_id = store.facts().lead_rows["lead_id"][0]
    n_leads = store.facts().lead_rows["lead_id"].n_unique()
    at = open_page("settings", tab="forget")
    at.text_input(key="settings_forget_id_0").input(lead_id).run()
    assert lead_id in at.table[0].value.to_string()
    assert at.button(key="settings_forget").disabled
    at.radio(key="settings_forget_way_0").set_value(way).run()
    at.checkbox(key="settings_forget_sure_0").check().run()
    click(at, "settings_forget")
    assert "old copy.duckdb" in at.warning[0].value and "Forgotten" in at.success[0].value
    after = store.facts().lead_rows["lead_id"]
    assert lead_id not in after and after.n_unique() == n_leads - (way == "all")


def test_an_unknown_lead_is_told(folder: Path) -> None:
    sample_workspace(folder)
    at = open_page("settings", tab="forget")
    at.text_input(key="settings_forget_id_0").input("nobody*").run()
    at.checkbox(key="settings_forget_sure_0").check().run()
    at.button(key="settings_forget").click().run()
    assert "There is no lead" in at.error[0].value


# --- where history is too short --------------------------------------------------------------------------------------


def test_a_horizon_is_offered_where_history_is_too_short(folder: Path) -> None:
    sample_workspace(folder)
    at = open_page("overview")
    assert "History too short: → Repurchase & referral" in texts(at)
    at.number_input(key="horizon_repeat").set_value(60).run()
    click(at, "horizon_save")
    assert store_in(folder).settings()["typed_horizons"] == {"repeat": 60.0}
    assert "History too short: →" not in texts(open_page("overview"))


def test_another_workspace_starts_with_its_own_values(folder: Path) -> None:
    """What was chosen but not saved in one workspace is not offered as the other one's."""
    sample_workspace(folder)
    empty_workspace(folder, "Other")
    at = open_page("settings", tab="money", workspace="Sample")
    at.selectbox(key="settings_currency_CNY_0").select("EUR").run()
    at.selectbox(key="settings_country_0").select("DE").run()
    at.sidebar.selectbox(key="workspace").select("Other").run()
    assert_sound(at)
    shown = {box.label: box.value for box in at.main.selectbox}
    assert (shown["Currency"], shown["Country"]) == ("", "")
    at.sidebar.selectbox(key="workspace").select("Sample").run()
    assert {box.label: box.value for box in at.main.selectbox}["Currency"] == "CNY"


def test_limits_of_stages_that_the_data_lack_or_do_not_date(folder: Path) -> None:
    """A plain list of deals: the tab of benchmarks and time limits opens and says what the data lack."""
    leads = [
        lead(f"L{i}", created_at=f"2026-01-{1 + i:02}", closed_at=f"2026-03-{1 + i:02}", status="won")
        for i in range(20)
    ]
    import_facts(folder, "Plain", facts(snapshot(*leads)), GUIDE)
    found = open_page("settings", tab="benchmarks").dataframe[1].value["found"].to_list()
    assert "Not in this data" in found
