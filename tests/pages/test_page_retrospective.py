"""The Retrospective page: empty, totals only, the sample in both languages, and every button on it."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from data.sample import generator as sample
from funnel.definition.edits import merge
from funnel.exports.retrospective_content import SECTIONS, section_titles
from funnel.i18n.translator import Translator
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import ColumnMapping
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.planning.plan_file import load_plan
from funnel.reports.retrospective.freezing import freeze
from funnel.schema import ImportBatch
from funnel.storage.records import Edit
from funnel.storage.store import Store
from pages.retrospective_parts import editor
from pages.shell.live_rows import LiveRows
from pages.shell.workspaces import store_of, workspaces
from tests import real_facts
from tests.conftest import ROOT
from tests.opening import NOW, assert_sound, empty_workspace, open_page, sample_workspace, texts, use_folder
from tests.pages.test_page_bottleneck import import_facts
from tests.pages.test_page_overview import sample_rows

PAGE = "retrospective"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def store(folder: Path) -> Store:
    """The sample with its plan."""
    sample_workspace(folder)
    opened = the_store()
    for kind, records in load_plan(ROOT / "data" / "sample" / "plan_en.toml").items():
        opened.save_records(kind, [Edit(key, fields, 0) for key, fields in records.items()], who="plan", now=NOW)
    return opened


def the_store() -> Store:
    (info,) = workspaces()
    return store_of(info)


def one_more(store: Store) -> ImportBatch:
    """A file of two more leads."""
    more = b"Lead ID,Created At,Intent Date,Status\nX1,2026-03-02,2026-03-03,Open\nX2,2026-05-02,2026-05-03,Open\n"
    table = read_table(more, "more.csv")
    mapping = propose_mapping(table, store.definition()).mapping
    assert isinstance(mapping, ColumnMapping)
    return normalize(table, mapping, import_day=NOW.date())


def findings(at: AppTest) -> str:
    """The sentences in large type."""
    return " ".join(element.proto.body for element in at.get("html") if "retro-lead" in element.proto.body)


def click(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert_sound(at)
    return at


def saved_as(store: Store, kind: str) -> list[dict]:
    return [dict(record.fields) for record in store.records(kind)]


# --- what is shown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "compares 1 May 2026 – 31 May 2026 with 1 Apr 2026 – 30 Apr 2026: moved back"),
        ("zh_Hans", "对比的是 2026年5月1日–2026年5月31日与 2026年4月1日–2026年4月30日：已前移"),
    ],
    ids=["en", "zh"],
)
@pytest.mark.parametrize("shown", [{}, {"present": "0"}], ids=["page", "slide"])
def test_under_the_headline_stand_the_months_that_its_steps_compare(
    store: Store, language: str, words: str, shown: dict[str, str]
) -> None:
    """Between the headline and what else must be known of it: a line for each of the three steps."""
    at = open_page(PAGE, language, pair="months", pair_length="1", **shown)
    lines = [caption.value for caption in at.caption]
    first = next(place for place, line in enumerate(lines) if words in line)
    assert all(words in line for line in lines[first : first + 3]) and words not in lines[first + 3]
    assert Translator(language).message_of("comparison.not_proof") in lines[first + 3 :]


def test_nothing_yet_offers_the_next_step(folder: Path) -> None:
    at = open_page(PAGE)
    assert "step 5" in texts(at)
    assert "No data yet" in texts(at)


def test_an_empty_workspace_offers_the_same_in_chinese(folder: Path) -> None:
    empty_workspace(folder)
    assert "第 5 步" in texts(open_page(PAGE, "zh_Hans"))


TOTALS = """\
Month,Stage,Count
2026-01,lead,100
2026-01,intent,40
2026-01,won,5
2026-02,lead,120
2026-02,intent,44
2026-02,won,9
"""


def import_totals(folder: Path, file: str) -> None:
    empty_workspace(folder)
    definition = the_store().definition()
    table = read_table(file.encode(), "totals.csv")
    proposal = propose_mapping(table, definition)
    assert isinstance(proposal.mapping, ColumnMapping)
    assert proposal.mapping.shape == "counts"
    the_store().import_batch(normalize(table, proposal.mapping, import_day=date(2026, 3, 1)), who="t", now=NOW)


def test_totals_are_compared_and_say_what_they_cannot_answer(folder: Path) -> None:
    """Two months of totals: February against January, in customers, without a verdict; it can be frozen."""
    import_totals(folder, TOTALS)
    at = open_page(PAGE)
    said = findings(at)
    assert "Customers won: 5, then 9; the difference is within chance" in said
    assert "They cannot say whether a change is real or chance" in said
    assert "1 Feb 2026 – 28 Feb 2026 against 1 Jan 2026 – 31 Jan 2026" in texts(at)
    assert [one.value for one in at.subheader] == [
        "Before and after, by step", "Why wins changed", "Customer feedback", "Decisions and next steps",
        "Download the retrospective",
    ]  # fmt: skip
    assert len(at.get("plotly_chart")) == 2
    click(at, "retrospective_save")
    (record,) = the_store().records("retrospective")
    assert "Today's data would give the same figures." in texts(open_page(PAGE, saved=record.id))


def test_the_day_of_the_sidebar_counts_for_totals_too(folder: Path) -> None:
    """Up to January there is no month before: the two windows cannot be compared, and that is said."""
    import_totals(folder, TOTALS)
    at = open_page(PAGE, as_of="2026-01-31")
    assert "1 Jan 2026 – 31 Jan 2026 against 1 Dec 2025 – 31 Dec 2025" in texts(at)
    assert "cannot be compared" in findings(at)


def test_totals_without_periods_keep_feedback_and_decisions(folder: Path) -> None:
    import_totals(folder, "Stage,Count\nlead,100\nintent,40\nwon,5\n")
    at = open_page(PAGE)
    assert "cannot be answered" in texts(at)
    assert [one.value for one in at.subheader] == ["Customer feedback", "Decisions and next steps"]
    assert not at.get("plotly_chart")


def test_screening_improved_and_the_rest_did_not(looked_at: Store) -> None:
    """Customers are counted here from the generator's leads, without files and without our import."""
    at = open_page(PAGE)
    won = [one.won_at.date() for one in sample.generate() if one.won_at]
    before = sum(date(2026, 1, 1) <= day <= date(2026, 3, 31) for day in won)
    after = sum(date(2026, 4, 1) <= day <= date(2026, 6, 30) for day in won)
    said = findings(at)
    assert f"rose from {before} to {after}" in said
    assert "Intent screening improved" in said
    assert said.count("improved") == 1
    assert "1 Apr 2026 – 30 Jun 2026 against 1 Jan 2026 – 31 Mar 2026" in texts(at)
    assert [one.value for one in at.subheader if one.value in section_titles(Translator()).values()] == list(
        section_titles(Translator()).values()
    )[1:]


