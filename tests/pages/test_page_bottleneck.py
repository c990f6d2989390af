"""The Bottleneck page: the finding in words, every figure from the report, and what the data cannot know."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from funnel.definition.definition import FunnelDefinition, load_templates
from funnel.schema import Entries, Facts, ImportBatch, Labels, LeadRows, Rejected, StageCounts, empty
from funnel.storage.store import Store
from pages.bottleneck_parts import causes
from pages.shell.navigation import GROUPS
from pages.shell.workspaces import store_of, workspaces
from tests import real_facts
from tests.conftest import ROOT
from tests.opening import NOW, empty_workspace, new_workspace, open_page, sample_workspace, texts, use_folder

FIRST_QUARTER: dict[str, Any] = {"window": "dates", "dates": ["2026-01-01", "2026-03-31"]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def sample(folder: Path) -> Path:
    sample_workspace(folder)
    return folder


def import_facts(folder: Path, name: str, facts: Facts, definition: FunnelDefinition) -> None:
    """A workspace that holds the batches of ``facts``."""
    store = new_workspace(folder, name, definition)
    for batch in facts.batches.iter_rows(named=True):
        mine = {
            kind: getattr(facts, kind)
            .filter(pl.col("batch_no") == batch["batch_no"])
            .with_columns(batch_no=pl.lit(0, dtype=pl.Int32))
            for kind in ("lead_rows", "entries", "labels", "counts")
        }
        n = max(mine["lead_rows"].height, mine["entries"].height)
        store.import_batch(
            ImportBatch(
                file_name=batch["file_name"], content_hash=f"{name}{batch['batch_no']}", shape=batch["shape"],
                mapping={}, header_signature="", exported_on=batch["exported_on"], rejected=empty(Rejected),
                findings=(), n_rows=n, n_accepted=n, **mine,
            ),
            who="test", now=NOW,
        )  # fmt: skip
    store.close()


def first_quarter_by_hand() -> tuple[int, int]:
    """Leads of the sample's file created in January to March, and those with a date of any later stage."""
    with (ROOT / "data" / "sample" / "leads_en.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["Lead ID"].strip(): row for row in reversed(list(csv.DictReader(file))) if row["Lead ID"].strip()}
    # Two rows say 30 February and are not imported.
    wrong = ("2026-02-29", "2026-02-30", "2026-02-31")
    created = {key: row["Created At"][:10] for key, row in rows.items() if row["Created At"][:10] not in wrong}
    mine = [rows[key] for key, day in created.items() if "2026-01-01" <= day <= "2026-03-31"]
    later = ("Qualified Date", "Opportunity Date", "Won Date", "Repurchase Date", "Referral Date")
    return len(mine), sum(any(row[column].strip() for column in later) for row in mine)


def chart(at, key: str) -> dict:
    """A chart of the page as plain data."""
    found = next(c for c in at.get("plotly_chart") if c.proto.id.endswith(key))
    return json.loads(found.proto.spec)


def overdue(at) -> pl.DataFrame:
    """The list of leads to act on."""
    return pl.DataFrame(next(frame.value for frame in at.dataframe if "Days overdue" in frame.value.columns))


def words(at) -> str:
    """The page as it reads, without the marks that keep names from being Markdown."""
    return texts(at).replace("\\", "")


def headline(at) -> str:
    """The sentence on top: the first text of the page."""
    return at.main.markdown[0].value.replace("\\", "")


def test_nothing_yet_offers_the_next_step(folder: Path) -> None:
    at = open_page("bottleneck")
    assert "No data yet" in words(at)
    assert [button.label for button in at.main.button] == ["Try the sample", "Upload a file", "Start from a template"]
    empty_workspace(folder)
    assert "还没有数据" in words(open_page("bottleneck", "zh_Hans"))


def test_the_first_quarter_of_the_sample_names_screening(looked_at: Store) -> None:
    """n and the rate are counted here from the file itself."""
    at = open_page("bottleneck", **FIRST_QUARTER)
    n, advanced = first_quarter_by_hand()
    said = headline(at)
    assert said.startswith("Lead acquisition → Intent screening is the bottleneck")
    assert f"{round(100 * advanced / n, 1):g}% of {n:,} leads" in said
    assert "30–50%" in said
    assert "¥" in said
    drawn = chart(at, "bottleneck_intervals")
    rates = [trace["x"][0] for trace in drawn["data"] if trace.get("customdata") == ["intent"]]
    assert rates == pytest.approx([advanced / n])


def test_the_last_months_no_longer_name_screening(looked_at: Store) -> None:
    months: dict[str, Any] = {"window": "dates", "dates": ["2026-05-01", "2026-06-30"]}
    at = open_page("bottleneck", **months)
    assert "is the bottleneck" not in headline(at)
    assert "No step is significantly below" in headline(at)


def test_where_it_sits_adds_up_to_the_shortfall(looked_at: Store) -> None:
    at = open_page("bottleneck", **FIRST_QUARTER)
    n, advanced = first_quarter_by_hand()
    for dimension in ("source", "owner", "segment"):
        at.segmented_control(key="bottleneck_by").set_value(dimension).run()
        bars = chart(at, "bottleneck_parts")["data"][0]["x"]
        assert sum(bars) == pytest.approx(0.30 * n - advanced, abs=1e-9)


def test_chinese_says_the_same(looked_at: Store) -> None:
    at = open_page("bottleneck", "zh_Hans", **FIRST_QUARTER)
    n, _ = first_quarter_by_hand()
    assert "线索获取 → 意向筛选 是瓶颈" in headline(at)
    assert f"{n:,}" in headline(at)
    assert "中国的工作日历" in words(at)  # the default of a Chinese session


def test_a_benchmark_is_switched_to_the_own_past_and_stands_in_the_link(looked_at: Store) -> None:
    second: dict[str, Any] = {"window": "dates", "dates": ["2026-04-01", "2026-06-30"]}
    at = open_page("bottleneck", **second)
    assert "Practice guide" in words(at)
    assert not at.toggle(key="bottleneck_own_Sample_intent").value
    at.toggle(key="bottleneck_own_Sample_intent").set_value(True).run()
    n, advanced = first_quarter_by_hand()
    assert f"{advanced} of {n:,} leads in the 12 months before the window" in words(at)
    assert at.query_params["own_past"] == "intent"
    linked = open_page("bottleneck", **second, own_past="intent")
    assert linked.toggle(key="bottleneck_own_Sample_intent").value


def test_another_workspace_starts_with_its_benchmarks(sample: Path) -> None:
    """Both funnels have the same stages; what was chosen for one says nothing about the other."""
    at = open_page("bottleneck", own_past="intent", bottleneck_step="won")
    assert at.toggle(key="bottleneck_own_Sample_intent").value
    empty_workspace(sample, "Other")
    at.run()
    at.selectbox(key="workspace").set_value("Other").run()
    assert "own_past" not in at.query_params
    assert "bottleneck_step" not in at.query_params


def test_another_step_can_be_looked_into(looked_at: Store) -> None:
    at = open_page("bottleneck", **FIRST_QUARTER)
    at.selectbox(key="bottleneck_step").set_value("won").run()
    assert "Opportunity nurturing → Closing is within its range" in words(at)
    assert "Price or quote: named in" in words(at)
    assert at.query_params["bottleneck_step"] == "won"


def test_likely_causes_come_with_their_figures(looked_at: Store) -> None:
    at = open_page("bottleneck", **FIRST_QUARTER)
    said = words(at)
    assert "supported" in said
    assert "missed the deadline of this step" in said
    assert "What helps" in said


def test_the_first_stage_has_its_causes_too(looked_at: Store) -> None:
    at = open_page("bottleneck", window="3m", bottleneck_step="lead")
    said = words(at)
    assert "The largest source, " in said
    assert "Cost of a lead: " in said
    at.button(key="bottleneck_plan_lead_one_channel").click().run()
    assert not at.exception


def test_overdue_leads_are_listed_and_can_be_downloaded(looked_at: Store) -> None:
    at = open_page("bottleneck", **FIRST_QUARTER)
    listed = overdue(at)
    assert listed["Lead id"].n_unique() == listed.height > 0
    assert (listed["Days overdue"].drop_nulls() >= 0).all()
    assert any(button.proto.id.endswith("bottleneck_overdue_csv") for button in at.get("download_button"))
    at.segmented_control(key="bottleneck_overdue").set_value("all").run()
    assert overdue(at).height > listed.height


def test_an_association_is_called_one(looked_at: Store) -> None:
    assert "An association, not proof of a cause" in words(open_page("bottleneck"))


def test_a_calendar_of_the_settings_is_named(sample: Path) -> None:
    store_of(workspaces()[0]).set_setting("calendar_country", "DE")
    assert "calendar of Germany" in words(open_page("bottleneck"))


def test_no_button_leads_nowhere(looked_at: Store) -> None:
    """*Plan a strategy* is there exactly when the application has the page, and hands the facts over."""
    has_plan = any(stem == "plan" for pages in GROUPS.values() for stem, _, _ in pages)
    at = open_page("bottleneck", **FIRST_QUARTER)
    buttons = [button for button in at.main.button if button.key and button.key.startswith("bottleneck_plan")]
    assert bool(buttons) == has_plan


def test_the_facts_for_a_strategy(looked_at: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[str] = []
    monkeypatch.setattr(causes, "GROUPS", {"nav_act": (("plan", "page_plan", ""),)})
    monkeypatch.setattr(causes.st, "switch_page", went.append)
    at = open_page("bottleneck", **FIRST_QUARTER)
    next(button for button in at.main.button if button.key == "bottleneck_plan").click().run()
    n, advanced = first_quarter_by_hand()
    facts = at.session_state["plan_prefill"]
    assert went == ["pages/plan.py"]
    assert facts["stage"] == "intent"
    assert facts["baseline"]["n"] == n
    assert facts["baseline"]["x"] == advanced
    assert (facts["baseline"]["start"], facts["baseline"]["end"]) == (date(2026, 1, 1), date(2026, 3, 31))
    assert (facts["selected_start"], facts["selected_end"]) == (date(2026, 1, 1), date(2026, 3, 31))
    next(button for button in at.main.button if button.key == "bottleneck_plan_intent_first_contact").click().run()
    facts = at.session_state["plan_prefill"]
    assert facts["playbook_key"] == "intent_first_contact"
    assert facts["cause"] == "slow_follow_up"


# --- what cannot be known -----------------------------------------------------------------------------------------


def test_totals_without_leads_say_what_they_cannot_tell(folder: Path) -> None:
    definition = load_templates(ROOT / "data" / "templates")["general_b2b"]
    keys = ["lead", "intent", "won"]
    counts = pl.DataFrame(
        {
            "batch_no": [1, 1, 1], "row_no": [2, 3, 4], "label": keys, "period_start": [date(2026, 1, 1)] * 3,
            "period_end": [date(2026, 1, 31)] * 3, "source": [None] * 3, "owner": [None] * 3, "segment": [None] * 3,
            "n": [100.0, 30.0, 5.0], "region": [None] * 3, "pipeline": [None] * 3,
        },
        schema=empty(StageCounts).schema,
    )  # fmt: skip
    labels = pl.DataFrame({"batch_no": [1] * 3, "scope": ["stage"] * 3, "label": keys, "target": keys})
    labels = labels.cast(dict(empty(Labels).schema))
    batches = pl.DataFrame(
        [(1, "counts", "totals.csv", NOW, None, "", 3, 3, None, None)],
        schema=real_facts.empty(real_facts.Batches).schema, orient="row",
    )  # fmt: skip
    import_facts(folder, "totals", Facts(batches, empty(LeadRows), empty(Entries), labels, counts), definition)
    at = open_page("bottleneck")
    assert "no single leads" in words(at)
    assert not at.get("plotly_chart")


@pytest.mark.real_data
def test_maven_draws_nothing_before_engaging(folder: Path, real_data: Path) -> None:
    import_facts(folder, "maven", real_facts.maven(real_data), real_facts.MAVEN)
    at = open_page("bottleneck")
    assert "Only Engaging → Won can be rated" in headline(at)
    said = words(at)
    assert "Prospecting → Engaging cannot be judged" in said
    assert "only one of them has dates" in said  # no bar of 100 % of the sales cycle
    drawn = chart(at, "bottleneck_intervals")
    assert [trace["customdata"] for trace in drawn["data"] if "customdata" in trace] == [["won"]]
    assert len(at.get("plotly_chart")) == 1


@pytest.mark.real_data
def test_the_salesforce_snapshot_draws_nothing(folder: Path, real_data: Path) -> None:
    import_facts(folder, "sf", real_facts.salesforce(real_data, ("snapshot",)), real_facts.SALESFORCE)
    at = open_page("bottleneck", "zh_Hans")
    assert not at.get("plotly_chart")
    assert "无法得知哪些线索超时或停滞" in words(at)
    assert at.selectbox(key="bottleneck_step").options[0] == "请选择环节"


@pytest.mark.real_data
def test_enpal_names_its_weakest_step_both_ways(folder: Path, real_data: Path) -> None:
    import_facts(folder, "enpal", real_facts.enpal(real_data), real_facts.ENPAL)
    at = open_page("bottleneck", "en")
    assert "The weakest step is 4 → 5: 917 of 1,086" in headline(at)
    assert "jumped ahead" in words(at)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "the owner it had when the clock of this step started"), ("zh_Hans", "开始计时时的负责人")],
)
def test_on_time_by_owner_says_which_owner_counts(looked_at: Store, language: str, said: str) -> None:
    at = open_page("bottleneck", language=language, **{"bottleneck_step": "intent"})
    table = at.get("expander")
    assert any(said in caption.value for box in table for caption in box.caption)
