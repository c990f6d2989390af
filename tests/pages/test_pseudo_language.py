"""No text of the application stands outside the catalogues: every page in a language made up of circled letters."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import available_timezones

import pytest
import streamlit as st

from funnel.planning.plan_file import load_plan
from funnel.storage.records import Edit
from tests import factories
from tests.conftest import ROOT
from tests.factories import Lead, lead, log
from tests.opening import NOW, empty_workspace, new_workspace, open_page, use_folder
from tests.pages.pseudo import foreign, pseudo, speak_pseudo

SETTINGS = ("funnel", "benchmarks", "money", "spend", "backup", "trust", "forget")
OWN_WORDS = {"title", "problem", "actions", "owner", "target", "expected", "stop_text", "key_action", "notes", "theme",
             "quote", "text", "note", "reason", "who", "person", "expected_effect", "goal", "actual"}  # fmt: skip
"""Fields of the sample's plan that people write."""
STEPS = ("lead", "intent", "opportunity", "won", "repeat")


def story() -> list[Lead]:
    """Eight months of leads without a Latin letter in what people wrote."""
    chance, leads = random.Random(7), []
    for number in range(260):
        day, events = date(2026, 1, 3) + timedelta(days=chance.randrange(175)), []
        for stage, rate in zip(STEPS, (1.0, 0.3, 0.6, 0.5, 0.3), strict=True):
            if chance.random() > rate:
                if chance.random() < 0.8 and stage not in ("lead", "repeat"):
                    events.append(f"{day + timedelta(days=9)} @lost")
                break
            events.append(f"{day} {stage}")
            day += timedelta(days=chance.randrange(1, 12))
        said = {"source": f"Σ{chance.randrange(3)}", "owner": f"Ω{chance.randrange(3)}", "segment": f"Γ{number % 2}"}
        if "@lost" in events[-1]:
            said["lost_reason"] = f"Λ{chance.randrange(4)}"
        if any("won" in event for event in events):
            said["amount"] = 1000.0 + number
        leads.append(lead(str(1000 + number), ", ".join(events), **said))
    return leads


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three workspaces: full, totals by snapshot, empty."""
    folder = tmp_path_factory.mktemp("pseudo")
    store = new_workspace(folder, "Ω1", factories.GUIDE)
    store.import_batch(log(*story()), who="Ω", now=NOW)
    for kind, planned in load_plan(ROOT / "data" / "sample" / "plan_en.toml").items():
        told = {key: {name: _own(name, value) for name, value in fields.items()} for key, fields in planned.items()}
        store.save_records(kind, [Edit(key, fields, 0) for key, fields in told.items()], who="Ω", now=NOW)
    store.close()
    plain = new_workspace(folder, "Ω2", factories.GUIDE)
    rows = [lead(str(i), stage="won" if i % 3 else "intent", status="won" if i % 3 else "open", created_at="2026-01-05",
                 closed_at="2026-02-05" if i % 3 else None) for i in range(60)]  # fmt: skip
    plain.import_batch(factories.snapshot(*rows), who="Ω", now=NOW)
    plain.close()
    empty_workspace(folder, "Ω3")
    return folder


def _own(name: str, value: object) -> object:
    """What people wrote, in letters that are not Latin; codes stay."""
    if isinstance(value, dict):
        return {key: _own(key, one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_own(name, one) for one in value]
    return pseudo(value) if name in OWN_WORDS and isinstance(value, str) else value


@pytest.fixture
def speaking(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FUNNEL_SOURCE_DIR", "/Ω")  # the page names it: a folder of this machine is no text of ours
    use_folder(folder, monkeypatch)
    speak_pseudo(monkeypatch)
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


def left(found: list[str]) -> list[str]:
    """Without what is the same in every language: names of languages, files, currencies and time zones, keys."""
    return [one for one in found if not ALLOWED.search(one) and one.split(": ", 1)[1] not in available_timezones()]


ALLOWED = re.compile(
    r"English|简体中文|Language · 语言|\([A-Z]{3}\)|stage_log\.csv|snapshot\.csv|`lead`"
    r"|: (未完成|完成|取消)$"
)

PAGES = ["overview", "bottleneck", "plan", "tracking", "retrospective", "outlook", "import_data", "guide", "glossary"]


@pytest.mark.parametrize("stem", PAGES)
def test_a_full_workspace(speaking: None, stem: str) -> None:
    assert left(foreign(open_page(stem, "zh_Hans", workspace="Ω1", window="3m"))) == []


@pytest.mark.parametrize("tab", SETTINGS)
def test_the_settings(speaking: None, tab: str) -> None:
    assert left(foreign(open_page("settings", "zh_Hans", workspace="Ω1", tab=tab))) == []


@pytest.mark.parametrize("stem", ["overview", "bottleneck", "retrospective", "outlook"])
def test_a_plain_list(speaking: None, stem: str) -> None:
    assert left(foreign(open_page(stem, "zh_Hans", workspace="Ω2"))) == []


@pytest.mark.parametrize("stem", ["overview", "plan", "retrospective"])
def test_an_empty_workspace(speaking: None, stem: str) -> None:
    assert left(foreign(open_page(stem, "zh_Hans", workspace="Ω3"))) == []


def test_a_text_outside_is_found(speaking: None) -> None:
    from streamlit.testing.v1 import AppTest

    def page() -> None:
        import polars as pl
        import streamlit as st

        st.caption("Save me")
        st.dataframe(pl.DataFrame({"period_start": ["Ω"]}))
        st.selectbox("Ω", ["one", "Ω"])

    found = foreign(AppTest.from_function(page).run())
    assert len(found) == 3, found