def test_the_picture_is_drawn_when_asked_for(looked_at: Store) -> None:
    at = open_page("retrospective")
    assert not at.get("image")
    at.toggle(key="retrospective_picture").set_value(True).run()
    assert_sound(at)
    assert at.get("image")


def test_the_bars_add_up(looked_at: Store) -> None:
    charts = [json.loads(chart.proto.spec) for chart in open_page(PAGE).get("plotly_chart")]
    falls = [trace for chart in charts for trace in chart["data"] if trace["type"] == "waterfall"]
    assert len(falls) == 2
    for bars in falls:
        first, *parts, last = bars["y"]
        assert first + sum(parts) == pytest.approx(last, abs=1e-9 * max(1, abs(last)))


def test_both_languages_show_the_same_charts(looked_at: Store) -> None:
    en, zh = open_page(PAGE), open_page(PAGE, "zh_Hans")

    def rates(at: AppTest) -> list:
        first = json.loads(at.get("plotly_chart")[0].proto.spec)
        return [trace["x"] for trace in first["data"] if trace["mode"] == "markers"]

    assert rates(en) == rates(zh) != []
    assert "有改善" in findings(zh)
    assert not [title for title in section_titles(Translator()).values() if title in texts(zh)]


def test_a_filter_counts_here_too(looked_at: Store) -> None:
    at = open_page(PAGE, source="Referral")
    referred = [row for row in sample_rows() if row["Source"].strip() == "Referral"]
    assert f"n = {len(referred)} leads · Source" in texts(at)
    assert "Source: Referral" in texts(at).replace("\\", "")


def test_a_young_month_names_its_day_and_a_ripe_month_is_offered(looked_at: Store) -> None:
    at = open_page(PAGE, pair="month")
    assert at.selectbox(key="pair_month").value == "2026-06"
    assert "can be judged" in at.info[0].value
    click(at, "retrospective_month_2026_05")
    assert at.selectbox(key="pair_month").value == "2026-05"
    assert "1 May 2026 – 31 May 2026 against 1 Apr 2026 – 30 Apr 2026" in texts(at)


def test_since_a_change_starts_with_the_strategy(looked_at: Store) -> None:
    at = open_page(PAGE, pair="change", pair_change="questionnaire")
    assert "1 Apr 2026 – 30 Jun 2026 against" in texts(at)
    assert "improved" in findings(at)
    at.selectbox(key="pair_change").set_value("day").run()
    assert_sound(at)
    assert at.date_input(key="pair_day").value == date(2026, 4, 1)


def test_leads_followed_equally_long(looked_at: Store) -> None:
    """Three months before would begin in November; the sample's first lead is of January: fewer months are compared."""
    said = texts(open_page(PAGE, driver_basis="lead_cohort"))
    assert "each followed for" in said
    assert "Nov 2025" not in said


def test_present_mode_steps_through_all_sections(looked_at: Store) -> None:
    at = click(open_page(PAGE), "retrospective_start")
    titles = list(section_titles(Translator()).values())
    for place, title in enumerate(titles):
        assert at.subheader[0].value == f"{place + 1} / {len(SECTIONS)} · {title}"
        if place + 1 < len(titles):
            click(at, "retrospective_on")
    assert at.button(key="retrospective_on").disabled
    click(at, "retrospective_leave")
    assert at.title[0].value == "Did it work, what next?"


@pytest.mark.parametrize("asked", ["9" * 5000, "-1", "1.5", "٣"], ids=["long", "negative", "fraction", "other digits"])
def test_a_link_to_a_slide_that_is_none_shows_the_page_and_says_so(looked_at: Store, asked: str) -> None:
    at = open_page(PAGE, present=asked)
    assert at.title[0].value == "Did it work, what next?" and "which is not there" in texts(at)


def test_a_link_into_present_mode_asks_the_same_question(looked_at: Store) -> None:
    """Without the controls having been drawn: the pair, the month and the saved one of the link hold."""
    at = open_page(PAGE, present="1", pair="month", pair_month="2026-05")
    assert at.subheader[0].value.startswith("2 / 9")
    assert "1 May 2026 – 31 May 2026 against 1 Apr 2026 – 30 Apr 2026" in texts(at)
    at = open_page(PAGE, present="1", pair="change", pair_change="day", pair_day="2026-03-16")
    assert "16 Mar 2026" in texts(at)
    click(at, "retrospective_leave")
    assert at.date_input(key="pair_day").value == date(2026, 3, 16)


def test_a_link_presents_a_saved_retrospective(store: Store) -> None:
    click(open_page(PAGE), "retrospective_save")
    (record,) = store.records("retrospective")
    store.import_batch(one_more(store), who="t", now=NOW)
    assert "n = 2,398" in texts(open_page(PAGE, present="0"))
    assert "n = 2,396" in texts(open_page(PAGE, present="0", saved=record.id))


# --- what is decided -----------------------------------------------------------------------------------------------


def test_the_page_opens_with_last_months_decisions(store: Store) -> None:
    at = open_page(PAGE)
    assert at.subheader[0].value == "What we decided last time"
    assert "one person on duty" not in str(at.warning)  # due on the day of the data: not late yet
    store.save_record("decision", "d3", {"due_on": "2026-06-20"}, who="t", now=NOW)
    assert "duty" in open_page(PAGE).warning[0].value


def test_a_decision_of_several_lines_is_read_whole(store: Store) -> None:
    """It was cut at the edge of its column, where a short one has a line to itself."""

    def heights() -> set[int]:
        tables = [one.proto for one in open_page(PAGE).dataframe if "earlier_decisions" in one.proto.id]
        return {one.row_height for one in tables}

    for record in store.records("decision"):
        store.save_record("decision", record.id, {"text": "Call back.", "note": ""}, who="t", now=NOW)
    assert heights() == {0}
    store.save_record("decision", "d3", {"text": "线索两天内没有人跟进的,都转给值班同事"}, who="t", now=NOW)
    assert heights() == {62}


def test_one_click_pauses_a_strategy_and_writes_it_down(store: Store) -> None:
    at = open_page(PAGE)
    click(at, "retrospective_pause_questionnaire")
    fields = store.record("strategy", "questionnaire").fields
    assert fields["state"] == "paused"
    assert "probability" in fields["history"][-1]["reason"]
    assert [one["text"] for one in saved_as(store, "decision") if one["strategy_id"] == "questionnaire"][-1] == (
        "Pause “Standard needs questionnaire”."
    )
    keys = {button.key for button in at.button}
    assert "retrospective_pause_questionnaire" not in keys, "a paused strategy offers no second pause"


def test_continue_changes_no_state(store: Store) -> None:
    at = open_page(PAGE)
    before = store.record("strategy", "questionnaire").version
    click(at, "retrospective_continue_questionnaire")
    assert store.record("strategy", "questionnaire").version == before
    assert "Continue “Standard needs questionnaire”" in at.success[0].value


def test_replace_links_both_strategies(store: Store) -> None:
    at = open_page(PAGE)
    key = "retrospective_next_questionnaire"
    at.text_input(key=f"{key}_title_").set_value("Screen by e-mail first").run()
    click(at, f"{key}_go")
    old = store.record("strategy", "questionnaire").fields
    new = store.record("strategy", old["replaced_by"]).fields
    assert (old["state"], new["state"], new["replaces"]) == ("replaced", "planned", "questionnaire")
    assert new["title"] == "Screen by e-mail first"
    assert new["stage"] == "intent"


def test_a_frozen_retrospective_is_not_rewritten(store: Store) -> None:
    """After another import it reads the same, and the page says where today's figures differ and why."""
    at = click(open_page(PAGE), "retrospective_save")
    (record,) = store.records("retrospective")
    frozen = record.fields["report"]
    store.import_batch(one_more(store), who="t", now=NOW)
    at = open_page(PAGE, saved=record.id)
    assert "no later import can change them" in at.info[0].value
    assert "more.csv" in texts(at)
    assert "n = 2,396" in texts(at)
    assert "n = 2,398" in texts(open_page(PAGE))
    assert store.record("retrospective", record.id).fields["report"] == frozen
    changed = at.dataframe[0].value
    assert set(changed.columns) >= {"As saved", "Today"}
    click(open_page(PAGE), "retrospective_save")
    newest = store.records("retrospective")[-1]
    assert newest.id != record.id
    assert newest.fields["report"] != frozen


def test_the_file_of_a_frozen_retrospective_is_the_same_to_the_last_letter(store: Store) -> None:
    """After an import, its undo and another funnel; beside it the page says where today's figures differ and why."""
    from pages.retrospective_parts.saving import retrospective_html
    from pages.shell.retrospective_data import frozen_report

    click(open_page(PAGE), "retrospective_save")
    (record,) = store.records("retrospective")
    (info,) = workspaces()

    def taken() -> str:
        return retrospective_html(frozen_report(info, record.id), Translator("en"), info.name)

    saved = taken()
    assert "n = 2,396" in saved
    store.import_batch(one_more(store), who="t", now=NOW)
    at = open_page(PAGE, saved=record.id)
    assert "more.csv" in texts(at) and taken() == saved
    store.undo_batch(store.history()["batch_no"].max(), who="t", now=NOW)
    at = open_page(PAGE, saved=record.id)
    assert "Today's data would give the same figures." in texts(at) and taken() == saved
    merged = merge(store.definition(), "opportunity", "intent").definition
    store.save_definition(merged, who="t", now=NOW, reason="simpler")
    at = open_page(PAGE, saved=record.id)
    assert "no later import can change them" in at.info[0].value
    assert "definition" in texts(at) and taken() == saved


def test_what_is_saved_is_what_was_shown(store: Store) -> None:
    from pages.shell.retrospective_data import frozen_report

    click(open_page(PAGE), "retrospective_save")
    (record,) = store.records("retrospective")
    (info,) = workspaces()
    assert freeze(frozen_report(info, record.id)) == record.fields["report"]


def test_a_merge_is_tried_applied_and_taken_back(store: Store) -> None:
    at = open_page(PAGE)
    before = store.definition()
    at.selectbox(key="retrospective_simulate").set_value("merge:opportunity:intent").run()
    assert_sound(at)
    assert store.definition() == before, "a simulation changes nothing"
    assert "the funnel has 4 stages" in texts(at)
    click(at, "retrospective_apply")
    assert store.definition().keys == ("lead", "intent", "won", "repeat")
    click(at, "retrospective_back")
    assert store.definition() == before
    assert len(store.definition_versions()) == 3


# --- the editor ----------------------------------------------------------------------------------------------------


def spec() -> editor.Spec:
    return editor.Spec(
        "feedback",
        "feedback",
        {"on": pl.Date, "theme": pl.String},
        lambda record_id, cells: {"feedback_id": record_id, "on": "2026-06-01", "theme": ""} | dict(cells),
    )


def fresh(store: Store) -> LiveRows[editor.Line]:
    return editor.lines_of(spec(), store.records("feedback"))


def test_every_edit_is_stored_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "who", lambda: "Li Na")
    monkeypatch.setattr(editor.st, "session_state", {})
    table = fresh(store)
    first = table.shown[0].record_id
    delta = {"edited_rows": {0: {"theme": "Late call"}}, "added_rows": [{"on": "2026-06-30"}], "deleted_rows": []}
    assert not editor.take(table, delta, store)
    delta["added_rows"][0]["theme"] = "New voice"
    delta["edited_rows"][0]["on"] = "2026-06-02"
    assert not editor.take(table, delta, store)
    assert not editor.take(table, delta, store), "a repeated report stores nothing"
    record = store.record("feedback", first)
    assert (record.fields["theme"], record.fields["on"], record.changed_by) == ("Late call", "2026-06-02", "Li Na")
    added = store.records("feedback")[-1]
    assert (added.fields["theme"], added.fields["on"], added.version) == ("New voice", "2026-06-30", 2)
    assert editor.take(table, delta | {"deleted_rows": [0]}, store)
    assert first not in [one.id for one in store.records("feedback")]


def test_a_cell_that_a_record_needs_is_not_stored_blank(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "who", lambda: "Li Na")
    monkeypatch.setattr(editor.st, "session_state", {})
    table = fresh(store)
    first, before = table.shown[0].record_id, table.shown[0].fields["on"]
    editor.take(table, {"edited_rows": {0: {"on": None, "theme": "Kept"}}}, store)
    record = store.record("feedback", first)
    assert (record.fields["on"], record.fields["theme"]) == (before, "Kept")
    assert [cell.column for cell in table.bad.values()] == ["on"]
    editor.take(table, {"edited_rows": {0: {"theme": "Kept"}}}, store)
    assert not table.bad, "typed back to what it was"


def test_two_people_in_one_cell_meet_in_a_question(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "who", lambda: "Li Na")
    state: dict = {}
    monkeypatch.setattr(editor.st, "session_state", state)
    table = fresh(store)
    first = table.shown[0].record_id
    store.save_record("feedback", first, {"theme": "Theirs"}, who="Wang", now=datetime(2026, 7, 1, 10))
    editor.take(table, {"edited_rows": {0: {"theme": "Mine"}}}, store)
    assert store.record("feedback", first).fields["theme"] == "Theirs"
    ((conflict,),) = state.values()
    assert str(store.path) in next(iter(state)), "an answer given in another workspace would be stored there"
    assert (conflict.who, conflict.given, conflict.stored) == ("Wang", "Mine", "Theirs")
    editor.choose(conflict, True, store)
    assert store.record("feedback", first).fields["theme"] == "Mine"


# --- a real file ---------------------------------------------------------------------------------------------------


@pytest.mark.real_data
def test_maven_names_the_day_from_which_december_can_be_judged(folder: Path, real_data: Path) -> None:
    """November against December 2017 with H = 121: from 2018-05-01; July (433 of 1,198) and August (316 of 793) can
    be compared."""
    import_facts(folder, "maven", real_facts.maven(real_data), real_facts.MAVEN)
    at = open_page(PAGE, pair="month")
    assert at.selectbox(key="pair_month").value == "2017-12"
    said = at.info[0].value
    for words in ("1 May 2018", "433 of 1,198", "316 of 793"):
        assert words in said
    click(at, "retrospective_month_2017_08")
    assert at.selectbox(key="pair_month").value == "2017-08"
    assert "316 of 793" in findings(at) or "of 793" in texts(at)


@pytest.mark.real_data
@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_other_shapes_say_what_they_cannot_know(folder: Path, real_data: Path, language: str) -> None:
    """A snapshot that knows only "Closed Lost", and a log of nine stages that are often skipped."""
    import_facts(folder, "sf", real_facts.salesforce(real_data, ("snapshot",)), real_facts.SALESFORCE)
    open_page(PAGE, language)
    import_facts(folder, "enpal", real_facts.enpal(real_data), real_facts.ENPAL)
    open_page(PAGE, language, workspace="enpal")
